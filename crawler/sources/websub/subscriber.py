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
from crawler.polite.noting import note_trouble
from crawler.polite.resting import BadAnswer
from crawler.sources.websub.following import leave
from crawler.sources.websub.protocol import PATIENCE, request_form, retry_wait
from crawler.sources.websub.stage import LEASE, HubStage, StageOptions
from crawler.values import FetchRequest
from storage.retry_after import parse_retry_after
from storage.stores.feeds.polled import outlet_of_feed, read_polled, write_polled
from storage.stores.feeds.subscriptions import (
    KEPT,
    HubClaim,
    HubSubscription,
    change_subscription,
    claim_hub_requests,
    is_hub_due,
    left_behind,
    subscription_of_id,
    told_elsewhere,
)
from storage.tables import SubscriptionState
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

MOST_UNSUBSCRIBING = 5
"""Tries at ending a subscription; then the hub's lease ends it."""
PASSING_STATUSES = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a hub said. `error` is None where it accepted."""

    error: Trouble | None
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
        for one in left_behind(session):
            change_subscription(session, one, leave(one, now=now))
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
        for one in told_elsewhere(session, self._callbacks):
            anew = replace(one, state=SubscriptionState.WANTED, next_request_at=self.options.clock())
            change_subscription(session, one, anew)

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
            return _Answer(error.trouble, error.url)
        status = response.status
        if 200 <= status < 300:
            return _Answer(None, response.url)
        said = " ".join(response.body[:200].decode("utf-8", "replace").split())
        return _Answer(
            Trouble("hub-answered", {"url": claim.hub, "status": status, "said": said}),
            response.url,
            status,
            is_final=400 <= status < 500 and status not in PASSING_STATUSES,
            retry_after=parse_retry_after(response.headers.get("retry-after"), now=self.options.clock()),
        )

    def _record(self, session: Session, claim: HubClaim, answer: _Answer, now: datetime) -> None:
        """Store what a hub said. It may have verified meanwhile, which then counts."""
        row = subscription_of_id(session, claim.subscription_id)
        if row is None or row.lease_token != claim.token:
            return
        after = replace(row, lease_until=None, lease_owner=None)
        if answer.error is not None:
            bad = BadAnswer(answer.error, answer.url, answer.status, answer.retry_after)
            outlet_id = outlet_of_feed(session, row.feed_id)
            note_trouble(session, bad, asked=claim.hub, outlet_id=outlet_id, now=now)
        if row.state in ((SubscriptionState.LEAVING,) if claim.leaving else KEPT):
            if claim.leaving:
                after = _left(after, answer, now)
            elif answer.is_final and answer.error is not None:
                deny(session, row, answer.error, now=now)
            else:
                after = _asked(after, answer, now)
                if answer.error is not None:
                    log.info(
                        "hub can't be subscribed to now",
                        feed=claim.feed,
                        hub=row.hub,
                        error=answer.error.kind,
                        **answer.error.facts,
                    )
        # else the hub has called back meanwhile, or we want otherwise by now
        change_subscription(session, row, after)


def deny(session: Session, row: HubSubscription, why: Trouble, *, now: datetime) -> None:
    """Store that a hub refuses a subscription: the feed is polled as if it had no hub."""
    denied = replace(
        row,
        state=SubscriptionState.DENIED,
        next_request_at=None,
        expires_at=None,
        requested_at=now,
        last_error=why,
    )
    change_subscription(session, row, denied)
    feed = read_polled(session, [row.feed_id])[row.feed_id].feed
    own = now + timedelta(seconds=feed.interval_seconds)  # pushes of it can't be relied on
    write_polled(session, [replace(feed, next_poll_at=min(feed.next_poll_at, own))])
    log.info(
        "hub refuses to push; the feed is polled", feed=feed.url, hub=row.hub, error=why.kind, **why.facts
    )


def _asked(row: HubSubscription, answer: _Answer, now: datetime) -> HubSubscription:
    """Return a subscription whose hub was asked: it is asked again where it failed, or has not verified what it took."""
    is_verified = (
        row.verified_at is not None and row.requested_at is not None and row.verified_at >= row.requested_at
    )
    if answer.error is None and is_verified:
        return row
    failures = row.failures + 1
    wait = retry_wait(failures)
    return replace(
        row,
        failures=failures,
        last_error=answer.error or Trouble("hub-silent", {"url": row.hub}),
        next_request_at=now + (wait if answer.error else max(wait, PATIENCE)),
    )


def _left(row: HubSubscription, answer: _Answer, now: datetime) -> HubSubscription:
    """Return a subscription whose hub was asked to end it."""
    failures = row.failures + 1
    row = replace(row, failures=failures, last_error=answer.error)
    if answer.is_final or failures >= MOST_UNSUBSCRIBING:
        return replace(row, state=SubscriptionState.ENDED, next_request_at=None)
    return replace(row, next_request_at=now + max(retry_wait(failures), PATIENCE))
