"""The download handler of users' spiders: every request, whoever made it, passes the gate before its host, one turn each.

It is the last before the network, below all middlewares, so that a redirect, a retry and a media pipeline's file pass it too.
The handler that does the work (ours, or one that guards addresses as ours does) is inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import build_from_crawler, load_object

from crawler.errors import FetchError
from crawler.fetch.explain import explain
from crawler.fetch.spiders.crawl_settings import RUN
from crawler.values import Response as Shown

if TYPE_CHECKING:
    from crawler.fetch.spiders.run import Run


class GatedHandler(BaseDownloadHandler):
    """Passes requests on to the handler of the spider's settings, each in its turn."""

    lazy = False
    guards_addresses = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run: Run = crawler.settings[RUN]
        self._inner: dict[str, BaseDownloadHandler] = {}
        self._run.opened.append(self)

    async def download_request(self, request: Request) -> Response:
        """Return the answer. Raises `IgnoreRequest` for what may not be asked, and what the handler inside raises."""
        try:
            if self._run.is_members(request):
                response = await self._run.visit(request, self._in_turn)
            else:
                response = await self._in_turn(request)
        except FetchError as error:  # robots.txt forbids it, its host rests, or the login is refused
            self._run.notes.refused(request.url, error)
            raise IgnoreRequest(str(error)) from error
        if response.status >= 400:
            self._run.notes.bad_status(request.url, response.status)
        return response

    async def _in_turn(self, request: Request) -> Response:
        """Return the answer. Raises `FetchError` where the gate does, and what the handler inside raises."""
        self._run.count_request()
        async with self._run.turn(request.url) as answer:
            try:
                response = await self._run.until_halted(self._ask(request))
            except Exception as error:  # handlers, aiohttp and ssl raise their own; the gate must hear of all
                found = explain(error, request.url, self._run.options, asked=request.url)
                answer.trouble, answer.hung = found.trouble, found.kind == "timeout"
                self._run.notes.failed(request.url, found.trouble)
                raise
            answer.status = response.status
            said = response.headers.get("Retry-After")
            answer.retry_after = said.decode("latin-1") if said is not None else None
        return response

    async def _ask(self, request: Request) -> Response:
        if self._run.shows(request):
            return _as_scrapy(await self._run.shown(request.url))
        return await self._handler(urlparse_cached(request).scheme).download_request(request)

    def _handler(self, scheme: str) -> BaseDownloadHandler:
        if scheme not in self._inner:
            kind = load_object(self._run.handlers[scheme])
            self._inner[scheme] = build_from_crawler(kind, self.crawler)
        return self._inner[scheme]

    async def close(self) -> None:
        """Close the handlers inside."""
        while self._inner:
            await self._inner.popitem()[1].close()


def _as_scrapy(shown: Shown) -> Response:
    """Return a page that the browser showed as Scrapy's response."""
    headers = {name.title().encode(): value.encode() for name, value in shown.headers.items()}
    kind = responsetypes.from_args(headers=headers, url=shown.url, body=shown.body)
    return kind(shown.url, status=shown.status, headers=headers, body=shown.body)
