"""What is said of searches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from service.web.api.shapes.common import ApiInput, Line, ListPage, Words, example
from storage.outlet_types import OutletType

_ARTICLE: dict[str, JsonValue] = {
    "article": 41,
    "published_at": "2026-03-02T12:00:00Z",
    "outlet": "Example Gazette",
    "title": "Talks in Rabat",
    "url": "https://gazette.example/a/41",
    "language": "en",
    "country": "MA",
    "mentions": 2,
    "sentence": "They met in Rabat.",
    "start": 12,
    "end": 17,
}
_FILTERS: dict[str, JsonValue] = {"country": "MA", "days": 30}


class ArticleLine(BaseModel):
    """An article that was found: `sentence[start:end]` is the first place that matched."""

    model_config = example(**_ARTICLE)
    article: int
    published_at: datetime = Field(
        description="When it was found, where the outlet does not say when it came out."
    )
    outlet: str
    title: str
    url: str
    language: str | None
    country: str | None = Field(description="Of the outlet.")
    mentions: int = Field(description="In how many places the query matched.")
    sentence: str
    start: int
    end: int


class TotalOut(BaseModel):
    """How many articles there are."""

    model_config = example(count=120, exact=True)
    count: int
    exact: bool = Field(description="False: there are more than `count`.")


class SearchPage(ListPage[ArticleLine]):
    """Some of what a search found."""

    __qualname__ = "PageOfSearch"  # in the API's document

    total: TotalOut | None = Field(
        description="Null on all pages but the first.", examples=[{"count": 120, "exact": True}]
    )


class SearchFilters(ApiInput):
    """What a search asks for beside its query. Days are the reader's."""

    model_config = example(**_FILTERS)
    outlet: Line | None = None
    country: Line | None = None
    language: Line | None = None
    type: OutletType | None = None
    tag: Line | None = None
    days: Annotated[int | None, Field(ge=1, le=36_500, description="In the last so many days.")] = None
    since: date | None = None
    until: Annotated[date | None, Field(description="This day included.")] = None
    sort: Literal["newest", "oldest"] | None = None


class SavedSearchIn(ApiInput):
    """A search to be saved."""

    model_config = example(name="Sahara in Morocco", query='"Western Sahara"', filters=_FILTERS)
    name: Line
    query: Words
    filters: SearchFilters = SearchFilters()


class SavedSearchOut(BaseModel):
    """A saved search; its `filters` are texts."""

    model_config = example(
        id=3,
        name="Sahara in Morocco",
        query='"Western Sahara"',
        filters={"country": "MA", "days": "30"},
        saved_by="leila",
        saved_at="2026-03-02T12:00:00Z",
    )
    id: int
    name: str
    query: str
    filters: dict[str, str]
    saved_by: str = Field(description="The user or token that saved it last; empty for a command.")
    saved_at: datetime
