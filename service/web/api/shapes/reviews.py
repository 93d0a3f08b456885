"""Press reviews and their editions, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from service.web.api.shapes.common import ApiInput, Id, Line, Reason, Words, example

_KEYS: dict[str, JsonValue] = {
    "send": "mon-fri 07:30 Africa/Casablanca",
    "channels": ["press-desk"],
    "language": "fr",
    "sections": [{"title": "Diplomatie", "watch": ["Morocco's diplomacy"]}],
}
_MOMENT = "2026-03-02T06:45:00Z"
_EDITION: dict[str, JsonValue] = {
    "id": 12,
    "review_id": 1,
    "review": "Morning review",
    "state": "draft",
    "title": "Morning review, 2 mars 2026",
    "since": "2026-03-01T06:45:00Z",
    "until": _MOMENT,
    "due_at": "2026-03-02T07:30:00Z",
    "created_at": _MOMENT,
    "approved_at": None,
    "approved_by": "",
    "sent_at": None,
    "item_count": 14,
    "trouble": None,
    "number": 12,
    "revision": 1,
}
_PICTURE: dict[str, JsonValue] = {
    "state": "had",
    "url": "https://gazette.example/7.jpg",
    "caption": "The port of Agadir",
    "credit": "A. Photographer",
    "width": 560,
    "height": 373,
    "trouble": None,
}
_ITEM: dict[str, JsonValue] = {
    "id": 41,
    "section": "0",
    "article_id": 7,
    "story_id": 3,
    "outlet": "Example Gazette",
    "headline": "Talks reopen on fishing licences",
    "excerpt": "The two ministers met in Rabat.",
    "note": "",
    "url": "https://gazette.example/7",
    "language": "en",
    "authors": [],
    "came_out_at": _MOMENT,
    "outlets": 4,
    "removed": False,
    "version": 1,
    "edited_by": "",
    "corrects_id": None,
    "picture": _PICTURE,
}
_Text = Annotated[Words, Field(max_length=20_000)]
_Section = Annotated[
    str, Field(max_length=10, description="`event`, `brief`, or the place of a section: `0` is the first.")
]


class ReviewIn(ApiInput):
    """A new review. `settings` are the keys that `[[reviews]]` has, the name aside."""

    model_config = example(name="Morning review", settings=_KEYS)
    name: Line
    settings: dict[str, JsonValue]


class ReviewChange(ApiInput):
    """What is to change of a review; null takes a key's value away."""

    model_config = example(settings={"approve": False})
    name: Line | None = None
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class ReviewCopyIn(ApiInput):
    """What a copy of a review is called."""

    model_config = example(name="Evening review")
    name: Line | None = Field(default=None, description="Left out: as the first, with a number.")


class ReviewOut(BaseModel):
    """A review."""

    model_config = example(id=1, name="Morning review", provisioned=False, next_at=_MOMENT, settings=_KEYS)
    id: int
    name: str
    provisioned: bool = Field(description="Declared in the settings file, and read-only here.")
    next_at: datetime | None = Field(description="When the next edition is sent that is not drafted yet.")
    settings: dict[str, Any]


class EditionListed(BaseModel):
    """An edition in a list."""

    model_config = example(**_EDITION)
    id: int
    review_id: int
    review: str
    state: Literal["draft", "held", "approved", "sent", "dropped"]
    title: str
    since: datetime
    until: datetime
    due_at: datetime
    created_at: datetime
    approved_at: datetime | None
    approved_by: str
    sent_at: datetime | None
    item_count: int
    trouble: Reason | None = Field(description="Why it could not be printed or sent.")
    number: int = Field(description="What people call it: a correction has the number of what it corrects.")
    revision: int = Field(description="1: as it was first sent; a correction has the next.")


class ItemPictureOut(BaseModel):
    """An item's picture."""

    model_config = example(**_PICTURE)
    state: Literal["wanted", "had", "failed", "removed"] = Field(
        description="`wanted`: it is being fetched; `removed`: by an editor."
    )
    url: str = Field(description="Where the article has it.")
    caption: str
    credit: str
    width: int = Field(description="In pixels, as it is kept; 0 until it was fetched.")
    height: int
    trouble: Reason | None = Field(description="Why the picture is not in the edition.")


class FoundItemOut(BaseModel):
    """An item in which the words stand that were looked for."""

    model_config = example(headline="Talks reopen on fishing licences", outlet="Example Gazette")
    headline: str
    outlet: str


class EditionFound(EditionListed):
    """An edition in a list, and where the words stand that were looked for."""

    model_config = example(**_EDITION, found_in=[{"headline": "Talks reopen", "outlet": "Example Gazette"}])
    found_in: list[FoundItemOut] = Field(
        description="The first items that have the words; none without words, or where title or introduction has them."
    )


class EditionItemOut(BaseModel):
    """An item of an edition."""

    model_config = example(**_ITEM)
    id: int
    section: str
    article_id: int | None
    story_id: int | None
    outlet: str
    headline: str
    excerpt: str
    note: str
    url: str
    language: str | None
    authors: list[str]
    came_out_at: datetime | None
    outlets: int
    removed: bool
    version: int = Field(
        description="Give it with a change: a later change of someone else is then not lost."
    )
    edited_by: str
    corrects_id: int | None = Field(
        description="In a correction: the item of the edition before that it was copied from."
    )
    picture: ItemPictureOut | None = Field(
        description="Null where it has none, or the review has no pictures."
    )


class EditionOut(BaseModel):
    """An edition, its items in reading order; those that were removed come last."""

    model_config = example(edition=_EDITION, intro="", version=1, sections=["Diplomatie"], items=[_ITEM])
    edition: EditionListed
    intro: str
    version: int = Field(description="Of title and intro.")
    sections: list[str]
    items: list[EditionItemOut]


class EditionChange(ApiInput):
    """Title or first lines of an edition."""

    model_config = example(intro="A quiet morning.", version=1)
    version: Id
    title: _Text | None = None
    intro: _Text | None = None


class ApprovalIn(ApiInput):
    """How an edition is approved."""

    model_config = example(send_now=False)
    send_now: bool = Field(default=False, description="Send it now, and not at its time.")


class ItemChange(ApiInput):
    """An item's words; what is left out stays as it is."""

    model_config = example(headline="Talks reopen", version=1)
    version: Id = Field(description="The version that you edited.")
    headline: _Text | None = None
    excerpt: _Text | None = None
    note: _Text | None = None


class ItemMove(ApiInput):
    """Where an item goes: a step, or a place of a section."""

    model_config = example(section="0", place=1)
    step: Literal["up", "down", "first", "last"] | None = None
    section: _Section | None = None
    place: Id | None = Field(default=None, description="From 1; left out: the last.")


class ItemIn(ApiInput):
    """An article to add: one that is stored, by its `url` alone, or by hand with `outlet` and `headline`."""

    model_config = example(section="brief", outlet="Radio Rabat", headline="At eight o'clock")
    section: _Section
    url: Annotated[str, Field(max_length=2000)] = ""
    outlet: Annotated[str, Field(max_length=300)] = ""
    headline: _Text = ""
    excerpt: _Text = ""
    note: _Text = ""
    authors: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    came_out_at: AwareDatetime | None = None


class OutletCopiesOut(BaseModel):
    """An outlet's share of a month."""

    model_config = example(outlet="Le Monde", licence="CFC", item_count=12, excerpts=10, copies=480)
    outlet: str
    licence: str
    item_count: int
    excerpts: int
    copies: int = Field(description="Items times recipients.")
