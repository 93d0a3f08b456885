"""One poll's I/O: the source's document is fetched, and read in the pool. What comes of it is an outcome, never an exception."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from crawler.errors import CrawlerError, FeedError, FetchError
from crawler.fetch import Fetcher
from crawler.polite.host_gate import HostGate
from crawler.polite.resting import BadAnswer
from crawler.polite.robots_gate import RobotsGate
from crawler.poll.crawling import SpiderCrawls
from crawler.poll.outcomes import (
    PollFailed,
    PollOutcome,
    PollPutOff,
    PollSucceeded,
    without_build_date,
)
from crawler.pool import CpuPool
from crawler.sources.base import Source, SourceRun, UnknownSourceError, settings_of, source_of
from crawler.sources.feed import ErrorEntryError, news_sitemaps
from crawler.unfetched import unfetched
from crawler.urls import host_of
from crawler.values import FetchRequest, ParsedFeed, Response
from crawler.worker import FetchedDocument, read_document
from storage.retry_after import parse_retry_after
from storage.stores.feeds.feed_claims import FeedClaim
from storage.troubles import Trouble, note

Fetched = tuple[str, bytes, str | None]
"""Address, body and content type."""


class Asking:
    """Has documents of sources, politely."""

    def __init__(
        self,
        fetcher: Fetcher,
        pool: CpuPool,
        gate: HostGate,
        robots: RobotsGate,
        crawls: SpiderCrawls,
        *,
        clock: Callable[[], datetime],
        sources: Mapping[str, Source] | None = None,
    ) -> None:
        """`sources` are those that are made with something of the service's (a mailbox), by their kinds.

        `robots` is asked about login pages; a source's address was named by somebody.
        """
        self._fetcher = fetcher
        self._pool = pool
        self._gate = gate
        self._crawls = crawls
        self._clock = clock
        self._sources = sources or {}
        self._robots = robots

    async def ask(self, claim: FeedClaim, seen: bytes) -> PollOutcome:
        """Return what came of a poll; `seen` is what is known of the last document."""
        try:
            source = self._sources.get(claim.source_kind) or source_of(claim.source_kind)
            settings = settings_of(source, claim.name, claim.source_settings)
        except UnknownSourceError as error:
            return PollFailed(BadAnswer(note(str(error))))
        run = SourceRun(
            claim.url,
            settings,
            claim.source_state,
            claim.etag,
            claim.last_modified,
            partial(self._crawls.run, claim),
        )
        try:
            response = await source.fetch(run, self._web(claim).fetch)
        except FetchError as error:
            return _not_had(error)
        if response.status == 304:
            if not claim.etag and not claim.last_modified:
                return PollFailed(
                    BadAnswer(Trouble("unasked-304", {"url": response.url}), response.url, response.status)
                )
            return PollSucceeded(response, None, None)
        if not response.is_success:
            return PollFailed(self._bad_status(response))
        telling = without_build_date(source.telling(response.body, settings))
        fingerprint = hashlib.blake2b(telling, digest_size=16).hexdigest()
        if fingerprint == claim.body_hash and not source.may_change_unseen(claim.source_state):
            return PollSucceeded(response, None, fingerprint)
        return await self._read(claim, response, fingerprint, seen)

    def due_after(self, claim: FeedClaim, *, started: datetime) -> datetime | None:
        """Return when a source that was polled just now is due next, by its settings; None where these say nothing of it."""
        try:
            source = source_of(claim.source_kind)
            if type(source).due_after is Source.due_after:  # nearly all: their keys need not be read again
                return None
            settings = settings_of(source, claim.name, claim.source_settings)
        except UnknownSourceError:
            return None
        return source.due_after(settings, started=started, ended=self._clock())

    async def _read(self, claim: FeedClaim, response: Response, fingerprint: str, seen: bytes) -> PollOutcome:
        try:
            document = await self._document(claim, response, seen)
            if document.children and not document.entries:
                sitemaps = await self._sitemaps(claim, document)
                document = await self._document(claim, response, b"", sitemaps)
        except ErrorEntryError as error:
            trouble = Trouble("error-entry", {"url": response.url, "title": str(error)})
            return PollFailed(BadAnswer(trouble, response.url, response.status))
        except FeedError as error:
            trouble = Trouble("not-a-feed", {"url": response.url, "detail": str(error)})
            answer = BadAnswer(trouble, response.url, response.status)
            return PollFailed(answer, error.alternates, error.listed)
        except FetchError as error:
            return _not_had(error)
        except CrawlerError as error:
            trouble = Trouble("not-read", {"url": claim.url, "detail": str(error)})
            return PollFailed(BadAnswer(trouble, response.url, response.status))
        return PollSucceeded(response, document, fingerprint)

    async def _document(
        self, claim: FeedClaim, response: Response, seen: bytes, sitemaps: tuple[Fetched, ...] = ()
    ) -> ParsedFeed:
        fetched = FetchedDocument(
            response.body,
            response.url,
            response.headers.get("content-type"),
            claim.name or claim.url,
            claim.source_kind,
            claim.source_settings,
            claim.source_state,
            sitemaps,
            claim.home,
            self._clock(),
        )
        return await self._pool.run(read_document, fetched, seen)

    async def _sitemaps(self, claim: FeedClaim, index: ParsedFeed) -> tuple[Fetched, ...]:
        """Return the sitemaps that an index names, each asked for in its turn. Raises `FetchError` where none can be fetched."""
        found: list[Fetched] = []
        failed: FetchError | None = None
        web = self._web(claim, asked=True)
        for url in news_sitemaps(index.children):
            try:
                response = await web.fetch(FetchRequest(url))
            except FetchError as error:
                failed = error
                continue
            if response.is_success:
                found.append((response.url, response.body, response.headers.get("content-type")))
        if not found:
            raise failed or FeedError(
                f"{claim.url}: none of the sitemaps that this index names could be fetched"
            )
        return tuple(found)

    def _web(self, claim: FeedClaim, *, asked: bool = False) -> _OneHost:
        return _OneHost(self._fetcher, self._gate, claim, self._robots, self._clock, asked=asked)

    def _bad_status(self, response: Response) -> BadAnswer:
        return BadAnswer(
            Trouble("http", {"url": response.url, "status": response.status}),
            response.url,
            response.status,
            parse_retry_after(response.headers.get("retry-after"), now=self._clock()),
        )


class _Following:
    """Lets the redirects of one request pass, as the gate allows it."""

    def __init__(self, gate: HostGate, claimed: str, outlet_id: int | None) -> None:
        self._gate = gate
        self._claimed = claimed
        self._outlet_id = outlet_id

    def passing(self, url: str) -> AbstractAsyncContextManager[object]:
        """Return what holds the turn at the host of a redirect."""
        return self._gate.passing(url, claimed=self._claimed, outlet_id=self._outlet_id)


class _OneHost:
    """The web as a source sees it: its own host, whose turn the claim is, asked as often as it wants, each in turn."""

    def __init__(
        self,
        fetcher: Fetcher,
        gate: HostGate,
        claim: FeedClaim,
        robots: RobotsGate,
        clock: Callable[[], datetime],
        *,
        asked: bool,
    ) -> None:
        """`asked`: the claim's turn is used up."""
        self._fetcher = fetcher
        self._gate = gate
        self._claim = claim
        self._robots = robots
        self._clock = clock
        self._asked = asked

    async def fetch(self, request: FetchRequest) -> Response:
        """Return the answer to a request for the claim's outlet, logged in where that has a login. Raises `FetchError`."""
        request = replace(request, outlet=self._claim.outlet, access=self._claim.access)
        return await self._fetcher.sessions.fetch(request, self._ask, now=self._clock())

    async def _ask(self, request: FetchRequest) -> Response:
        claimed = self._claim.url if self._claim.url.startswith("http") else None  # of a mailbox, none is
        outlet_id = self._claim.outlet_id
        if claimed is None or host_of(request.url) != host_of(claimed):
            async with self._gate.passing(request.url, claimed=claimed, outlet_id=outlet_id) as turn:
                if turn is not None:
                    await self._check_robots(
                        request, turn.host_id, lambda: asyncio.sleep(turn.delay.total_seconds())
                    )
                following = _Following(self._gate, request.url, outlet_id)
                return await self._fetcher.fetch(request, gate=following.passing)
        if self._asked:
            await self._gate.next(request.url, self._claim.host_id, self._claim.outlet_id)
        self._asked = True
        host_id = self._claim.host_id
        await self._check_robots(request, host_id, lambda: self._gate.next(request.url, host_id, outlet_id))
        return await self._fetcher.fetch(request, gate=_Following(self._gate, claimed, outlet_id).passing)

    async def _check_robots(
        self, request: FetchRequest, host_id: int, rest: Callable[[], Awaitable[None]]
    ) -> None:
        if not request.is_login:
            return
        outlet_id = self._claim.outlet_id
        if not await self._robots.allows(host_id, request.url, rest=rest, outlet_id=outlet_id):
            raise FetchError(unfetched("forbidden", "robots-forbid-login", request.url), url=request.url)


def _not_had(error: FetchError) -> PollFailed | PollPutOff:
    if error.kind == "wait":
        return PollPutOff(error.trouble, error.retry_after or timedelta(0))
    return PollFailed(BadAnswer(error.trouble, error.url, hung=error.kind == "timeout"))
