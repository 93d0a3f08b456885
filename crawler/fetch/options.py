"""What a `Fetcher` is told at its start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from storage.addresses import Network


@dataclass(frozen=True, slots=True)
class FetcherOptions:
    """`timeout` bounds a whole request with its redirects; `max_body_bytes` counts after decompression.

    `proxy` is a forward proxy (http://host:port); without one the environment's http_proxy, https_proxy and no_proxy count.
    """

    user_agent: str
    concurrency: int = 64
    timeout: timedelta = timedelta(seconds=20)
    max_body_bytes: int = 10_000_000
    max_redirects: int = 5
    allow_networks: tuple[Network, ...] = ()
    proxy: str | None = None
