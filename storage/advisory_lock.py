"""Work that one transaction does at a time, over all processes of a PostgreSQL database. SQLite has one writer anyway."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, text
from sqlmodel import Session

from storage.postgres import hold_nobody_up, wait_for_others

_OURS = 0x70C51
"""The first half of our locks' names, so that they are told from those of others in the same database."""


class AdvisoryLock(IntEnum):
    """What is done by one at a time. The numbers are the locks' names: they stay."""

    MIGRATING = 1
    PROVISIONING = 2
    STORIES = 3
    """Shared by grouping, which works on a shard at a time; held alone by what deletes articles and alerts, and by backfills."""
    JOURNAL = 4
    """Editing watch lists: a line that is committed late must not have a lower number than one that was read already."""
    TELLING = 5
    """Telling the operators of outlets: of several processes one does, and the others see that it has."""


def hold_lock(transaction: Session | Connection, work: AdvisoryLock) -> None:
    """Wait until no other transaction does this work, and keeps others waiting until this one ends.

    No table is locked: vacuum and backups go on meanwhile.
    """
    if is_postgresql(transaction):
        if work in (AdvisoryLock.MIGRATING, AdvisoryLock.PROVISIONING):
            wait_for_others(transaction)  # they may need minutes
        elif work is AdvisoryLock.STORIES:
            hold_nobody_up(transaction)
        transaction.execute(
            text("SELECT pg_advisory_xact_lock(:ours, :work)"), {"ours": _OURS, "work": work.value}
        )


def share_lock(transaction: Session | Connection, work: AdvisoryLock) -> None:
    """Wait until no transaction holds the lock alone, and keep those that want to waiting; others may share it."""
    if is_postgresql(transaction):
        transaction.execute(
            text("SELECT pg_advisory_xact_lock_shared(:ours, :work)"), {"ours": _OURS, "work": work.value}
        )


def is_postgresql(transaction: Session | Connection) -> bool:
    """Tells which of the two databases it is."""
    bind = transaction.get_bind() if isinstance(transaction, Session) else transaction
    return bind.dialect.name == "postgresql"
