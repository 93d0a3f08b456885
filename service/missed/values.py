"""What is known of an article on its way, and where it stopped: kind and facts, put into words where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from storage.stores.alerts.outcomes import AlertOutcome
from storage.stores.articles.progress import ArticleProgress
from storage.stores.feeds.coverage import FollowedOutlet
from storage.troubles import Trouble


class StopKind(StrEnum):
    """Where an article stopped, in the order of its way: what comes later came further."""

    NOT_AN_ADDRESS = "not-an-address"
    SEALED_LINK = "sealed-link"
    NOT_FOLLOWED = "not-followed"
    REMOVED = "removed"
    CONTROL = "control"
    PAUSED = "paused"
    NEVER_READ = "never-read"
    FAILING = "failing"
    RESTING = "resting"
    GAP = "gap"
    BEFORE = "before"
    NOT_IN_SECTION = "not-in-section"
    NOT_YET_POLLED = "not-yet-polled"
    NOT_CARRIED = "not-carried"
    FORGOTTEN = "forgotten"
    OLD = "old"
    TO_READ = "to-read"
    TO_MATCH = "to-match"
    NO_LISTS = "no-lists"
    OTHER_LANGUAGE = "other-language"
    NO_NAME = "no-name"
    UNREADABLE = "unreadable"
    PAYWALLED = "paywalled"
    LANGUAGE = "language"
    RULE = "rule"
    LIST_PAUSED = "list-paused"
    LIST_CHANGED = "list-changed"
    TO_GROUP = "to-group"
    SCORE = "score"
    NOT_ALERTED = "not-alerted"
    REFUSED = "refused"
    CHANNEL_OFF = "channel-off"
    SILENCED = "silenced"
    NO_CHANNEL = "no-channel"
    NOT_ROUTED = "not-routed"
    QUEUED = "queued"
    GROUPED = "grouped"
    SENT = "sent"


FOUND = frozenset(
    {
        StopKind.SILENCED,
        StopKind.NO_CHANNEL,
        StopKind.NOT_ROUTED,
        StopKind.QUEUED,
        StopKind.GROUPED,
        StopKind.SENT,
    }
)
"""It stands in an alert, and nothing failed: it was not missed."""
ORDER = {kind: place for place, kind in enumerate(StopKind)}


@dataclass(frozen=True, slots=True)
class Stop:
    """Where an article stopped, and what is known of it. `watch` is the list that it holds for; empty: all."""

    kind: StopKind
    watch: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """JSON values and times, by names that `service.missed.words` knows."""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class ClauseRefusal:
    """The part of a rule that said no, and why."""

    rule: str
    """The actor or topic."""
    clause: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NearWord:
    """The word of a text that is most like a name that is tracked."""

    name: str
    surface: str
    """As it stands in the text."""
    is_part: bool
    """It is a word of the name, and not merely like one."""


@dataclass(frozen=True, slots=True)
class ListView:
    """A watch list as it looks at an article."""

    name: str
    is_paused: bool = False
    reads: bool = True
    """It reads articles in this language."""
    languages: tuple[str, ...] = ()
    mentioned: bool = False
    """Something of it was found when the article was matched."""
    matches_now: bool = False
    refusal: ClauseRefusal | None = None
    near: NearWord | None = None
    min_score: float = 0.0
    score: float | None = None
    has_channel: bool = True
    """It has a channel that takes its alerts."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one address."""

    host: str
    outlets: tuple[FollowedOutlet, ...] = ()
    url: str = ""
    published: datetime | None = None
    """When it came out, so far as that is known of an article that was never seen."""
    slack: timedelta = timedelta(0)
    """How far `published` may be off."""
    is_forgotten: bool = False
    article: ArticleProgress | None = None
    lists: tuple[ListView, ...] = ()
    alerts: tuple[AlertOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class PageLook:
    """What the page of an article says that was never seen, or why it could not be fetched."""

    title: str = ""
    published: datetime | None = None
    language: str | None = None
    matches: tuple[str, ...] = ()
    """The watch lists that would have matched."""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class OutletProposal:
    """An outlet to add: its name, site and the feed that was found there (empty: it is looked for when it is added)."""

    name: str
    site: str
    feed: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class TracedArticle:
    """One address, and where its article stopped: first the reason, then what holds for other lists and channels."""

    given: str
    url: str
    stops: tuple[Stop, ...]
    title: str = ""
    outlet: str = ""
    published_at: datetime | None = None
    found_at: datetime | None = None
    article_id: int | None = None
    page: PageLook | None = None
    proposal: OutletProposal | None = None

    @property
    def reason(self) -> Stop:
        """Where it stopped."""
        return self.stops[0]

    @property
    def is_found(self) -> bool:
        """Return whether it stands in an alert and nothing failed."""
        return self.reason.kind in FOUND
