"""How a page means its dates: by the language that it says it is in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import lxml.html

from crawler.extract.language import normal_code
from crawler.text.dates import parse_date

_MONTH_FIRST = frozenset({"en", "en-us", "en-ph"})
"""Where "03/02/2026" is the second of March. English of no country is most often that of the United States."""

DateReader = Callable[[str], datetime | None]


def date_reader(page: lxml.html.HtmlElement) -> DateReader:
    """Gives what reads the dates of a page: into moments in UTC, None where a text is no full date."""
    declared = (page.get("lang") or page.get("xml:lang") or "").strip().lower().replace("_", "-")
    return partial(parse_date, month_first=declared in _MONTH_FIRST, language=normal_code(declared))
