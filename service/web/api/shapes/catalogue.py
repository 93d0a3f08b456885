"""The catalogue, as the API gives it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from service.web.api.shapes.common import ApiInput, Line, example

_ENTRY: dict[str, Any] = {
    "name": "Example Gazette",
    "site": "https://gazette.example/",
    "kind": "feed",
    "address": "https://gazette.example/rss",
    "language": "en",
    "country": "MA",
    "type": "daily",
    "themes": ["business"],
    "outlet": None,
}


class CatalogueOut(BaseModel):
    """An outlet of the catalogue."""

    model_config = example(**_ENTRY)
    name: str
    site: str
    kind: Literal["feed", "site"] = Field(
        description="`site`: its feed, or its list of articles, is looked for at its site."
    )
    address: str
    language: str
    country: str | None = Field(description="Null for an international organisation.")
    type: str = Field(
        description="`wire`, `daily`, `magazine`, `broadcaster`, `online`, `regional`, `government` or `organisation`."
    )
    themes: list[str]
    outlet: str | None = Field(description="The outlet that follows it already.")


class CatalogueAddIn(ApiInput):
    """Outlets of the catalogue to be added, by their names."""

    model_config = example(names=["Example Gazette"])
    names: Annotated[list[Line], Field(min_length=1, max_length=500)]


class CatalogueAddedOut(BaseModel):
    """What came of it."""

    model_config = example(added=["Example Gazette"], problems=[])
    added: list[str]
    problems: list[str] = Field(description="A line for each that was not added.")
