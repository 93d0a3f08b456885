"""Scrapy's settings for a user's spider: Scrapy's own defaults, as its users know them, but for what the service does itself.

By Scrapy's priorities, from the weakest: ours (`command`), a project's module and `[crawler.scrapy]` (`project`), the spider's
`custom_settings` (`spider`), and what must hold whatever they say (`cmdline`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from scrapy.crawler import Crawler
from scrapy.settings import Settings, default_settings

from crawler.fetch.handlers import handler_problem
from crawler.fetch.keys import OPTIONS, OUTLET, PROXIES
from crawler.fetch.options import FetcherOptions, OutletOptions
from crawler.fetch.proxies import Proxies
from crawler.fetch.settings import HANDLER
from crawler.fetch.spiders.loading import SpiderNotLoadedError
from crawler.fetch.user_settings import merged

RUN = "TOCSIN_RUN"
"""Setting: the `Run` of the spider."""
GATED_HANDLER = "crawler.fetch.spiders.gated.GatedHandler"
_DONE_BY_US = frozenset(
    {
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
        "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",
    }
)
"""robots.txt is kept in the host's row; the proxy is the operator's."""
_HOLDS: dict[str, Any] = {
    # One loop and no reactor: Scrapy's own handlers for other schemes would open files and dial as they like.
    "TWISTED_REACTOR_ENABLED": False,
    "DOWNLOADER": default_settings.DOWNLOADER,
    "ROBOTSTXT_OBEY": False,  # the gate asks
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    # Servers that execute Python, and what would end the crawl by the memory of the whole service.
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "MEMUSAGE_ENABLED": False,
    "LOG_ENABLED": False,
}


def spider_settings(
    options: FetcherOptions, proxies: Proxies, outlet: OutletOptions | None, project: str | None
) -> Settings:
    """Return the settings that a spider begins with. Raises `SpiderNotLoadedError` for a project that can't be imported."""
    middlewares = {
        path: place
        for path, place in default_settings.DOWNLOADER_MIDDLEWARES_BASE.items()
        if path not in _DONE_BY_US
    }
    ours: dict[str, Any] = {
        "USER_AGENT": options.user_agent,
        "DOWNLOAD_TIMEOUT": options.timeout.total_seconds(),
        "DOWNLOAD_MAXSIZE": options.max_body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "REDIRECT_MAX_TIMES": options.max_redirects,
        # A host's requests pass its gate one by one.
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "EXTENSIONS_BASE": {
            **default_settings.EXTENSIONS_BASE,
            "scrapy.extensions.logcount.LogCount": None,
            "crawler.fetch.spiders.log_count.OwnLogCount": 0,
        },
        "DOWNLOADER_MIDDLEWARES_BASE": {
            **middlewares,
            "crawler.fetch.spiders.own_access.OwnAccessMiddleware": 710,
            "crawler.fetch.middlewares.ProxyMiddleware": 750,
        },
    }
    settings = Settings(ours, priority="command")
    if project:
        try:
            settings.setmodule(import_module(project), priority="project")
        except Exception as error:  # a user's module may raise anything as it is imported
            raise SpiderNotLoadedError(
                f"the settings {project!r}: {type(error).__name__}: {error}"
            ) from error
    settings.setdict(merged(options.scrapy, outlet.scrapy if outlet is not None else {}), priority="project")
    settings.setdict({OPTIONS: options, PROXIES: proxies, OUTLET: outlet}, priority="cmdline")
    return settings


def hold(crawler: Crawler) -> dict[str, str]:
    """Set what holds whatever the spider's own settings say; return the download handlers that its requests end at, by scheme.

    Raises `SpiderNotLoadedError` for a handler that could be led into private networks.
    """
    named = crawler.settings.getdict("DOWNLOAD_HANDLERS")
    handlers: dict[str, str] = {}
    for scheme in ("http", "https"):
        path = named.get(scheme) or HANDLER
        problem = handler_problem(scheme, path)
        if problem is not None:
            raise SpiderNotLoadedError(f"DOWNLOAD_HANDLERS, {problem}")
        handlers[scheme] = path
    schemes: dict[str, str | None] = dict.fromkeys(default_settings.DOWNLOAD_HANDLERS_BASE)
    gated = {**schemes, "http": GATED_HANDLER, "https": GATED_HANDLER}
    crawler.settings.setdict({**_HOLDS, "DOWNLOAD_HANDLERS": gated}, priority="cmdline")
    return handlers
