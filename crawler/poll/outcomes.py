"""What a poll's outcome does to the rows of its feed and its host (RFC 9110, 9111, 6585)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from crawler.polite.resting import note_answer, note_trouble
from crawler.urls import host_of
from crawler.values import Redirect, Response
from crawler.worker import ReadFeed
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.tables import Feed, FeedState, Host, Outlet

log = structlog.get_logger(__name__)

PERMANENT_REDIRECTS = frozenset({301, 308})
_BUILD_DATE = re.compile(rb"<lastBuildDate>[^<]*</lastBuildDate>")


@dataclass(frozen=True, slots=True)
class Success:
    """The feed answered. `document` is None where it has not changed; `fingerprint` is None where there was no body (304)."""

    response: Response
    document: ReadFeed | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """The feed could not be had or read. `url` is the address that answered or failed: the feed's, or where a redirect led."""

    message: str
    kind: str
    url: str
    status: int | None = None
    retry_after: timedelta | None = None
    alternates: tuple[str, ...] = ()
    """Feeds that a web page names, where a web page came."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """The feed was not asked to the end: a host on its way rests, for `wait`, or is busy. No fault of the feed's."""

    message: str
    wait: timedelta


def without_build_date(body: bytes) -> bytes:
    """Gives the document without the time at which it was made: many are made anew for each request, with nothing new in them."""
    return _BUILD_DATE.sub(b"", body, count=1)


def note_success(session: Session, feed: Feed, outcome: Success, now: datetime) -> None:
    """Stores what a success says of the feed's address, validators and state."""
    response = outcome.response
    feed.last_success_at = now
    feed.failures = 0
    feed.failing_since = None
    if outcome.document is not None:
        feed.problem = outcome.document.feed.problem
    note_answer(session.get_one(Host, feed.host_id), now=now)
    if response.redirects and host_of(response.url) != host_of(response.requested_url):
        note_answer(host_named(session, host_of(response.url)), now=now)
    if response.is_success:
        _note_validators(feed, outcome, now)
    _follow_move(session, feed, response, now)


def note_failure(session: Session, feed: Feed, failure: Failure, now: datetime, *, jitter: float) -> None:
    """Stores a failure: 410 retires the feed; a host that asks for fewer requests, or hangs, rests as a whole."""
    feed.failures += 1
    feed.failing_since = feed.failing_since or now
    feed.last_error = failure.message
    if failure.status == 410:
        feed.state = FeedState.RETIRED
    note_trouble(
        session,
        failure.url,
        failure.message,
        status=failure.status,
        retry_after=failure.retry_after,
        hung=failure.kind == "timeout",
        now=now,
        jitter=jitter,
    )


def discover(session: Session, feed: Feed, failure: Failure) -> bool:
    """Takes the first feed that an outlet's own page names, where the user gave no feed but the page."""
    outlet = session.get_one(Outlet, feed.outlet_id)
    if not failure.alternates or feed.url != outlet.site or feed.address != feed.url:
        return False
    log.info("feed discovered", outlet=outlet.name, site=outlet.site, feed=failure.alternates[0])
    _set_address(session, feed, failure.alternates[0])
    return True


def explain_status(response: Response) -> str:
    """Gives what an answer that is no feed means, in words for people."""
    meaning = {
        401: "it asks for a login",
        402: "it asks to be paid",
        403: "it refuses us",
        404: "there is nothing at this address: look for the outlet's new feed address",
        410: "the feed is gone for good and will not be polled again: remove it, or give its new address",
        429: "it asks for fewer requests",
        451: "the address is blocked for legal reasons",
    }.get(response.status, "the server has a fault" if response.status >= 500 else "not a feed's answer")
    return f"{response.url} answered HTTP {response.status}: {meaning}"


def _note_validators(feed: Feed, outcome: Success, now: datetime) -> None:
    """Keeps the validators of a whole document; where one breaks off, the whole is asked for at the next poll."""
    if outcome.document is not None and outcome.document.feed.is_cut_off:
        feed.etag = feed.last_modified = feed.body_hash = None
        return
    headers = outcome.response.headers
    etag, last_modified = headers.get("etag"), headers.get("last-modified")
    is_other = feed.body_hash is not None and outcome.fingerprint != feed.body_hash
    if is_other and (etag or last_modified) and (etag, last_modified) == (feed.etag, feed.last_modified):
        feed.stale_validators = (
            True  # the same validators for another document: a 304 from here means nothing
        )
    feed.etag, feed.last_modified = etag, last_modified
    feed.body_hash = outcome.fingerprint
    feed.full_at = now


def _follow_move(session: Session, feed: Feed, response: Response, now: datetime) -> None:
    """Adopts a permanent redirect once it is seen twice in a row; one sighting may be a captive portal."""
    target = _moved_to(response.redirects)
    if target is None or target != feed.redirect_target:
        feed.redirect_target = target
        return
    feed.redirect_target = None
    log.info("feed moved for good", feed=feed.url, address=target)
    there = session.exec(
        select(Feed).where(
            col(Feed.id) != feed.id, col(Feed.address) == target, col(Feed.state) == FeedState.ACTIVE
        )
    ).first()
    _set_address(session, feed, target)
    feed.moved_at = now
    if there is not None:
        feed.state = FeedState.RETIRED
        feed.last_error = f"{feed.url} moved to {target}, which is polled already: remove it"


def _moved_to(redirects: tuple[Redirect, ...]) -> str | None:
    """Gives where the permanent redirects at the start of the way lead; a passing one after them moves nothing."""
    target = None
    for hop in redirects:
        if hop.status not in PERMANENT_REDIRECTS:
            break
        target = hop.location
    return target


def _set_address(session: Session, feed: Feed, address: str) -> None:
    feed.address = address
    feed.host_id = id_of(host_named(session, host_of(address)))
