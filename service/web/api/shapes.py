"""What the API takes and gives, with examples."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from service.web.errors import InvalidError
from service.web.numbers import LARGEST

T = TypeVar("T")


def _printable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must hold printable characters, and not spaces alone")
    return text


def storable(text: str) -> str:
    """Gives the text. Raises `ValueError` where no database takes it."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not hold NUL or surrogates")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
"""A name or another short text on one line."""
Words = Annotated[str, Field(max_length=20_000), AfterValidator(storable)]
"""A longer text."""
Filter = Annotated[str | None, Query(max_length=200), AfterValidator(lambda text: text and storable(text))]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
Cursor = Annotated[
    str | None, Query(max_length=100, description="`next` of the page before: what comes after it.")
]
Id = Annotated[int, Field(ge=1, le=LARGEST)]


class Taken(BaseModel):
    """What is sent to us: an unknown member is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[T]):
    """Some of a list. `next` is the cursor of the next page; null on the last."""

    items: list[T]
    next: str | None = Field(examples=["MTAw"])


class MentionOut(BaseModel):
    """One place where an actor or topic matched: `title[start:end]` or `text[start:end]` is `surface`, in code points."""

    kind: Literal["actor", "topic"]
    name: str = Field(examples=["Nasser Bourita"])
    field: Literal["title", "text"]
    start: int
    end: int
    surface: str = Field(examples=["بوريطة"])
    rule: str = Field(description="Why it matched, in words.", examples=['alias "Nasser Bourita"'])


class ArticleOut(BaseModel):
    """An article of an alert, with its present text."""

    id: int
    outlet: str
    url: str
    title: str
    text: str
    language: str | None
    published_at: datetime | None
    mentions: list[MentionOut]


class AlertLine(BaseModel):
    """An alert in a list, with the article that raised it."""

    id: int
    watch_list: str = Field(examples=["Morocco's diplomacy"])
    story: int
    created_at: datetime
    title: str
    outlet: str
    url: str
    language: str | None
    published_at: datetime | None
    articles: int = Field(description="How many articles it has.")
    outlets: int = Field(description="From how many outlets.")
    names: list[str] = Field(description="The actors and topics that are mentioned.")
    kind: str = Field(description="`story`, `article`, or `spike`.", examples=["story"])
    score: float = Field(description="Relevance, 0 to 100.")
    dismissed: bool


class AlertOut(BaseModel):
    """An alert with its articles; the first raised it."""

    id: int
    watch_list: str
    story: int
    created_at: datetime
    dismissed: bool
    articles: list[ArticleOut]


class SilenceIn(Taken):
    """What to mute, and until when. Everything that is set must fit."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"actor": "Nasser Bourita", "hours": 24, "reason": "On a visit"}]},
    )
    watch_list: Line | None = None
    actor: Line | None = None
    outlet: Line | None = None
    story: Id | None = None
    hours: Annotated[int, Field(ge=1, le=8760)]
    reason: Annotated[str, Field(max_length=300), AfterValidator(storable)] = ""


class SilenceOut(BaseModel):
    """A silence."""

    id: int
    watch_list: str | None
    actor: str | None
    outlet: str | None
    story: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str


class WatchIn(Taken):
    """A watch list's facts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Energy", "channels": [], "languages": ["en"], "alert": "story"}]
        },
    )
    name: Line
    channels: Annotated[list[Line], Field(max_length=100)] = []
    languages: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]], Field(max_length=50)] = []
    alert: Literal["story", "article"] = "story"


class WatchChange(Taken):
    """A watch list's new facts; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"languages": ["en", "ar"]}]})
    channels: Annotated[list[Line], Field(max_length=100)] | None = None
    languages: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]], Field(max_length=50)] | None = (
        None
    )
    alert: Literal["story", "article"] | None = None


class WatchOut(BaseModel):
    """A watch list."""

    id: int
    name: str
    channels: list[str]
    languages: list[str]
    alert: Literal["story", "article"]
    provisioned: bool = Field(description="Declared in the settings file: it is edited there.")
    actors: int
    topics: int


class AliasShape(Taken):
    """One way to write an actor's name, with what must hold for it to count."""

    text: Line
    exact: bool = False
    title: bool = False
    weak: bool = False
    context: Annotated[list[Line], Field(max_length=200)] = []
    exclude: Annotated[list[Line], Field(max_length=200)] = []
    least: Annotated[int, Field(ge=1, le=1000)] = 1
    any_order: bool = False


class ActorShape(Taken):
    """A person or organisation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Leila Benali", "aliases": [{"text": "ليلى بنعلي"}], "surname": True}]
        },
    )
    name: Line
    aliases: Annotated[list[AliasShape], Field(max_length=1000)] = []
    surname: bool = False
    context: Annotated[list[Line], Field(max_length=200)] = []
    exclude: Annotated[list[Line], Field(max_length=200)] = []
    any_order: bool = False
    note: Annotated[str, Field(max_length=2000), AfterValidator(storable)] = ""


class TopicShape(Taken):
    """A named query."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Solar", "query": "solar NEAR/10 (Noor OR نور)"}]},
    )
    name: Line
    query: Words


class QueryIn(Taken):
    """A query to check."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"query": '"Western Sahara" AND ('}]}
    )
    query: Words


class QueryFault(BaseModel):
    """What is wrong with a query, and where: an offset in code points."""

    message: str
    position: int


class QueryChecked(BaseModel):
    """Whether a query can be used."""

    fault: QueryFault | None
    warnings: list[str]


class DraftIn(Taken):
    """A watch list that need not be saved, to be tried on the archive."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"actors": [{"name": "Leila Benali"}], "topics": [], "alert": "story"}]
        },
    )
    actors: Annotated[list[ActorShape], Field(max_length=200)] = []
    topics: Annotated[list[TopicShape], Field(max_length=200)] = []
    languages: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]], Field(max_length=50)] = []
    alert: Literal["story", "article"] = "story"


