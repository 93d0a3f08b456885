"""How one request is made, over its redirects and whatever middlewares make of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType

from scrapy.http.cookies import CookieJar

from crawler.fetch.options import OutletOptions

Gate = Callable[[str], AbstractAsyncContextManager[object]]
"""Entered with the URL that a redirect leads to, left once that has answered. May wait, or raise `FetchError`."""


@dataclass(slots=True, eq=False)
class Plan:
    """`url` is the address that is asked now; `limit` ends the request once its time is over.

    It travels in the request's meta, which Scrapy and its middlewares hand on from request to request. While its context is open
    the request may be made; an error ends the download on the network too.
    """

    url: str
    gate: Gate | None = None
    limit: asyncio.Timeout | None = None
    asked: int = 0
    download: asyncio.Task[object] | None = None
    """What downloads it now: Scrapy does not give that up with the request."""
    cookies: CookieJar | None = None
    outlet: OutletOptions | None = None
    is_login: bool = False
    """What it sends is for the host that it was made for, and no other."""
    is_shown: bool = False
    """It is a page that the outlet's browser shows."""
    name: str = ""
    """The outlet's."""
    asked_again: int = 0
    """How often the browser was led on."""
    origin: str = ""
    """The address that was asked first."""
    turn: AsyncExitStack | None = None
    """The turn at the host that a redirect led to."""

    def time_left(self) -> float:
        """Return the seconds until the whole answer must be there."""
        deadline = self.limit.when() if self.limit is not None else None
        if deadline is None:
            raise RuntimeError("the request's time does not run")
        return max(0.001, deadline - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Stop the request's time while the block waits: that is not the host's fault."""
        if self.limit is None or self.limit.expired():
            raise TimeoutError
        left = self.time_left()
        self.limit.reschedule(None)
        yield
        self.limit.reschedule(asyncio.get_running_loop().time() + left)

    async def pass_gate(self, url: str, gate: Gate) -> None:
        """Give the turn back that a redirect had, and wait for the one at the host of `url`. Raises what the gate raises."""
        async with self.waiting():
            if self.turn is not None:
                await self.turn.aclose()
            self.turn = AsyncExitStack()
            await self.turn.enter_async_context(gate(url))

    def __post_init__(self) -> None:
        self.origin = self.url

    async def __aenter__(self) -> Plan:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.download is not None:
            self.download.cancel()
        if self.turn is not None:
            await self.turn.aclose()
