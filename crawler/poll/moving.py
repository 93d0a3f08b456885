"""Feeds that move: a permanent redirect is followed for good, and the user's own address is never given up. Pure.

A redirect that says "for good" may be a maintenance page, a captive portal, or a domain that was sold: the address that the user
gave is asked again at once when the adopted one fails, and now and then anyway, and counts as soon as it answers by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crawler.poll.outcomes import moved_to
from crawler.urls import host_of
from crawler.values import ParsedFeed, Response
from storage.stores.feeds.polled import FeedRecord

SOONEST = timedelta(hours=1)
"""Not before this time the user's own address is asked again while the adopted one is well."""
LATEST = timedelta(days=1)
SHARE = 4
"""Of the time since it moved, a fourth passes between two such requests."""


def adopted(
    before: FeedRecord,
    feed: FeedRecord,
    response: Response,
    document: ParsedFeed | None,
    *,
    taken: frozenset[str],
    now: datetime,
) -> FeedRecord | None:
    """Return the feed at the address that a permanent redirect led to twice in a row; one sighting may be a captive portal.

    None where nothing moves. The redirect is followed each time, and nothing moves, where another feed is polled there, or where
    a host of other name answers with a feed of another title.
    """
    target = moved_to(response.redirects)
    if target is None:
        own = feed.redirect_target is not None and feed.address == feed.url
        return replace(feed, redirect_target=None, moved_at=None, own_asked_at=None) if own else None
    if target in taken:
        return feed
    if _is_foreign(before, target, document):  # read anew each time, or nothing would tell that it still is
        return replace(feed, title=before.title, etag=None, last_modified=None, body_hash=None)
    if target != feed.redirect_target:
        return replace(feed, redirect_target=target)
    is_known = feed.own_asked_at is not None
    return replace(
        feed,
        address=target,
        redirect_target=None,
        moved_at=feed.moved_at if is_known else now,
        own_asked_at=now,
    )


def after_success_elsewhere(feed: FeedRecord, *, now: datetime) -> FeedRecord:
    """Return a feed that was polled well at an adopted address: now and then its own is asked next."""
    if feed.moved_at is None or feed.address == feed.url:
        return feed
    pause = min(max((now - feed.moved_at) / SHARE, SOONEST), LATEST)
    if now - (feed.own_asked_at or feed.moved_at) < pause:
        return feed
    return _at(feed, feed.url, redirect_target=feed.address, own_asked_at=now)


def back_home(feed: FeedRecord, *, now: datetime) -> FeedRecord | None:
    """Return a feed that failed with the other of its two addresses, asked at once the first time; None where it has one."""
    if feed.moved_at is None:
        return None
    if feed.address != feed.url:
        other = _at(feed, feed.url, redirect_target=feed.address, own_asked_at=now)
    elif feed.redirect_target is not None:
        other = _at(feed, feed.redirect_target, redirect_target=None, own_asked_at=feed.own_asked_at)
    else:
        return None
    return replace(other, next_poll_at=now) if feed.failures == 1 else other


def _at(
    feed: FeedRecord, address: str, *, redirect_target: str | None, own_asked_at: datetime | None
) -> FeedRecord:
    """Return the feed at another address, whose document the validators are not of."""
    return replace(
        feed,
        address=address,
        redirect_target=redirect_target,
        own_asked_at=own_asked_at,
        etag=None,
        last_modified=None,
        body_hash=None,
    )


def _is_foreign(before: FeedRecord, target: str, document: ParsedFeed | None) -> bool:
    if document is None or not before.title or not document.title:
        return False
    is_elsewhere = _site(target) != _site(before.url)
    return is_elsewhere and before.title.casefold().split() != document.title.casefold().split()


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.")
