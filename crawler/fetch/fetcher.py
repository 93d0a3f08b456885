"""`Fetcher`: asks Scrapy's engine for one response at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

import scrapy
from scrapy.http import Response as ScrapyResponse
from scrapy.http.cookies import CookieJar

from crawler.access.sessions import Sessions
from crawler.errors import FetchError
from crawler.fetch.body import ACCEPT_ENCODING
from crawler.fetch.browser.chromium import Chromium
from crawler.fetch.cookies import OutletCookies
from crawler.fetch.explain import explain
from crawler.fetch.keys import PLAN
from crawler.fetch.options import FetcherOptions, LookUp, OutletOptions
from crawler.fetch.plan import Gate, Plan
from crawler.fetch.proxies import Proxies, find_proxies
from crawler.fetch.resident import Resident
from crawler.fetch.settings import scrapy_settings
from crawler.unfetched import unfetched
from crawler.values import FetchRequest, Redirect, Response
from storage.addresses import guarded_socket

if TYPE_CHECKING:
    from crawler.fetch.spiders.crossing import Crossing
    from crawler.spider_values import SpiderOrder, SpiderOutcome

MOST_SPIDERS = 8
"""Users' spiders that run at the same time; further ones wait."""
META_REFRESH = 302
"""A redirect that a page asks for, where Scrapy's middleware for these is switched on, counts as a temporary one."""


def _now() -> datetime:
    return datetime.now(UTC)


