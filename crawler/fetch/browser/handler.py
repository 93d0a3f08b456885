"""The download handler of outlets that ask for a browser: pages by it, everything else as ever.

scrapy-playwright needs Twisted's reactor (docs/decisions); this one is Playwright itself behind the same seam.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from datetime import timedelta
from http.cookiejar import Cookie
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
)
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.http.cookies import CookieJar

from crawler.errors import FetchError
from crawler.fetch.browser.chromium import Chromium
from crawler.fetch.browser.visit import NotAPageError, NotReachedError, Shown, Visit, Watch
from crawler.fetch.handler import GuardedHandler
from crawler.fetch.keys import BROWSER, OPTIONS, PLAN, PROXIES
from crawler.fetch.options import FetcherOptions, OutletOptions
from crawler.fetch.plan import Plan
from crawler.fetch.proxies import Proxies
from crawler.unfetched import unfetched
from crawler.urls import host_of
from storage.addresses import RefusedAddressError, is_allowed

LONGEST_WAIT = timedelta(minutes=1)
"""For room for one more page: who would wait for longer comes again."""
_CERTIFICATE = "net::ERR_CERT_"


class BrowserHandler(GuardedHandler):
    """Shows pages in the browser; whatever else is asked for, and what turns out to be no page, goes by HTTP alone."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._options: FetcherOptions = crawler.settings[OPTIONS]
        self._proxies: Proxies = crawler.settings[PROXIES]
        self._browser: Chromium = crawler.settings[BROWSER]

    async def download_request(self, request: Request) -> Response:
        """Return the answer, or the page as it stands once its scripts have run. Raises as `GuardedHandler` does."""
        plan: Plan | None = request.meta.get(PLAN)
        if plan is None or not plan.is_shown or plan.outlet is None:
            return await super().download_request(request)
        plan.download = asyncio.current_task()
        try:
            return await self._show(request, plan, plan.outlet)
        except NotAPageError:
            plan.is_shown = False
            return await super().download_request(request)

    async def _show(self, request: Request, plan: Plan, outlet: OutletOptions) -> Response:
        from playwright.async_api import Error

        browser = self._browser
        async with plan.waiting():
            await _enter(browser.room, request.url)
        try:
            agent = next(
                (value for name, value in outlet.headers.items() if name.lower() == "user-agent"), ""
            )
            async with browser.page(plan.name, agent) as page:
                if plan.cookies is not None:
                    await page.context.add_cookies(_to_browser(plan.cookies))
                visit = Visit(page, self._watch(plan, outlet, browser), self._options.max_redirects)
                try:
                    shown = await visit.show(request.url)
                except (Error, NotReachedError) as error:
                    raise self._said(error, visit, browser) from error
                if plan.cookies is not None:
                    _from_browser(plan.cookies, await page.context.cookies(), outlet)
        finally:
            browser.room.release()
        if len(shown.body) > self._most_bytes:
            raise FetchError(
                unfetched("too_large", "large", shown.url, megabytes=self._most_bytes / 1_000_000),
                url=shown.url,
            )
        return _to_response(shown, request)

    def _watch(self, plan: Plan, outlet: OutletOptions, browser: Chromium) -> Watch:
        async def main(url: str) -> None:
            plan.asked_again += 1
            if plan.asked_again > 1 and plan.gate is not None:
                await plan.pass_gate(url, plan.gate)
            plan.url = url

        async def check(url: str) -> None:
            host_of(url)
            if self._proxies.of(url) is not None or browser.tunnel is not None:
                return  # the proxy's to refuse, or looked at as it is dialled
            await self._check_address(url)

        def headers(url: str) -> Mapping[str, str]:
            parts = urlsplit(url)
            was_private = plan.origin.startswith("https:")
            meant = outlet.headers_for(
                (parts.hostname or "").lower(), is_safe=parts.scheme == "https" or not was_private
            )
            return {name: value for name, value in meant.items() if name.lower() not in _THE_BROWSERS}

        def ignore(_place: object) -> None:
            """Do nothing: its connections are not ours."""

        tunnel = browser.tunnel
        allow = tunnel.allow if tunnel is not None else ignore
        return Watch(main, check, headers, allow, tunnel.forbid if tunnel is not None else ignore)

    async def _check_address(self, url: str) -> None:
        """Raise `RefusedAddressError` for a host of a private address: a remote browser dials by itself."""
        parts = urlsplit(url)
        for info in await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM
        ):
            address = str(info[4][0])
            if not is_allowed(address, self._options.allow_networks):
                raise RefusedAddressError(f"{address} is not a public address")

    def _said(self, error: Exception, visit: Visit, browser: Chromium) -> Exception:
        """Return what a browser's error means, as download handlers say it."""
        place = visit.failed_at()
        if browser.out_of_memory:
            megabytes = self._options.browser.most_memory_bytes / 1_000_000
            return FetchError(unfetched("browser", "browser-memory", "", megabytes=megabytes))
        why = browser.tunnel.failure(place) if browser.tunnel is not None and place is not None else None
        words = str(error).partition(" at http")[0].rpartition("net::")[2] or str(error)
        if isinstance(why, RefusedAddressError):
            made: Exception = DownloadConnectionRefusedError(str(why))
        elif isinstance(why, socket.gaierror) or "ERR_NAME_NOT_RESOLVED" in str(error):
            made = CannotResolveHostError(str(why or error))
        elif isinstance(why, OSError):
            made = DownloadConnectionRefusedError(str(why))
        elif _CERTIFICATE in str(error):
            host = place[0] if place is not None else ""
            facts = {"host": host, "detail": words.removeprefix("ERR_CERT_").replace("_", " ").lower()}
            return FetchError(unfetched("tls", "certificate", visit.page.url, **facts))
        else:
            made = DownloadFailedError(words.splitlines()[0])
        made.__cause__ = why
        return made


