"""What is said of an article beside its title and its text: a value, its columns, and its fields by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from sqlalchemy import ColumnElement, case
from sqlmodel import col

from storage.tables import ArticleVersion, MentionRow


@dataclass(frozen=True, slots=True)
class SaidBeside:
    """The other fields of a version of an article (`ArticleVersion`), as its source and its page gave them."""

    source_title: str = ""
    headline: str = ""
    summary: str = ""
    lead: str = ""
    description: str = ""

    def columns(self) -> Mapping[str, str]:
        """Return the fields by the names of their columns."""
        return {name: getattr(self, name) for name in BESIDE}


BESIDE = tuple(field.name for field in fields(SaidBeside))
NOTHING_BESIDE = SaidBeside()
_IN_ORDER = ("title", "source_title", "headline", "summary", "lead", "description", "text")


class Searched(Protocol):
    """An article with all that is said of it."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def text(self) -> str:
        """Its text."""

    @property
    def beside(self) -> SaidBeside:
        """What else is said."""


def field_of(article: Searched, name: str) -> str:
    """Return the field that a mention names (`MentionRow.field`), as it was given."""
    said: str = getattr(article if name in ("title", "text") else article.beside, name)
    return said


def beside_columns() -> tuple[Any, ...]:
    """Return the columns that a `SaidBeside` is made of, of the version that a query selects."""
    return tuple(col(getattr(ArticleVersion, name)) for name in BESIDE)


def place_of_field() -> ColumnElement[int]:
    """Return what mentions are ordered by, so that those of the titles come first and those of the text last."""
    places = {name: place for place, name in enumerate(_IN_ORDER)}
    return case(places, value=col(MentionRow.field), else_=len(places))
