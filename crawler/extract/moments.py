"""How a page means its dates: by the language that it says it is in, and the country of its address."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import lxml.html

from crawler.text.dates import DateReader, parse_date
from crawler.text.day_order import month_first
from storage.codes import language_of_tag

EARLIEST_YEAR = 1990
"""What programs write that have no date lies before: no page on the web was published then."""


def date_reader(page: lxml.html.HtmlElement, *, url: str = "", home: str = "") -> DateReader:
    """Return what reads the dates of a page: into moments in UTC, None where a text is no full date.

    `home` is its outlet's locale.
    """
    declared = (page.get("lang") or page.get("xml:lang") or "").strip().lower().replace("_", "-")
    return partial(
        _read, month_first=month_first(declared, url, home=home), language=language_of_tag(declared)
    )


def _read(text: str, *, month_first: bool, language: str | None) -> datetime | None:
    moment = parse_date(text, month_first=month_first, language=language)
    return moment if moment is not None and moment.year >= EARLIEST_YEAR else None
