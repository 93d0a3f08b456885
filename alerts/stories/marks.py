"""What two articles in different languages can have in common: numbers, dates and names, whatever the script. Pure.

A date is the day that is said ("2 March", "lundi"), by when the article came out. A name is a word that is always written with a
capital, in Latin letters; an Arabic or Hebrew text gives none, for its script has no capitals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np

from alerts.spelling.transliteration import transliterations
from alerts.stories.words import common_words, read_words, term_ids
from alerts.text import fold_all

LEAD_CHARACTERS = 800
MOST_MARKS = 60
_LEAST_NUMBER = 10
"""Smaller numbers are in every article."""
_YEARS = range(1900, 2101)
_SHORTEST_NAME = 4
_NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3})*(?!\d)")
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def read_marks(title: str, text: str, *, language: str | None, at: datetime) -> tuple[str, ...]:
    """Return the numbers, dates (ISO 8601) and names (in small Latin letters) of title and lead, each once, in their order."""
    lead = f"{title}\n{text}"[:LEAD_CHARACTERS]
    dates, rest = _dates(lead, language, at.date())
    said = {name for names in _calendar(language or "") for name in names}
    found = dict.fromkeys([*_numbers(rest), *dates, *_names(lead, said)])
    return tuple(found)[:MOST_MARKS]


def is_date(mark: str) -> bool:
    """Return whether a mark is a date: what happens on one day is much."""
    return len(mark) == 10 and mark[4:5] == "-"


def _numbers(text: str) -> Iterator[str]:
    for found in _NUMBER.finditer(text):
        number = int("".join(str(unicodedata.decimal(one)) for one in found[0] if one.isdecimal()) or "0")
        if number >= _LEAST_NUMBER and number not in _YEARS:
            yield str(number)


def _dates(text: str, language: str | None, day: date) -> tuple[list[str], str]:
    """Return the dates that are said, and the text without them."""
    months, weekdays = _calendar(language or "")
    found = []

    def take(match: re.Match[str]) -> str:
        number = next(int(one) for one in (match["before"], match["after"]) if one)
        said = _nearest(day, months[match["month"].lower()], number)
        found.extend([] if said is None else [said.isoformat()])
        return " "

    if months:
        names = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
        before = r"(?:\b(?P<before>\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+|d['’])?)?"
        after = r"(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?\b)?"
        pattern = re.compile(rf"{before}\b(?P<month>{names})\b\.?{after}", re.IGNORECASE)
        text = pattern.sub(lambda match: take(match) if match["before"] or match["after"] else match[0], text)
    for word in _WORD.findall(text):
        weekday = weekdays.get(word.lower())
        if weekday is not None:
            away = (weekday - day.weekday() + 3) % 7 - 3
            found.append((day + timedelta(days=away)).isoformat())
    return found, text


def _nearest(day: date, month: int, number: int) -> date | None:
    """Return the day of that month that is the nearest to another; None where there is none, as 31 April."""
    said = []
    for year in (day.year - 1, day.year, day.year + 1):
        try:
            said.append(date(year, month, number))
        except ValueError:
            continue
    return min(said, key=lambda one: abs(one - day), default=None)


def _names(text: str, calendar: Collection[str]) -> Iterator[str]:
    words = [word for word in _WORD.findall(text) if word.lower() not in calendar]
    small = {word for word in words if not word[:1].isupper()}
    wanted = [word for word in words if word[:1].isupper() and word.lower() not in small]
    latin = [_in_latin(word) for word in _uncommon(text, dict.fromkeys(wanted))]
    yield from (
        folded for folded in fold_all([word for word in latin if word]) if len(folded) >= _SHORTEST_NAME
    )


def _uncommon(text: str, words: Iterable[str]) -> Iterator[str]:
    """Return the words that are not common in the text's language: those begin sentences, and name nobody."""
    terms = np.unique(term_ids(read_words(text))[0])
    _language, common = common_words().judge(terms)
    usual = set(terms[common].tolist())
    return (word for word in words if not usual.issuperset(term_ids(read_words(word))[0].tolist()))


def _in_latin(word: str) -> str:
    if unicodedata.name(word[0], "").startswith("LATIN"):
        return word
    return next((one.text for one in transliterations(word) if one.how.endswith(" to latin")), "")


@cache
def _calendar(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return the months (from 1) and weekdays (from 0, Monday) of a language, by their names in small letters."""
    from babel import Locale, UnknownLocaleError  # only where it is needed: its data take a while to load

    try:
        locale = Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return {}, {}
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    for use in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            months |= {name.lower().rstrip("."): number for number, name in locale.months[use][width].items()}
        days |= {name.lower(): number for number, name in locale.days[use]["wide"].items()}
    return {name: number for name, number in months.items() if len(name) > 2}, days
