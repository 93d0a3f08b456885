"""Dates of lists: as everywhere, else "3 hours ago", "yesterday", "12 March", in the list's language. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from crawler.sources.documents.published import date_reader
from crawler.sources.lists.wording import in_usual_order
from crawler.text.day_order import month_first

MOST_AHEAD = timedelta(days=1)


class ListDates:
    """Reads the dates of one document, as seen at a time."""

    def __init__(self, language: str, url: str, home: str, now: datetime | None) -> None:
        self._read = date_reader(language, url, home)
        own = home.partition("-")[0]
        self._language = (language.partition("-")[0] or ("" if own == "und" else own)).lower()
        self._order = "MDY" if month_first(language, url, home=home, by_default=True) else "DMY"
        self._now = now

    def read(self, text: str) -> datetime | None:
        """Return the moment in UTC; None where the text is not a date."""
        text = " ".join(text.split())
        if not text:
            return None
        moment = self._read(in_usual_order(text)) or self._yearless(text)
        if moment is None and self._now is not None and len(text) <= 45:
            moment = _relative(text, self._language, self._order, self._now.replace(second=0, microsecond=0))
        if moment is not None and self._now is not None and moment - self._now > MOST_AHEAD:
            return None
        return moment

    def _yearless(self, text: str) -> datetime | None:
        """Return what day and month in numbers mean, the last that there was: "29.11. 07.17", in Korean "11.29 07:17"."""
        found = _YEARLESS.fullmatch(text)
        if found is None or self._now is None:
            return None
        one, other, hour, minute = (int(number or 0) for number in found.groups())
        is_month_first = self._language in _MONTHS_FIRST or self._order == "MDY"
        day, month = (other, one) if (is_month_first and one <= MONTHS) or other > MONTHS else (one, other)
        for year in (self._now.year, self._now.year - 1):
            try:
                moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
            except ValueError:  # no such day
                continue
            if moment - self._now <= MOST_AHEAD:
                return moment
        return None


_YEARLESS = re.compile(r"([0-3]?\d)[./]([0-3]?\d)\.?(?:,?\s+(\d{1,2})[:.h](\d{2}))?")
MONTHS = 12
_MONTHS_FIRST = frozenset({"ko", "ja", "zh", "hu", "mn"})


@lru_cache(maxsize=2_000)
def _relative(text: str, language: str, order: str, now: datetime) -> datetime | None:
    """Return what `dateparser` makes of a text, in this language or any of those that news is in."""
    import dateparser  # here: a third of a second, and only where lists are read

    settings = {
        "RELATIVE_BASE": now.astimezone(UTC).replace(tzinfo=None),
        "PREFER_DATES_FROM": "past",
        "DATE_ORDER": order,
        "TIMEZONE": "UTC",
        "RETURN_AS_TIMEZONE_AWARE": True,
        "REQUIRE_PARTS": ["day"],
    }
    try:
        found = dateparser.parse(text, languages=[language] if language else None, settings=settings)
        if found is None and language and language != "en":
            found = dateparser.parse(text, languages=["en"], settings=settings)
    except (
        ValueError,
        OverflowError,
        RecursionError,
    ):  # a language that it does not know, a day that can't be
        return None
    return None if found is None else found.astimezone(UTC)
