"""The bell among services: a ring is heard at once by the others, and by nobody where it can't be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from storage.bell import Bell, Ring
from storage.engine import Database
from storage.postgres import listening_arguments

TO_ALL = Ring(to_all=True)


class Heard:
    """What a service heard."""

    def __init__(self) -> None:
        self.rings: list[Ring] = []
        self._came = asyncio.Event()

    def __call__(self, ring: Ring) -> None:
        self.rings.append(ring)
        self._came.set()

    async def next(self) -> Ring:
        async with asyncio.timeout(60):
            await self._came.wait()
        self._came.clear()
        return self.rings[-1]


@asynccontextmanager
async def service(url: str, name: str, heard: Heard, *, listens: bool = True) -> AsyncIterator[Bell]:
    """Have a service ring and listen; begin once it does."""
    with Database(url) as database:
        bell, stop = Bell(database, name, heard=heard), asyncio.Event()
        running = asyncio.create_task(bell.run(stop))
        if listens:
            async with asyncio.timeout(60):
                await bell.listens.wait()
            assert await heard.next() == TO_ALL  # what was rung before
        try:
            yield bell
        finally:
            stop.set()
            await running


async def test_ring_is_heard_by_the_others_alone(upgraded_postgres_url: str) -> None:
    heard = [Heard() for _ in range(3)]
    async with AsyncExitStack() as stack:
        bells = [
            await stack.enter_async_context(service(upgraded_postgres_url, f"s{number}", one))
            for number, one in enumerate(heard)
        ]
        for ring in (Ring(), Ring(frozenset({"search index", "polling"}))):
            bells[0].ring(ring)
            assert [await one.next() for one in heard[1:]] == [ring, ring]
        bells[1].ring(TO_ALL)
        assert await heard[0].next() == TO_ALL
    assert heard[0].rings == [TO_ALL, TO_ALL]


async def test_rings_that_come_together_are_one_and_none_is_lost(upgraded_postgres_url: str) -> None:
    heard = Heard()
    async with (
        service(upgraded_postgres_url, "listener", heard),
        service(upgraded_postgres_url, "ringer", Heard()) as ringer,
    ):
        for stages in ({"polling"}, {"pages"}, {"polling"}):
            ringer.ring(Ring(frozenset(stages)))
        assert await heard.next() == Ring(frozenset({"polling", "pages"}))
        for number in range(100):
            ringer.ring(Ring(to_all=number == 50))
        assert await heard.next() == TO_ALL
        ringer.ring(Ring(frozenset({"pages"})))
        ringer.ring(Ring())
        assert await heard.next() == Ring()
    assert len(heard.rings) == 4


async def test_bell_is_heard_again_after_the_connection_was_cut(
    upgraded_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.bell.AGAIN", 0.01)
    heard = Heard()
    async with service(upgraded_postgres_url, "listener", heard):
        with psycopg.connect(upgraded_postgres_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query = 'LISTEN tocsin' AND datname = current_database()"
            )
        assert await heard.next()  # it looks for what was rung meanwhile


async def test_behind_a_pooler_a_way_past_it_is_listened_on(
    pooled_url: str, upgraded_postgres_url: str, tmp_path: Path
) -> None:
    sockets = make_url(upgraded_postgres_url).query["host"]
    heard = Heard()
    async with (
        service(f"{pooled_url}&direct={sockets}", "listener", heard),
        service(pooled_url, "ringer", Heard(), listens=False) as ringer,
    ):
        ringer.ring(Ring())
        assert await heard.next() == Ring()


async def test_where_nobody_else_is_or_on_sqlite_nothing_is_rung(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 't.db'}") as database:
        bell, stop = Bell(database, "own", heard=Heard()), asyncio.Event()
        bell.ring(Ring())
        await bell.run(stop)
        assert not bell.listens.is_set()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("postgresql://u:p@h:5432/db", "h", id="no pooler"),
        pytest.param("postgresql://u:p@pool:6432/db?pgbouncer=true&direct=h:5433", "h", id="a way past it"),
    ],
)
def test_listening_goes_to_the_server_itself(url: str, host: str) -> None:
    arguments = listening_arguments(make_url(url))
    assert arguments is not None
    assert (arguments["host"], arguments["user"], arguments["password"]) == (host, "u", "p")
    assert "tcp_keepalives_idle" in arguments["options"]  # else the server keeps a listener that was cut off
    assert not {"direct", "pgbouncer"} & arguments.keys()


def test_pooler_without_a_way_past_it_is_not_listened_on() -> None:
    assert listening_arguments(make_url("postgresql://u@pool:6432/db?pgbouncer=true")) is None
