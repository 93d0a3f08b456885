"""Our downloader middlewares: the outlet's headers and cookies, the operator's proxy, and the gate before every host."""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from crawler.errors import FetchError
from crawler.fetch.keys import OWN_PROXY, PLAN, PROXIES
from crawler.fetch.options import OutletOptions
from crawler.fetch.plan import Gate, Plan
from crawler.fetch.proxies import Proxies
from crawler.unfetched import unfetched
from crawler.urls import host_of


def _same_place(url: str, origin: str) -> bool:
    """Return whether two addresses are of one host, the first as well guarded as the second."""
    return host_of(url) == host_of(origin) and (url.startswith("https:") or not origin.startswith("https:"))


class AccessMiddleware:
    """Sends what an outlet's access asks for, and keeps cookies; one middleware, since each costs every request.

    Header fields go to the outlet's own hosts, elsewhere only what is no secret. Cookies are kept for the length of one request
    and its redirects: some outlets give the feed only to those who bring one back. An outlet with cookies of its own, or a login,
    has one jar for all its requests. Each cookie goes to its own hosts alone.
    """

    def process_request(self, request: Request) -> None:
        """Set the header fields and cookies for the host that is asked now."""
        plan: Plan | None = request.meta.get(PLAN)
        if plan is None:
            return
        if plan.outlet is not None and (names := plan.outlet.header_names):
            _set_headers(request, plan, plan.outlet, names)
        if plan.cookies is not None:
            request.headers.pop("Cookie", None)
            plan.cookies.add_cookie_header(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep what the host sets."""
        plan: Plan | None = request.meta.get(PLAN)
        if plan is not None and "Set-Cookie" in response.headers:
            if plan.cookies is None:
                plan.cookies = CookieJar()
            plan.cookies.extract_cookies(response, request)
        return response


def _set_headers(request: Request, plan: Plan, outlet: OutletOptions, names: frozenset[str]) -> None:
    parts = urlsplit(request.url)
    was_private = plan.origin.startswith("https:")
    meant = outlet.headers_for(
        (parts.hostname or "").lower(), is_safe=parts.scheme == "https" or not was_private
    )
    for name in names:
        if name in meant:
            request.headers[name] = meant[name]
        else:
            request.headers.pop(name, None)


class ProxyMiddleware:
    """Chooses the proxy (`request.meta["proxy"]`), unless a middleware before it has."""

    def __init__(self, crawler: Crawler) -> None:
        self._proxies: Proxies = crawler.settings[PROXIES]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ProxyMiddleware:
        """Return the middleware of a crawler."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Set the proxy of the address that is asked now. Raises `RefusedAddressError` for one spelled as private."""
        meta = request.meta
        chosen = meta.get("proxy")
        if chosen is not None and chosen != meta.get(OWN_PROXY):
            self._proxies.refuse_private(request.url)
            return
        proxy = self._proxies.of(request.url)
        if proxy != chosen:
            meta["proxy"] = meta[OWN_PROXY] = proxy


class GateMiddleware:
    """Lets a request that follows another (a redirect, a middleware's second try) pass to its host in its turn alone.

    The last before the network: what a middleware answers by itself takes no turn.
    """

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Wait for the turn, which does not count against the timeout. Raises what the gate raises."""
        plan: Plan | None = request.meta.get(PLAN)
        if plan is None:
            return None
        plan.url = request.url
        plan.asked += 1
        if plan.is_login and request.body and not _same_place(request.url, plan.origin):
            # a redirect that keeps the method (307, 308) would hand the password on
            raise FetchError(unfetched("login", "login-elsewhere", plan.origin, host=host_of(request.url)))
        if plan.asked == 1 or plan.gate is None:
            request.meta["download_timeout"] = plan.time_left()
            return None
        return self._wait(request, plan, plan.gate)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Give the turn back."""
        plan: Plan | None = request.meta.get(PLAN)
        if plan is not None and plan.turn is not None:
            await plan.turn.aclose()
        return response

    async def _wait(self, request: Request, plan: Plan, gate: Gate) -> None:
        await plan.pass_gate(request.url, gate)
        request.meta["download_timeout"] = plan.time_left()
