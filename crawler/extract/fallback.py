"""trafilatura, asked where our own search finds next to nothing: its three extractors cost more than all else."""

from __future__ import annotations

import copy

import lxml.html

from crawler.extract.facts import Facts
from crawler.text.html_text import clean

_CALLS_BETWEEN_RESETS = 500
_calls = 0


def read(page: lxml.html.HtmlElement, *, url: str) -> Facts:
    """Return the text, paragraphs parted by one newline. Its process-wide caches are emptied now and then."""
    import trafilatura  # here: half a second, and most pages are read without it
    from trafilatura.meta import reset_caches

    global _calls
    _calls += 1
    if _calls % _CALLS_BETWEEN_RESETS == 0:
        reset_caches()
    text = trafilatura.extract(copy.deepcopy(page), url=url, include_comments=False)
    return Facts(text="\n".join(line for line in map(clean, (text or "").split("\n")) if line) or None)
