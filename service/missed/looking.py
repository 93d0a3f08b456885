"""Pages of articles that were never seen, outlets that are not followed, and searches: looked at politely, and few of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from alerts.values import Document
from crawler.errors import CrawlerError, FetchError
from crawler.fetch import Fetcher
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from crawler.pool import CpuPool
from crawler.sources.discovery import discover
from crawler.unfetched import unfetched
from crawler.unwrapping import plain_host
from crawler.urls import host_of
from crawler.values import ExtractedPage, FetchRequest, Response
from crawler.worker import read_page
from service.missed.addresses import GivenAddresses, read_feed
from service.missed.tracing import Given
from service.missed.values import OutletProposal, PageLook
from service.settings import Settings
from storage.engine import Database
from storage.troubles import Trouble

ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
AT_ONCE = 8
_GATE = re.compile(r"(?:accounts?|auth|consent|id|login|sso)\.")
"""Hosts that a reader is sent to before the article."""


class ArticleLooker:
    """Looks at what was never stored, through the fetcher with its address guard, in turn at each host, as robots.txt allows."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        pool: CpuPool | None = None,
    ) -> None:
        """Pages are read in `pool` where there is one, else in a thread."""
        crawler = settings.crawler
        self._fetcher, self._pool, self._clock = fetcher, pool, clock
        self._folder = Path(crawler.page_rules)
        self._gate = HostGate(
            database, per_host=crawler.per_host_concurrency, host_delay=crawler.per_host_delay, clock=clock
        )
        self._robots = RobotsGate(
            database,
            fetcher,
            self._gate,
            obey=crawler.obey_robots,
            user_agent=crawler.agent,
            clock=clock,
        )
        self._room = asyncio.Semaphore(AT_ONCE)

    async def look(self, address: str) -> Given:
        """Return an address with what the page there says, and it as the matcher reads it; or why it could not be fetched."""
        url = address if "://" in address else f"https://{address}"
        try:
            response = await self._fetch(url, ACCEPT)
        except FetchError as error:
            return Given(address, PageLook(trouble=error.trouble))
        host = host_of(response.url)
        is_elsewhere = host != host_of(url) and not _GATE.match(host)
        if not response.is_success:
            trouble = Trouble("http", {"url": response.url, "status": response.status})
            return Given(address, PageLook(trouble=trouble), url=response.url if is_elsewhere else "")
        page, document = await self._said(response)
        led_to = response.url if is_elsewhere or document is not None else ""
        return Given(address, page, document, led_to)

    async def page_at(self, url: str) -> tuple[Response, ExtractedPage]:
        """Return a page as it was sent, and as it reads. Raise `CrawlerError`."""
        response = await self._fetch(url, ACCEPT)
        if not response.is_success:
            trouble = Trouble("http", {"url": response.url, "status": response.status})
            raise FetchError(trouble, url=url)
        return response, await self._read(response)

    async def _said(self, response: Response) -> tuple[PageLook, Document | None]:
        url = response.url
        try:
            page = await self._read(response)
        except CrawlerError as error:
            return PageLook(trouble=Trouble("not-read", {"url": url, "detail": str(error)})), None
        if page.problem is not None or not page.text:
            kind = Trouble("page-kind", {"url": url, "problem": page.problem}) if page.problem else None
            trouble = kind or Trouble("no-text", {"url": url})
            return PageLook(page.title, page.published, page.language, trouble=trouble), None
        document = Document(
            title=page.title,
            text=page.text,
            language=page.language,
            url=url,
            outlet=page.site_name,
            author=", ".join(page.authors) or None,
            headline=page.title,
            lead=page.lead,
            description=page.description,
        )
        return PageLook(page.title, page.published, page.language), document

    async def read_search(self, url: str) -> GivenAddresses:
        """Return where the entries of a search's feed lead. Raise `CrawlerError`."""
        response = await self._fetch(url, "application/atom+xml,application/rss+xml,application/xml;q=0.9")
        if not response.is_success:
            raise FetchError(f"{response.url} answered HTTP {response.status}", kind="http", url=url)
        kind = response.headers.get("content-type")
        return await asyncio.to_thread(read_feed, response.body, url=response.url, content_type=kind)

    async def propose(self, url: str) -> OutletProposal:
        """Return the outlet that an article is of, with the best feed of its site where one is found."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        async with self._room:
            found = await discover(self._fetcher.fetch, site)
        if not found.feeds:
            return OutletProposal(plain_host(parts.netloc), site)
        best = found.feeds[0]
        return OutletProposal(best.title[:200] or plain_host(parts.netloc), site, best.url, best.language)

    async def _fetch(self, url: str, accept: str) -> Response:
        async with self._room, self._passing(url, claimed=None):
            return await self._fetcher.fetch(
                FetchRequest(url, accept=accept), gate=partial(self._passing, claimed=url)
            )

    @asynccontextmanager
    async def _passing(self, url: str, *, claimed: str | None) -> AsyncIterator[None]:
        """Wait for a turn at the host of an address, and ask its robots.txt."""
        async with self._gate.passing(url, claimed=claimed) as turn:
            if turn is not None:
                pause = turn.delay.total_seconds()
                if not await self._robots.allows(turn.host_id, url, rest=partial(asyncio.sleep, pause)):
                    raise FetchError(unfetched("forbidden", "robots-forbid", url), url=url)
            yield

    async def _read(self, response: Response) -> ExtractedPage:
        from crawler.extract.host_rules import load_rules  # half a second, and only where pages are read

        rules = load_rules(self._folder).of(host_of(response.url))
        kind = response.headers.get("content-type")
        given = (response.body, response.url, kind, rules, self._clock())
        if self._pool is not None:
            return await self._pool.run(read_page, *given)
        return await asyncio.to_thread(read_page, *given)
