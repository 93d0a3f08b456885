"""Dates of other calendars, as people write them: Jalali, Hijri, Hebrew, Ethiopian, Minguo, Japanese eras. Pure.

Whole dates only, and only where the calendar is sure: by its months' names, by its era's name, or by a year that no other
calendar has in that language. Hijri days are those of Umm al-Qura (1343 to 1500 AH). Arithmetic: convertdate and hijridate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

Reader = Callable[[int, int, int], date]

_JALALI: Final[Mapping[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "فروردین|حمل|وری", "اردیبهشت|ثور|غویی", "خرداد|جوزا|غبرګولی", "تیر|سرطان|چنګاښ", "مرداد|امرداد|اسد|زمری",
            "شهریور|سنبله|وږی", "مهر|میزان|تله", "آبان|عقرب|لړم", "آذر|قوس|لیندۍ", "دی|جدی|مرغومی", "بهمن|دلو|سلواغه",
            "اسفند|حوت|کب",
        ),
        start=1,
    )
    for name in names.split("|")
}  # fmt: skip
_HIJRI: Final[Mapping[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "محرم|المحرم|muharram", "صفر|safar", "ربيع الأول|ربيع الاول|ربیع الاول|rabi al-awwal",
            "ربيع الآخر|ربيع الثاني|ربیع الثانی|rabi al-thani", "جمادى الأولى|جمادى الاولى|جمادی الاول",
            "جمادى الآخرة|جمادى الثانية|جمادی الثانی", "رجب|rajab", "شعبان|shaban|sha'ban", "رمضان|ramadan|ramzan",
            "شوال|shawwal", "ذو القعدة|ذي القعدة|ذو القعده|ذیقعده", "ذو الحجة|ذي الحجة|ذو الحجه|ذیحجه",
        ),
        start=1,
    )
    for name in names.split("|")
}  # fmt: skip
_ETHIOPIAN_MONTHS = "መስከረም ጥቅምት ኅዳር ታኅሣሥ ጥር የካቲት መጋቢት ሚያዝያ ግንቦት ሰኔ ሐምሌ ነሐሴ ጳጉሜን"
_ETHIOPIAN: Final[Mapping[str, int]] = {
    name: number for number, name in enumerate(_ETHIOPIAN_MONTHS.split(), start=1)
} | {"ህዳር": 3, "ታህሳስ": 4, "ታኅሳስ": 4, "ሀምሌ": 11, "ነሃሴ": 12}
_HEBREW: Final[Mapping[str, int]] = {
    **{
        "ניסן": 1,
        "אייר": 2,
        "סיון": 3,
        "סיוון": 3,
        "תמוז": 4,
        "אב": 5,
        "אלול": 6,
        "תשרי": 7,
        "חשון": 8,
        "חשוון": 8,
    },
    **{"מרחשוון": 8, "כסלו": 9, "טבת": 10, "שבט": 11, "אדר": 12, "אדר א": 12, "אדר ב": 13},
}
_ERAS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("中華民國", "中华民国", "民國", "民国"), 1911),
    **{"令和": 2018, "平成": 1988, "昭和": 1925},
}
_LETTERS: Final[Mapping[str, int]] = dict(
    zip("אבגדהוזחטיכלמנסעפצקרשת", [*range(1, 11), *range(20, 100, 10), *range(100, 500, 100)], strict=True)
) | dict(zip("ךםןףץ", (20, 40, 50, 80, 90), strict=True))


def _any(names: Mapping[str, int]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_NAMED = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})\s*(?:من\s+)?(?:شهر\s+)?(?:(?P<jalali>{_any(_JALALI)})|(?P<hijri>{_any(_HIJRI)})"
    rf"|(?P<ethiopian>{_any(_ETHIOPIAN)}))[\s،,]*(?:ماه\s+|سال\s+|عام\s+|سنة\s+|ቀን\s+)?(?P<y>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_MONTH_BEFORE = re.compile(
    rf"(?P<ethiopian>{_any(_ETHIOPIAN)})\s+(?P<d>\d{{1,2}})(?:\s+ቀን)?[\s,፣]*(?P<y>\d{{4}})(?!\d)"
)
_ERA = re.compile(
    rf"(?P<era>{_any(_ERAS)})\s?(?P<y>\d{{1,3}}|元)\s?年\s?(?P<m>\d{{1,2}})\s?月\s?(?P<d>\d{{1,2}})\s?日?"
)
_HEBREW_DATE = re.compile(
    rf"(?<![א-ת])ב?(?P<d>[א-ל][\"״'׳]?[א-ט]?)['׳]?\s+ב?(?P<month>{_any(_HEBREW)})['׳]?\s+"
    r"(?P<y>ה?['׳]?ת[א-ת\"״]{2,5})"
)
_FIGURES = re.compile(r"(?<!\d)(?P<y>\d{4})\s?[-/.]\s?(?P<m>\d{1,2})\s?[-/.]\s?(?P<d>\d{1,2})(?!\d)")
_JALALI_YEARS, _HIJRI_YEARS, _BUDDHIST_YEARS = range(1300, 1500), range(1343, 1501), range(2400, 2700)
_JALALI_LANGUAGES = frozenset({"fa", "ps", "ckb", "ku", "prs", None})
# The libraries are imported where a date needs them: convertdate brings astronomy along, a third of a second of CPU.


def _jalali(year: int, month: int, day: int) -> date:
    from convertdate import persian

    return date(*persian.to_gregorian(year, month, day))


def _ethiopian(year: int, month: int, day: int) -> date:
    from convertdate import coptic

    return date(*coptic.to_gregorian(year - 276, month, day))


def _hebrew(year: int, month: int, day: int) -> date:
    from convertdate import hebrew

    return date(*hebrew.to_gregorian(year, month, day))


def _hijri(year: int, month: int, day: int) -> date:
    from hijridate import Hijri

    try:
        return date(*Hijri(year, month, day).to_gregorian().datetuple())
    except OverflowError as error:
        raise ValueError(str(error)) from error


_READERS: Final[Mapping[str, tuple[Mapping[str, int], range, Reader]]] = {
    "jalali": (_JALALI, _JALALI_YEARS, _jalali),
    "hijri": (_HIJRI, _HIJRI_YEARS, _hijri),
    "ethiopian": (_ETHIOPIAN, range(1900, 2100), _ethiopian),
}


def read_other_calendar(text: str, *, language: str | None = None) -> tuple[date, int, int] | None:
    """Return the day that a text names in another calendar, and where it stands; None where there is none.

    `text` has its digits in ASCII; `language` (ISO 639) tells Jalali from Hijri figures. Raises `ValueError` for days that the
    calendar does not have.
    """
    if text.isascii():
        return _figures(text, language)
    for pattern in (_NAMED, _MONTH_BEFORE):
        if (match := pattern.search(text)) is not None and (day := _named(match)) is not None:
            return day, match.start(), match.end()
    if (match := _ERA.search(text)) is not None:
        year = 1 if match["y"] == "元" else int(match["y"])
        return date(year + _ERAS[match["era"]], int(match["m"]), int(match["d"])), match.start(), match.end()
    if (match := _HEBREW_DATE.search(text)) is not None:
        year = 5000 + _value(match["y"].removeprefix("ה"))
        day = _hebrew(year, _HEBREW[match["month"]], _value(match["d"]))
        return day, match.start(), match.end()
    return _figures(text, language)


def gregorian(year: int, month: int, day: int, *, language: str | None = None) -> date | None:
    """Return the day of a date in figures whose year tells another calendar; None where no calendar is sure.

    1300 to 1500 is Jalali in Persian, Pashto and Kurdish, else Hijri; 2400 to 2700 is Buddhist. Raises `ValueError`.
    """
    if year in _JALALI_YEARS and language in _JALALI_LANGUAGES:
        return _jalali(year, month, day)
    if year in _HIJRI_YEARS:
        return _hijri(year, month, day)
    return date(year - 543, month, day) if year in _BUDDHIST_YEARS else None


def _named(match: re.Match[str]) -> date | None:
    for calendar, (months, years, read) in _READERS.items():
        name = match.groupdict().get(calendar)
        if name and int(match["y"]) in years:
            return read(int(match["y"]), months[name.lower()], int(match["d"]))
    return None


def _figures(text: str, language: str | None) -> tuple[date, int, int] | None:
    match = _FIGURES.search(text)
    if match is None or not (
        day := gregorian(int(match["y"]), int(match["m"]), int(match["d"]), language=language)
    ):
        return None
    return day, match.start(), match.end()


def _value(letters: str) -> int:
    """Return the number that Hebrew letters write."""
    return sum(_LETTERS.get(letter, 0) for letter in letters)
