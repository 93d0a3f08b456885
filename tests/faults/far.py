"""Databases that are reached over a network: by a way that can be cut, and on a primary with its standby."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from typing_extensions import override

from tests.faults.places import PostgresPlace
from tests.faults.relay import Relay
from tests.faults.servers import Server

LOOK_SECONDS = 0.2


class RelayedPlace(PostgresPlace):
    """A database that the service called `cut_off` reaches through a relay, all others straight."""

    cut_off = "second"

    def __init__(self, server: Server) -> None:
        super().__init__(f"{server.url}?sslmode=disable")
        self.relay = Relay("127.0.0.1", server.port)
        self._straight, self._relayed = f":{server.port}/", f":{self.relay.port}/"

    @override
    def url_of(self, name: str) -> str:
        url = super().url_of(name)
        return url.replace(self._straight, self._relayed) if name == self.cut_off else url

    @override
    async def __aenter__(self) -> Self:
        await self.relay.__aenter__()
        return self

    @override
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.relay.__aexit__(kind, error, trace)

    def wait_until_cut_off(self) -> None:
        """Wait until the server knows no session any more of the service that is cut off."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            while connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE split_part(application_name, '/', 1) = %s",
                (self.cut_off,),
            ).fetchone():
                time.sleep(LOOK_SECONDS)


class PairPlace(PostgresPlace):
    """A database on two servers: whoever connects is led to the one that takes writes."""

    def __init__(self, primary: Server, standby: Server) -> None:
        super().__init__(f"{primary.url}?sslmode=disable")
        self._primary, self._standby = primary, standby
        self.url = (
            f"postgresql://postgres@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/faults"
            "?sslmode=disable&target_session_attrs=read-write"
        )

    async def fail_over(self, seconds: float) -> None:
        """Kill the primary; after a while the standby is promoted."""
        await asyncio.to_thread(self._primary.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._standby.promote)
        self._primary, self._standby = self._standby, self._primary

    async def repair(self) -> None:
        """Have the server that was killed follow the one that was promoted."""
        await asyncio.to_thread(self._standby.follow, self._primary)


@contextmanager
def relayed() -> Iterator[RelayedPlace]:
    """Run a server while the block does, and a way to it that can be cut."""
    with _servers("one") as (server,):
        yield RelayedPlace(server)


@contextmanager
def pair() -> Iterator[PairPlace]:
    """Run two servers while the block does, one of which follows the other."""
    with _servers("one", "two") as (primary, standby):
        standby.follow(primary)
        yield PairPlace(primary, standby)


@contextmanager
def _servers(*names: str) -> Iterator[list[Server]]:
    """Make servers; the first is started."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="tocsin-faults-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        servers = [Server(folder / name) for name in names]
        for server in servers:
            stack.callback(server.kill)
        servers[0].make()
        servers[0].start()
        yield servers
