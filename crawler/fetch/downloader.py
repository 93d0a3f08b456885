"""Our downloader for Scrapy (setting `DOWNLOADER`): middlewares and handler, without slots.

Scrapy's own queues each request in its host's slot and hands it over through two more tasks and five signals. Politeness is a
row in storage here, so a slot would only wait a second time; without it a request costs a third less.
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

    @override
    def fetch(self, request: Request, spider: Spider | None = None) -> Deferred[Response | Request]:
        """Gives the response, or the request that a redirect asks for."""
        return deferred_from_coro(self._fetch(request))

    async def _fetch(self, request: Request) -> Response | Request:
        self.active.add(request)
        try:
            return await self.middleware.download_async(self.handlers.download_request_async, request)
        finally:
            self.active.discard(request)

    @override
    def needs_backout(self) -> bool:
        """Tells the engine that its scheduler need never be asked: requests come by `download_async` alone."""
        return True
