"""Sources of an outlet that names no feed: a list that its site's API gives, and pages of it that list articles."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import CrawlerError
from crawler.sources.base import Source, SourceDocument, settings_of
from crawler.sources.json_list import JsonSource
from crawler.sources.lists.addresses import shape_of
from crawler.sources.lists.learning import ListRule
from crawler.sources.lists.links import PageLink, links_of, parse_page
from crawler.sources.lists.source import ListSource
from crawler.urls import resolve
from crawler.values import ParsedFeed, Response

FEWEST_PAGES = 5
"""Articles that a sitemap must list in one folder."""
MOST_SECTIONS = 3
"""Pages of a site besides the one given that are looked at for lists."""
WORDPRESS = "/wp-json/wp/v2/posts?per_page=20"
_SECTION = re.compile(
    r"press|presse|prensa|imprensa|stampa|news|nouvelles|actualit|noticias|notícias|notizie|nachrichten|aktuell|meldung|communiqu|"
    r"comunicad|releases?|media|blog|haber|новост|пресс|новини|wiadomo|aktualno|zpráv|hír|νέα|ειδήσ|אקטואליה|חדשות|أخبار|الأخبار|بلاغات|"
    r"بيانات|अखबार|समाचार|新闻|新聞|ニュース|お知らせ|뉴스|보도",
    re.IGNORECASE,
)

Get = Callable[[str], Awaitable[Response | None]]
"""Has a good answer of the outlet, or None."""
Run = Callable[..., Awaitable[Any]]
"""Runs a function on its arguments elsewhere than in the loop: a thread, or a worker process."""


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A source besides feeds that was found and read: its kind and keys, as users would write them."""

    kind: str
    keys: Mapping[str, Any]
    title: str
    language: str | None
    entries: int
    newest: datetime | None
    like: str = ""
    """What the addresses of a learned list begin with."""


async def find_listed(
    get: Get, home: Response | None, base: str, run: Run = asyncio.to_thread
) -> tuple[FoundSource, ...]:
    """Return the sources of an outlet besides feeds, the best first: `home` is its page's answer, `base` its address."""
    found: list[FoundSource] = []
    address = resolve(base, WORDPRESS)
    if address is not None and (answer := await get(address)) is not None:
        found += await read_listed(JsonSource(), answer, {"url": address}, run)
    pages = [] if home is None else [home]
    if home is not None:
        answers = await asyncio.gather(*(get(url) for url in await _sections_of(home, run)))
        pages += [answer for answer in answers if answer is not None]
    lists: list[FoundSource] = []
    for page in pages:
        lists += await read_listed(ListSource(), page, {"url": page.url}, run)
    lists.sort(key=lambda each: (each.newest is None, -each.entries))
    return (*found, *lists)


async def read_listed(
    source: Source, answer: Response, keys: Mapping[str, Any], run: Run = asyncio.to_thread
) -> tuple[FoundSource, ...]:
    """Return a source as it was found; none where there is nothing in it."""
    try:
        feed: ParsedFeed = await run(_parse, source, answer, keys)
    except CrawlerError:
        return ()
    dates = [entry.published for entry in feed.entries if entry.published is not None]
    rule = ListRule.from_data(feed.state or {})
    if not feed.entries:
        return ()
    return (
        FoundSource(
            source.kind,
            keys,
            feed.title,
            feed.language,
            len(feed.entries),
            max(dates, default=None),
            "" if rule is None else rule.prefix,
        ),
    )


def sitemap_source(feed: ParsedFeed, url: str) -> FoundSource | None:
    """Return the articles' part of a sitemap that lists every page: the folder with the most addresses like those of articles."""
    like = [entry for entry in feed.entries if shape_of(entry.url).rpartition("/")[2][:1] in ("S", "N", "X")]
    folders = Counter(_folder(entry.url) for entry in like)
    folder, count = next(iter(folders.most_common(1)), ("", 0))
    if count < FEWEST_PAGES or folder == "/":
        return None
    dates = [e.published for e in like if e.published is not None and _folder(e.url) == folder]
    keys = {"url": url, "match": re.escape(folder)}
    return FoundSource("sitemap", keys, feed.title, feed.language, count, max(dates, default=None), folder)


def _folder(url: str) -> str:
    """Return the first folder of an address that is no year: "/press/"."""
    steps = urlsplit(url).path.split("/")[1:-1]
    named = list(takewhile(lambda step: not step.isdigit(), steps))[:2]
    return "/" + "".join(f"{step}/" for step in named)


def _parse(source: Source, answer: Response, keys: Mapping[str, Any]) -> ParsedFeed:
    settings = settings_of(source, str(keys["url"]), keys)
    kind = answer.headers.get("content-type")
    return source.read(SourceDocument(answer.body, answer.url, kind, settings, now=datetime.now(UTC)))


async def _sections_of(home: Response, run: Run) -> list[str]:
    try:
        found: list[str] = await run(_sections, home)
    except CrawlerError:  # the page was too much for a worker
        return []
    return found


def _sections(home: Response) -> list[str]:
    """Return the pages of a site that its page calls news or press, the shortest addresses first."""
    tree = parse_page(home.body, home.url, home.headers.get("content-type"))
    if tree is None:
        return []
    links: Sequence[PageLink] = [
        link for link in links_of(tree, home.url) if link.shape in ("L", "L/L", "L/L/L")
    ]
    named = [link.url for link in links if _SECTION.search(link.url) or _SECTION.search(link.title)]
    return sorted(dict.fromkeys(named), key=len)[:MOST_SECTIONS]
