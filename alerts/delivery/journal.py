"""The journal: a file that says what receivers took, until the database says so too.

A commit takes milliseconds, and a process that is killed before it would send again what the receiver has. A line added to a file
takes microseconds, and the kernel keeps it though the process dies. Nothing is synced to the disk: after a power failure a
notification may still be sent twice, under the same uid.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from storage.engine import Database
from storage.life_files import files_beside

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReceiptNote:
    """One line: the receiver took the notification or, where `ended_at` is missing, so far only what `recipients` says."""

    notification_id: int
    uid: str
    started_at: datetime
    ended_at: datetime | None = None
    duration: timedelta = timedelta()
    status: int | None = None
    response: str = ""
    recipients: Mapping[str, tuple[int, str]] = field(default_factory=dict)


_LINE = TypeAdapter(ReceiptNote)


class Journal:
    """One process's journal. The lock on it says that the process lives, and ends with it."""

    def __init__(self, path: Path) -> None:
        """Make the file, for its owner alone. Raises `OSError` where that can't be done."""
        self._path = path
        self._file = _open_locked(path)
        self._open: set[str] = set()

    def add(self, taken: ReceiptNote) -> None:
        """Add a line. A full disk is logged; what was taken is then known once the database says so."""
        self._open.add(taken.uid)
        line = b"\n" + _LINE.dump_json(
            taken, exclude_defaults=True
        )  # after one that a full disk cut off, too
        try:
            os.write(self._file, line)
        except OSError as error:
            log.error("what a receiver took could not be noted", uid=taken.uid, error=str(error))

    def settle(self, uid: str) -> None:
        """Says that the database has it, or never will. Once nothing is open, the file is emptied."""
        if uid in self._open:
            self._open.discard(uid)
            if not self._open:
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Remove the file, unless something in it is open: then the next process reads it."""
        if not self._open:
            self._path.unlink(missing_ok=True)
        os.close(self._file)


@dataclass(frozen=True, slots=True)
class Journals:
    """Where the processes that share a database on one machine keep their journals."""

    folder: Path
    prefix: str

    def open(self) -> Journal | None:
        """Make a journal for this process; None, which is logged, where the folder can't be written to."""
        path = self.folder / f"{self.prefix}{secrets.token_hex(4)}"
        try:
            return Journal(path)
        except OSError as error:
            log.warning(
                "no journal of what receivers took: if the service is killed, some may be sent again",
                error=str(error),
            )
            return None

    @contextmanager
    def left_behind(self) -> Iterator[list[ReceiptNote]]:
        """Return what processes noted that live no longer; once the block has ended well, their files are removed."""
        with ExitStack() as locks:
            dead = [
                path
                for path in sorted(self.folder.glob(f"{self.prefix}*"))
                if locks.enter_context(_locked_if_dead(path))
            ]
            yield [line for path in dead for line in _read(path)]
            for path in dead:
                path.unlink(missing_ok=True)


def journals_of(database: Database) -> Journals:
    """Return the place for a database's journals: beside a SQLite file, else in the working folder."""
    folder, prefix = files_beside(database)
    return Journals(folder, f"{prefix}sent-")


def _open_locked(path: Path) -> int:
    while True:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file).st_nlink:
            return file
        os.close(file)  # another process took it for a dead one's before it was locked


@contextmanager
def _locked_if_dead(path: Path) -> Iterator[bool]:
    """Return whether a journal's process lives no longer, and locks the journal while the block runs."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:  # its process has just ended, or another one has read it
        yield False
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield os.fstat(file).st_nlink > 0
    finally:
        os.close(file)


def _read(path: Path) -> Iterator[ReceiptNote]:
    """Read the lines; one that was torn off, or is none of ours, is left out."""
    for line in filter(None, path.read_bytes().split(b"\n")):
        try:
            yield _LINE.validate_json(line)
        except ValidationError:
            log.warning("a line of a journal can't be read", path=path.name)
