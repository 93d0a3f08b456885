"""Scrapy's settings as users name them (`[crawler.scrapy]`, `[outlets.scrapy]`): which may not be set, and how TOML says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scrapy.utils.misc import load_object

from crawler.fetch.handlers import handler_problem

_OURS = {
    "AUTOTHROTTLE_": "the pace at a host is set by [crawler] per_host_delay",
    "CLOSESPIDER_": "the crawl never ends while the service runs",
    "CONCURRENT_REQUESTS": "use [crawler] concurrency and per_host_concurrency",
    "DOWNLOAD_DELAY": "use [crawler] per_host_delay",
    "DOWNLOAD_MAXSIZE": "use [crawler] max_body",
    "DOWNLOAD_SLOTS": "the pace at a host is set by [crawler] per_host_delay",
    "DOWNLOAD_TIMEOUT": "use [crawler] timeout",
    "DOWNLOAD_VERIFY_CERTIFICATES": "certificates are always verified",
    "MEMUSAGE_": "it would end the crawl; limit the service's memory in its systemd unit or container",
    "REDIRECT_ENABLED": "redirects are followed one by one, each in its host's turn",
    "ROBOTSTXT_": "use [crawler] obey_robots",
    "USER_AGENT": "use [crawler] user_agent, which robots.txt is read by too",
    "DOWNLOADER": "the service needs Scrapy's own downloader",
    "SCHEDULER": "polls are scheduled in the database",
    "DUPEFILTER_": "polls are scheduled in the database",
    "JOBDIR": "polls are scheduled in the database",
    "REMOTE_CONTROL_": "it is a server that executes Python",
    "TELNETCONSOLE_": "it is a server that executes Python",
    "TWISTED_": "the service runs Scrapy without Twisted's reactor",
    "ASYNCIO_EVENT_LOOP": "the service runs on one event loop of its own",
    "FORCE_CRAWLER_PROCESS": "the service runs Scrapy in its own process",
    "SPIDER_": "the service fetches with a spider of its own; spider middlewares see none of its requests",
    "ITEM_PIPELINES": "the service's own requests yield no items",
    "LOG_": "use the service's own log",
    "TOCSIN_": "this name is reserved",
}
"""Settings that would break the service, by name or by the beginning of it (with "_"), and what to do instead."""
_COMPONENTS = ("DOWNLOADER_MIDDLEWARES", "DOWNLOAD_HANDLERS", "EXTENSIONS")
"""Tables of components, in which Scrapy switches one off by None. TOML has no None: there, false does."""


def scrapy_problems(table: Mapping[str, Any]) -> Iterator[str]:
    """Find the settings that may not be set, and the download handlers that may not be used: one sentence each."""
    for name, value in table.items():
        reason = next((reason for key, reason in _OURS.items() if _covers(key, name)), None)
        if reason is not None:
            yield f"{name} can't be set: {reason}"
        elif name.endswith("_BASE"):
            yield f"{name} can't be set: use {name.removesuffix('_BASE')}, which is added to it"
        elif name in _COMPONENTS and not isinstance(value, Mapping):
            yield f'{name} must be a table, such as {{ "package.module.Class" = 543 }}'
        elif name == "DOWNLOAD_HANDLERS":
            for scheme, path in value.items():
                problem = handler_problem(scheme, path)
                if problem is not None:
                    yield f"DOWNLOAD_HANDLERS, {problem}"
        elif name in _COMPONENTS:
            yield from (f"{name}: {words}" for words in _unloadable(value))


def merged(*tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of several tables, a later one's over an earlier one's; tables of components are joined."""
    settings: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            if isinstance(value, Mapping):
                value = {key: None if inner is False else inner for key, inner in value.items()}
                before = settings.get(name)
                value = {**before, **value} if isinstance(before, dict) else value
            settings[name] = value
    return settings


def _unloadable(components: Mapping[str, Any]) -> Iterator[str]:
    for path, order in components.items():
        if order is not False and type(order) is not int:
            yield f"{path} must have a number (its place in the order) or false (switched off)"
            continue
        try:
            load_object(path)
        except (ImportError, NameError, ValueError) as error:
            yield f"{path} can't be loaded: {error}"


def _covers(key: str, name: str) -> bool:
    if key == "CONCURRENT_REQUESTS":
        return name.startswith(key)
    return name.startswith(key) if key.endswith("_") else name == key
