"""The gate before a host: a request that no claim stands for waits for its turn like every other.

The claim of a feed or a page is a turn at its own host. What is asked besides, of that host (robots.txt, the next part of an
article) or of another that a redirect names, keeps to the same Retry-After, delay and number at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.errors import FetchError
from crawler.polite.queues import Queues
from crawler.unfetched import unfetched
from crawler.urls import host_of
from storage.engine import Database
from storage.stores.feeds.turns import ASK_AGAIN, Turn, begin_turn, book_turn, end_turn

LONGEST_WAIT = timedelta(seconds=20)
"""Who would have to wait for longer is sent away, to come again."""


class HostGate:
    """Several work side by side, in several processes too.

    `per_host` is how many requests a host may have under way, `host_delay` the least pause between the starts of two.
    """

    def __init__(
        self,
        database: Database,
        *,
        per_host: int,
        host_delay: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._per_host = per_host
        self._host_delay = host_delay
        self._clock = clock
        self._queues: Queues[tuple[str, int | None]] = Queues()

    @asynccontextmanager
    async def passing(
        self, url: str, *, claimed: str | None, outlet_id: int | None = None
    ) -> AsyncIterator[Turn | None]:
        """Wait for a turn at the host of `url`, and hold it while the block lasts. `outlet_id`: who asks, if an outlet does.

        On the host of `claimed`, whose feed or page is being asked for (None: no claim stands for the request), a redirect is
        followed at once, and None given. Raises `FetchError` of kind `wait` where the host rests, or is busy for too long.
        """
        name = host_of(url)
        if claimed is not None and name == host_of(claimed):
            yield None
            return
        end = asyncio.get_running_loop().time() + LONGEST_WAIT.total_seconds()
        async with AsyncExitStack() as stack:
            try:  # the first in line of this process asks the database for all of its outlet
                await stack.enter_async_context(self._queues.turn((name, outlet_id), until=end))
            except TimeoutError:
                raise FetchError(
                    unfetched("wait", "busy", url, host=name), url=url, retry_after=LONGEST_WAIT
                ) from None
            turn = await self._begin(url, name, end, outlet_id)
            try:
                yield turn
            finally:
                await self._database.writing(_ending(turn))

    async def next(self, url: str, host_id: int, outlet_id: int | None = None) -> None:
        """Wait for the next turn at a claim's own host, for one more request. Raises `FetchError` of kind `wait`."""

        def book(session: Session) -> Turn:
            return book_turn(
                session,
                host_id,
                now=self._clock(),
                host_delay=self._host_delay,
                patience=LONGEST_WAIT,
                outlet_id=outlet_id,
            )

        turn = await self._database.writing(book)
        if turn.resting is not None or turn.wait > LONGEST_WAIT:
            raise _sent_away(url, turn)
        await asyncio.sleep(turn.wait.total_seconds())

    async def _begin(self, url: str, name: str, end: float, outlet_id: int | None) -> Turn:
        loop = asyncio.get_running_loop()

        def begin(session: Session) -> Turn:
            return begin_turn(
                session,
                name,
                now=self._clock(),
                host_delay=self._host_delay,
                per_host=self._per_host,
                outlet_id=outlet_id,
            )

        while True:
            turn = await self._database.writing(begin)
            if not turn.wait:
                return turn
            if turn.resting is not None or loop.time() >= end:
                raise _sent_away(url, turn)
            await asyncio.sleep(min(turn.wait, ASK_AGAIN).total_seconds())


def _ending(turn: Turn) -> Callable[[Session], None]:
    def end(session: Session) -> None:
        end_turn(session, turn)

    return end


def _sent_away(url: str, turn: Turn) -> FetchError:
    if turn.resting is None:
        why = unfetched("wait", "busy", url, host=turn.host)
    else:
        why = unfetched("wait", "rests", url, host=turn.host, why=turn.resting.kind)
    return FetchError(why, url=url, retry_after=turn.wait)
