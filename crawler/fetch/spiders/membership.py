"""The outlet's login on the requests of its spider: one session with its polls and pages, begun again when it ends.

What is here runs in the loop of the service, where sessions are kept; the spider's own requests are made in its thread, each in
its turn, and get the session's cookies on the way to the network, so that the spider's code never sees what is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response as ScrapyResponse
from scrapy.http.cookies import CookieJar

from crawler.errors import FetchError
from crawler.fetch.cookies import cookie_pairs
from crawler.fetch.spiders.crossing import Crossing
from crawler.spider_values import SpiderOrder
from crawler.values import FetchRequest, Response

if TYPE_CHECKING:
    from crawler.fetch.fetcher import Fetcher
    from crawler.fetch.options import OutletOptions

Ask = Callable[[Request], Coroutine[Any, Any, ScrapyResponse]]
"""Makes a request of the spider's in its thread, in its turn."""


class Membership:
    """Has the requests of one run answered as somebody who is logged in."""

    def __init__(
        self,
        fetcher: Fetcher,
        order: SpiderOrder,
        outlet: OutletOptions,
        crossing: Crossing,
        clock: Callable[[], datetime],
    ) -> None:
        self._fetcher = fetcher
        self._order = order
        self._outlet = outlet
        self._crossing = crossing
        self._clock = clock

    def concerns(self, request: Request) -> bool:
        """Return whether a request is made logged in: to the outlet's hosts, unless the spider wants no cookies there."""
        host = (urlsplit(request.url).hostname or "").lower()
        return self._outlet.is_own(host) and not request.meta.get("dont_merge_cookies")

    async def visit(self, request: Request, ask: Ask) -> ScrapyResponse:
        """Return the answer to a request, logged in. Raises `FetchError`, and what `ask` raises."""
        answers: list[ScrapyResponse] = []

        async def web(step: FetchRequest) -> Response:
            if step.is_login:
                return await self._step(step)
            with_cookies = self._with_cookies(request)
            answer = await ask(with_cookies)
            self._jar().extract_cookies(answer, with_cookies)
            answers.append(answer)
            return _shown(answer)

        plain = FetchRequest(request.url, outlet=self._order.outlet, access=self._order.access)
        await self._fetcher.sessions.fetch(plain, web, now=self._clock())
        return answers[-1]

    def _with_cookies(self, request: Request) -> Request:
        """Return the request with the session's cookies, which are newer than what the spider was given of the same name."""
        bare = request.copy()
        bare.headers.pop("Cookie", None)
        self._jar().add_cookie_header(bare)
        pairs = {**cookie_pairs(request.headers.get("Cookie")), **cookie_pairs(bare.headers.get("Cookie"))}
        if pairs:
            bare.headers["Cookie"] = b"; ".join(name + b"=" + value for name, value in pairs.items())
        return bare

    def _jar(self) -> CookieJar:
        return self._fetcher.cookies_of(str(self._order.outlet), self._outlet)

    async def _step(self, step: FetchRequest) -> Response:
        """Make a request of the login itself, in its turn."""
        async with self._crossing(step.url) as answer:
            try:
                response = await self._fetcher.fetch(step, gate=partial(self._crossing, claimed=step.url))
            except FetchError as error:
                answer.trouble, answer.hung = error.trouble, error.kind == "timeout"
                raise
            answer.status, answer.retry_after = response.status, response.headers.get("retry-after")
            return response


def _shown(answer: ScrapyResponse) -> Response:
    """Return what an answer tells of the session."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in dict.items(answer.headers)
    }
    return Response(answer.url, answer.url, answer.status, headers, answer.body)
