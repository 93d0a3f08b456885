"""What hubs ask of the callback and send to it. Nothing is answered well before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum

import structlog
from sqlmodel import Session

from crawler.sources.websub.protocol import (
    LEASE_UNSAID,
    LONGEST_CHALLENGE,
    Verification,
    is_signed,
    read_verification,
    renewal_at,
)
from crawler.sources.websub.stage import StageOptions
from crawler.sources.websub.subscriber import deny
from storage.stores.feeds.polled import feed_url
from storage.stores.feeds.pushes import add_push, waiting_pushes
from storage.stores.feeds.subscriptions import HubSubscription, change_subscription, subscription_at
from storage.tables import SubscriptionState
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

MOST_WAITING = 20
"""Pushes of one subscription that may wait to be read; a hub that sends more is asked to come again."""
_PUSHED = (SubscriptionState.WANTED, SubscriptionState.ACTIVE)


class Received(Enum):
    """What became of a push."""

    STORED = "stored"
    IGNORED = "ignored"
    """Not signed as agreed: answered well, so that whoever sent it learns nothing (§7.1)."""
    BUSY = "busy"
    UNKNOWN = "unknown"
    """No such subscription, or none any more."""


class Callback:
    """The subscriber's end of WebSub, by the path at the end of the callback's address."""

    def __init__(self, options: StageOptions, *, max_body_bytes: int) -> None:
        self.max_body_bytes = max_body_bytes
        self._options = options
        self._warned: set[str] = set()

    async def verify(self, path: str, query: Mapping[str, str]) -> str | None:
        """Return what to echo to a hub that verifies what we asked it for; None where we did not ask for that.

        A hub's word that it denies the subscription is echoed with nothing.
        """
        asked, now = read_verification(query), self._options.clock()
        return await self._options.database.writing(lambda session: _verify(session, path, asked, now))

    async def expects(self, path: str) -> bool:
        """Return whether pushes may come here: before a body is read."""
        row = await self._options.database.reading(lambda session: subscription_at(session, path))
        return row is not None and row.state in _PUSHED

    async def receive(
        self, path: str, body: bytes, *, content_type: str | None, signature: str | None
    ) -> Received:
        """Store a push that is signed as agreed. The first of a subscription that is not is logged."""

        def store(session: Session) -> Received:
            row = subscription_at(session, path, lock=True)
            if row is None or row.state not in _PUSHED:
                return Received.UNKNOWN
            if not is_signed(signature, row.secret, body):
                if path not in self._warned:
                    self._warned.add(path)
                    log.warning(
                        "push ignored: it is not signed as agreed with the hub",
                        feed=feed_url(session, row.feed_id),
                        hub=row.hub,
                    )
                return Received.IGNORED
            if waiting_pushes(session, row.id) >= MOST_WAITING:
                return Received.BUSY
            add_push(session, row.id, body, content_type=content_type, now=self._options.clock())
            return Received.STORED

        received = await self._options.database.writing(store)
        if received is Received.STORED:
            self._options.hint()
        return received


def _verify(session: Session, path: str, asked: Verification, now: datetime) -> str | None:
    row = subscription_at(session, path, lock=True)
    if row is None or asked.topic != row.topic:
        return None
    if asked.mode == "denied":
        if row.state in _PUSHED:
            deny(session, row, Trouble("hub-denied", {"url": row.hub, "said": asked.reason}), now=now)
        return ""
    if not 0 < len(asked.challenge) <= LONGEST_CHALLENGE:
        return None
    if asked.mode == "subscribe" and row.state in _PUSHED and row.requested_at is not None:
        _activate(session, row, asked, now)
        return asked.challenge
    if asked.mode == "unsubscribe" and row.state in (SubscriptionState.LEAVING, SubscriptionState.ENDED):
        ended = replace(row, state=SubscriptionState.ENDED, next_request_at=None, expires_at=None)
        change_subscription(session, row, ended)
        return asked.challenge
    return None


def _activate(session: Session, row: HubSubscription, asked: Verification, now: datetime) -> None:
    if row.state is SubscriptionState.WANTED:
        log.info("hub pushes a feed from now on", feed=feed_url(session, row.feed_id), hub=row.hub)
    lease = asked.lease or LEASE_UNSAID
    active = replace(
        row,
        state=SubscriptionState.ACTIVE,
        verified_at=now,
        expires_at=now + lease,
        next_request_at=renewal_at(lease, now=now),
        failures=0,
        last_error=None,
    )
    change_subscription(session, row, active)
