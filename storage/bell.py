"""A bell among the services of a PostgreSQL database (LISTEN and NOTIFY): one that has made work for others wakes them at once.

It only saves time. Whoever did not hear it, or has no way to hear it (a pooler stands between), finds the work at the next tick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import psycopg
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


class Bell:
    """`heard` is called at others' rings: whether all stages are meant, or those that hints wake."""

    def __init__(
        self,
        database: Database,
        service: str,
        *,
        heard: Callable[[bool], object],
        has_company: Callable[[], bool] = lambda: True,
    ) -> None:
        """`service` is our own name, whose rings are not heard; where there is no company, nobody is rung for."""
        self._database = database
        self._service = service
        self._heard = heard
        self._has_company = has_company
        self._arguments = None if database.is_sqlite else listening_arguments(database.url)
        self._rung = asyncio.Event()
        self._is_for_all = False
        self._pause: asyncio.TimerHandle | None = None
        self._missed: bool | None = None
        self.listens = asyncio.Event()
        """Set while rings of others would be heard."""

    def ring(self, to_all: bool = False) -> None:
        """Have the other services look for work, those stages too that only ticks wake where `to_all`."""
        if not self._database.is_sqlite and self._has_company():
            self._is_for_all |= to_all
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
            payload = f"{self._service} {_TO_ALL}" if self._is_for_all else self._service
            self._is_for_all = False
            with suppress(SQLAlchemyError):  # the stages tell of a database that fails
                await self._database.notify(CHANNEL, payload)
            await asyncio.sleep(AT_MOST_EVERY)

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (psycopg.Error, OSError) as error:
                log.debug("the bell is not heard; listening again", error=str(error).splitlines()[:1])
            finally:
                self.listens.clear()
            await asyncio.sleep(AGAIN)

    async def _hear(self) -> None:
        connection = await psycopg.AsyncConnection.connect(autocommit=True, **(self._arguments or {}))
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.listens.set()
            self._heard(True)  # what was rung meanwhile was not heard
            async for note in connection.notifies():
                service, _, to_whom = note.payload.partition(" ")
                if service != self._service:
                    self._tell(to_whom == _TO_ALL)

    def _tell(self, to_all: bool) -> None:
        """Tell of a ring, at once where none was just now, else a moment later."""
        if self._pause is not None:
            self._missed = to_all or bool(self._missed)
            return
        self._heard(to_all)
        self._pause = asyncio.get_running_loop().call_later(HEARD_AT_MOST_EVERY, self._pause_ended)

    def _pause_ended(self) -> None:
        self._pause, missed, self._missed = None, self._missed, None
        if missed is not None:
            self._tell(missed)
