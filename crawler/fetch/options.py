"""What a `Fetcher` is told at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from storage.addresses import Network

_HARMLESS = ("accept", "user-agent", "dnt")
"""Beginnings of the names of fields that tell nobody a secret."""


@dataclass(frozen=True, slots=True)
class OutletOptions:
    """What holds for one outlet's requests alone. `scrapy` are Scrapy's settings, on top of everybody's.

    `headers` are sent to the outlet's own hosts (`hosts`, and those under them); elsewhere, where its links and redirects lead,
    only what asks for a form or a language of the answer. `cookies_file` is in Netscape's format, `ca_file` holds certificates
    (PEM) that are trusted beside the system's.
    """

    scrapy: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies_file: Path | None = None
    ca_file: Path | None = None
    hosts: frozenset[str] = frozenset()

    @property
    def needs_own_crawler(self) -> bool:
        """Whether there is something that only a crawler of the outlet's own can do."""
        return bool(self.scrapy) or self.ca_file is not None

    def headers_for(self, host: str) -> dict[str, str]:
        """Return the header fields for a request to a host."""
        if any(host == own or host.endswith(f".{own}") for own in self.hosts):
            return dict(self.headers)
        return {name: value for name, value in self.headers.items() if name.lower().startswith(_HARMLESS)}


@dataclass(frozen=True, slots=True)
class FetcherOptions:
    """`timeout` bounds a whole request with its redirects; `max_body_bytes` counts after decompression.

    `proxy` is a forward proxy (http://host:port); without one the environment's http_proxy, https_proxy and no_proxy count.
    `scrapy` are Scrapy's own settings for every request; `outlets` is what single outlets ask for, by their names.
    """

    user_agent: str
    concurrency: int = 64
    timeout: timedelta = timedelta(seconds=20)
    max_body_bytes: int = 10_000_000
    max_redirects: int = 5
    allow_networks: tuple[Network, ...] = ()
    proxy: str | None = None
    scrapy: Mapping[str, Any] = field(default_factory=dict)
    outlets: Mapping[str, OutletOptions] = field(default_factory=dict)
