"""Attempts: what came of each try at sending a notification, and the state that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, tuple_, update
from sqlmodel import Session, SQLModel, col, select

from storage.rows import id_of
from storage.stores.outbox.notifications import NotificationClaim
from storage.stores.reviews.recipients import note_answers
from storage.tables import Attempt, AttemptOutcome, Notification, NotificationKind, NotificationState
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class Tried:
    """One try: what is stored of it. `next_due` is when a passing failure is tried again; None where it is given up."""

    started_at: datetime
    ended_at: datetime
    duration: timedelta
    outcome: AttemptOutcome
    status: int | None = None
    response: str = ""
    error: Trouble | None = None
    next_due: datetime | None = None
    recipients: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """What became of it at each recipient: code and words."""


_row, _attempt_row = (SQLModel.metadata.tables[table] for table in ("notification", "attempt"))
_SENT = (
    update(_row)
    .where(
        _row.c.id.in_(bindparam("numbers", expanding=True)),  # by the key: pairs alone would be sought
        tuple_(_row.c.id, _row.c.lease_token).in_(bindparam("held", expanding=True)),
        _row.c.state == NotificationState.SENDING,
    )
    .values(
        state=NotificationState.SENT,
        attempts=_row.c.attempts + 1,
        sent_at=bindparam("ended_at"),
        last_error=None,
        lease_until=None,
        lease_owner=None,
        stranded=0,
    )
    .returning(_row.c.id)
)
_RECIPIENTS = update(_row).where(_row.c.id == bindparam("number")).values(recipients=bindparam("said"))
_ATTEMPTS = insert(_attempt_row)
"""Built once: making such statements anew takes longer than running them."""


def record_sent(
    session: Session, sent: Sequence[tuple[NotificationClaim, Tried]]
) -> list[tuple[NotificationClaim, Tried]]:
    """Store the common case, success, of many notifications at once, in two or three statements past the object mapper.

    Gives those it left alone, which `record_attempt` then takes: digests, and such as another process took over meanwhile.
    """
    plain = {
        claim.notification_id: (claim, tried)
        for claim, tried in sent
        if claim.kind is not NotificationKind.DIGEST
    }
    if not plain:
        return list(sent)
    connection = session.connection()
    ended_at = max(tried.ended_at for _, tried in plain.values())
    held = [(claim.notification_id, claim.token) for claim, _ in plain.values()]
    found = connection.execute(_SENT, {"numbers": list(plain), "held": held, "ended_at": ended_at})
    done = [plain[number] for number in found.scalars()]
    if done:
        connection.execute(
            _ATTEMPTS,
            [_attempt(claim.notification_id, tried, claim.attempts + 1) for claim, tried in done],
        )
    told = [
        {"number": claim.notification_id, "said": _told(claim.recipients, tried.recipients)}
        for claim, tried in done
        if tried.recipients
    ]
    if told:
        connection.execute(_RECIPIENTS, told)
    session.expire_all()
    ours = {claim.notification_id for claim, _ in done}
    return [(claim, tried) for claim, tried in sent if claim.notification_id not in ours]


def record_attempt(
    session: Session, notification_id: int, tried: Tried, *, token: int | None
) -> NotificationState:
    """Store one attempt and the state that follows from it, for a digest also those of its members; gives that state.

    Where the notification was claimed anew meanwhile (`token` is another's by now, or None: no claim stands), only success
    changes its state: what has arrived is not sent again.
    """
    row = session.exec(
        select(Notification)
        .where(col(Notification.id) == notification_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.attempts += 1
    session.add(Attempt(**_attempt(notification_id, tried, row.attempts)))
    row.stranded = 0
    if tried.recipients:
        row.recipients = _told(row.recipients, tried.recipients)
    is_ours = row.state is NotificationState.SENDING and row.lease_token == token
    if tried.outcome is AttemptOutcome.SENT:
        row.sent_at = row.sent_at or tried.ended_at
        _end(session, row, NotificationState.SENT, error=None)
    elif is_ours and tried.next_due is not None:
        row.state, row.due_at, row.last_error = NotificationState.QUEUED, tried.next_due, tried.error
        row.lease_until = row.lease_owner = None
    elif is_ours:
        _end(session, row, NotificationState.FAILED, error=tried.error)
    session.flush()
    return row.state


def uid_of(session: Session, notification_id: int) -> str | None:
    """Return the uid of a notification; None where it is no more."""
    return session.exec(select(Notification.uid).where(col(Notification.id) == notification_id)).first()


def is_recorded(session: Session, notification_id: int, started_at: datetime) -> bool:
    """Return whether the attempt that began then is stored."""
    found = select(Attempt.id).where(
        col(Attempt.notification_id) == notification_id, col(Attempt.started_at) == started_at
    )
    return session.exec(found).first() is not None


def add_recipients(session: Session, notification_id: int, recipients: Mapping[str, tuple[int, str]]) -> None:
    """Store what some recipients' servers said in an attempt that did not end: a later one leaves them out."""
    row = session.get_one(Notification, notification_id, with_for_update=True)
    row.recipients = _told(row.recipients, recipients)
    session.flush()


def tell_reviews(
    session: Session, notification_id: int, recipients: Mapping[str, tuple[int, str]], *, at: datetime
) -> None:
    """Note with a review's own recipients what their servers said of a notification, if it is one that was sent to them."""
    found = select(Notification.payload).where(
        col(Notification.id) == notification_id, Notification.kind == NotificationKind.REVIEW
    )
    payload = session.exec(found).first()
    if payload is not None and "to" in payload:
        note_answers(session, payload["review_id"], recipients, at=at)


def fail(session: Session, notification_id: int, reason: Trouble) -> None:
    """Make a notification that can't be sent at all a dead letter."""
    _end(session, session.get_one(Notification, notification_id), NotificationState.FAILED, error=reason)
    session.flush()


def _end(session: Session, row: Notification, state: NotificationState, *, error: Trouble | None) -> None:
    row.state, row.last_error = state, error
    row.lease_until = row.lease_owner = None
    if row.kind is NotificationKind.DIGEST:
        session.exec(
            update(Notification)
            .where(col(Notification.digest_id) == id_of(row))
            .values(state=state, sent_at=row.sent_at, last_error=error)
        )


def _attempt(notification_id: int, tried: Tried, number: int) -> dict[str, Any]:
    return {
        "notification_id": notification_id,
        "number": number,
        "started_at": tried.started_at,
        "duration_ms": round(tried.duration / timedelta(milliseconds=1)),
        "outcome": tried.outcome,
        "status": tried.status,
        "response": tried.response,
        "error": tried.error,
    }


def _told(before: Mapping[str, Any], now: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    return {**before, **{who: list(said) for who, said in now.items()}}
