"""The text of a page, by trafilatura in two steps.

Fast and precise first; kept where it gives enough and does not fall far behind the fast way, else the slow default. On the
article extraction benchmark this beats each way alone (mean F1 0.968 against 0.960 to 0.964). Its metadata costs a third of its
time, so it is asked for only where the page's own data lack the title, the date or the authors.
"""

from __future__ import annotations

import copy

import lxml.html
import trafilatura

from crawler.extract.authors import clean_authors
from crawler.extract.facts import Facts
from crawler.feeds.dates import parse_date
from crawler.feeds.text import clean

ENOUGH_CHARACTERS = 250
SHARE_OF_FAST = 0.6


def read(page: lxml.html.HtmlElement, *, url: str) -> Facts:
    """Gives the text, paragraphs parted by one newline."""
    precise = _extract(page, url, fast=True, favor_precision=True)
    if len(precise) >= ENOUGH_CHARACTERS and len(precise) >= SHARE_OF_FAST * len(
        _extract(page, url, fast=True)
    ):
        return Facts(text=precise)
    return Facts(text=_extract(page, url) or None)


def read_metadata(page: lxml.html.HtmlElement, *, url: str) -> Facts:
    """Gives title, authors and date as trafilatura finds them in the page's visible parts."""
    found = trafilatura.extract_metadata(copy.deepcopy(page), default_url=url, extensive=False)
    return Facts(
        title=found.title or None,
        authors=clean_authors((found.author or "").split(";")),
        published=parse_date(found.date or ""),
    )


def _extract(
    page: lxml.html.HtmlElement, url: str, *, fast: bool = False, favor_precision: bool = False
) -> str:
    """Runs trafilatura on a copy (it changes what it is given)."""
    text = trafilatura.extract(
        copy.deepcopy(page), url=url, fast=fast, favor_precision=favor_precision, include_comments=False
    )
    return "\n".join(line for line in map(clean, (text or "").split("\n")) if line)
