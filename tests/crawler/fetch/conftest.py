"""A loopback server for the fetcher's tests. They run on plain asyncio, or with TOCSIN_TEST_REACTOR set on Twisted's reactor."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_network
from typing import Protocol

import pytest
from aiohttp import web

from crawler.fetch import FetcherOptions

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


LOOPBACK = (ip_network("127.0.0.0/8"),)
AGENT = "Tocsin/0 (+https://tocsin.example)"


def options(**changes: object) -> FetcherOptions:
    """Options that let loopback pass."""
    return FetcherOptions(**{"user_agent": AGENT, "allow_networks": LOOPBACK, **changes})  # type: ignore[arg-type]


class Serve(Protocol):
    """Serves one handler on 127.0.0.1 while a block runs; gives its address."""

    def __call__(
        self, handler: Handler, tls: ssl.SSLContext | None = None
    ) -> AbstractAsyncContextManager[str]: ...


@asynccontextmanager
async def _serve(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
def serve() -> Serve:
    """Serve one handler on 127.0.0.1 while a block runs; gives its address."""
    return _serve


if "TOCSIN_TEST_REACTOR" in os.environ:

    @pytest.fixture(scope="session", autouse=True)
    async def reactor() -> None:
        """Installs Twisted's asyncio reactor on the one loop of the run that `test_reactor.py` makes."""
        from twisted.internet import asyncioreactor

        asyncioreactor.install(asyncio.get_running_loop())  # type: ignore[no-untyped-call]
