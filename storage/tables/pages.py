"""What reading pages has taught: boilerplate of outlets, and how well the pages of a host are read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, json_type, no_items


class OutletLines(SQLModel, table=True):
    """The lines of an outlet's last pages, as numbers (`crawler.read.boilerplate`): what comes on a third page is boilerplate."""

    __tablename__ = "outlet_lines"

    outlet_id: int = Field(foreign_key="outlet.id", primary_key=True, ondelete="CASCADE")
    recent: bytes = Field(default=b"", sa_type=LargeBinary)
    frames: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The parts of its last articles' titles and edges, as numbers (`alerts.stories.frames`)."""


class BoilerplateLine(SQLModel, table=True):
    """A line that stands on many pages of an outlet and is no part of any article. Forgotten when it is not seen for a while."""

    __tablename__ = "furniture_line"
    __table_args__ = (
        UniqueConstraint("outlet_id", "text"),
        Index("ix_furniture_line_last_seen_at", "last_seen_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    outlet_id: int = Field(foreign_key="outlet.id", ondelete="CASCADE")
    text: str = Field(sa_type=Text)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)


class HostPages(SQLModel, table=True):
    """How the last pages of a host were read: for each [what came of it, characters of text, digest of the text, URL]."""

    __tablename__ = "host_pages"

    host_id: int = Field(foreign_key="host.id", primary_key=True, ondelete="CASCADE")
    recent: list[list[Any]] = Field(default_factory=no_items, sa_type=json_type())
