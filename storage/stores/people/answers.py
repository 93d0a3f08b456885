"""Answers kept for calls that are repeated under the same Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, or_, select

from storage.tables import KeptAnswer

ANSWERS_KEPT = timedelta(hours=24)
"""How long a call with the same Idempotency-Key gets the same answer."""
RUNS_AT_MOST = timedelta(minutes=5)
"""A call without an answer after that time died with its process."""


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """What an earlier call under this key was answered with; `status` is None while it is under way."""

    fingerprint: str
    status: int | None
    content_type: str
    location: str
    body: bytes | None


def begin_answer(
    session: Session, caller: str, key: str, fingerprint: str, *, now: datetime
) -> EarlierAnswer | None:
    """Return what is kept for this key, or None where the call is new: it is then noted as running."""
    session.execute(
        delete(KeptAnswer).where(
            or_(
                col(KeptAnswer.created_at) < now - ANSWERS_KEPT,
                col(KeptAnswer.status).is_(None) & (col(KeptAnswer.created_at) < now - RUNS_AT_MOST),
            )
        )
    )
    known = session.exec(select(KeptAnswer).where(KeptAnswer.caller == caller, KeptAnswer.key == key)).first()
    if known is None:
        session.add(KeptAnswer(caller=caller, key=key, fingerprint=fingerprint, created_at=now))
        session.flush()
        return None
    return EarlierAnswer(known.fingerprint, known.status, known.content_type, known.location, known.body)


def keep_answer(
    session: Session, caller: str, key: str, *, status: int, content_type: str, location: str, body: bytes
) -> None:
    """Keep the answer to a call."""
    session.execute(
        update(KeptAnswer)
        .where(col(KeptAnswer.caller) == caller, col(KeptAnswer.key) == key)
        .values(status=status, content_type=content_type, location=location, body=body)
    )


def forget_answer(session: Session, caller: str, key: str) -> None:
    """Forget a call that came to nothing: it may be tried again."""
    session.execute(delete(KeptAnswer).where(col(KeptAnswer.caller) == caller, col(KeptAnswer.key) == key))
