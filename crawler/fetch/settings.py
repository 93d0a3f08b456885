"""Scrapy's settings, each with what stock Scrapy does that a service that runs for months must not."""

from __future__ import annotations

from typing import Any

from crawler.fetch.options import FetcherOptions

HANDLER = "crawler.fetch.handler.GuardedHandler"


def scrapy_settings(options: FetcherOptions) -> dict[str, Any]:
    """Gives the settings of the one resident spider."""
    return {
        # One plain asyncio loop for the whole service; Scrapy's aiohttp handler then does the downloading.
        "TWISTED_REACTOR_ENABLED": False,
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
        # By default certificates are not verified.
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        # By default 1 GB; this bounds the decompressed body too.
        "DOWNLOAD_MAXSIZE": options.max_body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": options.timeout.total_seconds(),
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        # By default failures, 429 too, are asked again at once, without regard to Retry-After. The schedule retries.
        "RETRY_ENABLED": False,
        "REDIRECT_MAX_TIMES": options.max_redirects,
        "METAREFRESH_ENABLED": False,
        # Politeness is a host row in storage and a gate before the engine; Scrapy's slots must not wait on their own.
        "CONCURRENT_REQUESTS": options.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": options.concurrency,
        "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": False,
        # robots.txt is kept in the host row, over restarts; the middleware would ask again in every process.
        "ROBOTSTXT_OBEY": False,
        "USER_AGENT": options.user_agent,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.fetch.handler.TargetGuard": 760,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
        },
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        # By default a hundred tasks are started for the items of every response.
        "CONCURRENT_ITEMS": 1,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "LOG_ENABLED": False,
    }
