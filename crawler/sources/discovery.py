"""Feeds of an outlet, found from its home page. What to try and in which order is pure; `discover` does the asking.

Tried in order: the feed that a platform has for such a page, the page itself, what it declares (`<link rel="alternate">`) and
links to, the sitemaps that robots.txt names, and only where none of these is a feed, the paths where feeds usually stand, then
lists: of its API, of its pages. Everything found is fetched and read once, so that what is offered works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from protego import Protego

from crawler.errors import CrawlerError
from crawler.sources.documents import parse_feed
from crawler.sources.documents.html_page import linked_feeds
from crawler.sources.listed import FoundSource, find_listed, read_listed, sitemap_source
from crawler.sources.lists.source import ListSource
from crawler.sources.platforms import platform_feed, platform_list
from crawler.urls import resolve
from crawler.values import FetchRequest, ParsedFeed, Response

Fetch = Callable[[FetchRequest], Awaitable[Response]]
Read = Callable[[Response], Awaitable[ParsedFeed]]
"""Reads a feed; raises `CrawlerError`."""

COMMON_PATHS = (
    *(
        "/feed",
        "/rss",
        "/rss.xml",
        "/feed.xml",
        "/atom.xml",
        "/index.xml",
        "/feed.json",
        "/feeds",
        "/rss/all.xml",
    ),
    *("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml"),
)
MOST_TRIED = 12
"""Addresses of one sort that are asked: a page may name a feed for each of its sections."""
MOST_SITEMAPS = 4
AT_ONCE = 2
"""Requests to the outlet at one time."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed, and how it was come by: `platform`, `page`, `link`, `robots`, `path`."""

    url: str
    source: str


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that was found and read."""

    url: str
    source: str
    kind: str
    title: str
    language: str | None
    entries: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Discovery:
    """The feeds of an outlet, the best first, and what went wrong on the way, a line each."""

    site: str
    feeds: tuple[FoundFeed, ...]
    problems: tuple[str, ...]
    sources: tuple[FoundSource, ...] = ()
    """Lists that can be followed where there is no feed."""


def page_candidates(body: bytes, *, url: str, content_type: str | None = None) -> tuple[Candidate, ...]:
    """Return the addresses that a page names as feeds, the likeliest first."""
    links = linked_feeds(body, url=url, content_type=content_type)
    return tuple(Candidate(link.url, "link") for link in links[:MOST_TRIED])


def robots_candidates(body: bytes, *, url: str) -> tuple[Candidate, ...]:
    """Return the sitemaps that a robots.txt names, those of news first."""
    names = (resolve(url, name) for name in Protego.parse(body.decode("utf-8", errors="replace")).sitemaps)
    sitemaps = dict.fromkeys(name for name in names if name is not None)
    ordered = sorted(sitemaps, key=lambda name: "news" not in urlsplit(name).path.lower())
    return tuple(Candidate(name, "robots") for name in ordered[:MOST_SITEMAPS])


def path_candidates(url: str) -> tuple[Candidate, ...]:
    """Return the addresses where feeds usually stand: beside the page, and at the root of its host."""
    beside = url.rstrip("/")
    root = resolve(url, "/") or url
    guesses = [beside + path for path in COMMON_PATHS[:3]] if urlsplit(url).path.strip("/") else []
    guesses += [root.rstrip("/") + path for path in COMMON_PATHS]
    return tuple(Candidate(guess, "path") for guess in dict.fromkeys(guesses))


def ranked(feeds: Sequence[FoundFeed]) -> tuple[FoundFeed, ...]:
    """Put the best first: what has entries, feeds before sitemaps; else the order in which they were found."""
    return tuple(sorted(feeds, key=lambda feed: (feed.entries == 0, feed.kind.startswith("sitemap"))))


async def read_here(response: Response) -> ParsedFeed:
    """Read a feed in this process."""
    return parse_feed(response.body, url=response.url, content_type=_type(response))


async def discover(fetch: Fetch, site: str, *, read: Read = read_here) -> Discovery:
    """Find the feeds of the outlet whose page is `site`. Never raises for what the outlet answers: `problems` tells.

    A service reads them elsewhere than in its own loop, which a large feed would hold up.
    """
    seeker = _Seeker(fetch, read)
    known = platform_feed(site)
    if known is not None:
        await seeker.try_all([Candidate(known, "platform")], quietly=True)
        if seeker.found:
            return Discovery(site, tuple(seeker.found), ())
    keys = platform_list(site)
    if keys is not None and (page := await seeker.get(keys["url"])) is not None:
        return Discovery(site, (), tuple(seeker.problems), await read_listed(ListSource(), page, keys))
    home = await seeker.get(site)
    candidates: list[Candidate] = []
    base = site
    if home is not None:
        base = home.url
        try:
            seeker.keep(await read(home), home.url, "page")
        except CrawlerError:
            candidates += page_candidates(home.body, url=home.url, content_type=_type(home))
    robots = await seeker.get(resolve(base, "/robots.txt") or base, quietly=True)
    if robots is not None:
        candidates += robots_candidates(robots.body, url=robots.url)
    await seeker.try_all(candidates)
    if not any(feed.entries for feed in seeker.found):
        await seeker.try_all(path_candidates(base), quietly=True)
    feeds = ranked(seeker.found)
    problems = [*seeker.problems]
    sources: tuple[FoundSource, ...] = ()
    if not any(feed.entries for feed in feeds):
        listed = await find_listed(partial(seeker.get, quietly=True), home, base)
        sources = tuple(sorted([*listed, *seeker.sitemaps], key=_worth))
    if not feeds and sources:
        problems.append(f"{site}: no feed or news sitemap; {_told(sources[0])}: follow it?")
    elif not feeds:
        problems.append(
            f"{site}: no feed or news sitemap was found, and no list of articles on its pages; give the address of a feed, or of "
            "the page that lists its articles"
        )
    return Discovery(site, feeds, tuple(problems), sources)


def _told(source: FoundSource) -> str:
    """Return what a source is, for people."""
    if source.kind == "json":
        return f"its API lists {source.entries} articles"
    if source.kind == "sitemap":
        return f"the sitemap {source.keys['url']} has {source.entries} pages like {source.like}…"
    return f"{source.keys['url']} lists {source.entries} articles like {source.like}…"


def _worth(source: FoundSource) -> tuple[int, int]:
    """Sort the best first: an API says all, a list with dates what is new, a sitemap has no titles."""
    kinds = ("json", "list", "sitemap")
    return (
        3 if source.kind == "list" and source.newest is None else kinds.index(source.kind),
        -source.entries,
    )


class _Seeker:
    """Asks for addresses, each once, and keeps what is a feed."""

    def __init__(self, fetch: Fetch, read: Read) -> None:
        self._fetch = fetch
        self._read = read
        self._room = asyncio.Semaphore(AT_ONCE)
        self._asked: set[str] = set()
        self.found: list[FoundFeed] = []
        self.problems: list[str] = []
        self.sitemaps: list[FoundSource] = []
        """Of every page; those of news are feeds."""

    async def get(self, url: str, *, quietly: bool = False) -> Response | None:
        """Return a good answer; None, and a problem unless `quietly`, where there is none."""
        self._asked.add(url)
        try:
            async with self._room:
                response = await self._fetch(FetchRequest(url))
        except CrawlerError as error:
            problem = str(error)
        else:
            if response.is_success:
                return response
            problem = f"{response.url} answered HTTP {response.status}"
        if not quietly:
            self.problems.append(problem)
        return None

    async def try_all(self, candidates: Sequence[Candidate], *, quietly: bool = False) -> None:
        """Read the candidates; what is found keeps their order."""
        new = [candidate for candidate in candidates if candidate.url not in self._asked]
        answers = await asyncio.gather(*(self.get(candidate.url, quietly=quietly) for candidate in new))
        for candidate, answer in zip(new, answers, strict=True):
            if answer is None:
                continue
            try:
                feed = await self._read(answer)
            except CrawlerError as error:
                if not quietly:
                    self.problems.append(str(error))
                continue
            if feed.kind == "sitemap-index":
                children = [Candidate(child, candidate.source) for child in feed.children if _is_news(child)]
                children = children or [Candidate(child, candidate.source) for child in feed.children[:1]]
                await self.try_all(children[:MOST_SITEMAPS], quietly=quietly)
            else:
                self.keep(feed, answer.url, candidate.source)

    def keep(self, feed: ParsedFeed, url: str, source: str) -> None:
        """Note a feed; of a sitemap that is none of news, and lists every page of the site, the part with articles."""
        if feed.kind.startswith("sitemap") and not any(entry.title for entry in feed.entries):
            if (part := sitemap_source(feed, url)) is not None:
                self.sitemaps.append(part)
            return
        if any(known.url == url for known in self.found):
            return
        dates = [entry.published for entry in feed.entries if entry.published is not None]
        self.found.append(
            FoundFeed(
                url, source, feed.kind, feed.title, feed.language, len(feed.entries), max(dates, default=None)
            )
        )


def _is_news(url: str) -> bool:
    return "news" in urlsplit(url).path.lower()


def _type(response: Response) -> str | None:
    return response.headers.get("content-type")
