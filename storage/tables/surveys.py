"""Surveys: many addresses that were given at once, each looked at before anything is added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, json_type, no_items, no_values


class Survey(SQLModel, table=True):
    """One lot of addresses."""

    id: int | None = Field(default=None, primary_key=True)
    caller: str = Field(default="", sa_type=Text)
    """Who gave it."""
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SurveyAddress(SQLModel, table=True):
    """An address of a survey: what was said of it, and what was found there."""

    __tablename__ = "survey_address"
    __table_args__ = (
        Index(
            "ix_survey_address_waiting",
            "id",
            sqlite_where=text("looked_at IS NULL"),
            postgresql_where=text("looked_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    survey_id: int = Field(foreign_key="survey.id", index=True, ondelete="CASCADE")
    place: int
    """Counts from 1 in its survey."""
    address: str = Field(sa_type=Text)
    host: str = Field(sa_type=Text)
    """Addresses of one host are looked at one after another."""
    name: str = Field(default="", sa_type=Text)
    site: str = Field(default="", sa_type=Text)
    language: str | None = None
    country: str | None = None
    tags: list[str] = Field(default_factory=no_items, sa_type=json_type())
    looked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it had been looked at; null until then."""
    findings: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """What was found and what was tried (`crawler.surveys.findings`)."""
    outlet: str = Field(default="", sa_type=Text)
    """The outlet that was added of it."""
    tries: int = 0
    """How often it was claimed."""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_token: int = 0
    """The fencing token of the last claim, as in `Feed`."""
