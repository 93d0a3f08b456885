"""How a feed means its dates, by the language that it says it is in."""

from __future__ import annotations

from functools import partial

from crawler.text.dates import DateReader, parse_date
from crawler.text.day_order import month_first
from storage.codes import language_of_tag


def date_reader(language: str, url: str, home: str = "") -> DateReader:
    """Return what reads the dates of a feed, whose `language` is a tag as it stands there ("en-GB"), `home` its outlet's."""
    first = month_first(language, url, home=home, by_default=True)
    return partial(parse_date, month_first=first, language=language_of_tag(language))
