"""Inserts that meet rows of the same key: they leave them, put values in their place, or add to them. For both databases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Insert, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from storage.advisory_lock import is_postgresql


def table_of(model: type[SQLModel]) -> Table:
    """Return a model's table."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def add_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows past the object mapper where nobody asks for their ids: many in one statement on both databases."""
    if rows:
        session.connection().execute(insert(table_of(model)), list(rows))


def insert_or_ignore(session: Session, model: type[SQLModel]) -> Insert:
    """Return an insert that leaves rows of the same key as they are."""
    return _insert(session, model).on_conflict_do_nothing()


def insert_or_update(
    session: Session, model: type[SQLModel], keys: Collection[str], columns: Collection[str]
) -> Insert:
    """Return an insert that puts these columns' values in the place of those that a row of the same key has."""
    wanted = _insert(session, model)
    return wanted.on_conflict_do_update(
        index_elements=list(keys), set_={name: wanted.excluded[name] for name in columns}
    )


def insert_or_add(
    session: Session, model: type[SQLModel], keys: Collection[str], columns: Collection[str]
) -> Insert:
    """Return an insert that adds these columns' values to those that a row of the same key has."""
    wanted, table = _insert(session, model), table_of(model)
    return wanted.on_conflict_do_update(
        index_elements=list(keys), set_={name: table.c[name] + wanted.excluded[name] for name in columns}
    )


def _insert(session: Session, model: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
    return (postgresql.insert if is_postgresql(session) else sqlite.insert)(table_of(model))
