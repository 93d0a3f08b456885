"""One `tocsin run` at a time on a SQLite database, by an advisory lock that dies with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from storage.engine import Database
from storage.errors import DatabaseInUseError, StorageError


@contextmanager
def exclusive(database: Database) -> Iterator[None]:
    """Hold the database for this process while the block runs. PostgreSQL is shared, so nothing is held there.

    Raises `DatabaseInUseError`, naming the other process, where one holds it; `StorageError` where the lock can't be made.
    """
    path = database.path
    if path is None:
        yield
        return
    lock = path.with_name(path.name + ".lock")
    with _opened(lock) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseInUseError(_message(path, lock)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _opened(lock: Path) -> TextIO:
    try:
        return lock.open("a+")
    except OSError as error:
        raise StorageError(
            f"the database's lock {lock} can't be written: {error.strerror}. "
            "Whoever runs Tocsin must be able to write to the folder of [storage] url and to what is in it."
        ) from error


def _message(path: Path, lock: Path) -> str:
    holder = lock.read_text().strip()
    process = f"process {holder}" if holder.isdigit() else "another process"
    return (
        f"the database {path} is in use by {process}: a Tocsin already runs on it. "
        "Stop that one first, or give this one another [storage] url."
    )
