"""Dates as feeds write them, as moments in UTC.

The rule: RFC 822 and ISO 8601 as they stand, then what people write in their own language (`local_dates`), digits of any
script. A date without a zone is taken for UTC; zones by letters are those of news sites (IST is India's, CST America's). A day
alone is its midnight. A second too many (23:59:60) is the next minute's first. What can't be read, lacks a part, or is of the
year 1, which programs write that have no date, is no date: never a guess at today. A date ahead of the time when the entry was
seen can't be when it was published: up to twelve hours it is a zone or a clock gone wrong, and the time when it was seen counts;
beyond, it is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.text.calendars import gregorian
from crawler.text.local_dates import read_local_date

_ZONES = {
    **{
        "z": 0,
        "ut": 0,
        "utc": 0,
        "gmt": 0,
        "wet": 0,
        "west": 60,
        "bst": 60,
        "cet": 60,
        "cest": 120,
        "met": 60,
        "mest": 120,
    },
    **{
        "eet": 120,
        "eest": 180,
        "msk": 180,
        "trt": 180,
        "gst": 240,
        "ist": 330,
        "ict": 420,
        "wib": 420,
        "hkt": 480,
        "sgt": 480,
    },
    **{
        **{"wat": 60, "cat": 120, "sast": 120, "eat": 180, "irst": 210, "irdt": 270, "azt": 240, "get": 240},
        **{"pkt": 300, "uzt": 300, "npt": 345, "mmt": 390, "myt": 480, "pht": 480, "awst": 480, "wita": 480},
        **{
            "wit": 540,
            "acst": 570,
            "acdt": 630,
            "clt": -240,
            "bot": -240,
            "vet": -240,
            "cot": -300,
            "pet": -300,
        },
        **{"adt": -180, "uyt": -180, "nst": -210, "ndt": -150, "akst": -540, "akdt": -480, "hst": -600},
        "jst": 540,
        "kst": 540,
        "aest": 600,
        "aedt": 660,
        "nzst": 720,
        "nzdt": 780,
        "ast": -240,
        "brt": -180,
        "art": -180,
    },
    **{
        "est": -300,
        "edt": -240,
        "cst": -360,
        "cdt": -300,
        "mst": -420,
        "mdt": -360,
        "pst": -480,
        "pdt": -420,
    },
}
"""Minutes east of UTC, as news sites use these letters."""
_NAMED_ZONE = re.compile(r"\s*\(?\b([A-Za-z]{1,4})\)?$")
_GMT_OFFSET = re.compile(r"\s*\(?\b(?:GMT|UTC)\s*([+-])(\d{1,2})(?::?(\d\d))?\)?$", re.IGNORECASE)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ]+(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d|[+-]\d\d)?$",
    re.IGNORECASE,
)
_REGION = re.compile(
    r"\s*(?:\[([A-Z][\w/+-]+)\]|\([A-Z][A-Za-z]+(?: [A-Za-z]+)+\)|\s\(?([A-Z][a-z]+/[A-Z][\w/-]+)\)?)$"
)
"""What some write behind the offset, or in its place: "[Europe/Berlin]", "(Central European Standard Time)", "Europe/Berlin"."""
_HAS_OFFSET = re.compile(r"(?:[+-]\d{1,2}(?::?\d\d)?|\d ?Z|\b[A-Z]{2,4})$")
_SHORT_OFFSET = re.compile(r"(:\d\d)(?: GMT| UTC)?\s*([+-])(\d{1,2})$")
"""An offset of hours alone, which the standard library takes for minutes."""
_WEEK = re.compile(r"(\d{4})-?W(\d\d)-?([1-7])(?:[T ](\d\d:\d\d.*))?$")
_COMPACT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(1\d{9})(?:\.\d+|\d{3})?$", re.ASCII)
"""Seconds, or milliseconds, since 1970: 2001 to 2033."""
_HALF_DAY = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
"""What RFC 822 knows nothing of, and the standard library's reader passes over."""
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? (?:GMT|UTC|Z|([+-])(\d\d)(\d\d))$",
    re.ASCII,
)
_YEAR_ONE = re.compile(r"\b0001\b")
_LONGEST = 100
DateReader = Callable[[str], datetime | None]
"""What reads the dates of one document: moments in UTC, None where a text is no full date."""
AHEAD = timedelta(hours=12)
"""How far ahead a date may lie that is wrong by its zone."""