class Fetcher:
    """Fetches URLs while its context is open. Politeness is the caller's: here only the total number at once is bounded.

    An outlet with Scrapy settings of its own has a crawler of its own, begun with its first request.
    """

    def __init__(self, options: FetcherOptions) -> None:
        self._options = options
        self._room = asyncio.Semaphore(options.concurrency)
        self._residents: dict[str | None, Resident] = {}
        self._opening = asyncio.Lock()
        self._spiders = asyncio.Semaphore(MOST_SPIDERS)
        self._known: dict[str, tuple[int, OutletOptions | None]] = {}
        """What was looked up, with its stamp."""
        self._cookies: dict[str, OutletCookies] = {}
        self._looking_up = asyncio.Lock()
        self._closing: set[asyncio.Future[None]] = set()
        self._browser: Chromium | None = None
        self.sessions = Sessions(self)
        """The logins of outlets."""
        self._is_closed = False
        self._proxies = Proxies()

    async def __aenter__(self) -> Fetcher:
        uses_others = self._options.scrapy or any(outlet.scrapy for outlet in self._options.outlets.values())
        # What Scrapy itself logs reaches the caller as an error; what other people's components log is for the operator.
        logging.getLogger("scrapy").setLevel(logging.WARNING if uses_others else logging.CRITICAL)
        self._proxies = await find_proxies(self._options.proxy, self._options.allow_networks)
        if self._options.may_browse:
            self._browser = self._chromium()
        await self._resident(None, None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        async with AsyncExitStack() as stack:
            if self._browser is not None:
                stack.push_async_callback(self._browser.close)
            for resident in self._residents.values():
                stack.push_async_callback(resident.close)
            await asyncio.gather(*self._closing)

    async def fetch(self, request: FetchRequest, *, gate: Gate | None = None) -> Response:
        """Return what the host answered, whatever the status; redirects are followed, each through `gate`.

        Raises `FetchError` where there is no whole answer within the time and size that the options allow, or where `gate` does.
        """
        loop = asyncio.get_running_loop()
        plan = Plan(request.url, gate, is_login=request.is_login, name=request.outlet or "")
        try:
            async with self._room:
                started = loop.time()
                answer = await self._download(request, plan)
            return _to_response(request.url, answer, timedelta(seconds=loop.time() - started))
        except (
            Exception
        ) as error:  # Scrapy, its components, aiohttp, ssl and idna raise their own; all become one
            raise explain(
                error, request.url, self._options, asked=plan.url, is_shown=plan.is_shown
            ) from error

    async def crawl(
        self, order: SpiderOrder, crossing: Crossing, *, clock: Callable[[], datetime] = _now
    ) -> SpiderOutcome:
        """Run a user's spider to its end, or to a limit; each of its requests waits for its host by `crossing`.

        What goes wrong in it is a part of the outcome. Raises what `crossing` raises besides `FetchError`,
        and `FetchError` where the outlet's own access can't be used.
        """
        from crawler.fetch.spiders.membership import Membership  # here: most services have no spider
        from crawler.fetch.spiders.run import Run

        outlet = await self.outlet_options(order.outlet, order.access)

        async def show(url: str) -> Response:
            request = FetchRequest(url, outlet=order.outlet, access=order.access, is_page=True)
            return await self.fetch(request, gate=partial(crossing, claimed=url))

        is_shown = outlet is not None and outlet.browser
        member = None
        if outlet is not None and outlet.login is not None:
            member = Membership(self, order, outlet, crossing, clock)
        async with self._spiders:
            return await Run(
                order, self._options, self._proxies, outlet, crossing, show if is_shown else None, member
            ).finish()

    async def outlet_options(self, name: str | None, access: int) -> OutletOptions | None:
        """Return what an outlet asks for; `access` is the stamp of its own. Raises `FetchError` where that isn't available."""
        if name is None:
            return None
        declared = self._options.outlets.get(name)
        if declared is not None or self._options.look_up is None or not access:
            return declared
        async with self._looking_up:
            return await self._looked_up(name, access, self._options.look_up)

    async def _looked_up(self, name: str, access: int, look_up: LookUp) -> OutletOptions | None:
        stamp, found = self._known.get(name, (0, None))
        if stamp < access:
            found = await look_up(name)
            self._known[name] = (access, found)
            self._cookies.pop(name, None)
            if (resident := self._residents.pop(name, None)) is not None:
                closing = asyncio.ensure_future(resident.close())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
        return found

    def _chromium(self) -> Chromium:
        return Chromium(
            self._options.browser,
            guarded_socket(self._options.allow_networks),
            agent=self._options.user_agent,
            proxy=self._proxies.by_scheme.get("https") or self._proxies.by_scheme.get("http"),
        )

    def forget_cookies(self, name: str) -> None:
        """Forget what hosts have set for an outlet, which logs in anew."""
        if name in self._cookies:
            self._cookies[name].restart()

    def cookies_of(self, name: str, outlet: OutletOptions) -> CookieJar:
        """Return the cookies of an outlet that has some: its own, and what its hosts have set."""
        found = self._cookies.get(name)
        if found is None:
            found = self._cookies[name] = OutletCookies(outlet.cookies_file, outlet.cookies)
        return found.jar()

    async def _download(self, request: FetchRequest, plan: Plan) -> ScrapyResponse:
        outlet = plan.outlet = await self.outlet_options(request.outlet, request.access)
        if request.outlet is not None and outlet is not None and outlet.has_cookies:
            plan.cookies = self.cookies_of(request.outlet, outlet)
        has_own = outlet is not None and outlet.needs_own_crawler
        resident = await self._resident(request.outlet if has_own else None, outlet if has_own else None)
        plan.is_shown = outlet is not None and outlet.browser and request.is_page
        patience = self._options.browser.timeout if plan.is_shown else self._options.timeout
        async with asyncio.timeout(patience.total_seconds()) as plan.limit, plan:
            return await resident.download(_to_scrapy(request, plan))

    async def _resident(self, name: str | None, outlet: OutletOptions | None) -> Resident:
        """Return the crawler of an outlet, or everybody's; one that has ended by itself is begun anew."""
        found = self._residents.get(name)
        if found is not None and found.is_open:
            return found
        async with self._opening:
            found = self._residents.get(name)
            if self._is_closed:
                raise FetchError(unfetched("connect", "system", "", detail="the fetcher is closed"))
            if found is None or not found.is_open:
                found = Resident(scrapy_settings(self._options, self._proxies, outlet, self._browser))
                await found.start()
                self._residents[name] = found
            return found


def _to_scrapy(request: FetchRequest, plan: Plan) -> scrapy.Request:
    headers = {"Accept": request.accept, "Accept-Encoding": ACCEPT_ENCODING}
    if request.etag:
        headers["If-None-Match"] = request.etag
    if request.last_modified:
        headers["If-Modified-Since"] = request.last_modified
    method = "GET"
    if request.form is not None:
        method, headers["Content-Type"] = "POST", "application/x-www-form-urlencoded"
    return scrapy.Request(
        request.url, method=method, headers=headers, body=request.form or b"", meta={PLAN: plan}
    )


def _to_response(requested_url: str, answer: ScrapyResponse, elapsed: timedelta) -> Response:
    meta = answer.meta
    passed = [*meta.get("redirect_urls", [])[1:], answer.url]
    reasons = meta.get("redirect_reasons", [])
    return Response(
        requested_url=requested_url,
        url=answer.url,
        status=answer.status,
        headers={
            name.decode("latin-1").lower(): ", ".join(map(_text, values))
            for name, values in dict.items(answer.headers)
        },
        body=answer.body,
        redirects=tuple(
            Redirect(status if isinstance(status, int) else META_REFRESH, location)
            for status, location in zip(reasons, passed, strict=False)
        ),
        elapsed=elapsed,
    )


def _text(value: bytes) -> str:
    """Return a header's value: UTF-8, or what is none as Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
