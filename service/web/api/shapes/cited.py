"""Outlets that are cited and not followed, as the API gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from service.web.api.shapes.common import ApiInput, example

_MOMENT = "2026-03-02T12:00:00Z"


class CitationOut(BaseModel):
    """An article that cites the outlet."""

    article_id: int
    outlet: str
    title: str
    url: str


class CitedOut(BaseModel):
    """A site that articles in alerts cite, and that no outlet of ours stands for."""

    model_config = example(
        host="herald.example",
        name="The Herald",
        articles=9,
        outlets=3,
        newest=_MOMENT,
        examples=[
            {
                "article_id": 1,
                "outlet": "Example Gazette",
                "title": "Harbour works resume",
                "url": "https://gazette.example/a/1",
            }
        ],
        is_in_catalogue=False,
    )
    host: str
    name: str = Field(description="As the catalogue knows it; else the host.")
    articles: int = Field(description="How many articles in alerts cite it.")
    outlets: int = Field(description="How many outlets these are of.")
    newest: datetime
    examples: list[CitationOut]
    is_in_catalogue: bool


class CitedAddIn(ApiInput):
    """A cited outlet to be added, by its host."""

    model_config = example(host="herald.example")
    host: Annotated[str, Field(min_length=1, max_length=300)]


class CitedAddedOut(BaseModel):
    """The outlet that was added."""

    model_config = example(outlet="The Herald")
    outlet: str
