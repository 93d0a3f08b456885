"""How a page means its dates: by the language that it says it is in, and the country of its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import lxml.html

from crawler.extract.language import normal_code
from crawler.text.dates import parse_date

_MONTH_FIRST = frozenset({"en-us", "en-ph"})
"""Where "03/02/2026" is the second of March. English of no country is so too, unless the outlet's address names one."""
_COUNTRY = re.compile(r"\.(?!(?:us|ph|io|co|tv|me|ai|fm|ly|to|cc|ws|eu|la)$)([a-z]{2})$")
"""The country of a host; some countries' names are sold to all the world."""
EARLIEST_YEAR = 1990
"""What programs write that have no date lies before: no page on the web was published then."""

DateReader = Callable[[str], datetime | None]


def date_reader(page: lxml.html.HtmlElement, *, url: str = "") -> DateReader:
    """Return what reads the dates of a page: into moments in UTC, None where a text is no full date."""
    declared = (page.get("lang") or page.get("xml:lang") or "").strip().lower().replace("_", "-")
    month_first = declared in _MONTH_FIRST or (declared == "en" and _COUNTRY.search(_host(url)) is None)
    return partial(_read, month_first=month_first, language=normal_code(declared))


def _read(text: str, *, month_first: bool, language: str | None) -> datetime | None:
    moment = parse_date(text, month_first=month_first, language=language)
    return moment if moment is not None and moment.year >= EARLIEST_YEAR else None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
