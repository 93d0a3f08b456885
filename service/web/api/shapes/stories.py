"""Stories, as the API takes and gives them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.web.api.shapes.common import ApiInput, Id, example

_MEMBER: dict[str, Any] = {
    "id": 41,
    "outlet": "Example Gazette",
    "title": "Talks in Rabat",
    "url": "https://gazette.example/a/41",
}


class StoryMemberOut(BaseModel):
    """An article of a story."""

    id: int
    outlet: str
    title: str
    url: str


class StoryOut(BaseModel):
    """A story: the articles that tell one event."""

    model_config = example(id=3, language="en", articles=[_MEMBER])
    id: int
    language: str | None = Field(description="Of its articles (ISO 639-1), if it is known.")
    articles: list[StoryMemberOut] = Field(description="Oldest first.")


class ApartIn(ApiInput):
    """Articles that tell another event than their story."""

    model_config = example(articles=[41])
    articles: Annotated[list[Id], Field(min_length=1, max_length=1_000)]


class SameIn(ApiInput):
    """A story that is the same."""

    model_config = example(story=8)
    story: Id


class StoryChangeOut(BaseModel):
    """What became of two stories."""

    model_config = example(story=3, other=8)
    story: int = Field(description="The story that goes on.")
    other: int = Field(description="The story that is new, or that is no more.")
