"""Feeds of an outlet, found from its home page. What to try and in which order is pure; `discover` does the asking.

Tried in order: the feed that a platform has for such a page, the page itself, what it declares (`<link rel="alternate">`) and
links to, the sitemaps that robots.txt names, and only where none of these is a feed, the paths where feeds usually stand, then
lists: of its API, of its pages. Everything found is fetched and read once, so that what is offered works. All that was asked is
kept, with what came of it, so that where nothing is found it can be told what was tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from urllib.parse import urlsplit

from protego import Protego

from crawler.errors import CrawlerError, FetchError
from crawler.sources.documents import parse_feed
from crawler.sources.documents.html_page import linked_feeds
from crawler.sources.listed import FoundSource, Run, find_listed, read_listed, sitemap_source
from crawler.sources.lists.source import ListSource
from crawler.sources.platforms import platform_feed, platform_list
from crawler.urls import host_of, resolve
from crawler.values import FetchRequest, ParsedFeed, Response
from storage.troubles import Trouble

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
MOST_HANGS = 2
"""So many requests to a host may hang before it is asked no more."""
FEWEST_LINKS = 5
"""A page with scripts and fewer links than these shows nothing without its JavaScript."""
_UNREACHABLE = frozenset({"dns", "connect", "tls", "address"})
"""Troubles of a request that every other request to the host will have."""


class NextStep(StrEnum):
    """What to do after a discovery: what was found can be added or followed, or why nothing was found and what may help."""

    ADD = "add"
    FOLLOW = "follow"
    EMPTY = "empty"
    """A feed was found that has no entries."""
    ADDRESS = "address"
    """There is no such host or page."""
    LOGIN = "login"
    LATER = "later"
    """The host does not answer, or asks to come again."""
    NETWORK = "network"
    """The address is refused: a private network."""
    SCRIPT = "script"
    """The page has no links before its JavaScript has run."""
    LIST = "list"
    """Nothing was found at an address that works: the page that lists the articles is wanted."""


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
    home: str = ""
    """The page that it says it belongs to."""


@dataclass(frozen=True, slots=True)
class TriedAddress:
    """An address that was asked, and how it was come by: as `Candidate` says, `robots-file`, or `list` (pages, an API)."""

    url: str
    how: str
    kind: str = ""
    """What was found there: a kind of feed or source; "" for nothing that can be followed."""
    entries: int = 0
    trouble: Trouble | None = None
    """Why there was no good answer."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The feeds of an outlet, the best first, and what went wrong on the way, a line each."""

    site: str
    feeds: tuple[FoundFeed, ...]
    problems: tuple[str, ...]
    sources: tuple[FoundSource, ...] = ()
    """Lists that can be followed where there is no feed."""
    tried: tuple[TriedAddress, ...] = ()
    """All that was asked, in its order."""
    is_scripted: bool = False
    """Its page has no links before its JavaScript has run."""
    is_cut_short: bool = False
    """The time was over before all was tried."""

    @property
    def options(self) -> tuple[FoundFeed | FoundSource, ...]:
        """What can be polled, the best first."""
        return (*self.feeds, *self.sources)

    @property
    def next_step(self) -> NextStep:
        """What to do now."""
        if any(feed.entries for feed in self.feeds):
            return NextStep.ADD
        if self.sources:
            return NextStep.FOLLOW
        if self.feeds:
            return NextStep.EMPTY
        first = next((tried.trouble for tried in self.tried if tried.how in ("page", "platform")), None)
        if first is not None:
            return _step_after(first)
        if self.is_cut_short:
            return NextStep.LATER
        return NextStep.SCRIPT if self.is_scripted else NextStep.LIST


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


