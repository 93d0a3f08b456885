"""Folders: what belongs to one matter, with notes; closed with a reason."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, enum_type, json_type, no_values


class FolderItemKind(StrEnum):
    """What an item of a folder is. A `page` is one from outside, read for the folder."""

    ALERT = "alert"
    ARTICLE = "article"
    STORY = "story"
    PAGE = "page"


class FolderRow(SQLModel, table=True):
    """A folder."""

    __tablename__ = "folder"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    about: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(default="", sa_type=Text)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str = Field(default="", sa_type=Text)
    closed_reason: str = Field(default="", sa_type=Text)


class FolderItem(SQLModel, table=True):
    """What a folder holds. Articles, alerts and stories in a folder are not pruned."""

    __tablename__ = "folder_item"
    __table_args__ = (
        UniqueConstraint("folder_id", "alert_id"),
        UniqueConstraint("folder_id", "article_id"),
        UniqueConstraint("folder_id", "story_id"),
        UniqueConstraint("folder_id", "url"),
    )

    id: int | None = Field(default=None, primary_key=True)
    folder_id: int = Field(foreign_key="folder.id", ondelete="CASCADE")
    kind: FolderItemKind = Field(sa_type=enum_type(FolderItemKind))
    alert_id: int | None = Field(default=None, foreign_key="alert.id", index=True, ondelete="SET NULL")
    article_id: int | None = Field(default=None, foreign_key="article.id", index=True, ondelete="SET NULL")
    story_id: int | None = Field(default=None, foreign_key="story.id", index=True, ondelete="SET NULL")
    added_at: datetime = Field(sa_type=UtcDateTime)
    added_by: str = Field(default="", sa_type=Text)
    url: str | None = Field(default=None, sa_type=Text)
    """Of a page: as it was given."""
    title: str = Field(default="", sa_type=Text)
    outlet: str = Field(default="", sa_type=Text)
    """What a page's site calls itself."""
    text: str = Field(default="", sa_type=Text)
    language: str | None = None
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fetched_url: str = Field(default="", sa_type=Text)
    """Where its redirects led."""
    status: int | None = None
    headers: dict[str, str] = Field(default_factory=no_values, sa_type=json_type())
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    """A page as it was sent."""


class FolderNote(SQLModel, table=True):
    """What somebody wrote in a folder."""

    __tablename__ = "folder_note"

    id: int | None = Field(default=None, primary_key=True)
    folder_id: int = Field(foreign_key="folder.id", index=True, ondelete="CASCADE")
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(default="", sa_type=Text)
    text: str = Field(sa_type=Text)
