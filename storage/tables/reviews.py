"""Press reviews, their editions, and what stands in each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.troubles import Trouble
from storage.types import TroubleType, UtcDateTime, enum_type, json_type, no_items, no_values


class EditionState(StrEnum):
    """Where an edition stands. `held`: its time came and nobody had approved it. `dropped` is never sent."""

    DRAFT = "draft"
    HELD = "held"
    APPROVED = "approved"
    SENT = "sent"
    DROPPED = "dropped"


class Review(SQLModel, table=True):
    """A press review: what `[[reviews]]` declares, or the API and the command line made."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    keys: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """As a `[[reviews]]` table has them, the name aside."""
    provisioned: bool = False
    active: bool = True
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the next edition is sent that is not drafted yet; null where it has no schedule."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class RecipientForm(StrEnum):
    """What a recipient of a review is sent. `link`: a mail with the address at which to read it."""

    HTML = "html"
    TEXT = "text"
    PDF = "pdf"
    DOCX = "docx"
    LINK = "link"


class ReviewRecipient(SQLModel, table=True):
    """Somebody who is sent a review by mail, and needs no account for it."""

    __tablename__ = "review_recipient"
    __table_args__ = (UniqueConstraint("review_id", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id", ondelete="CASCADE")
    address: str
    """In small letters."""
    name: str = Field(default="", sa_type=Text)
    language: str | None = None
    """Of the mail's words; null: the review's."""
    form: RecipientForm = Field(default=RecipientForm.HTML, sa_type=enum_type(RecipientForm))
    added_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When they opted out."""
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the mail server last took a mail to them."""
    refusals: int = 0
    """How often it has refused their mail for good since it last took one."""
    refused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    refused_code: int | None = None
    refused_words: str = Field(default="", sa_type=Text)
    bounces: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many mails in a row came back for good, after a server had taken them."""
    bounced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bounced_status: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    """A code of RFC 3463."""
    bounced_words: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    bounced_key: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Which mail came back last: what is said of it twice counts once."""
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when they are sent nothing, because too many came back."""


class Edition(SQLModel, table=True):
    """One edition of a review, of what came out between two times."""

    __table_args__ = (
        UniqueConstraint("review_id", "due_at"),  # of two processes that draft it, one does
        Index("ix_edition_state", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id", ondelete="CASCADE")
    first_id: int | None = Field(default=None, index=True)
    """Of a correction, the edition that was sent first: its number is the number of all."""
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """Counts from 1, the edition as it was first sent."""
    state: EditionState = Field(default=EditionState.DRAFT, sa_type=enum_type(EditionState))
    title: str = Field(sa_type=Text)
    intro: str = Field(default="", sa_type=Text)
    """The editor's own words at the top."""
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    """When it is to be sent."""
    sections: list[Any] = Field(default_factory=no_items, sa_type=json_type())
    """Their titles, in order; an item's `section` is the place of its own, or `event`, or `brief`."""
    figures: list[Any] = Field(default_factory=no_items, sa_type=json_type())
    """Of each watch list its name and articles a day."""
    version: int = 1
    """Counts the changes of its title and intro."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str = Field(default="", sa_type=Text)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was handed to its channels."""
    copies: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """How many recipients each channel had then; under an empty name, how many of the review's own."""
    trouble: Trouble | None = Field(default=None, sa_type=TroubleType)
    """Why it could not be printed or sent."""


class EditionItem(SQLModel, table=True):
    """One article in an edition, in the editor's words. It stays as it is whatever becomes of the article."""

    __tablename__ = "edition_item"
    __table_args__ = (Index("ix_edition_item_edition", "edition_id", "place"),)

    id: int | None = Field(default=None, primary_key=True)
    edition_id: int = Field(foreign_key="edition.id", ondelete="CASCADE")
    section: str
    place: int
    """Orders the items of a section."""
    article_id: int | None = Field(default=None, foreign_key="article.id", index=True, ondelete="SET NULL")
    """Null where it was added by hand, or the article was deleted since."""
    story_id: int | None = None
    corrects_id: int | None = None
    """The item of the edition before that it was copied from, in a correction."""
    outlet: str = Field(sa_type=Text)
    headline: str = Field(sa_type=Text)
    excerpt: str = Field(default="", sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    """The editor's own line on it."""
    url: str = Field(default="", sa_type=Text)
    language: str | None = None
    authors: list[str] = Field(default_factory=no_items, sa_type=json_type())
    came_out_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outlets: int = 1
    """How many outlets told its story when it was drafted."""
    removed: bool = False
    version: int = 1
    """Counts the changes of its words: who edits an older version is shown both."""
    edited_by: str = Field(default="", sa_type=Text)


class PictureState(StrEnum):
    """How far the picture of an item has come."""

    WANTED = "wanted"
    HAD = "had"
    FAILED = "failed"
    REMOVED = "removed"
    """By an editor."""


class ItemPicture(SQLModel, table=True):
    """The picture of an edition's item: where its article has it, and it made small, once it was fetched."""

    __tablename__ = "item_picture"
    __table_args__ = (Index("ix_item_picture_state", "state", "wanted_at"),)

    item_id: int = Field(foreign_key="edition_item.id", primary_key=True, ondelete="CASCADE")
    url: str = Field(sa_type=Text)
    caption: str = Field(default="", sa_type=Text)
    """What the article's page says below it."""
    credit: str = Field(default="", sa_type=Text)
    """Who took it."""
    state: PictureState = Field(default=PictureState.WANTED, sa_type=enum_type(PictureState))
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    """A JPEG of `width` times `height` pixels; null until it was fetched."""
    width: int = 0
    height: int = 0
    trouble: Trouble | None = Field(default=None, sa_type=TroubleType)
    """Why it can't be used."""
    wanted_at: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Until when whoever claimed it may store it: no other claim has the same."""


class EditionFile(SQLModel, table=True):
    """An edition as it was printed, when it was sent."""

    __tablename__ = "edition_file"

    edition_id: int = Field(foreign_key="edition.id", primary_key=True, ondelete="CASCADE")
    format: str = Field(primary_key=True)
    """`pdf` or `docx`; in another language than the review's, with it: `pdf.ar`."""
    body: bytes = Field(sa_type=LargeBinary)
