"""Scrapy's settings, each with what stock Scrapy does that a service that runs for months must not."""

from __future__ import annotations

from typing import Any, cast

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.utils.reactor import is_reactor_installed

from crawler.fetch.browser.chromium import Chromium
from crawler.fetch.keys import BROWSER, OPTIONS, OUTLET, PROXIES
from crawler.fetch.options import FetcherOptions, OutletOptions
from crawler.fetch.proxies import Proxies
from crawler.fetch.user_settings import merged

HANDLER = "crawler.fetch.handler.GuardedHandler"
BROWSER_HANDLER = "crawler.fetch.browser.handler.BrowserHandler"


def scrapy_settings(
    options: FetcherOptions,
    proxies: Proxies,
    outlet: OutletOptions | None = None,
    browser: Chromium | None = None,
) -> dict[str, Any]:
    """Return the settings of a resident spider: ours, then the user's for all requests, then the outlet's."""
    users = merged(options.scrapy, outlet.scrapy if outlet is not None else {})
    ours: dict[str, Any] = {
        OPTIONS: options,
        PROXIES: proxies,
        OUTLET: outlet,
        BROWSER: browser,
        # One plain asyncio loop for the whole service; or Twisted's asyncio reactor, where the process has installed it.
        "TWISTED_REACTOR_ENABLED": is_reactor_installed(),
        # On by default: a local server that executes Python, and a telnet console.
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        # By default file:, data:, ftp: and s3: URLs are opened too.
        "DOWNLOAD_HANDLERS": {
            "http": HANDLER if browser is None else BROWSER_HANDLER,
            "https": HANDLER if browser is None else BROWSER_HANDLER,
            "file": None,
            "data": None,
            "ftp": None,
            "s3": None,
        },
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": options.max_body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": options.timeout.total_seconds(),
        "USER_AGENT": options.user_agent,
        # Scrapy's default asks every outlet for its English pages.
        "DEFAULT_REQUEST_HEADERS": {},
        # Politeness is a host row in storage and a gate before the engine: no second queue here.
        "CONCURRENT_REQUESTS": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": options.concurrency,
        "DOWNLOAD_DELAY": 0,
        "SCHEDULER": "crawler.fetch.resident.NoScheduler",
        "REDIRECT_MAX_TIMES": options.max_redirects,
        "REFERRER_POLICY": "no-referrer",
        "DOWNLOADER_MIDDLEWARES_BASE": _middlewares(proxies, users),
        "SPIDER_MIDDLEWARES_BASE": {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700},
        "EXTENSIONS_BASE": {},
        # By default a hundred tasks are started for the items of every response.
        "CONCURRENT_ITEMS": 1,
        "STATS_DUMP": False,
        "LOG_ENABLED": False,
        "LOG_FORMATTER": "crawler.fetch.settings.Silent",
    }
    return merged(ours, users)


def _middlewares(proxies: Proxies, users: dict[str, Any]) -> dict[str, int]:
    """Return the downloader middlewares that are on, at Scrapy's own places, so that users order theirs as usual.

    Each of the fifteen that are on by default costs every request. The schedule retries (Scrapy asks a 429 again at once);
    robots.txt is kept in the host's row; our handler unpacks bodies.
    """
    chosen = {
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
        "crawler.fetch.middlewares.AccessMiddleware": 700,
        "crawler.fetch.middlewares.GateMiddleware": 1000,
    }
    if proxies.by_scheme or users:
        chosen["crawler.fetch.middlewares.ProxyMiddleware"] = 750
    if users:
        chosen["scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware"] = 400
        chosen["scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware"] = 590
    return chosen


class Silent(LogFormatter):
    """Says nothing of single responses: what became of a request is told to whoever asked for it."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        """Return no line, which Scrapy's documentation allows and its type forgets."""
        return cast(LogFormatterResult, None)
