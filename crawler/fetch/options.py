"""What a `Fetcher` is told at its start."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from crawler.access.hosts import is_own, own_hosts
from crawler.access.keys import AccessKeys, BasicKeys, LoginKeys, is_harmless
from storage.addresses import Network


@dataclass(frozen=True, slots=True)
class OutletOptions:
    """What holds for one outlet's requests alone. `scrapy` are Scrapy's settings, on top of everybody's.

    `headers` and `basic` go to the outlet's own hosts (`hosts`, and those under them); elsewhere, where its links and redirects
    lead, only what asks for a form or a language of the answer. `cookies_file` or `cookies` is in Netscape's format; `ca_file` or
    `certificates` (PEM) are trusted beside the system's.
    """

    scrapy: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies_file: Path | None = None
    ca_file: Path | None = None
    hosts: frozenset[str] = frozenset()
    cookies: str = field(default="", repr=False)
    certificates: str = field(default="", repr=False)
    basic: BasicKeys | None = None
    login: LoginKeys | None = None
    browser: bool = False

    @property
    def needs_own_crawler(self) -> bool:
        """Whether there is something that only a crawler of the outlet's own can do."""
        return bool(self.scrapy or self.certificates) or self.ca_file is not None

    @property
    def has_cookies(self) -> bool:
        """Whether its cookies are kept from one request to the next."""
        return bool(self.cookies or self.browser or self.login) or self.cookies_file is not None

    @property
    def header_names(self) -> frozenset[str]:
        """The names of the header fields that it asks for."""
        return frozenset((*self.headers, "Authorization") if self.basic is not None else self.headers)

    def is_own(self, host: str) -> bool:
        """Return whether a host is the outlet's."""
        return is_own(host, self.hosts)

    def headers_for(self, host: str, *, is_safe: bool = True) -> dict[str, str]:
        """Return the header fields for a request to a host; `is_safe` is False where others can read what was private before.

        Raises `SecretFileError`.
        """
        if not is_safe or not self.is_own(host):
            return {name: value for name, value in self.headers.items() if is_harmless(name)}
        if self.basic is None:
            return dict(self.headers)
        login = f"{self.basic.user}:{self.basic.secret()}".encode()
        return {**self.headers, "Authorization": f"Basic {b64encode(login).decode()}"}


def outlet_options(
    keys: AccessKeys, addresses: Iterable[str], scrapy: Mapping[str, Any] | None = None
) -> OutletOptions:
    """Return what an outlet asks for. `addresses` are its site's and its sources': their hosts are its own."""
    return OutletOptions(
        scrapy=scrapy or {},
        headers={**keys.headers, "User-Agent": keys.user_agent} if keys.user_agent else keys.headers,
        cookies_file=keys.cookies_file,
        ca_file=keys.ca_file,
        hosts=own_hosts(addresses),
        cookies=keys.cookies.get_secret_value(),
        certificates=keys.certificates,
        basic=keys.basic,
        login=keys.login,
        browser=keys.browser,
    )


LookUp = Callable[[str], Awaitable[OutletOptions | None]]
"""Given an outlet's name; may raise `FetchError`."""


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """The browser: `executable` (left out: the system's Chromium), or the `url` of a remote one's DevTools (ws://)."""

    executable: str = ""
    url: str = field(default="", repr=False)
    pages: int = 2
    """At the same time."""
    most_memory_bytes: int = 1_000_000_000
    timeout: timedelta = timedelta(seconds=60)
    """For a whole page, in place of a request's."""
    sandbox: bool = True


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
    browser: BrowserOptions = BrowserOptions()
    look_up: LookUp | None = None
    """What else is known of an outlet that is not among these, asked again whenever its stamp has changed."""

    @property
    def may_browse(self) -> bool:
        """Whether an outlet may ask for the browser."""
        return self.knows_more or any(outlet.browser for outlet in self.outlets.values())

    @property
    def knows_more(self) -> bool:
        """Whether outlets beside those named may ask for something."""
        return self.look_up is not None
