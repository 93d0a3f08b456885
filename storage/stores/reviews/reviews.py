"""Reviews: what the settings file declares of them, those made elsewhere, and when each is due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.watch.access import touch_review
from storage.tables import Review


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A review. `keys` are those of a `[[reviews]]` table, the name aside."""

    id: int
    name: str
    keys: Mapping[str, Any]
    provisioned: bool
    next_at: datetime | None
    """When the next edition is sent that is not drafted yet; None where it has no schedule."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewValues:
    """What is declared of a review. `next_at` is when the next edition is due if its keys are new or changed."""

    name: str
    keys: Mapping[str, Any]
    next_at: datetime | None


def list_reviews(session: Session) -> list[StoredReview]:
    """Return the reviews that are made, by name."""
    rows = session.exec(select(Review).where(col(Review.active)).order_by(col(Review.name)))
    return [_stored(row) for row in rows]


def review_named(session: Session, name: str) -> StoredReview | None:
    """Return the review of this name; None where there is none."""
    row = session.exec(select(Review).where(Review.name == name, col(Review.active))).first()
    return None if row is None else _stored(row)


def review_numbered(session: Session, number: int) -> StoredReview | None:
    """Return the review of this number; None where there is none."""
    row = session.get(Review, number)
    return None if row is None else _stored(row)


def put_declared_reviews(session: Session, declared: Sequence[ReviewValues], *, now: datetime) -> None:
    """Make the reviews of the settings file those that are `declared`; one that left the file is switched off."""
    known = {row.name: row for row in session.exec(select(Review))}
    for values in declared:
        row = known.pop(values.name, None)
        if row is None:
            row = Review(name=values.name, created_at=now)
            session.add(row)
        _fill(row, values, was_active=row.active and row.id is not None)
        row.provisioned = row.active = True
    for row in known.values():
        if row.provisioned:
            row.active = False
    session.flush()


def add_review(session: Session, values: ReviewValues, *, now: datetime) -> int:
    """Store a review that is not the settings file's; return its number. One of that name that left the file is taken over."""
    row = session.exec(select(Review).where(Review.name == values.name)).first()
    if row is None:
        row = Review(name=values.name, created_at=now)
        session.add(row)
    row.keys, row.next_at = dict(values.keys), values.next_at
    row.active, row.provisioned = True, False
    session.flush()
    touch_review(session, id_of(row))
    return id_of(row)


def change_review(session: Session, number: int, values: ReviewValues) -> None:
    """Change a review's name and keys."""
    touch_review(session, number)
    row = session.get_one(Review, number)
    _fill(row, values, was_active=True)
    row.name = values.name
    session.flush()
    touch_review(session, number)


def remove_review(session: Session, number: int) -> None:
    """Remove a review with its editions."""
    touch_review(session, number)
    session.delete(session.get_one(Review, number))
    session.flush()


def reviews_to_draft(session: Session, *, before: datetime) -> list[StoredReview]:
    """Return the reviews with an edition that is due before then and not drafted."""
    rows = session.exec(
        select(Review).where(col(Review.active), col(Review.next_at) <= before).order_by(col(Review.next_at))
    )
    return [_stored(row) for row in rows]


def put_next(session: Session, number: int, *, before: datetime, after: datetime | None) -> bool:
    """Move a review's next time from `before` to `after`; return whether nobody else has."""
    moved = session.exec(
        update(Review).where(col(Review.id) == number, col(Review.next_at) == before).values(next_at=after)
    )
    return bool(moved.rowcount)


def names_of_reviews(session: Session, numbers: Collection[int]) -> dict[int, str]:
    """Return the names of reviews by number."""
    rows = session.exec(select(Review.id, Review.name).where(col(Review.id).in_(numbers)))
    return {number: name for number, name in rows if number is not None}


def _fill(row: Review, values: ReviewValues, *, was_active: bool) -> None:
    """Give a review its keys. Its next time stays, unless its schedule is another, or it is paused or comes back."""
    is_same = was_active and all(row.keys.get(key) == values.keys.get(key) for key in ("send", "paused"))
    row.keys = dict(values.keys)
    if not is_same:
        row.next_at = values.next_at


def _stored(row: Review) -> StoredReview:
    return StoredReview(id_of(row), row.name, row.keys, row.provisioned, row.next_at, row.created_at)
