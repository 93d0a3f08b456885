"""The hub stage: a subscription that is due -> its hub is asked. What the hub then decides, it tells the callback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session
from typing_extensions import override

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.polite.host_gate import HostGate
from crawler.polite.resting import BadAnswer, after_trouble, concerns_host
from crawler.sources.websub.following import leave
from crawler.sources.websub.protocol import PATIENCE, request_form, retry_wait
from crawler.sources.websub.stage import LEASE, HubStage, StageOptions
from crawler.urls import host_of
from crawler.values import FetchRequest
from storage.retry_after import parse_retry_after
from storage.stores.feeds.hosts import hosts_by_name, write_hosts
from storage.stores.feeds.polled import read_polled, write_polled
from storage.stores.feeds.subscriptions import (
    KEPT,
    HubClaim,
    claim_hub_requests,
    is_hub_due,
    left_behind,
    told_elsewhere,
)
from storage.tables import Subscription, SubscriptionState
from storage.troubles import note

log = structlog.get_logger(__name__)

MOST_UNSUBSCRIBING = 5
"""Tries at ending a subscription; then the hub's lease ends it."""
PASSING_STATUSES = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a hub said. `error` is None where it accepted."""

    error: str | None
    url: str
    """What answered, or failed."""
    status: int | None = None
    is_final: bool = False
    retry_after: timedelta | None = None


class Subscriber(HubStage[HubClaim]):
    """Asks hubs. `public_url` is where they reach us."""

    def __init__(
        self,
        options: StageOptions,
        fetcher: Fetcher,
        gate: HostGate,
        *,
        public_url: str,
        host_delay: timedelta,
    ) -> None:
        super().__init__(options)
        self._fetcher = fetcher
        self._gate = gate
        self._callbacks = public_url.rstrip("/") + "/websub/"
        self._host_delay = host_delay
        self._moved = False

    @override
    async def step(self) -> int:
        if not self._moved:
            await self.options.database.writing(self._move)
            self._moved = True
        return await super().step()

    @override
    def is_due(self, session: Session) -> bool:
        return is_hub_due(session, now=self.options.clock())

    @override
    def claim(self, session: Session, *, limit: int) -> Sequence[HubClaim]:
        now = self.options.clock()
        for row in left_behind(session):
            leave(row, now=now)
        session.flush()
        return claim_hub_requests(
            session,
            now=now,
            owner=self.options.owner,
            lease=LEASE,
            limit=limit,
            host_delay=self._host_delay,
            callbacks=self._callbacks,
        )

    @override
    async def work(self, claim: HubClaim) -> None:
        answer = await self._post(claim)
        await self.options.database.writing(
            lambda session: self._record(session, claim, answer, self.options.clock())
        )

    def _move(self, session: Session) -> None:
        """Subscribe anew where hubs know another public address than ours of now."""
        for row in told_elsewhere(session, self._callbacks):
            row.state = SubscriptionState.WANTED
            row.next_request_at = self.options.clock()

    async def _post(self, claim: HubClaim) -> _Answer:
        form = request_form(
            "unsubscribe" if claim.leaving else "subscribe",
            topic=claim.topic,
            callback=claim.callback,
            secret=claim.secret,
        )
        request = FetchRequest(claim.hub, form=form)
        try:
            response = await self._fetcher.fetch(
                request, gate=lambda url: self._gate.passing(url, claimed=claim.hub)
            )
        except FetchError as error:
            return _Answer(str(error), error.url)
        status = response.status
        if 200 <= status < 300:
            return _Answer(None, response.url)
        said = " ".join(response.body[:200].decode("utf-8", "replace").split())
        return _Answer(
            f"{claim.hub} answered HTTP {status}" + (f": {said}" if said else ""),
            response.url,
            status,
            is_final=400 <= status < 500 and status not in PASSING_STATUSES,
            retry_after=parse_retry_after(response.headers.get("retry-after"), now=self.options.clock()),
        )

    def _record(self, session: Session, claim: HubClaim, answer: _Answer, now: datetime) -> None:
        """Store what a hub said. It may have verified meanwhile, which then counts."""
        row = session.get(Subscription, claim.subscription_id, with_for_update=True, populate_existing=True)
        if row is None or row.lease_owner != self.options.owner:
            return
        row.lease_until = row.lease_owner = None
        if answer.error is not None:
            bad = BadAnswer(note(answer.error), answer.url, answer.status, answer.retry_after)
            if concerns_host(bad):
                name = host_of(bad.url)
                host = hosts_by_name(session, {name})[name]
                write_hosts(session, [after_trouble(host, bad, now=now)])
        if row.state not in ((SubscriptionState.LEAVING,) if claim.leaving else KEPT):
            return  # the hub has called back meanwhile, or we want otherwise by now
        if claim.leaving:
            _note_leaving(row, answer, now)
        elif answer.is_final:
            deny(session, row, answer.error or "", now=now)
        elif answer.error is not None or not _was_verified(row):
            row.failures += 1
            row.last_error = answer.error or f"{row.hub} accepted the request and has not verified it yet"
            wait = retry_wait(row.failures)
            row.next_request_at = now + (wait if answer.error else max(wait, PATIENCE))
            if answer.error is not None:
                log.info("hub can't be subscribed to now", feed=claim.feed, hub=row.hub, error=answer.error)


def deny(session: Session, row: Subscription, reason: str, *, now: datetime) -> None:
    """Notes that a hub refuses a subscription: the feed is polled as if it had no hub."""
    row.state = SubscriptionState.DENIED
    row.next_request_at = row.expires_at = None
    row.requested_at = now
    row.last_error = reason
    feed = read_polled(session, [row.feed_id])[row.feed_id].feed
    own = now + timedelta(seconds=feed.interval_seconds)  # pushes of it can't be relied on
    write_polled(session, [replace(feed, next_poll_at=min(feed.next_poll_at, own))])
    log.info("hub refuses to push; the feed is polled", feed=feed.url, hub=row.hub, reason=reason)


def _was_verified(row: Subscription) -> bool:
    return (
        row.verified_at is not None and row.requested_at is not None and row.verified_at >= row.requested_at
    )


def _note_leaving(row: Subscription, answer: _Answer, now: datetime) -> None:
    row.failures += 1
    row.last_error = answer.error
    if answer.is_final or row.failures >= MOST_UNSUBSCRIBING:
        row.state = SubscriptionState.ENDED
        row.next_request_at = None
    else:
        row.next_request_at = now + max(retry_wait(row.failures), PATIENCE)
