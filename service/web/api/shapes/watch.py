"""Watch lists and what they track, queries and trials, as the API takes and gives them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from service.web.api.shapes.common import Line, Taken, Words, example, storable

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


class WatchIn(Taken):
    """A watch list's facts."""

    model_config = example(name="Energy", channels=[], languages=["en"], alert="story")
    name: Line
    channels: Annotated[list[Line], Field(max_length=100)] = Field(default_factory=list)
    languages: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]], Field(max_length=50)] = Field(
        default_factory=list
    )
    alert: Literal["story", "article"] = "story"


class WatchChange(Taken):
    """A watch list's new facts; what is left out stays."""

    model_config = example(languages=["en", "ar"])
    channels: Annotated[list[Line], Field(max_length=100)] | None = None
    languages: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]], Field(max_length=50)] | None = (
        None
    )
    alert: Literal["story", "article"] | None = None


class WatchOut(BaseModel):
    """A watch list."""

    model_config = example(
        id=1,
        name="Energy",
        channels=["desk"],
        languages=["en"],
        alert="story",
        provisioned=False,
        actors=12,
        topics=1,
    )

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
    context: Annotated[list[Line], Field(max_length=200)] = Field(default_factory=list)
    exclude: Annotated[list[Line], Field(max_length=200)] = Field(default_factory=list)
    least: Annotated[int, Field(ge=1, le=1000)] = 1
    any_order: bool = False
    forms: Annotated[bool, Field(description="Declined and suffixed forms count.")] = True
    alone: Annotated[
        bool | None, Field(description="Not beside another capitalised word; left out: names of one word.")
    ] = None


class ActorShape(Taken):
    """A person or organisation."""

    model_config = example(name="Leila Benali", aliases=[{"text": "ليلى بنعلي"}], surname=True)
    name: Line
    aliases: Annotated[list[AliasShape], Field(max_length=1000)] = Field(default_factory=list)
    surname: Annotated[bool | Line, Field(description="A person: true, or the surname itself.")] = False
    context: Annotated[list[Line], Field(max_length=200)] = Field(default_factory=list)
    exclude: Annotated[list[Line], Field(max_length=200)] = Field(default_factory=list)
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = None
    note: Annotated[str, Field(max_length=2000), AfterValidator(storable)] = ""


class TopicShape(Taken):
    """A named query."""

    model_config = example(name="Solar", query="solar NEAR/10 (Noor OR نور)")
    name: Line
    query: Words


class QueryIn(Taken):
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


class DraftIn(Taken):
    """A watch list that need not be saved, to be tried on the archive."""

    model_config = example(actors=[{"name": "Leila Benali"}], topics=[], alert="story")
    actors: Annotated[list[ActorShape], Field(max_length=200)] = Field(default_factory=list)
    topics: Annotated[list[TopicShape], Field(max_length=200)] = Field(default_factory=list)
    languages: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]], Field(max_length=50)] = Field(
        default_factory=list
    )
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

    model_config = example(**_EXAMPLE)

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


class BackfillIn(Taken):
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


class ImportOut(BaseModel):
    """What came of an import. Importing the same file again changes nothing."""

    model_config = example(
        added=120,
        extended=3,
        unchanged=0,
        skipped={"Vessel": 4},
        faults=[{"line": 17, "message": "it has no name"}],
        warnings=[],
    )
    added: int
    extended: int = Field(description="Were there, and got further names.")
    unchanged: int
    skipped: dict[str, int] = Field(description="Rows about what is no actor, by kind.")
    faults: list[RowFault]
    warnings: list[str]


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

    watch_list: str
    actor: str | None
    topic: str | None
    clause: ClauseOut


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
