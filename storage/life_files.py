"""Files beside the database that say which services of this machine live: each holds a lock on its own, which ends with it.

A lock that is free says for sure that its service is dead, where the file was made since this machine (its kernel) started. Of
others, whose folder may be shared over a network, it says nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from storage.engine import Database

log = structlog.get_logger(__name__)

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def files_beside(database: Database) -> tuple[Path, str]:
    """Return the folder for files of a database's services, and how their names begin.

    They lie beside a SQLite database, else in the working folder.
    """
    if database.path is not None:
        return database.path.absolute().parent, f"{database.path.name}."
    address = database.url.set(password=None).render_as_string()
    return Path.cwd(), f"tocsin-{hashlib.sha256(address.encode()).hexdigest()[:8]}."


def boot_id() -> str | None:
    """Return what tells this run of the kernel from all others; None where it can't be read, so that nothing is sure."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class LifeFiles:
    """Where the services of one database that run on this machine have their files."""

    folder: Path
    prefix: str
    boot: str | None

    @contextmanager
    def held(self, service: str) -> Iterator[None]:
        """Say that a service lives while the block runs. A folder that can't be written to is logged."""
        path = self._path(service)
        try:
            file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            log.warning(
                "no life file: if the service is killed, what it held is taken up after ten seconds",
                path=str(path),
                error=error.strerror,
            )
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            os.write(file, (self.boot or "").encode())
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(file)

    def dead(self) -> list[str]:
        """Return the services that are surely dead."""
        return [path.name.removeprefix(self.prefix) for path in self._free() if self._is_of_this_boot(path)]

    def tidy(self, known: Collection[str]) -> None:
        """Remove the files of dead services that the database knows no more."""
        for path in self._free():
            if path.name.removeprefix(self.prefix) not in known:
                path.unlink(missing_ok=True)

    def _path(self, service: str) -> Path:
        return self.folder / f"{self.prefix}{service}"

    def _free(self) -> list[Path]:
        return [path for path in sorted(self.folder.glob(f"{self.prefix}*")) if _is_free(path)]

    def _is_of_this_boot(self, path: Path) -> bool:
        return self.boot is not None and path.read_bytes() == self.boot.encode()


def life_files_of(database: Database) -> LifeFiles:
    """Return the place for a database's life files."""
    folder, prefix = files_beside(database)
    return LifeFiles(folder, f"{prefix}runs-", boot_id())


def _is_free(path: Path) -> bool:
    """Return whether nobody holds a file's lock. One that can't be opened is not known to be free."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
