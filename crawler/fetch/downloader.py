"""Our downloader for Scrapy (setting `DOWNLOADER`): middlewares and handlers, asked directly.

Scrapy's engine hands a request over through its host's slot, three tasks, two kinds of futures and five signals. Politeness is a
row in storage here and nobody listens to the signals, so a request that goes from middleware to handler without them costs half.
"""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.core.downloader import Downloader
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred
from typing_extensions import override


class DirectDownloader(Downloader):
    """Downloads each request at once. One that is given up (its task cancelled) is given up on the network too."""

    async def follow(self, request: Request) -> Response:
        """Gives the response at the end of the redirects, with the request that it answers."""
        while True:
            found = await self._send(request)
            if isinstance(found, Request):
                request = found
                continue
            found.request = request
            return found

    @override
    def fetch(self, request: Request, spider: Spider | None = None) -> Deferred[Response | Request]:
        """Gives the response, or the request that a redirect asks for: for the engine, which here has nothing to ask."""
        return deferred_from_coro(self._send(request))

    async def _send(self, request: Request) -> Response | Request:
        return await self.middleware.download_async(self.handlers.download_request_async, request)

    @override
    def needs_backout(self) -> bool:
        """Tells the engine that its scheduler need never be asked: requests come by `follow` alone."""
        return True
