"""The outlet's headers and cookies on the requests of its spider."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.fetch.cookies import OutletCookies, cookie_pairs
from crawler.fetch.keys import OUTLET
from crawler.fetch.options import OutletOptions

SENT = "tocsin_headers"
"""Meta: the names of the outlet's header fields that were sent."""


class OwnAccessMiddleware:
    """Sends what the outlet's settings ask for. Cookies come after Scrapy's own (700): what a host has set since counts more."""

    def __init__(self, outlet: OutletOptions) -> None:
        self._outlet = outlet
        self._cookies = (
            OutletCookies(outlet.cookies_file, outlet.cookies)
            if outlet.cookies_file is not None or outlet.cookies
            else None
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OwnAccessMiddleware:
        """Return the middleware of a crawler."""
        outlet: OutletOptions | None = crawler.settings[OUTLET]
        if outlet is None or not (outlet.header_names or outlet.cookies_file or outlet.cookies):
            raise NotConfigured
        return cls(outlet)

    def process_request(self, request: Request) -> None:
        """Set the header fields and cookies for the host that is asked now; what the spider set itself stays."""
        parts = urlsplit(request.url)
        was_private = any(url.startswith("https:") for url in request.meta.get("redirect_urls", ()))
        meant = self._outlet.headers_for(
            (parts.hostname or "").lower(), is_safe=parts.scheme == "https" or not was_private
        )
        for name in request.meta.get(SENT, ()):  # what a redirect has brought along from the host before
            if name not in meant:
                request.headers.pop(name, None)
        for name, value in meant.items():
            request.headers.setdefault(name, value)
        request.meta[SENT] = tuple(meant)
        if self._cookies is not None and not request.meta.get("dont_merge_cookies"):
            self._add_cookies(request, self._cookies)

    def _add_cookies(self, request: Request, cookies: OutletCookies) -> None:
        bare = request.copy()
        bare.headers.pop("Cookie", None)
        cookies.jar().add_cookie_header(bare)
        sent = cookie_pairs(request.headers.get("Cookie"))
        pairs = {**cookie_pairs(bare.headers.get("Cookie")), **sent}
        if pairs != sent:
            request.headers["Cookie"] = b"; ".join(name + b"=" + value for name, value in pairs.items())
