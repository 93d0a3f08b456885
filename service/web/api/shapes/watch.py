"""Watch lists and what they track, queries and trials, as the API takes and gives them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, model_validator

from alerts.values import Topic, WatchList
from service.actions.imports import Fate
from service.actions.list_access import AccessSettings
from service.actions.proposals import Proposable
from service.settings.values import Language
from service.settings.watch_models import ActorSettings, Line, ListSettings, TopicSettings
from service.web.api.shapes.common import ApiInput, Words, example

MOST_FAULTS = MOST_ROWS = 1_000
"""Of an import, in one answer."""

_EXAMPLE: dict[str, Any] = {
    "article": 41,
    "outlet": "Example Gazette",
    "title": "Talks in Rabat",
    "url": "https://gazette.example/a/41",
    "name": "Nasser Bourita",
    "rule": 'alias "Nasser Bourita"',
    "sentence": "On Monday, Nasser Bourita received a delegation.",
    "start": 11,
    "end": 25,
}


class WatchIn(ListSettings):
    """A new watch list. A channel is a name, or a table with conditions, as in the settings file."""

    model_config = example(
        name="Energy",
        channels=["desk", {"channel": "urgent", "min_score": 60}],
        languages=["en"],
        alert="story",
    )
    name: Line
    private: bool = Field(
        default=False,
        description="Only its owner, who makes it, sees it and its alerts, until it is shared. Needs a token of a user.",
    )


class WatchListPatch(ListSettings):
    """What is new of a watch list; what is left out stays."""

    model_config = example(languages=["en", "ar"], update_interval="6h")
    name: Line | None = None
    paused: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None}


class RouteOut(BaseModel):
    """A channel that is notified: of all alerts, or of those that meet every condition given (with `any`: one of them)."""

    channel: str
    languages: list[str] = Field(default_factory=list)
    outlets: list[str] = Field(default_factory=list)
    countries: list[str] = Field(default_factory=list)
    min_score: float = 0.0
    actors: list[str] = Field(default_factory=list)
    spikes: bool = Field(default=False, description="It is an alert of a spike.")
    any: bool = Field(default=False, description="One of the conditions above is enough.")
    new: bool = Field(default=False, description="No updates.")
    rest: bool = Field(default=False, description="Only what no other channel of the list is sent.")


class CopyIn(ApiInput):
    """The name of a copy."""

    model_config = example(name="Energy, Gulf")

    name: Line


_LIST: dict[str, Any] = {
    "id": 1,
    "name": "Energy",
    "channels": ["desk"],
    "routes": [
        {
            "channel": "desk",
            "languages": [],
            "outlets": [],
            "countries": [],
            "min_score": 60,
            "actors": [],
            "spikes": True,
            "any": True,
            "new": False,
            "rest": False,
        }
    ],
    "languages": ["en"],
    "alert": "story",
    "min_score": 0,
    "update_interval": "1h",
    "spikes": False,
    "tags": ["Gulf"],
    "paused": False,
    "provisioned": False,
    "private": False,
    "actors": 12,
    "topics": 1,
}


class WatchOut(BaseModel):
    """A watch list."""

    model_config = example(**_LIST)

    id: int
    name: str
    channels: list[str]
    routes: list[RouteOut] = Field(description="The channels again, with the conditions of each.")
    languages: list[str]
    alert: Literal["story", "article"]
    min_score: float = Field(description="Articles of a lower relevance make no alert.")
    update_interval: str = Field(description="Updates of an alert are sent at most so often.")
    spikes: bool = Field(description="Whether many more articles than usual make an alert.")
    tags: list[str]
    paused: bool = Field(description="Nothing is matched for it until it is resumed.")
    provisioned: bool = Field(description="Declared in the settings file: it is edited there.")
    private: bool = Field(description="Only its owner, editors and readers see it and its alerts.")
    actors: int
    topics: int


class WatchSaved(WatchOut):
    """A watch list as it was saved."""

    model_config = example(
        **_LIST, warnings=["'Energy' has no channel: its alerts are stored, and nobody is notified"]
    )

    warnings: list[str] = Field(description="What was saved all the same, but is sure to disappoint.")


class WarningsOut(BaseModel):
    """It was saved; these are sure to disappoint."""

    model_config = example(warnings=["'Energy', actor 'May': the alias 'May' is one common word"])

    warnings: list[str]


class AliasShape(BaseModel):
    """One way to write an actor's name, with what must hold for it to count."""

    text: str
    exact: bool = False
    title: bool = False
    weak: bool = False
    context: list[str] = Field(default_factory=list)
    exclude: list[str] = Field(default_factory=list)
    least: int = 1
    any_order: bool = False
    forms: Annotated[bool, Field(description="Declined and suffixed forms count.")] = True
    alone: Annotated[
        bool | None, Field(description="Not beside another capitalised word; left out: names of one word.")
    ] = None


