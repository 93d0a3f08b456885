"""Surveys, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from service.web.api.shapes.common import ApiInput, Id, Line, example, storable
from service.web.api.shapes.outlets import NextStepOut

_Address = Annotated[str, Field(max_length=2000)]
_Code = Annotated[str, Field(max_length=50)]
_Text = Annotated[str, Field(max_length=2_000_000), AfterValidator(storable)]
_MOMENT = "2026-03-02T12:00:00Z"


class AddressIn(ApiInput):
    """An address to look at, with what is known of its outlet."""

    model_config = example(address="gazette.example", name="Example Gazette", country="MA")
    address: _Address
    name: Line | Literal[""] = ""
    language: _Code | None = None
    country: _Code | None = None
    tags: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)


class SurveyIn(ApiInput):
    """Addresses to look at: of sites, pages or feeds, one by one or in a text."""

    model_config = example(addresses=["gazette.example", "https://herald.example/press"], country="MA")
    addresses: Annotated[list[_Address | AddressIn], Field(max_length=500)] = Field(default_factory=list)
    text: _Text = Field(
        default="", description="Lines with addresses, a table (CSV) or a list of feeds (OPML)."
    )
    language: _Code | None = Field(default=None, description="Of those that have none of their own.")
    country: _Code | None = Field(default=None, description="Of those that have none of their own.")
    tags: Annotated[list[Line], Field(max_length=50)] = Field(
        default_factory=list, description="For all of them, besides their own."
    )


class SurveyOptionOut(BaseModel):
    """Something that can be followed."""

    url: str
    kind: str = Field(description="`feed`, or the kind of another source.")
    format: str = Field(description="Of a feed: `rss`, `atom`, `rdf`, `json` or `sitemap`.")
    keys: dict[str, Any] = Field(description="Of another source: as `sources` of an outlet has them.")
    title: str
    language: str | None
    entries: int
    newest: datetime | None


class SurveyRowOut(BaseModel):
    """An address with what was found there."""

    row: int
    address: str
    state: Literal["waiting", "looking", "found", "followed", "added", "nothing"]
    name: str = Field(description="What the outlet is to be called.")
    language: str | None
    country: str | None
    tags: list[str]
    outlet: str | None = Field(description="The outlet that was added, or that follows it already.")
    options: list[SurveyOptionOut] = Field(description="The best first.")
    tried: list[str] = Field(description="What was tried, a line for each sort of address.")
    next: NextStepOut | None = Field(description="What to do next; null until it was looked at.")
    advice: str = Field(description="The same in words.")


class SurveyOut(BaseModel):
    """A survey as it stands."""

    model_config = example(
        id=1,
        caller="desk",
        created_at=_MOMENT,
        total=1,
        looked_at=1,
        is_done=True,
        rows=[
            {
                "row": 1,
                "address": "gazette.example",
                "state": "found",
                "name": "Example Gazette",
                "language": "en",
                "country": "MA",
                "tags": [],
                "outlet": None,
                "options": [
                    {
                        "url": "https://gazette.example/rss",
                        "kind": "feed",
                        "format": "rss",
                        "keys": {},
                        "title": "Example Gazette",
                        "language": "en",
                        "entries": 30,
                        "newest": _MOMENT,
                    }
                ],
                "tried": ["the address itself: a page, not a feed", "feeds that the page names: /rss"],
                "next": "add",
                "advice": "Add it.",
            }
        ],
        problems=[],
    )
    id: int
    caller: str
    created_at: datetime
    total: int
    looked_at: int
    is_done: bool
    rows: list[SurveyRowOut]
    problems: list[str] = Field(
        default_factory=list, description="When it is begun: a line for each address that can't be used."
    )


class SurveyListed(BaseModel):
    """A survey in figures."""

    model_config = example(id=1, caller="desk", created_at=_MOMENT, total=20, looked_at=20, added=12)
    id: int
    caller: str
    created_at: datetime
    total: int
    looked_at: int
    added: int


class SurveyRowIn(ApiInput):
    """A row to be added, and which of its options."""

    row: Id
    option: Annotated[int, Field(ge=0, le=100, description="0 is the best.")] = 0


class SurveyAddIn(ApiInput):
    """What is to be added."""

    model_config = example(rows=[{"row": 1, "option": 0}])
    rows: Annotated[list[SurveyRowIn], Field(max_length=500)] | None = Field(
        default=None, description="Left out: every row in which something new was found."
    )


class SurveyAddedOut(BaseModel):
    """What came of it."""

    model_config = example(added=["Example Gazette"], extended=[], problems=[])
    added: list[str]
    extended: list[str] = Field(description="Outlets that have one more feed now.")
    problems: list[str] = Field(description="A line for each row that was not added.")
