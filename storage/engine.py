"""The database: one engine to read, one to write, and the transactions on them.

SQLite (WAL) has one writer at a time, so writes begin with `BEGIN IMMEDIATE` and go through one thread: they queue here and
never fail half-way for a lock. Readers see the last commit and never wait. PostgreSQL has many writers: a transaction that lost a
race against another one, or waited too long for a lock, is begun again (`storage.postgres`). On both, a reader sees one moment's
state however often it asks. What waits to be written and must not be lost goes first (`writing_urgently`).
The event loop never waits for the database: `Database.reading` and `Database.writing` run a function in a thread.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from storage.addresses import masked
from storage.errors import StorageError
from storage.postgres import be_patient, lost_a_race, postgres_engine, with_hosts_apart
from storage.sealing import Sealer, give_sealer

KEY_FILE = "key_file"
"""How a URL names the file of the keys of what is sealed."""

T = TypeVar("T")
P = ParamSpec("P")

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for another process before it fails."""
ATTEMPTS = 5
"""So often a transaction is begun that others get in the way of."""
_BEGIN = "tocsin_begin"
"""The execution option that says how a transaction on SQLite begins, if it does."""

DATABASE_FAILS = (OperationalError, InternalError, InterfaceError, PoolTimeoutError)
"""Raised where the database itself can't do its work (locked, full, read-only, gone); what it refuses of a row raises others."""


