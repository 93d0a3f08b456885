"""The source `sitemap`: a sitemap, or an index of them, perhaps only those of its pages whose address matches."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from pydantic import field_validator

from crawler.sources.base import SourceDocument, SourceSettings, UrlSettings
from crawler.sources.feed import FeedSource
from crawler.values import ParsedFeed


class SitemapSettings(UrlSettings):
    """`match` is a regular expression that a page's address must contain; left out, every page counts."""

    match: str = ""

    @field_validator("match")
    @classmethod
    def _is_an_expression(cls, match: str) -> str:
        try:
            re.compile(match)
        except re.error as error:
            raise ValueError(f"{match!r} is not a regular expression: {error}") from error
        return match


class SitemapSource(FeedSource):
    """A sitemap; what it lists that does not match is left out."""

    kind: ClassVar[str] = "sitemap"
    doc: ClassVar[str] = "a sitemap or an index of sitemaps, with match: only addresses that match it"
    settings: ClassVar[type[SourceSettings]] = SitemapSettings  # type: ignore[assignment]
    accept: ClassVar[str] = "application/xml, text/xml;q=0.9, */*;q=0.1"

    def read(self, document: SourceDocument) -> ParsedFeed:
        """Return the pages that match."""
        feed = super().read(document)
        if not isinstance(document.settings, SitemapSettings) or not document.settings.match:
            return feed
        wanted = re.compile(document.settings.match)
        return replace(feed, entries=tuple(entry for entry in feed.entries if wanted.search(entry.url)))
