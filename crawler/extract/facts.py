"""What one source says of a page. Every field may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """One source's word; None, or empty, where it says nothing."""

    title: str | None = None
    text: str | None = None
    lead: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    site_name: str | None = None
    section: str | None = None
    image: str | None = None
    photo_credit: str | None = None
    photo_caption: str | None = None
    paywalled: bool | None = None
    kind: str | None = None
    """`live`, `video` or `gallery`, where the page says that it is more, or less, than an article."""
