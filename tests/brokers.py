"""Real brokers for tests: Debian's NATS, Redis and RabbitMQ, ordinary processes on loopback with folders of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.1


class Broker:
    """A program that listens on `port` once it is started; it can be ended and started again, and has what it had."""

    def __init__(
        self, command: tuple[str, ...], port: int, environment: dict[str, str] | None = None
    ) -> None:
        self._command = command
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port

    def start(self) -> None:
        """Start it, and wait until it listens. Raises `TimeoutError`."""
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._listens():
            if time.monotonic() > end or self._process.poll() is not None:
                raise TimeoutError(f"{self._command[0]} does not start")
            time.sleep(LOOK_SECONDS)

    def end(self) -> None:
        """End it as its service manager would."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def _listens(self) -> bool:
        with socket.socket() as dialled:
            return dialled.connect_ex(("127.0.0.1", self.port)) == 0


async def entries_of(port: int, stream: str = "tocsin") -> list[dict[bytes, bytes]]:
    """Return the entries of a stream of a Redis server, oldest first."""
    async with Redis(port=port) as client:
        found: Any = await client.xrange(stream)
    return [entry for _id, entry in found]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _program(name: str, package: str, *folders: str) -> str:
    """Return a server's program. Where there is none, tests that need it are skipped, but fail in CI."""
    found = shutil.which(name) or next(
        (f"{path}/{name}" for path in folders if Path(path, name).exists()), None
    )
    if found is None:
        words = f"there is no {name} (apt-get install {package})"
        if os.environ.get("CI") == "true":
            raise FileNotFoundError(words)
        pytest.skip(words)
    return found


@contextmanager
def _running(broker: Broker) -> Iterator[Broker]:
    try:
        broker.start()
        yield broker
    finally:
        broker.end()


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[Broker]:
    """A NATS server with JetStream."""
    program, port = _program("nats-server", "nats-server", "/usr/sbin"), free_port()
    with _running(
        Broker((program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(tmp_path / "nats")), port)
    ) as broker:
        yield broker


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Broker]:
    """A Redis server that keeps what it is told."""
    program, port = _program("redis-server", "redis-server"), free_port()
    options = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp_path), "--appendonly", "yes")
    with _running(Broker((program, *options), port)) as broker:
        yield broker


@pytest.fixture
def rabbitmq_server(tmp_path: Path) -> Iterator[Broker]:
    """A RabbitMQ server. Its name server for Erlang's nodes is one of its own too, and ends with it."""
    program = _program("rabbitmq-server", "rabbitmq-server", "/usr/lib/rabbitmq/bin")
    program = "/usr/lib/rabbitmq/bin/rabbitmq-server" if Path("/usr/lib/rabbitmq/bin").is_dir() else program
    port, names = free_port(), free_port()
    environment = {
        "HOME": str(tmp_path),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "tocsin@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(tmp_path / "data"),
        "RABBITMQ_LOG_BASE": str(tmp_path / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(tmp_path / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(tmp_path / "none"),
        "RABBITMQ_PID_FILE": str(tmp_path / "pid"),
    }
    epmd = Broker((_program("epmd", "erlang-base"), "-port", str(names), "-address", "127.0.0.1"), names)
    with _running(epmd), _running(Broker((program,), port, environment)) as broker:
        yield broker
