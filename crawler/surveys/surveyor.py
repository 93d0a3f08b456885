"""The survey stage: addresses that wait are claimed, each is looked at by itself, and what was found is stored.

Many hosts are asked at once; of one host's addresses one after another. Each request waits for its turn at the host's gate, as a
poll would. A slow or hostile address ends at its limit and holds nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.in_flight import InFlight
from crawler.polite.host_gate import HostGate
from crawler.polite.noting import note_trouble
from crawler.polite.resting import BadAnswer, concerns_host
from crawler.pool import CpuPool
from crawler.values import FetchRequest, ParsedFeed, Response
from storage.engine import DATABASE_FAILS, Database
from storage.retry_after import parse_retry_after
from storage.stores.feeds.surveys import SurveyClaim, claim_addresses, is_survey_waiting, put_findings
from storage.troubles import Trouble

if TYPE_CHECKING:
    from crawler.sources.discovery import Discovery

log = structlog.get_logger(__name__)

LIMIT = timedelta(minutes=2)
"""For one address; what was found until then counts."""
LEASE = LIMIT + timedelta(minutes=1)
CONCURRENCY = 16
"""Addresses that are looked at at once; slow ones don't count, up to four times as many."""
MOST_TRIES = 3
"""An address whose process died so often is given up."""


@dataclass(frozen=True, slots=True)
class SurveyOptions:
    """Whose leases these are, and how long an address may take. With `survey`, only this one is worked on."""

    owner: str
    clock: Callable[[], datetime]
    hint: Callable[[], None] = lambda: None
    survey: int | None = None
    limit: timedelta = LIMIT


class Surveyor:
    """Looks at the addresses of surveys."""

    def __init__(
        self, database: Database, fetcher: Fetcher, pool: CpuPool, gate: HostGate, options: SurveyOptions
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._gate = gate
        self._options = options
        self._under_way = InFlight(CONCURRENCY, options.hint)

    async def step(self) -> int:
        """Claim as many addresses as there is room for and start on them; return how many."""
        free = self._under_way.free
        now = self._options.clock()
        if not free or not await self._database.reading(is_survey_waiting, now=now):
            return 0
        claims = await self._database.writing(
            claim_addresses,
            now=now,
            owner=self._options.owner,
            lease=LEASE,
            limit=free,
            survey=self._options.survey,
        )
        for claim in claims:
            self._under_way.start(self._work(claim))
        return len(claims)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Wait for what is under way, then give the rest up; it is claimed again."""
        await self._under_way.drain(patience)

    async def _work(self, claim: SurveyClaim) -> None:
        from crawler.surveys.findings import (
            findings_data,
        )  # here: a service that surveys nothing needs none of it

        try:
            found = await self._look(claim)
            await self._database.writing(
                put_findings, claim=claim, findings=findings_data(found), now=self._options.clock()
            )
        except DATABASE_FAILS as error:
            log.debug("not stored; it is looked at again", address=claim.address, error=str(error))
        except Exception:
            log.exception("looking at an address failed: internal error", address=claim.address)

    async def _look(self, claim: SurveyClaim) -> Discovery:
        from crawler.sources.discovery import Discovery, TriedAddress, discover_address
        from crawler.surveys.reading import full_address

        if claim.tries > MOST_TRIES:
            url = full_address(claim.address)
            trouble = Trouble("survey-tries", {"url": url, "tries": MOST_TRIES})
            return Discovery(url, (), (), tried=(TriedAddress(url, "page", trouble=trouble),))
        return await discover_address(
            self._fetch, claim.address, read=self._read, run=self._pool.run, limit=self._options.limit
        )

    async def _fetch(self, request: FetchRequest) -> Response:
        """Fetch at the host's turn; a host that asks for fewer requests rests."""
        async with self._gate.passing(request.url, claimed=None):
            try:
                answer = await self._fetcher.fetch(
                    request, gate=lambda url: self._gate.passing(url, claimed=request.url)
                )
            except FetchError as error:
                bad = BadAnswer(error.trouble, error.url, hung=error.kind == "timeout")
                await self._note(bad, request.url)
                raise
        if not answer.is_success:
            trouble = Trouble("http", {"url": answer.url, "status": answer.status})
            wait = parse_retry_after(answer.headers.get("retry-after"), now=self._options.clock())
            await self._note(BadAnswer(trouble, answer.url, answer.status, wait), request.url)
        return answer

    async def _note(self, bad: BadAnswer, asked: str) -> None:
        if concerns_host(bad):
            await self._database.writing(
                partial(note_trouble, bad=bad, asked=asked, outlet_id=None, now=self._options.clock())
            )

    async def _read(self, response: Response) -> ParsedFeed:
        from crawler.sources.documents import parse_feed

        return await self._pool.run(
            parse_feed, response.body, url=response.url, content_type=response.headers.get("content-type")
        )