def parse_date(text: str, *, month_first: bool = True, language: str | None = None) -> datetime | None:
    """Return the moment in UTC; None where the text is no full date.

    `month_first` is for "03/02/2026", `language` (ISO 639) for names of months that mean another one elsewhere.
    """
    try:
        usual = (
            _plain_iso(text) if text[4:5] == "-" == text[7:8] and text[10:11] in ("T", " ") else _usual(text)
        )
        if usual is not None:
            return usual
        text = " ".join(ascii_digits(text).split())
        if not text or len(text) > _LONGEST or is_unset(text):
            return None
        text, region = _split_region(text)
        text = _SHORT_OFFSET.sub(lambda match: f"{match[1]}{match[2]}{int(match[3]):02}00", text)
        moment = (
            _usual(text)
            or _iso(text, language)
            or _week(text)
            or _compact(text)
            or _rfc822(text)
            or _localised(text, month_first, language)
        )
        return moment if moment is None or region is None else moment.replace(tzinfo=region).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def believable(published: datetime | None, *, now: datetime) -> datetime | None:
    """Return when an entry that is seen `now` was published; None where its date is none, or too far ahead to be that."""
    if published is None or published <= now:
        return published
    return now if published - now <= AHEAD else None


def is_unset(text: str) -> bool:
    """Return whether a date is what programs write that have none: the year 1."""
    return _YEAR_ONE.search(text) is not None


def _usual(text: str) -> datetime | None:
    """Read RFC 822 as nearly every feed writes it; what is left is the standard library's."""
    match = _USUAL.match(text)
    if match is None or "0001" in text or (month := _MONTHS.get(match[2])) is None:
        return None
    moment = datetime(int(match[3]), month, int(match[1]), int(match[4]), int(match[5]), tzinfo=UTC)
    moment += timedelta(seconds=int(match[6] or 0))
    if match[7] is None:
        return moment
    offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
    return moment - offset if match[7] == "+" else moment + offset


def _plain_iso(text: str) -> datetime | None:
    """Read ISO 8601 as nearly every Atom feed writes it; what is left is `_iso`'s."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not 1900 <= moment.year < 2400:
        return None
    return moment.replace(microsecond=0).astimezone(UTC)


def _iso(text: str, language: str | None) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if not 1900 <= year < 2400:  # of another calendar, or what programs write that have no date
        known = gregorian(year, month, day, language=language)
        if known is None:
            return None
        year, month, day = known.year, known.month, known.day
    moment = datetime(year, month, day, hour, minute, tzinfo=_offset_zone(match[7]))
    return (moment + timedelta(seconds=second)).astimezone(UTC)


def _week(text: str) -> datetime | None:
    """Read a day by its week (ISO 8601: 2025-W45-3)."""
    match = _WEEK.match(text)
    if match is None:
        return None
    day = date.fromisocalendar(int(match[1]), int(match[2]), int(match[3]))
    return _iso(f"{day.isoformat()}T{match[4] or '00:00'}", None)


def _compact(text: str) -> datetime | None:
    """Read ISO 8601 without its signs (20260302T1200), and seconds since 1970."""
    if (match := _EPOCH.match(text)) is not None:
        return datetime.fromtimestamp(int(match[1]), UTC)
    if (match := _COMPACT.match(text)) is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if not 1900 <= year < 2400:
        return None
    moment = datetime(year, month, day, hour, minute, second, tzinfo=_offset_zone(match[7]))
    return moment.astimezone(UTC)


def _rfc822(text: str) -> datetime | None:
    body, zone = _split_zone(text)
    fields = None if _HALF_DAY.search(body) else parsedate_tz(body)
    if fields is None or fields[0] < 1970:
        return None
    own = timezone(timedelta(seconds=fields[9])) if fields[9] else UTC
    year, month, day, hour, minute, second = fields[:6]
    moment = datetime(year, month, day, hour, minute, tzinfo=zone or own)
    return (moment + timedelta(seconds=second)).astimezone(UTC)


def _localised(text: str, month_first: bool, language: str | None) -> datetime | None:
    body, zone = _split_zone(text)
    moment = read_local_date(body, month_first=month_first, language=language)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC)).astimezone(UTC)


def _split_zone(text: str) -> tuple[str, timezone | None]:
    """Take a zone off the end that the standard library does not know."""
    if (match := _GMT_OFFSET.search(text)) is not None:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return text[: match.start()], timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    if (match := _NAMED_ZONE.search(text)) is not None and match[1].lower() in _ZONES:
        return text[: match.start()], timezone(timedelta(minutes=_ZONES[match[1].lower()]))
    return text, None


def _split_region(text: str) -> tuple[str, ZoneInfo | None]:
    """Take a region's name off the end; it tells the zone where there is no offset before it."""
    match = _REGION.search(text)
    if match is None:
        return text, None
    text = text[: match.start()]
    name = match[1] or match[2]
    if not name or _HAS_OFFSET.search(text):
        return text, None
    try:
        return text, ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return text, None


def ascii_digits(text: str) -> str:
    """Write the digits of any script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(sign)) if not sign.isascii() and sign.isdecimal() else sign for sign in text
    )


def _offset_zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
