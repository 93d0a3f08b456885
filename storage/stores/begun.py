"""Which editable outlets and watch lists of the settings file are in the database, or were: each is begun once."""

from __future__ import annotations

from sqlmodel import Session

from storage.tables import Begun
from storage.tables.begun import BegunKind
from storage.upserts import insert_or_ignore


def was_begun(session: Session, kind: BegunKind, name: str) -> bool:
    """Return whether the file has begun this before: it may have another name by now, or be removed."""
    return session.get(Begun, (kind, name)) is not None


def note_begun(session: Session, kind: BegunKind, name: str) -> None:
    """Note that the file has begun this."""
    session.connection().execute(insert_or_ignore(session, Begun), {"kind": kind, "name": name})
