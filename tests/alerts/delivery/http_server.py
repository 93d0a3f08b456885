"""A real HTTP receiver on loopback that answers as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Receiver:
    """What it received, and what it answers. `hangs`: not until the test ends; `drops`: the connection, without an answer."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    hangs_in_body: bool = False
    drops: bool = False
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((dict(request.headers), await request.read()))
        self.arrived.set()
        if self.hangs:
            await self.released.wait()
        if self.drops:
            assert request.transport is not None
            request.transport.abort()
        if self.hangs_in_body:
            response = web.StreamResponse(status=self.status)
            await response.prepare(request)
            await response.write(self.body)
            await self.released.wait()
            return response
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@asynccontextmanager
async def serving(receiver: Receiver) -> AsyncIterator[str]:
    """Serve on 127.0.0.1; return the URL."""
    app = web.Application(client_max_size=10**8)
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        receiver.released.set()
        await runner.cleanup()
