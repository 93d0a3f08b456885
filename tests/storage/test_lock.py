"""One service on one SQLite database."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from storage.engine import Database
from storage.errors import DatabaseInUseError, StorageError
from storage.lock import exclusive

HOLD = """
import sys
from storage.engine import Database
from storage.lock import exclusive
with Database(sys.argv[1]) as database, exclusive(database):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_holder_is_refused_and_told_of_the_first(sqlite_database: Database) -> None:
    with (
        exclusive(sqlite_database),
        pytest.raises(DatabaseInUseError, match=rf"in use by process {os.getpid()}"),
        exclusive(sqlite_database),
    ):
        pass


def test_lock_can_be_had_again(sqlite_database: Database) -> None:
    for _ in range(2):
        with exclusive(sqlite_database):
            pass


def test_lock_of_a_killed_process_is_free(sqlite_database: Database) -> None:
    url = sqlite_database.url.render_as_string()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatabaseInUseError, match=f"process {holder.pid}"), exclusive(sqlite_database):
            pass
        holder.kill()
        holder.wait()
    with exclusive(sqlite_database):
        pass


def test_lock_that_cannot_be_written_is_told_with_what_to_do(sqlite_database: Database) -> None:
    assert sqlite_database.path is not None
    lock = sqlite_database.path.with_name(f"{sqlite_database.path.name}.lock")
    lock.mkdir()
    with (
        pytest.raises(
            StorageError,
            match=r"\.lock can't be written: Is a directory.*write to the folder of \[storage\] url",
        ),
        exclusive(sqlite_database),
    ):
        pass
