"""The services that run on this database, and which versions of them can."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime


class RunningService(SQLModel, table=True):
    """A service that runs, or did until a moment ago: it renews `beat_at` every two seconds (on PostgreSQL)."""

    __tablename__ = "running_service"

    id: str = Field(primary_key=True)
    """Its identity, made by chance at its start: the owner of its leases."""
    place: str = Field(default="", sa_type=Text)
    """Host name and process number, for people."""
    started_at: datetime = Field(sa_type=UtcDateTime)
    beat_at: datetime = Field(sa_type=UtcDateTime)
    revision: str | None = None
    """The newest revision of the tables that it knows; None where it is older than this column."""


class SchemaFloor(SQLModel, table=True):
    """One row: what a Tocsin must know at least to work on these tables. A newer one than that may have made them."""

    __tablename__ = "schema_floor"

    oldest: str = Field(primary_key=True)
    """A revision."""
