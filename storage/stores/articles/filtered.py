"""Which articles are asked for by what is known of them: their outlet, its country, type and tags, their language, their time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.outlet_types import type_of
from storage.tables import Article, Outlet


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles are asked for, and in which order. Everything that is set must fit."""

    outlet: str | None = None
    country: str | None = None
    """Of the outlet, as a code."""
    language: str | None = None
    """Of the article, as a code."""
    type: str | None = None
    tag: str | None = None
    """Both of the outlet."""
    since: datetime | None = None
    until: datetime | None = None
    """Between which times they came out."""
    oldest_first: bool = False

    @property
    def of_outlets(self) -> bool:
        """Whether only some outlets' articles are asked for."""
        return any((self.outlet, self.country, self.type, self.tag))


def outlets_that_fit(session: Session, wanted: ArticleFilter) -> frozenset[int]:
    """Return the ids of the outlets whose articles are asked for, removed ones too: their articles stay."""
    rows = session.execute(sa_select(col(Outlet.id), col(Outlet.name), col(Outlet.country), col(Outlet.tags)))
    return frozenset(
        number
        for number, name, country, tags in rows
        if wanted.outlet in (None, name)
        and wanted.country in (None, country)
        and (wanted.tag is None or wanted.tag in tags)
        and wanted.type in (None, type_of(tags))
    )


def articles_that_fit(
    session: Session, article_ids: Sequence[int], *, outlets: Collection[int] | None, language: str | None
) -> set[int]:
    """Return those of the articles that are of these outlets (None: of any) and in this language."""
    query = sa_select(col(Article.id), col(Article.outlet_id)).where(col(Article.id).in_(article_ids))
    if language is not None:
        query = query.where(col(Article.language) == language)
    return {number for number, outlet in session.execute(query) if outlets is None or outlet in outlets}
