"""Pushes: what we asked hubs for (WebSub), and what they sent that is not read yet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.sealing import SealedString
from storage.troubles import Trouble
from storage.types import TroubleType, UtcDateTime, enum_type


class SubscriptionState(StrEnum):
    """`wanted` until the hub has verified it, then `active`; `leaving` until it knows that we want no more, then `ended`.

    A hub's refusal is `denied`.
    """

    WANTED = "wanted"
    ACTIVE = "active"
    LEAVING = "leaving"
    ENDED = "ended"
    DENIED = "denied"


class Subscription(SQLModel, table=True):
    """What we want a hub to push: a topic (the feed's own name for itself) to a callback that only the hub knows."""

    __table_args__ = (
        UniqueConstraint("feed_id", "hub", "topic"),
        Index("ix_subscription_due", "state", "next_request_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id", ondelete="CASCADE")
    host_id: int = Field(foreign_key="host.id")
    """The hub's."""
    hub: str = Field(sa_type=Text)
    topic: str = Field(sa_type=Text)
    path: str = Field(unique=True)
    """The end of the callback's address, which nobody can guess."""
    secret: str = Field(sa_type=SealedString)
    """What the hub signs with."""
    state: SubscriptionState = Field(default=SubscriptionState.WANTED, sa_type=enum_type(SubscriptionState))
    callback: str | None = Field(default=None, sa_type=Text)
    """The address that the hub was told last."""
    requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the hub's lease ends."""
    next_request_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the hub is asked next: for the first time, again, to renew, or to stop; null where it is not."""
    failures: int = 0
    """Requests in a row that led to nothing."""
    last_error: Trouble | None = Field(default=None, sa_type=TroubleType)
    last_push_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Pushes within a minute after it count as part of it."""
    push_gap_seconds: float | None = None
    """The usual time between two pushes."""
    is_trusted: bool = False
    """The last poll found nothing that pushes had not brought."""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_token: int = 0
    """The fencing token of the last claim, as in `Feed`."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Push(SQLModel, table=True):
    """A body that a hub sent, its signature good: kept until its entries are stored."""

    id: int | None = Field(default=None, primary_key=True)
    subscription_id: int = Field(foreign_key="subscription.id", index=True, ondelete="CASCADE")
    content_type: str | None = None
    body: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_token: int = 0
    """The fencing token of the last claim, as in `Feed`."""