_ACTOR: dict[str, Any] = {"name": "Leila Benali", "surname": True}


class ActorIn(ActorSettings):
    """A person or organisation. An alias is a text, or a table with options, as in the settings file."""

    model_config = example(**_ACTOR, aliases=["ليلى بنعلي", {"text": "LB", "exact": True}])


class ActorShape(BaseModel):
    """A person or organisation."""

    model_config = example(
        **_ACTOR,
        aliases=[{"text": "ليلى بنعلي"}],
        context=[],
        exclude=[],
        any_order=False,
        forms=True,
        alone=None,
        language=None,
        note="",
    )
    name: str
    aliases: list[AliasShape]
    surname: Annotated[bool | str, Field(description="A person: true, or the surname itself.")]
    context: list[str]
    exclude: list[str]
    any_order: bool
    forms: bool
    alone: bool | None
    language: str | None
    note: str


class TopicIn(TopicSettings):
    """A named query."""

    model_config = example(name="Solar", query="solar NEAR/10 (Noor OR نور)")


class TopicShape(BaseModel):
    """A named query."""

    model_config = example(name="Solar", query="solar NEAR/10 (Noor OR نور)")
    name: str
    query: str


class QueryIn(ApiInput):
    """A query to check."""

    model_config = example(query='"Western Sahara" AND (')
    query: Words


class QueryFault(BaseModel):
    """What is wrong with a query, and where: an offset in code points."""

    message: str
    position: int


class QueryChecked(BaseModel):
    """Whether a query can be used."""

    model_config = example(fault={"message": "something must follow AND", "position": 21}, warnings=[])

    fault: QueryFault | None
    warnings: list[str]


class DraftIn(ApiInput):
    """A watch list that need not be saved, to be tried on the archive."""

    model_config = example(actors=[{"name": "Leila Benali"}], topics=[], alert="story")
    actors: Annotated[list[ActorIn], Field(max_length=200)] = Field(default_factory=list)
    topics: Annotated[list[TopicIn], Field(max_length=200)] = Field(default_factory=list)
    languages: Annotated[list[Language], Field(max_length=50)] = Field(default_factory=list)
    alert: Literal["story", "article"] = "story"

    def value(self) -> WatchList:
        """Return what the matcher takes."""
        return WatchList(
            "draft",
            tuple(actor.value() for actor in self.actors),
            tuple(Topic(topic.name, topic.query) for topic in self.topics),
            tuple(self.languages),
        )


class DayCount(BaseModel):
    """A count of one day (UTC)."""

    day: str = Field(examples=["2026-03-02"])
    count: int

    @model_validator(mode="before")
    @classmethod
    def _of_a_pair(cls, value: object) -> object:
        return {"day": value[0].isoformat(), "count": value[1]} if isinstance(value, tuple) else value


class RuleOut(BaseModel):
    """In how many articles a rule was found."""

    name: str
    rule: str
    articles: int


class ExampleOut(BaseModel):
    """A mention in its sentence: `sentence[start:end]` is what matched."""

    model_config = example(**_EXAMPLE)

    article: int = Field(validation_alias=AliasChoices("article", "article_id"))
    outlet: str
    title: str
    url: str
    name: str
    rule: str
    sentence: str
    start: int
    end: int


class TrialOut(BaseModel):
    """What a watch list would have found, day by day, which alias or clause brought what, and examples."""

    model_config = example(
        days=30,
        searched=4200,
        articles=12,
        alerts=9,
        per_day=[{"day": "2026-03-02", "count": 9}],
        rules=[{"name": "Nasser Bourita", "rule": 'alias "Nasser Bourita"', "articles": 12}],
        examples=[_EXAMPLE],
        warnings=[],
    )

    days: int
    searched: int
    articles: int
    alerts: int
    per_day: list[DayCount]
    rules: list[RuleOut]
    examples: list[ExampleOut]
    warnings: list[str]


class BackfillIn(ApiInput):
    """How far back to make alerts."""

    model_config = example(days=30)

    days: Annotated[int, Field(ge=1, le=366)] = 30


class BackfillOut(BaseModel):
    """What came of it."""

    model_config = example(searched=4200, articles=12, new_alerts=9)

    searched: int
    articles: int
    new_alerts: int


class RowFault(BaseModel):
    """A row that was left out."""

    line: int
    message: str


class RowOut(BaseModel):
    """What would become of a row of a file."""

    model_config = example(
        line=2, fate="added", name="Leila Benali", aliases=["ليلى بنعلي"], surname=False, why=""
    )
    line: int
    fate: Fate
    name: str
    aliases: list[str] = Field(description="Those that the list does not have yet.")
    surname: str | bool
    why: str = Field(description="The reason, in words.")


