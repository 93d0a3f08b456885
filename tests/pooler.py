"""A real PgBouncer by transaction before the tests' PostgreSQL: what belongs to a session is lost there, or somebody else's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

CONFIG = """
[databases]
{database} = host={folder} dbname={database} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
log_connections = 0
log_disconnections = 0
log_stats = 0
"""


@contextmanager
def pgbouncer(url: str, folder: Path) -> Iterator[str]:
    """Run a pooler before a database while the block does; give the database's address through it.

    Raises `FileNotFoundError` where there is none.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        raise FileNotFoundError("there is no pgbouncer (apt-get install pgbouncer)")
    parsed = make_url(url)
    sockets = Path(str(parsed.query["host"]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "pgbouncer.ini"
    config.write_text(
        CONFIG.format(database=parsed.database, folder=sockets, user=parsed.username, port=port)
    )
    # root may not run it, and whose the sockets are may see them: the settings come by a pipe, for its eyes too
    user = sockets.owner() if os.geteuid() == 0 else None
    with (
        config.open("rb") as settings,
        subprocess.Popen(
            (program, "/dev/stdin"), stdin=settings, stderr=subprocess.PIPE, user=user, text=True
        ) as process,
    ):
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "process up" in line:
                break
        else:
            raise RuntimeError("".join(said))
        try:
            yield f"postgresql://{parsed.username}@127.0.0.1:{port}/{parsed.database}?pgbouncer=true"
        finally:
            process.terminate()


@pytest.fixture
def pooled_url(upgraded_postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """An empty database behind PgBouncer. Where there is none, tests that need it are skipped, but fail in CI."""
    try:
        with pgbouncer(upgraded_postgres_url, tmp_path) as url:
            yield url
    except FileNotFoundError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
