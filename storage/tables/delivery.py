"""How people are told: channels, the outbox of notifications, the attempts at sending them, silences."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.sealing import SealedBytes, SealedJson
from storage.troubles import Trouble
from storage.types import TroubleType, UtcDateTime, enum_type, json_type, no_values


class NotificationKind(StrEnum):
    """What a notification tells; the `type` of a webhook's body."""

    ALERT_CREATED = "alert.created"
    ALERT_UPDATED = "alert.updated"
    DIGEST = "digest"
    SERVICE = "service"
    STORY_MERGED = "story.merged"
    STORY_SPLIT = "story.split"
    ALERT_STATE = "alert.state"
    ALERT_ASSIGNED = "alert.assigned"
    ALERT_NOTED = "alert.noted"
    ALERT_TAGGED = "alert.tagged"
    ALERT_DUE = "alert.due"
    REVIEW = "review"
    ARTICLE = "article"


class NotificationState(StrEnum):
    """Where a notification stands. `failed` is the dead letter, `suppressed` was silenced."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class AttemptOutcome(StrEnum):
    """How one try ended: `sent`, a passing failure (`retry`), or a permanent one (`failed`)."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"


class ChannelRow(SQLModel, table=True):
    """Where alerts go. Settings and secrets of provisioned channels stay in the settings file, never here."""

    __tablename__ = "channel"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    type: str
    send: str = "immediate"
    provisioned: bool = False
    active: bool = True
    disabled_reason: Trouble | None = Field(default=None, sa_type=TroubleType)
    """Set where the receiver asked to be left alone (HTTP 410), or failed for days."""
    rules: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """Quiet hours, caps, pace and the like (`alerts.delivery.rules`)."""
    settings: dict[str, Any] = Field(default_factory=no_values, sa_type=SealedJson)
    """Its keys as a `[[channels]]` table has them, where the page, the API or the command line made it: secrets are in it."""
    revision: int = 0
    """Counts the changes of its settings, so that a process that sends on it knows when to read them again."""
    fallback_id: int | None = Field(default=None, foreign_key="channel.id")
    """The channel that is told too where this one is dead."""
    owner_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    """Whose own it is: a subscription, which nobody else sees. Null: the team's."""
    service_alerts: bool = False
    """Told of what is wrong with the service itself: `[service] notify` names it."""
    failures: int = 0
    """Passing failures since the last success."""
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rests_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Nothing is sent before: the receiver asked for it, or fails all the time."""
    paced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Where its pace stands (`alerts.delivery.pace`)."""
    digest_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the next digest is sent even if empty; null where none is asked for."""
    tested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a test message was taken, of the settings as they are; null once they change."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Notification(SQLModel, table=True):
    """One alert, or one digest, due on one channel: the outbox row."""

    __table_args__ = (
        Index(
            "uq_notification_created",
            "channel_id",
            "alert_id",
            unique=True,
            sqlite_where=text("kind = 'alert.created'"),
            postgresql_where=text("kind = 'alert.created'"),
        ),  # an alert is created once; it may be updated often
        Index("ix_notification_due", "channel_id", "state", "due_at"),
        Index("ix_notification_sent", "channel_id", "sent_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    """The idempotency key, the same on every attempt: `webhook-id`, and part of a mail's Message-ID."""
    channel_id: int = Field(foreign_key="channel.id", index=True)
    alert_id: int | None = Field(default=None, foreign_key="alert.id", index=True)
    """Null for a digest."""
    digest_id: int | None = Field(default=None, foreign_key="notification.id", index=True)
    """The digest that carries this one; such a row is not sent by itself."""
    kind: NotificationKind = Field(sa_type=enum_type(NotificationKind))
    state: NotificationState = Field(
        default=NotificationState.QUEUED,
        sa_type=enum_type(NotificationState),
    )
    payload: dict[str, Any] = Field(sa_type=json_type())
    """What is told, as it was when the alert was made (`alerts.delivery.payload`)."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    attempts_before: int = 0
    """How many attempts there were when it was last queued again by hand: the pauses count from there."""
    stranded: int = 0
    """How often its process died, or lost the database, while it was being sent."""
    recipients: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """What became of it at each recipient: `{address: [code, words]}`."""
    silence_id: int | None = Field(default=None, index=True)
    """The silence that suppressed it (no foreign key: it outlives a silence that went with its watch list)."""
    escalated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the fallback channel was told in its place."""
    last_error: Trouble | None = Field(default=None, sa_type=TroubleType)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_token: int = 0
    """The fencing token of the last claim, as in `Feed`."""


class Attempt(SQLModel, table=True):
    """One try at sending a notification."""

    __table_args__ = (UniqueConstraint("notification_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    notification_id: int = Field(foreign_key="notification.id", ondelete="CASCADE")
    number: int
    """Counts from 1."""
    started_at: datetime = Field(sa_type=UtcDateTime)
    duration_ms: int
    outcome: AttemptOutcome = Field(sa_type=enum_type(AttemptOutcome))
    status: int | None = None
    """HTTP status or SMTP code."""
    response: str = Field(default="", sa_type=Text)
    """The first 500 characters of the answer."""
    error: Trouble | None = Field(default=None, sa_type=TroubleType)


class Silence(SQLModel, table=True):
    """A time-boxed mute. Every column that is set must fit; what it mutes is `suppressed`, not lost."""

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int | None = Field(default=None, foreign_key="watch_list.id", ondelete="CASCADE")
    actor: str | None = None
    outlet_id: int | None = Field(default=None, foreign_key="outlet.id", ondelete="CASCADE")
    story_id: int | None = Field(default=None, foreign_key="story.id", ondelete="CASCADE")
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    reason: str = ""


class Unsubscription(SQLModel, table=True):
    """A recipient who wants no more mail from a channel."""

    channel_id: int = Field(foreign_key="channel.id", primary_key=True, ondelete="CASCADE")
    address: str = Field(primary_key=True)
    """In small letters."""
    at: datetime = Field(sa_type=UtcDateTime)


class DismissalKind(StrEnum):
    """Why an alert is not relevant, as far as its reader said."""

    UNSAID = ""
    ANOTHER = "another"
    """Another person, organisation or matter of that name."""
    PASSING = "passing"
    """It is only mentioned in passing."""
    NOT_NEWS = "not-news"
    OUTLET = "outlet"
    """Nobody wants this outlet's articles here."""


class Dismissal(SQLModel, table=True):
    """A reader's word that an alert is not relevant: what counts where precision is measured."""

    alert_id: int = Field(foreign_key="alert.id", primary_key=True, ondelete="CASCADE")
    at: datetime = Field(sa_type=UtcDateTime)
    via: str
    """`command`, or `link`: the one in a mail."""
    kind: DismissalKind = Field(default=DismissalKind.UNSAID, sa_type=enum_type(DismissalKind))
    reason: str = Field(default="", sa_type=Text)
    """In the reader's words."""
    caller: str = Field(default="", sa_type=Text)
    """Who that was: a user's or a token's name."""


class SigningKey(SQLModel, table=True):
    """The key of the links that we sign (unsubscribe, not relevant, feeds out). Made at the first start."""

    __tablename__ = "signing_key"

    id: int | None = Field(default=None, primary_key=True)
    key: bytes = Field(sa_type=SealedBytes)
    created_at: datetime = Field(sa_type=UtcDateTime)
