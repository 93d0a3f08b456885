"""The source `feed`: RSS, Atom, RDF, JSON Feed, or a news sitemap, from one address. What `feeds = ["…"]` stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from typing_extensions import override

from crawler.errors import FeedError
from crawler.sources.base import Source, SourceDocument, SourceRun, UrlSettings, Web
from crawler.sources.documents import parse_feed
from crawler.urls import canonical_url
from crawler.values import Entry, FetchRequest, ParsedFeed, Response

MOST_SITEMAPS = 4
"""Of a sitemap index, so many of its sitemaps are read at a poll."""


class ErrorEntryError(FeedError):
    """The document's only entry is the error message of the program that makes the feed."""

    def __reduce__(self) -> tuple[object, ...]:
        """Stay what it is on the way from a worker process."""
        return (ErrorEntryError, (str(self),))


class FeedSource(Source):
    """A feed document. A sitemap index is followed: its news sitemaps are read in its place, at each poll."""

    kind: ClassVar[str] = "feed"
    doc: ClassVar[str] = "RSS, Atom, RDF, JSON Feed or a news sitemap"
    settings: ClassVar[type[UrlSettings]] = UrlSettings
    accept: ClassVar[str] = (
        "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
        "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
    )

    async def fetch(self, run: SourceRun, web: Web) -> Response:
        """Return the document: an index that was met before is asked for whole, since its sitemaps change without it."""
        if run.state.get("is_index"):
            return await web(FetchRequest(run.address, accept=self.accept))
        return await Source.fetch(self, run, web)

    @override
    def may_change_unseen(self, state: Mapping[str, Any]) -> bool:
        """Return whether it is an index: its sitemaps change without it."""
        return bool(state.get("is_index"))

    def read(self, document: SourceDocument) -> ParsedFeed:
        """Return what the document says."""
        feed = parse_feed(
            document.body, url=document.url, content_type=document.content_type, home=document.home
        )
        return check_entries(feed, document.url)


def check_entries(feed: ParsedFeed, url: str) -> ParsedFeed:
    """Return a feed. Raises `FeedError` for one whose only entry is an error: it links to the feed's own address.

    That is what bridges (programs that make feeds of pages) say instead of an HTTP status.
    """
    only = feed.entries[0] if len(feed.entries) == 1 and feed.total <= 1 else None
    if only is not None and only.url and _is_own(only, feed, url):
        raise ErrorEntryError(only.title or only.summary[:200])
    return feed


def news_sitemaps(children: Sequence[str]) -> tuple[str, ...]:
    """Return the sitemaps of an index that are read: those of news by their names, else the newest."""
    news = [url for url in children if "news" in urlsplit(url).path.lower()]
    return tuple((news or list(children))[:MOST_SITEMAPS])


def join_sitemaps(index: ParsedFeed, sitemaps: Sequence[ParsedFeed], *, any_page: bool = False) -> ParsedFeed:
    """Return the index with the entries of its sitemaps. Raises `FeedError` where they list pages and no news.

    A sitemap of news says what each page is called; any other lists every page of the site, which counts with `any_page` alone.
    """
    entries: dict[tuple[str, str], Entry] = {}
    for sitemap in sitemaps:
        if any_page or any(entry.title for entry in sitemap.entries):
            for entry in sitemap.entries:
                entries.setdefault((entry.guid, entry.url), entry)
    if not entries and any(sitemap.entries for sitemap in sitemaps):
        raise FeedError(
            "the sitemaps that this index names list the site's pages, not its news: give a news sitemap or a feed"
        )
    return replace(index, entries=tuple(entries.values()), total=len(entries), state={"is_index": True})


def _is_own(entry: Entry, feed: ParsedFeed, url: str) -> bool:
    own = {canonical_url(address) for address in (url, feed.self_url) if address}
    return canonical_url(entry.url) in own
