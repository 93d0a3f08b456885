"""Documents of feeds, taken in as the poller does."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from crawler.poll.identity import prepare
from crawler.poll.intake import take_in
from crawler.poll.same_article import DocumentNews, FeedDocument
from crawler.values import ParsedFeed
from storage.rows import id_of
from storage.tables import Feed, Outlet


def feed_document(
    feed: Feed,
    outlet: Outlet,
    parsed: ParsedFeed,
    *,
    now: datetime,
    is_first: bool = False,
    last_read: datetime | None = None,
) -> FeedDocument:
    """Return a document as a worker hands it to what decides."""
    return FeedDocument(
        id_of(feed),
        id_of(outlet),
        feed.url,
        outlet.site,
        outlet.language,
        prepare(parsed, name=feed.url),
        now,
        is_first=is_first,
        last_read=last_read,
    )


def take_in_one(
    session: Session,
    feed: Feed,
    outlet: Outlet,
    parsed: ParsedFeed,
    *,
    now: datetime,
    fetch_pages: bool = False,
    is_first: bool = False,
    last_read: datetime | None = None,
) -> DocumentNews:
    """Store a document; return what came of it."""
    document = feed_document(feed, outlet, parsed, now=now, is_first=is_first, last_read=last_read)
    return take_in(session, [document], fetch_pages=fetch_pages)[0]