async def discover(
    fetch: Fetch,
    site: str,
    *,
    read: Read = read_here,
    run: Run = asyncio.to_thread,
    limit: timedelta | None = None,
) -> Discovery:
    """Find the feeds of the outlet whose page is `site`. Never raises for what the outlet answers: `problems` tells.

    A service reads feeds (`read`) and pages (`run`) elsewhere than in its own loop, which a large one would hold up. After
    `limit` what was found until then is given.
    """
    seeker = _Seeker(fetch, read)
    try:
        async with asyncio.timeout(None if limit is None else limit.total_seconds()):
            await _seek(seeker, site, run)
    except TimeoutError:
        seeker.is_cut_short = True
        seconds = limit.total_seconds() if limit is not None else 0
        seeker.problems.append(f"{site}: not all was tried: it took longer than {seconds:g} s")
    return seeker.result(site)


async def discover_address(
    fetch: Fetch,
    address: str,
    *,
    read: Read = read_here,
    run: Run = asyncio.to_thread,
    limit: timedelta | None = None,
) -> Discovery:
    """Do the same for an address as people write it: a bare host is asked by https, and by http where it has none."""
    if "://" in address:
        return await discover(fetch, address, read=read, run=run, limit=limit)
    found = await discover(fetch, f"https://{address}", read=read, run=run, limit=limit)
    if found.options or not _has_no_tls(found):
        return found
    again = await discover(fetch, f"http://{address}", read=read, run=run, limit=limit)
    return found if _has_no_tls(again) else again


def _has_no_tls(found: Discovery) -> bool:
    first = found.tried[0].trouble if found.tried else None
    return first is not None and first.kind in ("connect", "tls")


async def _seek(seeker: _Seeker, site: str, run: Run) -> None:
    known = platform_feed(site)
    if known is not None:
        await seeker.try_all([Candidate(known, "platform")], quietly=True)
        if seeker.found:
            return
    keys = platform_list(site)
    if keys is not None and (page := await seeker.get(keys["url"], "platform")) is not None:
        seeker.list_all(await read_listed(ListSource(), page, keys, run))
        return
    home = await seeker.get(site, "page")
    candidates: list[Candidate] = []
    base = site
    if home is not None:
        base = home.url
        try:
            seeker.keep(await seeker.read(home), home.url, "page", asked=site)
        except CrawlerError:
            candidates += page_candidates(home.body, url=home.url, content_type=_type(home))
            seeker.is_scripted = _is_scripted(home.body)
    robots = await seeker.get(resolve(base, "/robots.txt") or base, "robots-file", quietly=True)
    if robots is not None:
        candidates += robots_candidates(robots.body, url=robots.url)
    await seeker.try_all(candidates)
    if not any(feed.entries for feed in seeker.found):
        await seeker.try_all(path_candidates(base), quietly=True)
    if not any(feed.entries for feed in seeker.found):
        seeker.list_all(await find_listed(partial(seeker.get, how="list", quietly=True), home, base, run))


def _is_scripted(body: bytes) -> bool:
    """Return whether a page has nothing to follow before its JavaScript has run."""
    page = body.lower()
    return b"<script" in page and page.count(b"<a ") + page.count(b"<a\n") < FEWEST_LINKS