class Database:
    """A database by its URL: `sqlite:///file.db` or `postgresql://user@host/name`.

    A transaction is a function of a `Session`: it commits when the function returns, rolls back when it raises.
    """

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self.key_file = key_file_of(url)
        self.name = secrets.token_hex(8)
        """What a service over it is called, and its sessions on PostgreSQL: made by chance."""
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _make_private(self.path)
            self._writer = _sqlite_engine(self.url)
            self._reader = self._writer.execution_options(**{_BEGIN: "BEGIN"})
        else:
            self._writer = postgres_engine(self.url, name=self.name)
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        give_sealer(self._writer.dialect, Sealer(Path(self.key_file)) if self.key_file else None)
        self._read_threads = ThreadPoolExecutor(4, thread_name_prefix="db-read")
        self._write_threads = ThreadPoolExecutor(1 if self.is_sqlite else 4, thread_name_prefix="db-write")
        self._urgent: deque[Callable[[], None]] = deque()
        self._waiting: deque[Callable[[], None]] = deque()

    @property
    def address(self) -> str:
        """Return what another process opens the same database by; the password is in it."""
        return with_key_file(self.url, self.key_file)

    @property
    def path(self) -> Path | None:
        """Return the file of a SQLite database, else None."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @property
    def engine(self) -> Engine:
        """Return the writing engine (for migrations and maintenance)."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads, and may take its time."""
        with Session(self._reader, expire_on_commit=False) as session:
            self._be_patient(session)
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that writes, and may take its time; commits at the end of the block."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            self._be_patient(session)
            yield session

    def _be_patient(self, session: Session) -> None:
        if not self.is_sqlite:
            be_patient(session)

    @contextmanager
    def outside_transactions(self) -> Iterator[Connection]:
        """Open a connection whose statements each stand alone, however long each takes (VACUUM is no part of one)."""
        with self._writer.connect() as connection:
            if self.is_sqlite:
                yield connection.execution_options(**{_BEGIN: None})
                return
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("SET statement_timeout = 0")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("RESET statement_timeout")

    async def reading(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `function(session, …)` in a reading transaction, off the event loop."""

        def run() -> T:
            return _begun_again(lambda: self._read_once(function, *args, **kwargs))

        return await asyncio.get_running_loop().run_in_executor(self._read_threads, copy_context().run, run)

    async def writing(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `function(session, …)` in a writing transaction, off the event loop.

        It is never left half-way: a caller that is cancelled stops waiting, the transaction still ends whole. Where another
        transaction got in its way, it is rolled back and `function` runs again: it must hold nothing from the first time.
        """
        return await self._queue(self._waiting, lambda session: function(session, *args, **kwargs))

    async def writing_urgently(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do as `writing`, before all that wait and are not urgent."""
        return await self._queue(self._urgent, lambda session: function(session, *args, **kwargs))

    async def _queue(self, queue: deque[Callable[[], None]], function: Callable[[Session], T]) -> T:
        result: Future[T] = Future()

        def run() -> None:
            if not result.set_running_or_notify_cancel():
                return
            try:
                value = self.transact(function)
            except BaseException as error:  # noqa: BLE001  (it is the caller's, raised where it waits)
                result.set_exception(error)
            else:
                result.set_result(value)

        context = copy_context()  # whose language errors are told in
        queue.append(lambda: context.run(run))
        self._write_threads.submit(self._run_next)
        return await asyncio.wrap_future(result)

    def transact(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do as `writing`, in the caller's thread and at once."""
        return _begun_again(lambda: self._write_once(function, *args, **kwargs))

    def _read_once(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with Session(self._reader, expire_on_commit=False) as session:
            return function(session, *args, **kwargs)

    def _write_once(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            return function(session, *args, **kwargs)

    def _run_next(self) -> None:
        """Run the transaction whose turn it is: each that is asked for brings one such call."""
        try:
            run = self._urgent.popleft()
        except IndexError:
            run = self._waiting.popleft()
        run()

    async def notify(self, channel: str, payload: str) -> None:
        """Send a PostgreSQL notification at once, off the event loop."""

        def run() -> None:
            with self._writer.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                    text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
                )

        await asyncio.get_running_loop().run_in_executor(self._read_threads, run)

    async def maintaining(self, work: Callable[[Database], None]) -> None:
        """Run `work`, which opens its own connections, off the event loop; on SQLite when no transaction of ours writes."""
        await asyncio.get_running_loop().run_in_executor(self._write_threads, work, self)

    def close(self) -> None:
        """End what is under way, then closes every connection."""
        self._write_threads.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self._writer.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_to_be_made(url: str) -> bool:
    """Return whether a URL names a SQLite file that is not there yet, in a folder that may be written. Raises `StorageError`."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return False
    path = Path(parsed.database)
    return not path.exists() and os.access(path.absolute().parent, os.W_OK)


def parse_url(url: str) -> URL:
    """Return the URL with its driver: psycopg 3 for PostgreSQL. Raises `StorageError` for any other database."""
    try:
        parsed = make_url(with_hosts_apart(url))
    except ArgumentError as error:
        raise StorageError(
            f"storage url {masked(url)!r} is not a database URL: try sqlite:///tocsin.db"
        ) from error
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.difference_update_query([KEY_FILE])
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg").difference_update_query([KEY_FILE])
        case other:
            raise StorageError(f"storage url: {other!r} is not supported; use sqlite:///… or postgresql://…")


def key_file_of(url: str) -> str:
    """Return the file of the keys of what is sealed, which a URL names beside the database; empty where it names none."""
    file = make_url(with_hosts_apart(url)).query.get(KEY_FILE, "")
    return file if isinstance(file, str) else file[-1]


def with_key_file(url: URL, key_file: str) -> str:
    """Return a database's URL with the file of the keys of what is sealed in it."""
    named = url.update_query_dict({KEY_FILE: key_file}) if key_file else url
    return named.render_as_string(hide_password=False)


def _begun_again(transaction: Callable[[], T]) -> T:
    """Run a transaction, and again where others got in its way."""
    for _ in range(ATTEMPTS - 1):
        try:
            return transaction()
        except DBAPIError as error:
            if not lost_a_race(error):
                raise
    return transaction()


def _make_private(path: Path | None) -> None:
    """Make a new database for its owner alone; SQLite gives the files beside it the same mode."""
    if path is None or path.name == ":memory:" or str(path).startswith("file:"):
        return
    if path.parent.is_dir() and not path.exists() and os.access(path.parent, os.W_OK):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _sqlite_engine(url: URL) -> Engine:
    """Make an engine whose transactions start as a writer's, or as `_BEGIN` says: the driver would start them late or never."""
    engine = create_engine(
        url,
        hide_parameters=True,  # an error's text must not hold what is stored
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        json_serializer=_write_json,
        json_deserializer=_read_json,
    )

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        if cursor.execute("PRAGMA page_count").fetchone() == (0,):  # else it would wait for whoever writes
            cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE")
        if begin is not None:
            connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _write_json(value: object) -> str:
    return "[]" if value == [] else json.dumps(value)


def _read_json(text: str) -> object:
    """Read JSON; the empty list, which is what most of a million aliases hold, without a parser."""
    return [] if text == "[]" else json.loads(text)
