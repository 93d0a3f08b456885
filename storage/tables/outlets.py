"""Who is polled: outlets, their feeds, and the hosts where politeness is kept."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, enum_type


class FeedState(StrEnum):
    """`active` feeds are polled; `retired` ones answered 410 Gone and are not asked again; `removed` ones left the settings."""

    ACTIVE = "active"
    RETIRED = "retired"
    REMOVED = "removed"


class Outlet(SQLModel, table=True):
    """A publisher. `provisioned` ones come from the settings file; `active` is false once they left it."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    site: str = ""
    language: str | None = None
    country: str | None = None
    provisioned: bool = False
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class Host(SQLModel, table=True):
    """The server behind feeds and pages (`name` is host, or host:port): what it may be asked, and when."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    next_request_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Not before this time: the last request's start plus the delay."""
    blocked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Not before this time: the host asked for it (Retry-After), or it hung."""
    blocked_reason: str | None = None
    robots_status: int | None = None
    """Status of the last robots.txt answer; 0 where the host could not be reached."""
    robots_body: bytes | None = Field(default=None, sa_type=LargeBinary)
    crawl_delay_seconds: float | None = None
    """The Crawl-delay that robots.txt asks of us."""
    robots_fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Feed(SQLModel, table=True):
    """One URL polled for entries. `next_poll_at` is when it is due; a lease marks the poll under way."""

    __table_args__ = (Index("ix_feed_due", "state", "next_poll_at"),)

    id: int | None = Field(default=None, primary_key=True)
    outlet_id: int = Field(foreign_key="outlet.id", index=True, ondelete="CASCADE")
    host_id: int = Field(foreign_key="host.id", index=True)
    url: str = Field(unique=True, sa_type=Text)
    """The address as the user gave it."""
    address: str = Field(sa_type=Text)
    """The address that is polled: `url`, or where it has moved to for good."""
    state: FeedState = Field(default=FeedState.ACTIVE, sa_type=enum_type(FeedState))
    title: str = ""
    kind: str = ""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    interval_seconds: float
    next_poll_at: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None
    last_polled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_success_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_entry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_status: int | None = None
    last_error: str | None = Field(default=None, sa_type=Text)
    """The last failure in plain words; `failing_since` tells whether it still stands."""
    problem: str | None = Field(default=None, sa_type=Text)
    """What is wrong with the feed's document although it can be read."""
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    """Failures in a row."""
    redirect_target: str | None = Field(default=None, sa_type=Text)
    """Where a permanent redirect (301, 308) led at the last poll; adopted as `address` once it is seen again."""
    created_at: datetime = Field(sa_type=UtcDateTime)
