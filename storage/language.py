"""Whose language words are in: marks on strings, the translator that speaks now, and its forms of numbers, times and lists.

`_("There is no alert {number}.", number=7)` gives the sentence in the language of whoever is being answered: the reader of a
page, the caller of the API, the channel of a mail. `speaking` says who that is, for a block and the threads that
work for it. Where nobody said anything, as on the command line and in logs, it is English, at the cost of a dictionary look-up.
The catalogues stand in `service/locale`; Babel's are the forms of dates, numbers and lists (CLDR).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from gettext import NullTranslations
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

UTC = ZoneInfo("UTC")
Spoken = Literal["en", "fr", "es", "ar"]
"""The languages that there are catalogues of; English needs none."""
ISOLATE, POP = "\u2068", "\u2069"
"""A value of another direction between these leaves the sentence around it in its order (UAX #9)."""


@dataclass(frozen=True, slots=True)
class Translator:
    """One language. `code` is its BCP 47 tag, `cldr` the locale whose forms of dates and numbers it takes."""

    code: str
    cldr: str
    direction: Literal["ltr", "rtl"] = "ltr"
    words: NullTranslations = NullTranslations()  # noqa: RUF009  (it has no state)

    @property
    def locale(self) -> Locale:
        """Babel's locale."""
        return _locale(self.cldr)

    def fill(self, text: str, values: Mapping[str, object]) -> str:
        """Put values in their places; in a text from right to left, words between marks that keep its order."""
        return text.format(**self.apart(values))

    def apart(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Return values of a text: from right to left, words that keep their own order there."""
        if self.direction != "rtl":
            return values
        return {
            key: Isolated(value) if type(value) is str and _has_case(value) else value
            for key, value in values.items()
        }


def _has_case(text: str) -> bool:
    """Return whether it has letters that know capitals, which run from left to right; figures and Arabic stand well alone."""
    return text.lower() != text.upper()


class Isolated(str):
    """A text that stands apart from the direction of what is around it."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return f"{ISOLATE}{str.__format__(self, spec)}{POP}"

    def __repr__(self) -> str:
        return f"{ISOLATE}{str.__repr__(self)}{POP}"


ENGLISH = Translator("en", "en_GB")
_speaker: ContextVar[Translator] = ContextVar("translator", default=ENGLISH)
_service: ContextVar[Translator] = ContextVar("service's translator", default=ENGLISH)


def speaker() -> Translator:
    """Return the translator of whoever is being answered."""
    return _speaker.get()


def speak(translator: Translator) -> None:
    """Answer in this language from now on, in this task and what it starts."""
    _speaker.set(translator)


@contextmanager
def speaking(translator: Translator) -> Iterator[None]:
    """Answer in this language within the block."""
    token = _speaker.set(translator)
    try:
        yield
    finally:
        _speaker.reset(token)


def speak_for_the_service(translator: Translator) -> None:
    """Have `as_the_service` speak this language, in this task and what it starts."""
    _service.set(translator)


def as_the_service() -> AbstractContextManager[None]:
    """Speak the service's own language within the block: what it tells whoever runs it is written before its channel is known."""
    return speaking(_service.get())


def _(message: str, /, **values: object) -> str:
    """Return the message in the reader's language, with the values in the places named `{so}`."""
    translator = _speaker.get()
    return translator.fill(translator.words.gettext(message), values)


def N_(message: str) -> str:  # noqa: N802  (gettext's name for it)
    """Mark a message that `_` is asked for later: a constant of a module."""
    return message


def said(text: str) -> str:
    """Return a marked text that has no places in the reader's language; one that is in no catalogue as it is."""
    return _speaker.get().words.gettext(text) if text else ""


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Return the message as it is said in this context: `pgettext("state", "new")`."""
    translator = _speaker.get()
    return translator.fill(translator.words.pgettext(context, message), values)


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the message in the form that this number takes. `{count}` is the number, written as the language writes it."""
    translator = _speaker.get()
    said = translator.words.ngettext(one, many, count)
    return translator.fill(said, {**values, "count": number(count)})


def number(value: float, digits: int = 0) -> str:
    """Return a number with at most so many digits after the point."""
    return _number(value, digits, _speaker.get().cldr)


def percent(share: float) -> str:
    """Return a share, such as .25, as 25 %."""
    from babel.numbers import format_percent

    return format_percent(share, locale=_speaker.get().locale)


def listed(items: Iterable[str], *, style: Literal["standard", "or"] = "standard") -> str:
    """Return a list in words: "a, b and c"."""
    from babel.lists import format_list

    translator = _speaker.get()
    apart = [f"{Isolated(item)}" if translator.direction == "rtl" else item for item in items]
    return format_list(apart, style=style, locale=translator.locale) if apart else ""


def day(value: date, *, length: Literal["short", "medium", "long"] = "long") -> str:
    """Return a day: "2 March 2026"."""
    return _day(value.year, value.month, value.day, length, _speaker.get().cldr)


def month(value: date) -> str:
    """Return the month of a day: "March 2026"."""
    from babel.dates import format_skeleton

    return str(format_skeleton("yMMMM", value, locale=_speaker.get().locale))


def moment(value: datetime, zone: ZoneInfo = UTC, *, length: Literal["medium", "long"] = "long") -> str:
    """Return a time with its zone: "2 March 2026, 12:00 UTC", "2 March 2026, 13:00 Casablanca"."""
    return f"{clock(value, zone, length=length)} {place_of(zone)}"


def clock(value: datetime, zone: ZoneInfo = UTC, *, length: Literal["medium", "long"] = "long") -> str:
    """Return a time in a zone that is said elsewhere: "2 March 2026, 12:00"."""
    there = value.astimezone(zone)
    translator = _speaker.get()
    if translator.direction == "rtl":
        length = "long"  # the medium form of Arabic is of figures alone, which are read in two orders
    return _joined(translator.cldr).format(clock_time(there), day(there, length=length))


def weekdays() -> list[str]:
    """Return the days of a week in short, from Monday on."""
    from babel.dates import get_day_names

    names = get_day_names("abbreviated", context="stand-alone", locale=_speaker.get().locale)
    return [names[number] for number in range(7)]


def clock_time(value: datetime) -> str:
    """Return the hour and minute of a local time: "12:00"."""
    return _clock_time(value.hour, value.minute, _speaker.get().cldr)


def place_of(zone: ZoneInfo) -> str:
    """Return what people call a zone: the place that it is named after."""
    return _place_of(zone.key, _speaker.get().cldr)


def length_of(seconds: float) -> str:
    """Return a length of time in its largest unit: "47 s", "3 min", "2 h", "5 d"."""
    from babel.units import format_unit

    unit, size = _unit_of(seconds)
    return format_unit(int(seconds // size), f"duration-{unit}", length="short", locale=_speaker.get().locale)


def ago(seconds: float) -> str:
    """Return how long ago something was: "3 min ago"; in how long, where it is negative."""
    unit, size = _unit_of(abs(seconds))
    whole = int(abs(seconds) // size * size)
    return _ago(-whole if seconds >= 0 else whole, unit, _speaker.get().cldr)


Unit = Literal["day", "hour", "minute", "second"]
_UNITS: tuple[tuple[Unit, int], ...] = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def _unit_of(seconds: float) -> tuple[Unit, int]:
    return next((found for found in _UNITS if seconds >= found[1]), ("second", 1))


@lru_cache(maxsize=10_000)
def _number(value: float, digits: int, cldr: str) -> str:
    """Return a number as it is written there: a page has hundreds, of which most are the same."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_locale(cldr))


@lru_cache(maxsize=10_000)
def _ago(seconds: int, unit: Unit, cldr: str) -> str:
    from babel.dates import format_timedelta

    return format_timedelta(
        timedelta(seconds=seconds),
        granularity=unit,
        threshold=10**9,
        add_direction=True,
        format="short",
        locale=_locale(cldr),
    )


@lru_cache(maxsize=10_000)
def _day(year: int, month: int, day: int, length: Literal["short", "medium", "long"], cldr: str) -> str:
    """Return a day as it is written there: most times of a page are of a few."""
    from babel.dates import format_date

    return format_date(date(year, month, day), format=length, locale=_locale(cldr))


@lru_cache(maxsize=10_000)
def _clock_time(hour: int, minute: int, cldr: str) -> str:
    from babel.dates import format_time

    return format_time(time(hour, minute), format="short", locale=_locale(cldr))


@cache
def _joined(cldr: str) -> str:
    """Return how a time and a day stand together there."""
    return str(_locale(cldr).datetime_formats["medium"])


@cache
def _locale(code: str) -> Locale:
    from babel import Locale

    return Locale.parse(code)


@cache
def _place_of(key: str, cldr: str) -> str:
    if "/" not in key:
        return key
    from babel.dates import get_timezone_location

    place: str = get_timezone_location(key, locale=_locale(cldr), return_city=True)
    return place
