"""Whether a host's robots.txt lets us fetch a page. The file is kept in the host's row for a day (RFC 9309 §2.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.polite.host_gate import HostGate
from crawler.polite.noting import host_met, note_trouble
from crawler.polite.queues import Queues
from crawler.polite.resting import BadAnswer
from crawler.polite.robots import RobotsPolicy, parse_robots
from crawler.unfetched import unfetched
from crawler.urls import host_of
from crawler.values import FetchRequest
from storage.engine import Database
from storage.retry_after import parse_retry_after
from storage.stores.feeds.hosts import HostRobots, keep_robots, robots_of
from storage.troubles import Trouble

LIFETIME = timedelta(days=1)
UNREACHABLE_LIFETIME = timedelta(minutes=30)
"""A robots.txt that could not be fetched forbids everything for this long, then is asked for again."""
LARGEST_FILE = 500 * 1024
"""What lies beyond is not read (RFC 9309 §2.5)."""
UNAVAILABLE = 404
"""What a robots.txt behind more redirects than are followed counts as (RFC 9309 §2.3.1.2)."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of asking for robots.txt: `status` is 0 where no answer was had. `url` is what answered, or failed."""

    status: int
    body: bytes | None
    url: str
    retry_after: timedelta | None = None
    hung: bool = False


class RobotsGate:
    """Answers for all hosts; where `obey` is false it lets everything pass and asks nobody."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        gate: HostGate,
        *,
        obey: bool,
        user_agent: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._gate = gate
        self._obey = obey
        self._user_agent = user_agent
        self._clock = clock
        self._asking: Queues[int] = Queues()

    async def allows(
        self,
        host_id: int,
        url: str,
        *,
        rest: Callable[[], Awaitable[None]],
        outlet_id: int | None = None,
        known: HostRobots | None = None,
    ) -> bool:
        """Return whether `url`, on the host with this id, may be fetched. The caller has a turn at that host.

        `known`: what the caller has just read of the host's robots.txt.
        Where robots.txt had to be asked for, that took the turn, and `rest` waits for the next.
        Raises `FetchError` of kind `robots` where robots.txt could not be fetched: RFC 9309 §2.3.1.4 then forbids the page.
        """
        if not self._obey:
            return True
        async with self._asking.turn(host_id):
            policy, was_asked = await self._policy(host_id, url, outlet_id, known)
        if was_asked:
            await rest()
        return policy.allows(url, self._user_agent)

    async def _policy(
        self, host_id: int, url: str, outlet_id: int | None, known: HostRobots | None
    ) -> tuple[RobotsPolicy, bool]:
        """Return the host's policy, and whether the host was asked for it now."""
        host = known
        if host is None or not self._is_fresh(host):  # another page may have asked for it by now
            host = await self._database.reading(lambda session: robots_of(session, host_id))
        if host.status is not None and self._is_fresh(host):
            return _parse(host.host, host.body, host.status), False
        answer = await self._fetch(url, outlet_id)

        def keep(session: Session) -> None:
            self._keep(session, answer, host_id=host_id, url=url, outlet_id=outlet_id)

        await self._database.writing(keep)
        return _parse(host.host, answer.body, answer.status), True

    def _is_fresh(self, host: HostRobots) -> bool:
        if host.fetched_at is None or host.status is None:
            return False
        lifetime = LIFETIME if _was_answered(host.status) else UNREACHABLE_LIFETIME
        return self._clock() < host.fetched_at + lifetime

    async def _fetch(self, url: str, outlet_id: int | None) -> _Answer:
        address = (
            f"{urlsplit(url).scheme}://{host_of(url)}/robots.txt"  # without what a link adds to the host
        )
        try:
            response = await self._fetcher.fetch(
                FetchRequest(address, accept="text/plain"),
                gate=lambda redirect: self._gate.passing(redirect, claimed=url, outlet_id=outlet_id),
            )
        except FetchError as error:
            if error.kind in (
                "wait",
                "address",
            ):  # an address that may not be asked has no robots.txt to wait for
                raise
            status = UNAVAILABLE if error.kind == "redirects" else 0
            return _Answer(status, None, error.url, hung=error.kind == "timeout")
        return _Answer(
            response.status,
            _cut(response.body) if response.is_success else None,
            response.url,
            retry_after=parse_retry_after(response.headers.get("retry-after"), now=self._clock()),
        )

    def _keep(
        self, session: Session, answer: _Answer, *, host_id: int, url: str, outlet_id: int | None
    ) -> None:
        """Store what robots.txt says. That it can't be fetched is kept where the host's own outlet has met that.

        Else it may be the link's fault, that says `http:` where only `https:` is answered, and the host's own pages would be
        forbidden for it.
        """
        now = self._clock()
        crawl_delay = None
        if _was_answered(answer.status):
            delay = parse_robots(answer.body, answer.status).crawl_delay(self._user_agent)
            crawl_delay = min(delay.total_seconds(), 60.0) if delay is not None else None
        is_own = outlet_id is None or host_met(session, url, outlet_id).outlet_id is None
        if is_own or _was_answered(answer.status):
            keep_robots(session, host_id, answer.status, answer.body, crawl_delay, now=now)
        trouble = (
            Trouble("http", {"url": answer.url, "status": answer.status})
            if answer.status
            else Trouble("timeout", {"url": answer.url})
        )
        bad = BadAnswer(trouble, answer.url, answer.status, answer.retry_after, hung=answer.hung)
        note_trouble(session, bad, asked=url, outlet_id=outlet_id, now=now)


def _cut(body: bytes) -> bytes:
    """Return what is read of a file: whole lines, since half a rule may say the opposite."""
    return body if len(body) <= LARGEST_FILE else body[: body.rfind(b"\n", 0, LARGEST_FILE) + 1]


def _was_answered(status: int) -> bool:
    """A host that could not be reached (0) or has a fault (5xx) has not said what it allows."""
    return 0 < status < 500


def _parse(host: str, body: bytes | None, status: int) -> RobotsPolicy:
    if not _was_answered(status):
        raise FetchError(unfetched("robots", "robots-unknown", "", host=host))
    return parse_robots(body, status)
