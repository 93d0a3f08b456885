"""Dates as people write them, in some fifty languages: "2. März 2026, 14:05", "2026年3月2日", "02/03/2026 2:05 pm". Pure.

Whole dates only, with day, month and year; nothing relative to today. The months stand in months.toml. Of two numbers that may
both be the month, the first is the day, unless the caller says that the month comes first (the United States' way).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from crawler.text.calendars import read_other_calendar

_YEAR = r"(?P<y>(?:19|20|25)\d\d)(?!\d)"
_MONTH = r"(?P<month>[^\W\d_][^\d,/|]{1,30}?)"
_OTHER_NAME = r"(?:\s?/\s?[^\W\d_]{2,12})?"
"""The same month as others call it: "آذار/مارس"."""
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<y>(?:19|20|25)\d\d)\s?(?P<sign>[-/.年년])\s?(?P<m>\d{1,2})\s?[-/.月월]\s?(?P<d>\d{1,2})(?!\d)",
        rf"(?<!\d)(?P<a>\d{{1,2}})\s?(?P<sign>[-/.])\s?(?P<b>\d{{1,2}})\s?(?P=sign)\s?{_YEAR}",
        rf"(?<!\d)(?P<d>\d{{1,2}})\s+tháng\s+(?P<m>\d{{1,2}}),?(?:\s+năm)?\s+{_YEAR}",
        rf"(?<!\d){_YEAR}[\s-]{{1,3}}(?:оны|يىلى)\s+(?P<m>\d{{1,2}})(?:\s?дугаар|\s?дүгээр|-р|-)?\s*(?:сарын|ئاينىڭ)\s+(?P<d>\d{{1,2}})(?!\d)",
        rf"(?<!\d){_YEAR}[\s.-]{{1,2}}(?:gada|жыл\w*|йил\w*|yil\w*|ýyl\w*|ел\w*)\s+(?P<d>\d{{1,2}})[\s.-]+(?P<month>[^\W\d_]{{2,20}})",
        rf"(?<!\d)(?P<d>\d{{1,2}})[\s./-]\s?(?P<roman>(?-i:{'|'.join(reversed(_ROMAN))}))[\s./-]\s?{_YEAR}",
        rf"(?<![\d:])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|ی|\.|-)?\s*{_MONTH}{_OTHER_NAME}[\s.,-]*{_YEAR}",
        rf"{_MONTH}{_OTHER_NAME}[\s.]+(?P<d>\d{{1,2}})(?:st|nd|rd|th|º|\.)?[,،၊፣]?\s+{_YEAR}",
        rf"(?<!\d){_YEAR}[^\s\d]{{0,3}}\s+{_MONTH}\s+(?P<d>\d{{1,2}})(?![\d:])",
        r"(?<!\d)(?P<a>\d{2})(?P<sign>[./])(?P<b>\d{2})(?P=sign)(?P<short>\d{2})(?!\d)",
        r"(?<![\d:])(?P<d>\d{1,2})\s?(?P<month>[\u0e01-\u0e4e][\u0e01-\u0e4e.]{1,12})\s?(?P<thai>\d{2})(?![\d:.])",
    )
)
_TIME = re.compile(
    r"(?P<before>오후|午後|下午|오전|午前|上午)?\s?(?<![\d/.])(?P<h>\d{1,2})\s?(?P<sign>[:.h٫]|時|时|시)\s?(?P<min>\d\d)(?!\d|[./-]\d)"
    r"(?::(?P<s>\d\d)(?!\d))?\s?(?P<after>[ap]\.?\s?m\b)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"\s*(?P<sign>[+-])(?P<h>\d\d):?(?P<min>\d\d)\b")
_CLOCK_WORD = re.compile(
    r"\b(?:uhr|um|kl\.?|klo|kello|ore|alle|ora|at|à|h|hrs?|ч|год|น)\b|น\.|[ap]\.?m", re.IGNORECASE
)
_RIGHT_BEHIND = 6
_AFTERNOON = frozenset({"오후", "午後", "下午"})
_MARKS = re.compile("[\u0300-\u036f]")
_BEFORE_NAME = re.compile(r"^(?:d['’]|ی\s*|ខែ|ב)")
"""What is written together with a month's name: an article, a preposition, "month"."""
_NUMERALS = re.compile(r"[〇零○一二三四五六七八九十]+(?=[年月日])")
_FIGURES = {sign: str(number) for number, sign in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_SHORTEST = 2
_BUDDHIST = 543
_SHORT_BUDDHIST = 2043
"""The year 43 of two figures is 2543, that is 2000."""


def read_local_date(text: str, *, month_first: bool = False, language: str | None = None) -> datetime | None:
    """Return what a text says without a zone; with one where it has an offset in figures. None where it is no full date.

    `text` has its digits in ASCII. Raises `ValueError` for days that no calendar has.
    """
    if "年" in text:
        text = _NUMERALS.sub(_in_figures, text)
    for form in _FORMS:
        if (match := form.search(text)) is None:
            continue
        day = _day(match.groupdict(), month_first, language)
        if day is not None:
            return _with_time(day, text[: match.start()], text[match.end() :])
    if (other := read_other_calendar(text, language=language)) is not None:
        found, start, end = other
        return _with_time(datetime(found.year, found.month, found.day), text[:start], text[end:])  # noqa: DTZ001
    return None


def _day(part: dict[str, str | None], month_first: bool, language: str | None) -> datetime | None:
    year = _year(part)
    if (first := part.get("a")) and (second := part.get("b")):
        day, month = int(first), int(second)
        if month > 12 or (month_first and part["sign"] == "/" and day <= 12):
            day, month = month, day
        return datetime(year, month, day)  # noqa: DTZ001  (the zone is the caller's to tell)
    named = part.get("month")
    number = int(part.get("m") or 0) if named is None else _month(named, language)
    if roman := part.get("roman"):
        number = _ROMAN.index(roman) + 1
    return datetime(year, number, int(part["d"] or 0)) if number else None  # noqa: DTZ001


def _year(part: dict[str, str | None]) -> int:
    """Return the Gregorian year: one from 2500 on is Buddhist, and so is a Thai one of two figures that would lie ahead."""
    year = int(part.get("y") or f"20{part.get('short') or part['thai']}")
    if part.get("thai") and year >= _SHORT_BUDDHIST:
        year += 500
    return year - _BUDDHIST if year >= 2500 else year


def _in_figures(match: re.Match[str]) -> str:
    """Write a numeral of signs as figures: 二〇二六, 三, 十二, 二十三."""
    signs = match[0]
    if "十" not in signs:
        return "".join(_FIGURES[sign] for sign in signs)
    tens, _, ones = signs.partition("十")
    return f"{_FIGURES.get(tens, '1')}{_FIGURES.get(ones, '0')}"


def _with_time(day: datetime, before: str, behind: str) -> datetime:
    """Add the clock that stands behind the day, else before it."""
    rest = f"{behind} | {before}"
    match = next((found for found in _TIME.finditer(rest) if _is_clock(found, len(behind))), None)
    if match is None or int(match["h"]) > 23 or int(match["min"]) > 59:
        return day
    hour = int(match["h"])
    half = match["before"] or match["after"]
    if half and hour <= 12:
        hour = hour % 12 + 12 * (half in _AFTERNOON or half[0] in "pP")
    moment = day + timedelta(hours=hour, minutes=int(match["min"]), seconds=int(match["s"] or 0))
    if (offset := _OFFSET.match(rest, match.end())) is not None:
        aware = datetime.strptime(f"{offset['sign']}{offset['h']}{offset['min']}", "%z")
        return moment.replace(tzinfo=aware.tzinfo)
    return moment


def _is_clock(match: re.Match[str], length: int) -> bool:
    """Figures parted by a point are a clock only right behind the day, or with a word that says so: prices have them too."""
    if match["sign"] != ".":
        return True
    beside = (
        match.string[max(0, match.start() - 6) : match.start()] + match.string[match.end() : match.end() + 5]
    )
    return match.start() <= min(_RIGHT_BEHIND, length) or _CLOCK_WORD.search(beside) is not None


@lru_cache(2_000)
def _month(name: str, language: str | None) -> int | None:
    """Return the number of a month; other words before it ("Monday, the 2 of", "de") don't matter."""
    words = _folded(name).replace(".", "").strip("-").split()
    tables = [_MONTHS[language], _ALL_MONTHS] if language in _MONTHS else [_ALL_MONTHS]
    for place in range(len(words)):
        whole = "_".join(words[place : place + 2])
        for word in (whole, words[place], _BEFORE_NAME.sub("", words[place])):
            for table in tables:
                for length in range(len(word), _SHORTEST - 1, -1):
                    if (number := table.get(word[:length])) is not None:
                        return number
    return None


def _folded(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def _read_months() -> dict[str, dict[str, int]]:
    lines = tomllib.loads((Path(__file__).parent / "months.toml").read_text(encoding="utf-8"))
    return {
        language: {
            word: number
            for number, words in enumerate(_folded(line).split(), start=1)
            for word in words.split("|")
        }
        for language, line in lines.items()
    }


_MONTHS = _read_months()
_ALL_MONTHS = {word: number for table in reversed(_MONTHS.values()) for word, number in table.items()}
"""The language that stands first in the file wins where the words of two mean different months."""
