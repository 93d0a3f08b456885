"""A bell among the services of a PostgreSQL database (LISTEN and NOTIFY): one that has made work for others wakes them at once.

It only saves time. Whoever did not hear it, or has no way to hear it (a pooler stands between), finds the work at the next tick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.engine import Database
from storage.postgres import listening_arguments

log = structlog.get_logger(__name__)

CHANNEL = "tocsin"
AT_MOST_EVERY = 0.05
"""Seconds: rings that come closer are one."""
HEARD_AT_MOST_EVERY = 0.1
"""Seconds: of many services that ring, each is woken no oftener."""
AGAIN = 2.0
"""Seconds after which a connection that failed is made anew."""
_TO_ALL = "all"
_OF = "of:"


@dataclass(frozen=True, slots=True)
class Ring:
    """Whom a ring means: the stages after those that did something, or where these are not told, every stage that hints wake."""

    stages: frozenset[str] | None = None
    to_all: bool = False
    """Whether those are meant too that only ticks wake; it then means every stage."""

    def __or__(self, other: Ring) -> Ring:
        """Return one ring in place of two."""
        is_told = self.stages is not None and other.stages is not None
        stages = (self.stages or frozenset()) | (other.stages or frozenset()) if is_told else None
        return Ring(stages, self.to_all or other.to_all)


def _written(ring: Ring) -> str:
    if ring.to_all:
        return _TO_ALL
    return "" if ring.stages is None else _OF + ",".join(sorted(ring.stages))


def _read(words: str) -> Ring:
    """Read a ring. What a newer version says otherwise means every stage that hints wake."""
    stages = frozenset(words.removeprefix(_OF).split(",")) if words.startswith(_OF) else None
    return Ring(stages, words == _TO_ALL)


class Bell:
    """`heard` is called at others' rings."""

    def __init__(
        self,
        database: Database,
        service: str,
        *,
        heard: Callable[[Ring], object],
        has_company: Callable[[], bool] = lambda: True,
    ) -> None:
        """`service` is our own name, whose rings are not heard; where there is no company, nobody is rung for."""
        self._database = database
        self._service = service
        self._heard = heard
        self._has_company = has_company
        self._arguments = None if database.is_sqlite else listening_arguments(database.url)
        self._rung = asyncio.Event()
        self._to_ring: Ring | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._missed: Ring | None = None
        self.listens = asyncio.Event()
        """Set while rings of others would be heard."""

    def ring(self, ring: Ring) -> None:
        """Have those stages of the other services that it means look for work."""
        if not self._database.is_sqlite and self._has_company():
            self._to_ring = _both(self._to_ring, ring)
            self._rung.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Ring and listen until `stop` is set."""
        if self._database.is_sqlite:
            return
        tasks = [asyncio.create_task(self._ring())]
        if self._arguments is not None:
            tasks.append(asyncio.create_task(self._listen()))
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ring(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            ring, self._to_ring = self._to_ring or Ring(), None
            with suppress(SQLAlchemyError):  # the stages tell of a database that fails
                await self._database.notify(CHANNEL, f"{self._service} {_written(ring)}")
            await asyncio.sleep(AT_MOST_EVERY)

    async def _listen(self) -> None:
        import psycopg  # here: a service on SQLite has no use for it, and it takes seven megabytes

        while True:
            try:
                await self._hear()
            except (psycopg.Error, OSError) as error:
                log.debug("the bell is not heard; listening again", error=str(error).splitlines()[:1])
            finally:
                self.listens.clear()
            await asyncio.sleep(AGAIN)

    async def _hear(self) -> None:
        import psycopg

        connection = await psycopg.AsyncConnection.connect(autocommit=True, **(self._arguments or {}))
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.listens.set()
            self._heard(Ring(to_all=True))  # what was rung meanwhile was not heard
            async for note in connection.notifies():
                service, _, words = note.payload.partition(" ")
                if service != self._service:
                    self._tell(_read(words))

    def _tell(self, ring: Ring) -> None:
        """Tell of a ring, at once where none was just now, else a moment later."""
        if self._pause is not None:
            self._missed = _both(self._missed, ring)
            return
        self._heard(ring)
        self._pause = asyncio.get_running_loop().call_later(HEARD_AT_MOST_EVERY, self._pause_ended)

    def _pause_ended(self) -> None:
        self._pause, missed, self._missed = None, self._missed, None
        if missed is not None:
            self._tell(missed)


def _both(earlier: Ring | None, ring: Ring) -> Ring:
    return ring if earlier is None else earlier | ring
