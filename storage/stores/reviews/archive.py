"""Editions found again: by words in what readers see of them, by when they were sent, by review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.reviews.editions import ListedEdition, listed_editions
from storage.tables import Edition, EditionItem, EditionState

SHOWN = 3
"""Items of an edition that are shown of those with the words."""


@dataclass(frozen=True, slots=True)
class EditionFilter:
    """Which editions. Each of the `words` stands in one item's headline, excerpt or line, or in title and introduction."""

    words: tuple[str, ...] = ()
    review_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    only_sent: bool = False


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item with the words that were looked for."""

    headline: str
    outlet: str


@dataclass(frozen=True, slots=True)
class FoundEdition:
    """An edition, and some of its items with the words."""

    listed: ListedEdition
    items: tuple[FoundItem, ...] = ()


def find_editions(
    session: Session, wanted: EditionFilter, *, before: int | None = None, limit: int
) -> list[FoundEdition]:
    """Return editions, the newest first, with numbers below `before`."""
    query = sa_select(col(Edition.id)).where(*_conditions(wanted))
    if before is not None:
        query = query.where(col(Edition.id) < before)
    ids = list(session.execute(query.order_by(col(Edition.id).desc()).limit(limit)).scalars())
    items = _items(session, ids, wanted.words) if wanted.words else {}
    return [
        FoundEdition(listed, tuple(items.get(listed.id, ())[:SHOWN]))
        for listed in listed_editions(session, ids)
    ]


def _conditions(wanted: EditionFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.only_sent:
        yield col(Edition.state) == EditionState.SENT
    if wanted.review_id is not None:
        yield col(Edition.review_id) == wanted.review_id
    if wanted.since is not None:
        yield col(Edition.due_at) >= wanted.since
    if wanted.until is not None:
        yield col(Edition.due_at) < wanted.until
    if wanted.words:
        of_items = sa_select(col(EditionItem.edition_id)).where(
            ~col(EditionItem.removed), *_all_in(wanted.words, _ITEM)
        )
        yield or_(col(Edition.id).in_(of_items), and_(*_all_in(wanted.words, _HEAD)))


def _items(session: Session, ids: Sequence[int], words: Sequence[str]) -> dict[int, list[FoundItem]]:
    rows = session.execute(
        sa_select(col(EditionItem.edition_id), col(EditionItem.headline), col(EditionItem.outlet))
        .where(col(EditionItem.edition_id).in_(ids), ~col(EditionItem.removed), *_all_in(words, _ITEM))
        .order_by(col(EditionItem.edition_id), col(EditionItem.place), col(EditionItem.id))
    )
    found: dict[int, list[FoundItem]] = {}
    for edition_id, headline, outlet in rows:
        found.setdefault(edition_id, []).append(FoundItem(headline, outlet))
    return found


_ITEM: tuple[Any, ...] = (col(EditionItem.headline), col(EditionItem.excerpt), col(EditionItem.note))
_HEAD: tuple[Any, ...] = (col(Edition.title), col(Edition.intro))


def _all_in(words: Sequence[str], columns: Sequence[Any]) -> Iterator[ColumnElement[bool]]:
    """Give a condition for each word: that one of the columns has it, however it is written (SQLite lowers ASCII alone)."""
    for word in words:
        forms = dict.fromkeys((word, word.lower(), word.upper(), word.capitalize()))
        yield or_(*(column.icontains(form, autoescape=True) for column in columns for form in forms))
