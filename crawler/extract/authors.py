"""Names of authors, cleaned of what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.feeds.text import clean

_LEADING = re.compile(r"^(?:by|por|par|von|di|escrito por|written by|بقلم|كتب)\s*:?\s+", re.IGNORECASE)
_PARTING = re.compile(r"\s*(?:[,;|/•]|\b(?:and|et|und)\b|\sy\s|\se\s|\sو(?=\S))\s*")
_ADDRESS = re.compile(r"https?://|www\.|@|\.(?:com|org|net)\b", re.IGNORECASE)
_LONGEST = 80


def clean_authors(names: Iterable[str]) -> tuple[str, ...]:
    """Gives each name once, without "By", addresses and what is too long to be a name."""
    found: dict[str, str] = {}
    for name in names:
        for part in _PARTING.split(_LEADING.sub("", clean(name))):
            author = clean(part).strip("-–— .:")
            if author and len(author) <= _LONGEST and not _ADDRESS.search(author) and not author.isdigit():
                found.setdefault(author.casefold(), author)
    return tuple(found.values())
