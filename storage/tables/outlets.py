"""Who is polled: outlets, their feeds, and the hosts where politeness is kept."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.sealing import SealedJson
from storage.troubles import Trouble
from storage.types import TroubleType, UtcDateTime, enum_type, json_type, no_items, no_values


class FeedState(StrEnum):
    """`active` feeds are polled; `retired` ones answered 410 Gone and are not asked again; `removed` ones left the settings."""

    ACTIVE = "active"
    RETIRED = "retired"
    REMOVED = "removed"


class FeedHealth(StrEnum):
    """How a feed fares: `ok`, `failing` (several failures in a row), `silent` against its own rhythm, `gone` (410)."""

    OK = "ok"
    FAILING = "failing"
    SILENT = "silent"
    GONE = "gone"


class Outlet(SQLModel, table=True):
    """A publisher. `provisioned` ones come from the settings file; `active` is false once they left it."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    site: str = ""
    language: str | None = None
    country: str | None = None
    tags: list[str] = Field(default_factory=no_items, sa_type=json_type())
    """The user's own groups; an OPML file's folders."""
    provisioned: bool = False
    active: bool = True
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since then it is not polled, until somebody resumes it."""
    control: bool = False
    """It is polled to see what we miss: what it has becomes findings, never articles."""
    control_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the operators were last told how we compare with it, or when it became a control source."""
    access: dict[str, Any] = Field(default_factory=no_values, sa_type=SealedJson)
    """Its own access (`crawler.access.keys`), secrets among it, where the settings file does not say it."""
    access_stamp: int = 0
    """Grows with each change of what it is reached by."""
    found_on: date | None = None
    """The day (UTC) of the last article found."""
    found_that_day: int = 0
    """How many articles were found on it."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Host(SQLModel, table=True):
    """The server behind feeds and pages (`name` is host, or host:port): what it may be asked, and when."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    next_request_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Not before this time: the last request's start plus the delay."""
    blocked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Not before this time: the host asked for it (Retry-After), or it hung."""
    blocked_reason: Trouble | None = Field(default=None, sa_type=TroubleType)
    throttled: int = 0
    """How often in a row it asked for fewer requests (429, 503)."""
    guest_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """So long a request that another outlet's redirect led there is under way: the next such one waits, the host's own do not."""
    served_outlet_id: int | None = None
    """The outlet whose page was asked for last: outlets take turns."""
    feed_was_last: bool = True
    """A feed was asked for since: feeds and pages take turns."""
    robots_status: int | None = None
    """Status of the last robots.txt answer; 0 where the host could not be reached."""
    robots_body: bytes | None = Field(default=None, sa_type=LargeBinary)
    crawl_delay_seconds: float | None = None
    """The Crawl-delay that robots.txt asks of us."""
    robots_fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class HostRest(SQLModel, table=True):
    """How long one outlet's requests leave a host alone that is not its own: what they met there holds for no other outlet's."""

    __tablename__ = "host_rest"

    host_id: int = Field(foreign_key="host.id", primary_key=True, ondelete="CASCADE")
    outlet_id: int = Field(foreign_key="outlet.id", primary_key=True, ondelete="CASCADE", index=True)
    throttled: int = 0
    """As the host's."""
    blocked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    blocked_reason: Trouble | None = Field(default=None, sa_type=TroubleType)


class Feed(SQLModel, table=True):
    """One source of an outlet's entries. `next_poll_at` is when it is due; a lease marks the poll under way."""

    __table_args__ = (Index("ix_feed_due", "state", "next_poll_at"),)

    id: int | None = Field(default=None, primary_key=True)
    outlet_id: int = Field(foreign_key="outlet.id", index=True, ondelete="CASCADE")
    host_id: int = Field(foreign_key="host.id", index=True)
    url: str = Field(unique=True, sa_type=Text)
    """The address as the user gave it."""
    address: str = Field(sa_type=Text)
    """The address that is polled: `url`, or where it has moved to for good."""
    source_kind: str = "feed"
    """What kind of source it is: an entry point of `tocsin.sources`."""
    source_settings: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """What the user says of it: the keys of its kind."""
    source_state: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """What its kind remembers from one poll to the next."""
    is_polled: bool = True
    """False for a source that brings its entries by itself."""
    state: FeedState = Field(default=FeedState.ACTIVE, sa_type=enum_type(FeedState))
    title: str = ""
    kind: str = ""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    full_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its whole document came last: now and then it is asked for unconditionally."""
    stale_validators: bool = False
    """It answered 304 though its document had changed, so it is asked unconditionally from then on."""
    baseline_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was first read: what stood there then is no news unless it is young."""
    entries: int = 0
    """How many entries its last document had."""
    rhythm: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """When it publishes, as learned (`crawler.schedule.rhythm`)."""
    hints: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """When it asks to be polled, and when not (`crawler.schedule.hints`)."""
    overlap_seconds: float | None = None
    """After a gap: the longest interval until polls overlap again."""
    delays: list[int] = Field(default_factory=no_items, sa_type=json_type())
    """Seconds from publication to sight of its last entries, the oldest first."""
    interval_seconds: float
    next_poll_at: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_token: int = 0
    """The fencing token of the last claim: it grows with each, and what an earlier one would store is refused."""
    last_polled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_success_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_entry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_status: int | None = None
    last_error: Trouble | None = Field(default=None, sa_type=TroubleType)
    """The last failure; `failing_since` tells whether it still stands."""
    problem: Trouble | None = Field(default=None, sa_type=TroubleType)
    """What is wrong with the feed's document although it can be read."""
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    """Failures in a row."""
    redirect_target: str | None = Field(default=None, sa_type=Text)
    """Where a permanent redirect (301, 308) led at the last poll; adopted as `address` once it is seen again."""
    moved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When `address` became another for good."""
    own_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When `url` itself was asked last, of a feed that has moved."""
    gone_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when it answers 410; several days of that retire it."""
    health: FeedHealth = Field(default=FeedHealth.OK, sa_type=enum_type(FeedHealth))
    """As it was judged last, and as the service alerts have told."""
    health_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    health_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ControlFinding(SQLModel, table=True):
    """An article that a control source has."""

    __tablename__ = "control_finding"
    __table_args__ = (UniqueConstraint("outlet_id", "canonical_url"),)

    id: int | None = Field(default=None, primary_key=True)
    outlet_id: int = Field(foreign_key="outlet.id", ondelete="CASCADE")
    canonical_url: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    title: str = ""
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_seen_at: datetime = Field(sa_type=UtcDateTime, index=True)


class Gap(SQLModel, table=True):
    """A time in which a feed may have published what we never saw: every entry of the poll at its end was new."""

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id", index=True, ondelete="CASCADE")
    since: datetime = Field(sa_type=UtcDateTime)
    """The poll before."""
    until: datetime = Field(sa_type=UtcDateTime)
    """The poll that found nothing it knew."""
    entries: int
    """How many entries that poll had, all new."""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When polls overlapped again."""
    filled: int = 0
    """How many articles the outlet's sitemaps brought for it."""
