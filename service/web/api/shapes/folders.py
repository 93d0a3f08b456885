"""Folders, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from service.web.api.shapes.common import ApiInput, Id, Line, Words, example

_MOMENT = "2026-03-02T12:00:00Z"
_FOLDER: dict[str, JsonValue] = {
    "id": 2,
    "name": "Fishing agreement",
    "about": "What becomes of the licences",
    "created_at": _MOMENT,
    "created_by": "leila",
    "closed_at": None,
    "closed_by": "",
    "closed_reason": "",
}


class FolderIn(ApiInput):
    """A new folder."""

    model_config = example(name="Fishing agreement", about="What becomes of the licences")
    name: Line
    about: Words = ""


class FolderChange(ApiInput):
    """What is to change of a folder."""

    model_config = example(name="Fishing licences")
    name: Line | None = None
    about: Words | None = None


class FolderClosing(ApiInput):
    """Why a folder is closed."""

    model_config = example(reason="The agreement was signed.")
    reason: Annotated[Words, Field(max_length=500)]


class FolderItemIn(ApiInput):
    """What is put into a folder: an alert, article or story by its number, or an article or page by its address."""

    model_config = example(kind="alert", number=7)
    kind: Literal["alert", "article", "story"] = "alert"
    number: Id | None = None
    url: Annotated[str, Field(max_length=2_000)] | None = Field(
        None, description="In place of `kind` and `number`; fetched where no article is of it."
    )


class FolderNoteIn(ApiInput):
    """A note."""

    model_config = example(text="Called the ministry.")
    text: Words


class FolderListed(BaseModel):
    """A folder in a list."""

    model_config = example(**_FOLDER, items=3)
    id: int
    name: str
    about: str
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    closed_by: str
    closed_reason: str
    items: int = Field(description="How many there are in it.")


class FolderItemOut(BaseModel):
    """What a folder holds."""

    id: int
    kind: str = Field(description="`alert`, `article`, `story` or `page`.")
    number: int | None = Field(description="Of the alert, article or story.")
    title: str
    outlet: str = Field(description="Of an article or page; of an alert, its watch list.")
    url: str | None
    language: str | None
    at: datetime = Field(description="When it came out, was raised or was read.")
    added_at: datetime
    added_by: str


class FolderNoteOut(BaseModel):
    """A note of a folder."""

    id: int
    at: datetime
    by: str
    text: str


class MomentOut(BaseModel):
    """Something of a folder's timeline."""

    at: datetime
    kind: str = Field(description="`came-out`, `raised`, `story`, `note`, `opened` or `closed`.")
    words: str
    by: str


class FolderOut(BaseModel):
    """A folder with what it holds."""

    model_config = example(
        **_FOLDER,
        items=[
            {
                "id": 5,
                "kind": "alert",
                "number": 7,
                "title": "Talks in Rabat",
                "outlet": "Morocco's diplomacy",
                "url": "https://gazette.example/a/41",
                "language": "en",
                "at": _MOMENT,
                "added_at": _MOMENT,
                "added_by": "leila",
            }
        ],
        notes=[{"id": 1, "at": _MOMENT, "by": "leila", "text": "Called the ministry."}],
        timeline=[{"at": _MOMENT, "kind": "raised", "words": "Talks in Rabat", "by": "Morocco's diplomacy"}],
    )
    id: int
    name: str
    about: str
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    closed_by: str
    closed_reason: str
    items: list[FolderItemOut]
    notes: list[FolderNoteOut]
    timeline: list[MomentOut] = Field(description="The earliest first.")
