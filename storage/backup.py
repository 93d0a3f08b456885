"""A copy of a database in a SQLite file, taken while the service works: consistent, checked, whole or not there at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.copying import copy
from storage.engine import Database, parse_url, with_key_file
from storage.errors import StorageError

_PAGES = 2_000
"""Copied at a time: between two such steps others may write, and the copy then begins anew where they did."""


def backup(database: Database, target: Path) -> int:
    """Write a copy of the database to `target`, which must not exist yet; gives its size in bytes.

    The copy is one moment's state, readable by its owner alone, and has passed SQLite's own check; that of a PostgreSQL database
    was compared with it row by row. To restore it, stop the service and put the file in the database's place, or copy it into an
    empty PostgreSQL database (`storage.copying`). Raises `StorageError`.
    """
    if target.exists():
        raise StorageError(f"{target} exists already: name a file that does not")
    part = target.with_name(f".{target.name}.part")
    name = database.url.render_as_string(hide_password=True)
    try:
        _remove(part)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if database.path is not None:
            _copy_file(database.path, part)
        else:
            with Database(with_key_file(parse_url(f"sqlite:///{part}"), database.key_file)) as new:
                copy(database, new)
        with closing(sqlite3.connect(part)) as written:
            problem = written.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise StorageError(f"the copy of {name} is damaged ({problem}); the database may be too")
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"can't back up {name} to {target}: {error}") from error
    finally:
        _remove(part)
    return target.stat().st_size


def _copy_file(source: Path, part: Path) -> None:
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(part)) as new:
        original.execute("BEGIN")  # one state for the whole copy, whoever writes meanwhile
        original.execute("SELECT 1 FROM sqlite_master").fetchone()
        original.backup(new, pages=_PAGES, sleep=0)


def _remove(part: Path) -> None:
    for end in ("", "-wal", "-shm", ".lock"):
        part.with_name(part.name + end).unlink(missing_ok=True)