class DayCount(BaseModel):
    """A count of one day (UTC)."""

    day: str = Field(examples=["2026-03-02"])
    count: int


class RuleOut(BaseModel):
    """In how many articles a rule was found."""

    name: str
    rule: str
    articles: int


class ExampleOut(BaseModel):
    """A mention in its sentence: `sentence[start:end]` is what matched."""

    article: int
    outlet: str
    title: str
    url: str
    name: str
    rule: str
    sentence: str
    start: int
    end: int


class TrialOut(BaseModel):
    """What a watch list would have found."""

    days: int
    searched: int
    articles: int
    alerts: int
    per_day: list[DayCount]
    rules: list[RuleOut]
    examples: list[ExampleOut]
    warnings: list[str]


class FeedOut(BaseModel):
    """A feed, as it was at its last poll."""

    url: str
    address: str
    title: str
    state: str
    interval_seconds: float
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_entry_at: datetime | None
    next_poll_at: datetime
    last_error: str | None
    failures: int


class OutletOut(BaseModel):
    """An outlet with its feeds."""

    id: int
    name: str
    site: str
    language: str | None
    country: str | None
    provisioned: bool
    health: Literal["ok", "new", "resting", "failing", "retired"]
    articles_24h: int
    feeds: list[FeedOut]


class OutletIn(Taken):
    """An outlet to add. Without feeds, the one that its site names is looked for when it is polled."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "Example Gazette", "feeds": ["https://gazette.example/rss"], "language": "en"}
            ]
        },
    )
    name: Line
    site: Annotated[str, Field(max_length=2000, pattern="^(https?://[^\\s]+)?$")] = ""
    feeds: Annotated[
        list[Annotated[str, Field(max_length=2000, pattern="^https?://[^\\s]+$")]], Field(max_length=50)
    ] = []
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None


class DeliveryOut(BaseModel):
    """A notification and how it stands."""

    id: int
    uid: str
    channel: str
    kind: str
    state: Literal["queued", "sending", "sent", "failed", "suppressed"]
    alert: int | None
    digest: int | None
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    last_error: str | None


class AttemptOut(BaseModel):
    """One try at sending."""

    number: int
    started_at: datetime
    duration_ms: int
    outcome: str
    status: int | None
    response: str
    error: str | None


class DeliveryWhole(DeliveryOut):
    """A notification with every attempt and what it tells."""

    tries: list[AttemptOut]
    payload: dict[str, Any]


class ChannelOut(BaseModel):
    """A channel."""

    id: int
    name: str
    type: str
    send: str
    active: bool
    disabled_reason: str | None


class StepOut(BaseModel):
    """A step of a channel's test: its name, the connection, TLS, the login, the answer."""

    step: str
    ok: bool
    words: str
    ms: int


class TestOut(BaseModel):
    """What came of a test message: its steps, up to the first that failed."""

    sent: bool
    steps: list[StepOut]


class DayVolumeOut(BaseModel):
    """What was found on one day (UTC)."""

    day: str = Field(examples=["2026-03-02"])
    articles: int
    stories: int
    spike: bool = Field(description="It stands out from the same weekday in the weeks before.")


class VolumeOut(BaseModel):
    """What a watch list (`kind` `list`), or an actor or topic of it, had by day: every day once, oldest first."""

    watch_list: str = Field(examples=["Energy"])
    kind: str = Field(description="`list`, `actor` or `topic`.", examples=["actor"])
    name: str = Field(examples=["Leila Benali"])
    total: int = Field(description="Articles of all days.")
    days: list[DayVolumeOut]


class TrendsOut(BaseModel):
    """Volume over time, and from which outlets and in which languages. An article that two lists found counts for both."""

    articles: int
    watch_lists: list[VolumeOut]
    names: list[VolumeOut]
    outlets: dict[str, int] = Field(examples=[{"Example Gazette": 12}])
    languages: dict[str, int] = Field(examples=[{"en": 9, "ar": 3}])


class BackfillIn(Taken):
    """How far back to make alerts."""

    days: Annotated[int, Field(ge=1, le=366, examples=[30])] = 30


class BackfillOut(BaseModel):
    """What came of it."""

    searched: int
    articles: int
    new_alerts: int


class TokenIn(Taken):
    """A token to make."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "desk", "scopes": ["read"]}]}
    )
    name: Line
    scopes: Annotated[list[Literal["read", "write", "admin"]], Field(min_length=1, max_length=3)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class TokenOut(BaseModel):
    """A token; never its secret."""

    id: int
    name: str
    start: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(TokenOut):
    """A token that was made now, with the secret, shown this once."""

    token: str


Since = Annotated[AwareDatetime | None, Query(description="Not before this time.")]
Until = Annotated[AwareDatetime | None, Query(description="Before this time.")]


def write_cursor(number: int) -> str:
    """Gives the cursor of a place in a list."""
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> int | None:
    """Gives the place that a cursor means. Raises `InvalidError`."""
    if text is None:
        return None
    try:
        number = int(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, UnicodeEncodeError):
        number = -1
    if not 0 <= number <= LARGEST:
        raise InvalidError("This is no cursor of ours: take `next` of the page before as it is.")
    return number
