"""What processes that were killed had sent: read in their journals, and recorded before anything is sent again."""

from __future__ import annotations

import asyncio

import structlog
from sqlmodel import Session

from alerts.delivery.journal import Journals, ReceiptNote
from storage.engine import Database
from storage.stores.outbox.attempts import (
    Tried,
    add_recipients,
    is_recorded,
    record_attempt,
    tell_reviews,
    uid_of,
)
from storage.tables import AttemptOutcome

log = structlog.get_logger(__name__)


async def recover(database: Database, journals: Journals) -> int:
    """Record what is in the journals of dead processes, then remove them; return how many notifications were recorded.

    Call it before what they had claimed is queued again.
    """
    return await asyncio.to_thread(recover_now, database, journals)


def recover_now(database: Database, journals: Journals) -> int:
    """Do what `recover` does, in the caller's thread."""
    with journals.left_behind() as lines:
        count = database.transact(record_taken, lines=lines) if lines else 0
    if count:
        log.info("what a killed process had sent is recorded", notifications=count)
    return count


def record_taken(session: Session, lines: list[ReceiptNote]) -> int:
    """Record what the database does not know yet; return how many notifications were recorded.

    A notification that has been deleted since, or is another one (a database put back from a copy), is left alone.
    """
    count = 0
    for line in lines:
        if uid_of(session, line.notification_id) != line.uid:
            continue
        if is_recorded(session, line.notification_id, line.started_at):
            continue
        if line.recipients:
            tell_reviews(session, line.notification_id, line.recipients, at=line.started_at)
        if line.ended_at is None:
            add_recipients(session, line.notification_id, line.recipients)
            continue
        tried = Tried(
            line.started_at,
            line.ended_at,
            line.duration,
            AttemptOutcome.SENT,
            line.status,
            line.response,
            recipients=line.recipients,
        )
        record_attempt(session, line.notification_id, tried, token=None)
        count += 1
    return count