async def _enter(room: asyncio.Semaphore, url: str) -> None:
    """Wait for room for one more page. Raises `FetchError` of kind `wait` after too long: claims end."""
    try:
        async with asyncio.timeout(LONGEST_WAIT.total_seconds()):
            await room.acquire()
    except TimeoutError:
        busy = unfetched("wait", "busy", url, host="the browser")
        raise FetchError(busy, url=url, retry_after=LONGEST_WAIT) from None


_THE_BROWSERS = frozenset({"user-agent", "accept", "accept-encoding"})
"""Header fields that the browser says itself."""


def _to_response(shown: Shown, request: Request) -> Response:
    kind = HtmlResponse if "html" in shown.headers.get("content-type", "") else TextResponse
    if shown.hops:
        request.meta["redirect_urls"] = [*request.meta.get("redirect_urls", []), *shown.hops]
        request.meta["redirect_reasons"] = [*request.meta.get("redirect_reasons", []), *shown.reasons]
    # 3xx would be followed once more by Scrapy: the browser has done so
    return kind(
        shown.url, status=shown.status, headers=dict(shown.headers), body=shown.body, encoding="utf-8"
    )


def _to_browser(jar: CookieJar) -> Any:  # noqa: ANN401  (Playwright's TypedDict, which it does not name in public)
    return [
        {
            "name": cookie.name,
            "value": cookie.value or "",
            "domain": cookie.domain,
            "path": cookie.path,
            "secure": cookie.secure,
            "expires": cookie.expires if cookie.expires is not None else -1,
        }
        for cookie in jar
    ]


def _from_browser(jar: CookieJar, cookies: Any, outlet: OutletOptions) -> None:  # noqa: ANN401  (Playwright's TypedDict)
    """Keep what the outlet's own hosts have set."""
    for given in cookies:
        domain = given["domain"]
        if not outlet.is_own(domain.lstrip(".")):
            continue
        expires = None if given["expires"] < 0 else int(given["expires"])
        jar.set_cookie(
            Cookie(
                0,
                given["name"],
                given["value"],
                None,
                False,
                domain,
                domain.startswith("."),
                domain.startswith("."),
                given["path"],
                True,
                given["secure"],
                expires,
                expires is None,
                None,
                None,
                {},
            )
        )
