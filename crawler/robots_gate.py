"""Whether a host's robots.txt lets us fetch a page. The file is kept in the host's row for a day (RFC 9309 §2.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from sqlmodel import Session

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.robots import RobotsPolicy, parse_robots
from crawler.values import FetchRequest
from storage.engine import Database
from storage.tables import Host

LIFETIME = timedelta(days=1)
UNREACHABLE_LIFETIME = timedelta(minutes=30)
"""A robots.txt that could not be had forbids everything for this long, then is asked for again."""
LARGEST_FILE = 500 * 1024
"""What lies beyond is not read (RFC 9309 §2.5)."""
UNAVAILABLE = 404
"""What a robots.txt behind more redirects than are followed counts as (RFC 9309 §2.3.1.2)."""


class RobotsGate:
    """Answers for all hosts; where `obey` is false it lets everything pass and asks nobody."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        *,
        obey: bool,
        user_agent: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._obey = obey
        self._user_agent = user_agent
        self._clock = clock
        self._asking: dict[int, asyncio.Lock] = {}

    async def allows(self, host_id: int, url: str) -> bool:
        """Tells whether `url`, on the host with this id, may be fetched.

        Raises `FetchError` of kind `robots` where robots.txt could not be had: RFC 9309 §2.3.1.4 then forbids the page for now.
        """
        if not self._obey:
            return True
        lock = self._asking.setdefault(host_id, asyncio.Lock())
        async with lock:
            policy = await self._policy(host_id, url)
        if not lock.locked():
            self._asking.pop(host_id, None)
        return policy.allows(url, self._user_agent)

    async def _policy(self, host_id: int, url: str) -> RobotsPolicy:
        host = await self._database.reading(lambda session: session.get_one(Host, host_id))
        if host.robots_fetched_at is not None and host.robots_status is not None:
            lifetime = LIFETIME if _was_answered(host.robots_status) else UNREACHABLE_LIFETIME
            if self._clock() < host.robots_fetched_at + lifetime:
                return _parse(host.name, host.robots_body, host.robots_status)
        status, body = await self._fetch(url)
        await self._database.writing(partial(self._keep, host_id=host_id, status=status, body=body))
        return _parse(host.name, body, status)

    async def _fetch(self, url: str) -> tuple[int, bytes | None]:
        parts = urlsplit(url)
        try:
            response = await self._fetcher.fetch(
                FetchRequest(f"{parts.scheme}://{parts.netloc}/robots.txt", accept="text/plain")
            )
        except FetchError as error:
            return (UNAVAILABLE if error.kind == "redirects" else 0), None
        return response.status, _cut(response.body) if response.status == 200 else None

    def _keep(self, session: Session, *, host_id: int, status: int, body: bytes | None) -> None:
        host = session.get_one(Host, host_id)
        host.robots_status, host.robots_body, host.robots_fetched_at = status, body, self._clock()
        host.crawl_delay_seconds = None
        if _was_answered(status):
            delay = parse_robots(body, status).crawl_delay(self._user_agent)
            host.crawl_delay_seconds = min(delay.total_seconds(), 60.0) if delay is not None else None


def _cut(body: bytes) -> bytes:
    """Gives what is read of a file: whole lines, since half a rule may say the opposite."""
    return body if len(body) <= LARGEST_FILE else body[: body.rfind(b"\n", 0, LARGEST_FILE) + 1]


def _was_answered(status: int) -> bool:
    """A host that could not be reached (0) or has a fault (5xx) has not said what it allows."""
    return 0 < status < 500


def _parse(host: str, body: bytes | None, status: int) -> RobotsPolicy:
    if not _was_answered(status):
        raise FetchError(
            f"robots.txt of {host} could not be had, so its pages wait until it answers", kind="robots"
        )
    return parse_robots(body, status)
