"""What a `Fetcher` is told at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from storage.addresses import Network


@dataclass(frozen=True, slots=True)
class OutletOptions:
    """What holds for one outlet's requests alone. `scrapy` are Scrapy's settings, on top of everybody's."""

    scrapy: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs_own_crawler(self) -> bool:
        """Whether there is something that only a crawler of the outlet's own can do."""
        return bool(self.scrapy)


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
