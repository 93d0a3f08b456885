"""A review's own recipients: who they are, what they are sent, who opted out, whose server refused their mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.watch.access import touch_review
from storage.tables import RecipientForm, ReviewRecipient

AT_ONCE = 500
MOST_REFUSALS = 3
"""Whose mail was refused so often in a row is sent none, until an editor says so."""


@dataclass(frozen=True, slots=True)
class RecipientValues:
    """Who is to be sent a review, and how. `language`: None is the review's."""

    address: str
    name: str = ""
    language: str | None = None
    form: str = "html"


@dataclass(frozen=True, slots=True)
class StoredRecipient:
    """A recipient of a review, and what became of their last mails."""

    id: int
    review_id: int
    address: str
    name: str
    language: str | None
    form: str
    added_at: datetime
    left_at: datetime | None
    taken_at: datetime | None
    refusals: int
    refused_at: datetime | None
    refused_code: int | None
    refused_words: str
    bounces: int = 0
    bounced_at: datetime | None = None
    bounced_status: str = ""
    bounced_words: str = ""
    paused_at: datetime | None = None

    @property
    def is_sent(self) -> bool:
        """Whether they get the next edition."""
        return self.left_at is None and self.paused_at is None and self.refusals < MOST_REFUSALS


@dataclass(frozen=True, slots=True)
class NotedBounce:
    """A mail that came back for good: a code of RFC 3463, the server's words, which mail it was, and when it came."""

    status: str
    words: str
    key: str
    at: datetime


def recipients_of(session: Session, review_id: int) -> list[StoredRecipient]:
    """Return a review's own recipients, by address."""
    rows = session.exec(
        select(ReviewRecipient)
        .where(ReviewRecipient.review_id == review_id)
        .order_by(col(ReviewRecipient.address))
        .execution_options(populate_existing=True)
    )
    return [_stored(row) for row in rows]


def recipient_numbered(session: Session, number: int) -> StoredRecipient | None:
    """Return the recipient of this number; None where there is none."""
    row = session.get(ReviewRecipient, number)
    return None if row is None else _stored(row)


def recipient_called(session: Session, review_id: int, address: str) -> StoredRecipient | None:
    """Return a review's recipient of this address; None where it has none."""
    row = session.exec(
        select(ReviewRecipient).where(
            ReviewRecipient.review_id == review_id, ReviewRecipient.address == address.lower()
        )
    ).first()
    return None if row is None else _stored(row)


def add_recipient(session: Session, review_id: int, values: RecipientValues, *, now: datetime) -> int:
    """Store a recipient; return their number."""
    touch_review(session, review_id)
    row = ReviewRecipient(review_id=review_id, address="", added_at=now)
    for column, value in _columns(values).items():
        setattr(row, column, value)
    session.add(row)
    session.flush()
    return id_of(row)


def put_recipient(session: Session, number: int, values: RecipientValues) -> None:
    """Change who a recipient is, or what they are sent."""
    _change(session, number, _columns(values))


def delete_recipient(session: Session, number: int) -> None:
    """Remove a recipient, and all that is known of them."""
    row = session.get_one(ReviewRecipient, number)
    touch_review(session, row.review_id)
    session.delete(row)
    session.flush()


def put_left(session: Session, number: int, at: datetime | None) -> None:
    """Note that a recipient opted out, or (None) takes that back."""
    _change(session, number, {"left_at": at})


def forget_refusals(session: Session, number: int) -> None:
    """Send a recipient the next edition, however often their mail was refused."""
    _change(session, number, {"refusals": 0, "bounces": 0, "paused_at": None})


def left_addresses(session: Session, review_id: int) -> frozenset[str]:
    """Return the addresses that opted out of a review."""
    return frozenset(
        session.exec(
            select(ReviewRecipient.address).where(
                ReviewRecipient.review_id == review_id, col(ReviewRecipient.left_at).is_not(None)
            )
        )
    )


def note_answers(
    session: Session, review_id: int, said: Mapping[str, tuple[int, str]], *, at: datetime
) -> None:
    """Note what mail servers said of a review's recipients: taken, or refused for good. What is passing is not noted.

    `at` is when the attempt began: that a server refused in it counts once, however often it is told.
    """
    final = {who: answer for who, answer in said.items() if not 400 <= answer[0] < 500}
    for row in _called(session, review_id, final):
        code, words = final[row.address]
        if 200 <= code < 300:
            if row.bounced_at is not None and row.taken_at is not None and row.bounced_at < row.taken_at < at:
                row.bounces = 0  # the one before did not come back
            row.taken_at, row.refusals = at, 0
            row.refused_at, row.refused_code, row.refused_words = None, None, ""
        elif row.refused_at != at:
            row.refusals += 1
            row.refused_at, row.refused_code, row.refused_words = at, code, words
    session.flush()


def _change(session: Session, number: int, columns: Mapping[str, object]) -> None:
    touch_review(session, session.get_one(ReviewRecipient, number).review_id)
    session.exec(update(ReviewRecipient).where(col(ReviewRecipient.id) == number).values(**columns))


def note_bounce(session: Session, number: int, bounce: NotedBounce, *, most: int) -> StoredRecipient | None:
    """Note a mail to a recipient that came back, who is paused at the `most`th in a row; return them.

    None where it is known already, by the mail or the time, or they are gone.
    """
    row = session.get(ReviewRecipient, number, with_for_update=True, populate_existing=True)
    if row is None or (row.bounced_at is not None and bounce.at <= row.bounced_at):
        return None
    if bounce.key and bounce.key == row.bounced_key:
        return None
    row.bounces += 1
    row.bounced_at, row.bounced_status, row.bounced_words = bounce.at, bounce.status[:20], bounce.words
    row.bounced_key = bounce.key
    is_paused_now = row.bounces >= most and row.paused_at is None
    if is_paused_now:
        row.paused_at = bounce.at
    session.flush()
    found = _stored(row)
    return found if is_paused_now or row.paused_at is None else replace(found, paused_at=None)


def _called(session: Session, review_id: int, addresses: Collection[str]) -> list[ReviewRecipient]:
    wanted = sorted(addresses)
    return [
        row
        for start in range(0, len(wanted), AT_ONCE)
        for row in session.exec(
            select(ReviewRecipient)
            .where(
                ReviewRecipient.review_id == review_id,
                col(ReviewRecipient.address).in_(wanted[start : start + AT_ONCE]),
            )
            .with_for_update()
        )
    ]


def _columns(values: RecipientValues) -> dict[str, object]:
    return {
        "address": values.address.lower(),
        "name": values.name,
        "language": values.language,
        "form": RecipientForm(values.form),
    }


def _stored(row: ReviewRecipient) -> StoredRecipient:
    return StoredRecipient(
        id=id_of(row),
        review_id=row.review_id,
        address=row.address,
        name=row.name,
        language=row.language,
        form=RecipientForm(row.form).value,
        added_at=row.added_at,
        left_at=row.left_at,
        taken_at=row.taken_at,
        refusals=row.refusals,
        refused_at=row.refused_at,
        refused_code=row.refused_code,
        refused_words=row.refused_words,
        bounces=row.bounces,
        bounced_at=row.bounced_at,
        bounced_status=row.bounced_status,
        bounced_words=row.bounced_words,
        paused_at=row.paused_at,
    )
