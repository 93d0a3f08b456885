"""What the fast path says where only feedparser can tell."""

from __future__ import annotations


class NotSureError(Exception):
    """The document has something in it that feedparser may read otherwise. Never leaves `crawler.sources.documents`."""
