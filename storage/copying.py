"""A whole database copied into another, SQLite to PostgreSQL or back: counted, checked, whole or not there at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Integer, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from storage.advisory_lock import is_postgresql
from storage.engine import Database
from storage.errors import StorageError
from storage.lock import exclusive
from storage.migrate import current_revision, newest_revision, upgrade
from storage.tables import RunningService, SchemaFloor

AT_ONCE = 500
"""Rows of one statement."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that was copied."""

    name: str
    rows: int
    checksum: str
    """Of all rows, in whatever order: the same where they are."""


def copy(
    source: Database, target: Database, *, on_table: Callable[[CopiedTable], None] = lambda _table: None
) -> list[CopiedTable]:
    """Copy every row of `source`, one moment's state, into `target`, which must be empty; return what was copied.

    The target is brought to the newest revision first; the source must have it. Each table is read back from the target, and
    counted and compared before anything is committed. Raises `StorageError`; then the target has no rows.
    """
    if source.url == target.url:
        raise StorageError("source and target are the same database")
    with ExitStack() as stack:
        stack.enter_context(exclusive(source))
        upgrade(target)
        stack.enter_context(exclusive(target))
        read = stack.enter_context(source.read()).connection()
        _check_revision(source, read)
        write = stack.enter_context(target.write()).connection()
        _check_empty(target, write)
        copied = []
        for table in _tables():
            copied.append(_copy_table(table, read, write, target))
            on_table(copied[-1])
        return copied


def _tables() -> list[Table]:
    """Return what is copied, in order: all but which services run, and what migrations wrote in the target itself."""
    own = {str(table.__tablename__) for table in (RunningService, SchemaFloor)}
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in own]


def _check_revision(source: Database, read: Connection) -> None:
    revision, newest = current_revision(read), newest_revision()
    if revision != newest:
        raise StorageError(
            f"{_shown(source)} has revision {revision}, and {newest} is needed: run tocsin db upgrade on it first"
        )


def _check_empty(target: Database, write: Connection) -> None:
    for table in _tables():
        if count := write.execute(select(func.count()).select_from(table)).scalar_one():
            raise StorageError(
                f"{_shown(target)} is not empty (the table {table.name} has {count} rows): name a database that is"
            )


def _copy_table(table: Table, read: Connection, write: Connection, target: Database) -> CopiedTable:
    """Copy a table, sets where its numbers go on, and compares.

    Columns that point into the table itself are filled once all its rows are there.
    """
    own = [
        column.name
        for column in table.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]
    checksum, count = 0, 0
    pointing: list[Row] = []
    try:
        for rows in _batched(_rows(table, read)):
            for row in rows:
                checksum += _fingerprint(row)
                count += 1
                if any(row[name] is not None for name in own):
                    pointing.append({"this": row["id"], **{f"to_{name}": row[name] for name in own}})
            write.execute(insert(table), [{**row, **dict.fromkeys(own)} for row in rows])
        for some in _batched(iter(pointing)):
            to: dict[str, Any] = {name: bindparam(f"to_{name}") for name in own}
            write.execute(update(table).where(table.c.id == bindparam("this")).values(to), some)
        _set_sequence(table, write)
        found = [_fingerprint(row) for row in _rows(table, write)]
    except SQLAlchemyError as error:
        raise StorageError(
            f"the table {table.name} can't be copied to {_shown(target)}: {str(error).splitlines()[0]}"
        ) from error
    if (len(found), _shortened(sum(found))) != (count, _shortened(checksum)):
        raise StorageError(
            f"the table {table.name} came out otherwise than it is: {count} rows were read, {len(found)} are there, "
            "and they must be the same. Nothing was kept."
        )
    return CopiedTable(table.name, count, _shortened(checksum))


def _rows(table: Table, connection: Connection) -> Iterator[Row]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    return (dict(row) for row in connection.execute(query).mappings())


def _batched(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _set_sequence(table: Table, write: Connection) -> None:
    """Has PostgreSQL go on counting after the largest number; SQLite does so by itself."""
    key = table.c.get("id")
    if key is None or not isinstance(key.type, Integer) or not is_postgresql(write):
        return
    write.execute(
        text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :next, false)"),
        {"name": table.name, "next": (write.execute(select(func.max(key))).scalar_one() or 0) + 1},
    )


def _fingerprint(row: Row) -> int:
    """Return a number that is the same for the same row, whichever database it comes from."""
    written = json.dumps(row, sort_keys=True, ensure_ascii=False, default=_as_text)
    return int.from_bytes(hashlib.blake2b(written.encode(errors="surrogatepass"), digest_size=16).digest())


def _as_text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value) and not isinstance(value, type):  # of a typed JSON column
        return json.dumps(asdict(value), sort_keys=True, ensure_ascii=False)
    raise TypeError(f"no text for {type(value).__name__}")


def _shortened(checksum: int) -> str:
    return f"{checksum % 2**128:032x}"


def _shown(database: Database) -> str:
    return database.url.render_as_string(hide_password=True)
