"""A copy of a SQLite database, taken while the service works: consistent, checked, whole or not there at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.engine import Database
from storage.errors import StorageError

_PAGES = 2_000
"""Copied at a time: between two such steps others may write, and the copy then begins anew where they did."""


def backup(database: Database, target: Path) -> int:
    """Writes a copy of the database to `target`, which must not exist yet; gives its size in bytes.

    The copy is one moment's state, readable by its owner alone, and has passed SQLite's own check. To restore it, stop the
    service and put the file in the database's place. Raises `StorageError`.
    """
    source = database.path
    if source is None:
        url = database.url.render_as_string(hide_password=True)
        raise StorageError(f"{url} is not a SQLite file: back it up with PostgreSQL's own pg_dump")
    if target.exists():
        raise StorageError(f"{target} exists already: name a file that does not")
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(part)) as copy:
            original.execute("BEGIN")  # one state for the whole copy, whoever writes meanwhile
            original.execute("SELECT 1 FROM sqlite_master").fetchone()
            original.backup(copy, pages=_PAGES, sleep=0)
            problem = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise StorageError(f"the copy of {source} is damaged ({problem}); the database may be too")
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"can't back up {source} to {target}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size
