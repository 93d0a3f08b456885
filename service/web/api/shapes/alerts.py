"""Alerts and silences, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from alerts.values import Field as DocumentField
from service.web.api.shapes.common import ApiInput, Id, Line, Words, example, storable
from storage.tables import DismissalKind

_MOMENT = "2026-03-02T12:00:00Z"
_MENTION: dict[str, Any] = {
    "kind": "actor",
    "name": "Nasser Bourita",
    "field": "text",
    "start": 12,
    "end": 26,
    "surface": "Nasser Bourita",
    "rule": 'alias "Nasser Bourita"',
}
_ARTICLE: dict[str, Any] = {
    "id": 41,
    "outlet": "Example Gazette",
    "url": "https://gazette.example/a/41",
    "title": "Talks in Rabat",
    "text": "On Monday, Nasser Bourita received a delegation.",
    "text_source": "page",
    "source_title": "Talks in Rabat",
    "headline": "Delegation arrives for talks in Rabat",
    "summary": "The foreign minister received a delegation on Monday.",
    "lead": "",
    "description": "",
    "language": "en",
    "published_at": _MOMENT,
    "mentions": [_MENTION],
    "facts": {"reading": {"words": 612, "minutes": 3}},
    "edits": [],
}


class MentionOut(BaseModel):
    """One place where an actor or topic matched: `title[start:end]` or `text[start:end]` is `surface`, in code points."""

    kind: Literal["actor", "topic"]
    name: str
    field: DocumentField = Field(description="Which field of the article `start` and `end` point into.")
    start: int
    end: int
    surface: str
    rule: str = Field(description="Why it matched, in words.")


class ChangeOut(BaseModel):
    """One paragraph that an edit touched."""

    kind: Literal["added", "removed", "changed"]
    before: str
    after: str


class EditOut(BaseModel):
    """What an outlet changed in its article."""

    version: int
    seen_at: datetime
    title_before: str | None = Field(description="The headline of before, where another took its place.")
    changes: list[ChangeOut]


class ArticleOut(BaseModel):
    """An article of an alert, with its present text."""

    id: int
    outlet: str
    url: str
    title: str
    text: str
    text_source: str = Field(
        description="`feed`, `page`, or `summary` where nothing more could be fetched; empty while the page is still to be read."
    )
    source_title: str = Field(description="Its title in the feed.")
    headline: str = Field(description="Its title on the page.")
    summary: str = Field(description="What the feed says below the title, where that is not the text.")
    lead: str = Field(description="The standfirst on the page.")
    description: str = Field(description="What the page's head says of it.")
    language: str | None
    published_at: datetime | None
    mentions: list[MentionOut]
    facts: dict[str, dict[str, Any]] = Field(description="What enrichers know of it, by enricher.")
    edits: list[EditOut] = Field(description="Newest first.")


class AlertLine(BaseModel):
    """An alert in a list, with the article that raised it."""

    model_config = example(
        id=7,
        watch_list="Morocco's diplomacy",
        story=3,
        created_at=_MOMENT,
        title="Talks in Rabat",
        outlet="Example Gazette",
        url="https://gazette.example/a/41",
        language="en",
        published_at=_MOMENT,
        articles=4,
        outlets=3,
        names=["Nasser Bourita"],
        kind="story",
        score=62.0,
        dismissed=False,
        state="in-hand",
        assignee="leila",
        due_at="2026-03-02T17:00:00Z",
        tags=["visit"],
        notes=1,
    )
    id: int
    watch_list: str
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
    kind: str = Field(description="`story`, `article`, or `spike`.")
    score: float = Field(description="Relevance, 0 to 100.")
    dismissed: bool
    state: str = Field(description="The team's: `new`, `seen`, `in-hand`, `done` or `dismissed`.")
    assignee: str | None
    due_at: datetime | None
    tags: list[str]
    notes: int = Field(description="How many there are.")


class DismissalIn(ApiInput):
    """Why an alert is not relevant."""

    model_config = example(kind="another")
    kind: DismissalKind = Field(
        DismissalKind.UNSAID,
        description="`another` (person or matter of that name), `passing` (only mentioned), `not-news`, `outlet`, or nothing.",
    )


class DismissalsIn(ApiInput):
    """Which alerts are not relevant, or with `undo` are again."""

    model_config = example(alerts=[7, 9], kind="another")
    alerts: list[Id] = Field(min_length=1, max_length=500)
    kind: DismissalKind = DismissalKind.UNSAID
    undo: bool = False


class DismissalOut(BaseModel):
    """That and why an alert was found not relevant."""

    at: datetime
    via: str = Field(description="`page`, `api`, `command`, or `mail`.")
    kind: DismissalKind
    reason: str
    by: str = Field(
        description="The user or token whose word it is; empty for a link in a mail, or a command."
    )


class TriageIn(ApiInput):
    """What is to change of alerts; what is left out stays as it is."""

    model_config = example(alerts=[7, 9], state="in-hand", assignee="leila", note="Called the ministry.")
    alerts: list[Id] = Field(min_length=1, max_length=500)
    state: str | None = Field(None, description="`new`, `seen`, `in-hand`, `done` or `dismissed`.")
    kind: DismissalKind = Field(DismissalKind.UNSAID, description="Why, of the state `dismissed`.")
    reason: Annotated[str, Field(max_length=300), AfterValidator(storable)] = ""
    assignee: Annotated[str, Field(max_length=200), AfterValidator(storable)] | None = Field(
        None, description="A user's name; empty: nobody."
    )
    due_at: AwareDatetime | None = None
    no_due: bool = Field(default=False, description="Take the due time away.")
    add_tags: list[Line] = Field(default_factory=list, max_length=50)
    remove_tags: list[Line] = Field(default_factory=list, max_length=50)
    note: Words = ""


class TriageOut(BaseModel):
    """What an act changed."""

    model_config = example(act=31, alerts=[7, 9])
    act: int | None = Field(description="What undoes it; null where nothing changed.")
    alerts: list[int] = Field(description="Those that were changed.")


class SeenIn(ApiInput):
    """Who has seen an alert."""

    model_config = example(person="leila")
    person: Line = Field(description="A user's name.")


class NoteOut(BaseModel):
    """A note of an alert."""

    id: int
    at: datetime
    by: str
    text: str


class TriageActOut(BaseModel):
    """An act on an alert, and what it changed."""

    id: int
    at: datetime
    by: str
    via: str = Field(description="`page`, `api`, `command`, or `link`: a button in a mail.")
    undoes: int | None = Field(description="The act that it took back.")
    undone: bool
    changes: dict[str, tuple[Any, Any]] = Field(description="Before and after, by field.")


class HandlingOut(BaseModel):
    """How an alert is dealt with."""

    state: str
    assignee: str | None
    due_at: datetime | None
    tags: list[str]
    notes: list[NoteOut]
    acts: list[TriageActOut] = Field(description="Newest first, 50 at most.")
    seen_by: list[str] = Field(description="Who opened it: a person's seen is not the team's.")


class GrowthOut(BaseModel):
    """How many articles and outlets an alert had by some time."""

    at: datetime
    articles: int
    outlets: int


class RelatedOut(BaseModel):
    """A story in another language: the same actors within 36 hours, perhaps the same matter."""

    story: int
    title: str
    outlet: str
    url: str
    language: str | None
    actors: list[str]
    marks: list[str] = Field(description="Numbers, dates and names that both say.")
    alike: float | None = Field(
        None, description="How alike an enricher's vectors are (cosine), where these made the two one."
    )


class PrecisionOut(BaseModel):
    """How many alerts a rule or an outlet brought lately, and how many of them were dismissed."""

    kind: Literal["actor", "topic", "outlet"]
    name: str
    rule: str = Field(description="The alias or clause, in words; empty for an outlet.")
    alerts: int
    dismissed: int


class AlertOut(BaseModel):
    """An alert with its articles (the first raised it), its story, and how its rules do."""

    model_config = example(
        id=7,
        watch_list="Morocco's diplomacy",
        story=3,
        created_at=_MOMENT,
        title="Talks in Rabat",
        outlet="Example Gazette",
        url="https://gazette.example/a/41",
        language="en",
        published_at=_MOMENT,
        names=["Nasser Bourita"],
        kind="story",
        score=62.0,
        score_reason="in the title; 2 actors",
        reason="",
        merged_into=None,
        dismissed=None,
        outlets=3,
        languages=["en", "ar"],
        growth=[{"at": _MOMENT, "articles": 1, "outlets": 1}],
        related=[],
        precision=[
            {
                "kind": "actor",
                "name": "Nasser Bourita",
                "rule": 'alias "Nasser Bourita"',
                "alerts": 40,
                "dismissed": 1,
            }
        ],
        articles=[_ARTICLE],
        state="new",
        assignee=None,
        due_at=None,
        tags=[],
        notes=0,
        triage={
            "state": "in-hand",
            "assignee": "leila",
            "due_at": "2026-03-02T17:00:00Z",
            "tags": ["visit"],
            "notes": [{"id": 3, "at": _MOMENT, "by": "leila", "text": "Called the ministry."}],
            "acts": [
                {
                    "id": 31,
                    "at": _MOMENT,
                    "by": "leila",
                    "via": "page",
                    "undoes": None,
                    "undone": False,
                    "changes": {"state": ["new", "in-hand"]},
                }
            ],
            "seen_by": ["leila"],
        },
    )
    id: int
    watch_list: str
    story: int
    created_at: datetime
    title: str = Field(description="Of the article that raised it, as are outlet, url, language and time.")
    outlet: str
    url: str
    language: str | None
    published_at: datetime | None
    names: list[str] = Field(description="The actors and topics that are mentioned.")
    kind: str = Field(description="`story`, `article`, or `spike`.")
    score: float = Field(description="Relevance, 0 to 100.")
    score_reason: str = Field(description="The score in words.")
    reason: str = Field(description="What a spike is, in words; empty for any other alert.")
    merged_into: int | None = Field(
        description="The older alert that has its articles since their stories were found to be one."
    )
    dismissed: DismissalOut | None
    outlets: int
    languages: list[str]
    growth: list[GrowthOut] = Field(description="How it grew, oldest first.")
    related: list[RelatedOut]
    precision: list[PrecisionOut]
    articles: list[ArticleOut]
    state: str = Field(description="How it is dealt with, as are the next four; `triage` says it at length.")
    assignee: str | None
    due_at: datetime | None
    tags: list[str]
    notes: int = Field(description="How many it has.")
    triage: HandlingOut


class SilenceIn(ApiInput):
    """What to mute, and until when. Everything that is set must fit."""

    model_config = example(actor="Nasser Bourita", hours=24, reason="On a visit")
    watch_list: Line | None = None
    actor: Line | None = None
    outlet: Line | None = None
    story: Id | None = None
    hours: Annotated[int, Field(ge=1, le=8760)]
    reason: Annotated[str, Field(max_length=300), AfterValidator(storable)] = ""


class SilenceOut(BaseModel):
    """A silence."""

    model_config = example(
        id=2,
        watch_list=None,
        actor="Nasser Bourita",
        outlet=None,
        story=None,
        starts_at=_MOMENT,
        ends_at="2026-03-03T12:00:00Z",
        reason="On a visit",
        suppressed=3,
        headline=None,
    )
    id: int
    watch_list: str | None
    actor: str | None
    outlet: str | None
    story: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    suppressed: int = Field(description="How many notifications it kept back.")
    headline: str | None = Field(
        description="Of the story's first article; null where no story is muted, or none of its articles is kept."
    )
