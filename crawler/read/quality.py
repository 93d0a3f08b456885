"""How well a page was read, against the other pages of its host. Pure."""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crawler.values import ExtractedPage

REMEMBERED_PAGES = 50
LEAST_PAGES = 5
"""So many pages must have been read well before a short one stands out."""
SHORT_SHARE = 0.3
"""A text below so large a share of its host's median is suspicious."""
READ = "read"


@dataclass(frozen=True, slots=True)
class PageVerdict:
    """What came of a page: `read`, `empty`, `short`, `same text`, `consent wall`, `robot wall`, `not found`."""

    outcome: str
    recent: list[list[Any]]
    """What to remember of the host from now on."""


def judge(page: ExtractedPage, recent: Sequence[Sequence[Any]], *, url: str) -> PageVerdict:
    """Judge a page; `recent` is what was remembered of its host: [outcome, characters, digest, URL] a page, oldest first."""
    digest = (
        hashlib.blake2b(page.text.encode(errors="replace"), digest_size=8).hexdigest() if page.text else ""
    )
    outcome = _outcome(page, recent, digest, url)
    kept = [list(item) for item in recent if item[3] != url]
    return PageVerdict(outcome, [*kept, [outcome, len(page.text), digest, url]][-REMEMBERED_PAGES:])


def _outcome(page: ExtractedPage, recent: Sequence[Sequence[Any]], digest: str, url: str) -> str:
    if page.problem is not None:
        return page.problem
    if not page.text:
        return "empty"
    if any(item[2] == digest and item[3] != url for item in recent):
        return "same text"
    lengths = [item[1] for item in recent if item[0] == READ]
    if (
        page.kind == "article"
        and len(lengths) >= LEAST_PAGES
        and len(page.text) < SHORT_SHARE * statistics.median(lengths)
    ):
        return "short"
    return READ