def _step_after(trouble: Trouble) -> NextStep:
    """Return what to do where the address itself gave no good answer."""
    if trouble.kind == "http":
        status = int(trouble.facts["status"])
        if status in (401, 402, 403, 407, 451):
            return NextStep.LOGIN
        return NextStep.LATER if status in (408, 425, 429) or status >= 500 else NextStep.ADDRESS
    if trouble.kind == "address":
        return NextStep.NETWORK
    return NextStep.ADDRESS if trouble.kind in ("dns", "url", "redirects") else NextStep.LATER


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
        self.read = read
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tried: dict[str, TriedAddress] = {}
        self._hangs: dict[str, int] = {}
        self.found: list[FoundFeed] = []
        self.problems: list[str] = []
        self.sources: list[FoundSource] = []
        self.sitemaps: list[FoundSource] = []
        """Of every page; those of news are feeds."""
        self.is_scripted = False
        self.is_cut_short = False

    def result(self, site: str) -> Discovery:
        """Return what was found until now; the last problem says what to do where there is no feed."""
        feeds = ranked(self.found)
        sources: tuple[FoundSource, ...] = ()
        if not any(feed.entries for feed in feeds):
            sources = tuple(sorted([*self.sources, *self.sitemaps], key=_worth))
        problems = [*self.problems]
        if not feeds and sources:
            problems.append(f"{site}: no feed or news sitemap; {_told(sources[0])}: follow it?")
        elif not feeds and not self.is_cut_short:
            problems.append(
                f"{site}: no feed or news sitemap was found, and no list of articles on its pages; give the address of a feed, "
                "or of the page that lists its articles"
            )
        tried = tuple(self._tried.values())
        return Discovery(site, feeds, tuple(problems), sources, tried, self.is_scripted, self.is_cut_short)

    async def get(self, url: str, how: str, *, quietly: bool = False) -> Response | None:
        """Return a good answer; None, and a problem unless `quietly`, where there is none.

        A host that can't be reached is not asked again.
        """
        async with self._room:
            host = host_of(url)
            if self._hangs.get(host, 0) >= MOST_HANGS:
                return None
            self._tried.setdefault(url, TriedAddress(url, how))
            try:
                response = await self._fetch(FetchRequest(url))
            except FetchError as error:
                trouble, problem = error.trouble, str(error)
                if error.kind in _UNREACHABLE or error.kind == "timeout":
                    self._hangs[host] = self._hangs.get(host, 0) + (
                        MOST_HANGS if error.kind in _UNREACHABLE else 1
                    )
            else:
                if response.is_success:
                    return response
                trouble = Trouble("http", {"url": response.url, "status": response.status})
                problem = f"{response.url} answered HTTP {response.status}"
        self._tried[url] = replace(self._tried[url], trouble=trouble)
        if not quietly:
            self.problems.append(problem)
        return None

    async def try_all(self, candidates: Sequence[Candidate], *, quietly: bool = False) -> None:
        """Read the candidates; what is found keeps their order."""
        new = [candidate for candidate in candidates if candidate.url not in self._tried]
        answers = await asyncio.gather(
            *(self.get(candidate.url, candidate.source, quietly=quietly) for candidate in new)
        )
        for candidate, answer in zip(new, answers, strict=True):
            if answer is None:
                continue
            try:
                feed = await self.read(answer)
            except CrawlerError as error:
                if not quietly:
                    self.problems.append(str(error))
                continue
            if feed.kind == "sitemap-index":
                children = [Candidate(child, candidate.source) for child in feed.children if _is_news(child)]
                children = children or [Candidate(child, candidate.source) for child in feed.children[:1]]
                await self.try_all(children[:MOST_SITEMAPS], quietly=quietly)
            else:
                self.keep(feed, answer.url, candidate.source, asked=candidate.url)

    def keep(self, feed: ParsedFeed, url: str, source: str, *, asked: str = "") -> None:
        """Note a feed; of a sitemap that is none of news, and lists every page of the site, the part with articles."""
        if feed.kind.startswith("sitemap") and not any(entry.title for entry in feed.entries):
            if (part := sitemap_source(feed, url)) is not None:
                self.sitemaps.append(part)
                self._note(asked or url, source, feed.kind, part.entries)
            return
        if any(known.url == url for known in self.found):
            return
        dates = [entry.published for entry in feed.entries if entry.published is not None]
        newest = max(dates, default=None)
        count = len(feed.entries)
        self.found.append(
            FoundFeed(url, source, feed.kind, feed.title, feed.language, count, newest, feed.site)
        )
        self._note(asked or url, source, feed.kind, count)

    def list_all(self, sources: Sequence[FoundSource]) -> None:
        """Note lists of articles that were found."""
        self.sources += sources
        for source in sources:
            self._note(str(source.keys["url"]), "list", source.kind, source.entries)

    def _note(self, url: str, how: str, kind: str, entries: int) -> None:
        known = self._tried.get(url, TriedAddress(url, how))
        self._tried[url] = replace(known, kind=kind, entries=entries)


def _is_news(url: str) -> bool:
    return "news" in urlsplit(url).path.lower()


def _type(response: Response) -> str | None:
    return response.headers.get("content-type")
