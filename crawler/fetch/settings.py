"""Scrapy's settings, each with what stock Scrapy does that a service that runs for months must not."""

from __future__ import annotations

from typing import Any, cast

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.utils.reactor import is_reactor_installed

from crawler.fetch.options import FetcherOptions

HANDLER = "crawler.fetch.handler.GuardedHandler"


def scrapy_settings(options: FetcherOptions) -> dict[str, Any]:
    """Gives the settings of the one resident spider."""
    return {
        # One plain asyncio loop for the whole service; or Twisted's asyncio reactor, where the process has installed it.
        "TWISTED_REACTOR_ENABLED": is_reactor_installed(),
        # On by default: a local server that executes Python, and a telnet console.
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        # By default file:, data:, ftp: and s3: URLs are opened too.
        "DOWNLOAD_HANDLERS": {
            "http": HANDLER,
            "https": HANDLER,
            "file": None,
            "data": None,
            "ftp": None,
            "s3": None,
        },
        # Politeness is a host row in storage and a gate before the engine: no second queue here.
        "DOWNLOADER": "crawler.fetch.downloader.DirectDownloader",
        "REDIRECT_MAX_TIMES": options.max_redirects,
        # Each of the fifteen that are on by default costs every request. Our fetcher and handler see to headers, compression,
        # limits and proxies; the schedule retries (Scrapy asks a 429 again at once); robots.txt is kept in the host's row.
        "DOWNLOADER_MIDDLEWARES_BASE": {"scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600},
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        # By default a hundred tasks are started for the items of every response.
        "CONCURRENT_ITEMS": 1,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "LOG_ENABLED": False,
        "LOG_FORMATTER": "crawler.fetch.settings.Silent",
    }


class Silent(LogFormatter):
    """Says nothing of single responses: what became of a request is told to who asked for it."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        """Gives no line, which Scrapy's documentation allows and its type forgets."""
        return cast(LogFormatterResult, None)