class ImportOut(BaseModel):
    """What came of an import, or with `dry_run` would come of it. Importing the same file again changes nothing."""

    model_config = example(
        added=120,
        extended=3,
        unchanged=0,
        skipped={"Vessel": 4},
        faults=[{"line": 17, "message": "it has no name"}],
        warnings=[],
        rows=[],
    )
    added: int
    extended: int = Field(description="Were there, and got further names.")
    unchanged: int
    skipped: dict[str, int] = Field(description="Rows about what is no actor, by kind.")
    faults: Annotated[list[RowFault], AfterValidator(lambda faults: faults[:MOST_FAULTS])] = Field(
        validation_alias=AliasChoices("faults", "errors")
    )
    warnings: list[str]
    rows: Annotated[list[RowOut], AfterValidator(lambda rows: rows[:MOST_ROWS])] = Field(
        description="With `dry_run`: what would become of each of the first thousand rows."
    )


class AccessIn(ApiInput, AccessSettings):
    """Who may see and change a list. What is left out stays; `role:editor` is everybody with that role or a higher one."""

    model_config = example(private=True, editors=["leila"], readers=["role:admin"])


class AccessOut(BaseModel):
    """Who may see and change a list. The team's without editors is changed by everybody with the role editor."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "watch_list": "Energy",
                    "private": True,
                    "owner": "hassan",
                    "editors": ["leila"],
                    "readers": ["role:admin"],
                    "may_share": True,
                }
            ]
        },
    )
    watch_list: str
    private: bool
    owner: str | None
    editors: list[str]
    readers: list[str]
    may_share: bool = Field(description="Whether who asks may change this.")


class PrivateOut(BaseModel):
    """A private list, as admins see it."""

    model_config = example(id=7, owner="hassan", editors=1, readers=0)
    id: int
    owner: str | None
    editors: int
    readers: int


class FeedsOut(BaseModel):
    """The addresses of a list's feeds out: whoever has one may read it."""

    model_config = example(
        atom="https://tocsin.example/feeds/Energy.atom?token=…",
        json="https://tocsin.example/feeds/Energy.json?token=…",
    )
    atom: str
    json_feed: str = Field(alias="json")


class PlaceOut(BaseModel):
    """Where a clause stands in an article."""

    field: str
    start: int
    end: int
    surface: str


class ClauseOut(BaseModel):
    """One part of a rule, judged on an article."""

    text: str
    true: bool
    places: list[PlaceOut]
    notes: list[str] = Field(description="Why it is false, or why places of it don't count.")
    parts: list[ClauseOut]


class ExplanationOut(BaseModel):
    """Why an actor or topic of a watch list matches, or doesn't."""

    watch_list: str = Field(validation_alias=AliasChoices("watch_list", "watch"))
    actor: str | None
    topic: str | None
    clause: ClauseOut


class SpellingShape(BaseModel):
    """A spelling that could be an alias, and where it is from."""

    model_config = ConfigDict(from_attributes=True)
    text: str
    source: Annotated[str, Field(description="wikidata, archive or transliteration.")]
    detail: str


class SpellingsOut(BaseModel):
    """Spellings proposed for a name, the surest first; `warnings` where Wikidata could not be asked."""

    model_config = example(
        spellings=[{"text": "Nacer Bourita", "source": "archive", "detail": "14 of the newest articles"}],
        warnings=[],
    )
    spellings: list[SpellingShape]
    warnings: list[str]


class ProposalIn(ApiInput):
    """A change of a watch list, as it was proposed."""

    model_config = example(kind="against", actor="Jordan", terms=["striker", "goal"])
    kind: Proposable
    actor: Line | Literal[""] = ""
    terms: list[Line] = Field(default_factory=list, max_length=20)


class ProposalOut(BaseModel):
    """A change, and how many of the dismissed alerts would go and of the others be lost by it."""

    model_config = example(
        kind="against",
        actor="Jordan",
        terms=["striker", "goal"],
        dismissed=33,
        gone=31,
        kept=140,
        lost=2,
        change="Jordan: not where the article says “striker” or “goal”",
    )
    kind: Proposable
    actor: str = Field(description="Whose rule it changes; empty where it is the list's.")
    terms: list[str]
    dismissed: int
    gone: int
    kept: int
    lost: int
    change: str = Field(description="The same in words.")


class WhyOut(BaseModel):
    """An article, and the judgement of the actors and topics on it: those that match first."""

    model_config = example(
        article=41,
        title="Talks in Rabat",
        url="https://gazette.example/a/41",
        considered=1,
        explanations=[
            {
                "watch_list": "Morocco's diplomacy",
                "actor": "Nasser Bourita",
                "topic": None,
                "clause": {
                    "text": 'alias "Nasser Bourita"',
                    "true": True,
                    "places": [{"field": "text", "start": 11, "end": 25, "surface": "Nasser Bourita"}],
                    "notes": [],
                    "parts": [],
                },
            }
        ],
    )
    article: int
    title: str
    url: str
    considered: int = Field(description="How many actors and topics were judged.")
    explanations: list[ExplanationOut]
