"""Fetching alone, by two clients, each in a process of its own: Tocsin and bare aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_network

import aiohttp
import uvloop

from benchmarks.cost import Cost, Meter
from crawler.fetch import Fetcher, FetcherOptions
from crawler.values import FetchRequest

CONCURRENCY = 64
AGENT = "Tocsin/benchmark"
OPTIONS = FetcherOptions(
    user_agent=AGENT, concurrency=CONCURRENCY, allow_networks=(ip_network("127.0.0.0/8"),)
)


def tocsin(urls: Sequence[str]) -> Cost:
    """Fetch as the service does."""

    async def run() -> Cost:
        async with Fetcher(OPTIONS) as fetcher:

            async def fetch(url: str) -> bool:
                response = await fetcher.fetch(FetchRequest(url))
                return response.status == 200 and bool(response.body)

            return await _workers(urls, fetch)

    return uvloop.run(run())


def bare_aiohttp(urls: Sequence[str]) -> Cost:
    """Fetch with an aiohttp session, as its documentation shows."""

    async def run() -> Cost:
        async with aiohttp.ClientSession(headers={"User-Agent": AGENT}) as session:

            async def fetch(url: str) -> bool:
                async with session.get(url) as response:
                    return bool(await response.read()) and response.status == 200

            return await _workers(urls, fetch)

    return uvloop.run(run())


async def _workers(urls: Sequence[str], fetch: Callable[[str], Awaitable[bool]]) -> Cost:
    """Fetch all with 64 workers; what could not be fetched is not counted."""
    remaining = iter(urls)
    fetched = 0

    async def work() -> None:
        nonlocal fetched
        for url in remaining:
            is_whole = await fetch(url)
            fetched += is_whole

    with Meter() as meter:
        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return meter.cost(fetched)


CLIENTS = {"tocsin": tocsin, "aiohttp": bare_aiohttp}
