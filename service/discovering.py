"""The feeds of a site, found by asking it: what is given may be a home page or a feed itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.errors import CrawlerError
from crawler.feeds import parse_feed
from crawler.feeds.html import linked_feeds, recognises
from crawler.fetch import Fetcher
from crawler.pool import CpuPool
from crawler.urls import host_of
from crawler.values import FetchRequest, Response

MOST_FEEDS = 20
_HEAD = 2_000


class DiscoveryError(Exception):
    """Nothing was found; the message says why."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that can be read."""

    url: str
    title: str
    language: str | None
    entries: int


@dataclass(frozen=True, slots=True)
class FoundSite:
    """A site with its feeds, the ones that it names first coming first."""

    site: str
    name: str
    feeds: tuple[FoundFeed, ...]


async def discover(fetcher: Fetcher, pool: CpuPool, address: str) -> FoundSite:
    """Gives the feeds at an address. Raises `DiscoveryError`."""
    url = address.strip()
    if "://" not in url:
        url = f"https://{url}"
    try:
        host_of(url)
    except ValueError as error:
        raise DiscoveryError(
            f"{address!r} is no web address: give one such as https://gazette.example"
        ) from error
    try:
        response = await _ask(fetcher, url)
    except CrawlerError as error:
        raise DiscoveryError(f"It can't be had: {error}") from error
    if recognises(response.body[:_HEAD].lstrip().lower()):
        named = await pool.run(linked_feeds, response.body, url=response.url)
        feeds = [found for each in named[:MOST_FEEDS] if (found := await _read(fetcher, pool, each.url))]
        site = response.url
    else:
        parsed = await _parse(pool, response)
        feeds = [] if parsed is None else [parsed]
        site = _root(response.url)
    if not feeds:
        raise DiscoveryError(
            f"No feed was found at {response.url}: look for a link called RSS, Atom or feed there, and give its address."
        )
    return FoundSite(site, feeds[0].title or urlsplit(site).netloc, tuple(feeds))


async def _read(fetcher: Fetcher, pool: CpuPool, url: str) -> FoundFeed | None:
    try:
        return await _parse(pool, await _ask(fetcher, url))
    except (CrawlerError, DiscoveryError):
        return None  # a feed that the page names and that can't be had is none to offer


async def _ask(fetcher: Fetcher, url: str) -> Response:
    response = await fetcher.fetch(FetchRequest(url))
    if response.status != 200:
        raise DiscoveryError(f"{url} answers {response.status}.")
    return response


async def _parse(pool: CpuPool, response: Response) -> FoundFeed | None:
    try:
        feed = await pool.run(
            parse_feed, response.body, url=response.url, content_type=response.headers.get("content-type")
        )
    except CrawlerError:
        return None
    return FoundFeed(response.url, feed.title, feed.language, len(feed.entries))


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
