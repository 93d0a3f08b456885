"""Outlets that tracked stories cite and that are not followed: proposed by how many articles cite them, added by one click.

An article cites an outlet by a link in its prose, by the address that its page names as canonical (a copy's source), or by words:
"told Le Monde", where the catalogue knows the name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from sqlmodel import Session

from crawler.extract.cites import is_no_outlet
from crawler.fetch import Fetcher
from crawler.pool import CpuPool
from crawler.unwrapping import plain_host
from service.actions.catalogue import add_from_catalogue
from service.actions.errors import ConflictError, NotFoundError
from service.actions.outlet_lists import discover_feeds
from service.actions.surveys import add_found
from service.catalogue.entries import CatalogueEntry, catalogue
from service.catalogue.naming import named_in
from service.discovered import next_words, tried_words
from storage.engine import Database
from storage.language import _
from storage.stores.articles.citations import CitingArticle, citing_articles
from storage.stores.feeds.coverage import outlets_on

WEEK = timedelta(days=7)
FEWEST = 2
"""Articles that must cite a site."""
MOST_HOSTS = 300
"""Sites that are looked up, the most cited first."""
MOST_SHOWN = 100
MOST_ARTICLES = 5_000
"""The newest ones that are looked at."""
MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Citation:
    """An article that cites a site."""

    article_id: int
    outlet: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class CitedOutlet:
    """A site that articles in alerts cite, and that no outlet of ours stands for."""

    host: str
    name: str
    """As the catalogue knows it; else the host."""
    articles: int
    outlets: int
    """How many outlets cite it."""
    newest: datetime
    examples: tuple[Citation, ...]
    is_in_catalogue: bool


def cited_outlets(
    session: Session, *, now: datetime, span: timedelta = WEEK, fewest: int = FEWEST
) -> list[CitedOutlet]:
    """Return the sites that articles in alerts cite and that are not followed, those that most articles cite first.

    Of those that as many cite, the ones that the catalogue knows come first. One that was followed once and removed is not
    proposed again.
    """
    citing: dict[str, list[CitingArticle]] = defaultdict(list)
    entries = _entries_by_host()
    for article in citing_articles(session, since=now - span, limit=MOST_ARTICLES):
        own = _host(article.url)
        named = {_host(one.site): one for one in map(_entry_named, sorted(named_in(article.text)))}
        for host in dict.fromkeys((*_linked_hosts(article), *named)):
            if host != own:
                citing[host].append(article)
                entries.setdefault(host, named.get(host))
    counted = sorted(citing.items(), key=lambda item: (-len(item[1]), entries.get(item[0]) is None, item[0]))
    often = dict(item for item in counted[:MOST_HOSTS] if len(item[1]) >= fewest)
    known = outlets_on(session, list(often), plain=plain_host, gaps_since=now)
    found = (_cited(host, articles, entries.get(host)) for host, articles in often.items() if not known[host])
    return list(found)[:MOST_SHOWN]


async def add_cited(
    database: Database,
    fetcher: Fetcher,
    host: str,
    *,
    interval: timedelta,
    now: datetime,
    span: timedelta = WEEK,
    pool: CpuPool | None = None,
) -> str:
    """Add an outlet that is cited; return its name. The catalogue knows its feed, or it is looked for on its site.

    Raise `NotFoundError` where it is not among the proposed, or `ConflictError`, which says what was tried, where nothing is
    found that can be followed.
    """
    proposed = await database.reading(cited_outlets, now=now, span=span, fewest=1)
    wanted = next((one for one in proposed if one.host == plain_host(host.strip().lower())), None)
    if wanted is None:
        raise NotFoundError(_("No article in an alert cites {host!r}, or it is followed already.", host=host))
    if wanted.is_in_catalogue:
        added = await database.writing(add_from_catalogue, names=[wanted.name], interval=interval, now=now)
        if not added.added:
            raise ConflictError("; ".join(added.problems))
        return added.added[0]
    found = await discover_feeds(fetcher, wanted.host, pool=pool)
    if not found.options:
        tried = "; ".join(tried_words(found))
        raise ConflictError(
            _("{host}: {found} Tried: {tried}", host=wanted.host, found=next_words(found), tried=tried)
        )
    return await database.writing(add_found, address=wanted.host, found=found, interval=interval, now=now)


def _host(address: str) -> str:
    return plain_host(urlsplit(address).netloc.lower())


def _linked_hosts(article: CitingArticle) -> Iterator[str]:
    """Yield the sites that an article links to, and that of which it is a copy."""
    for address in filter(None, (*article.cites, article.declared_url)):
        host = _host(address)
        if host and not is_no_outlet(host):
            yield host


def _entries_by_host() -> dict[str, CatalogueEntry | None]:
    """Return the entries of the catalogue by their hosts: those for a whole host, or the only one there."""
    by_host: dict[str, list[CatalogueEntry]] = defaultdict(list)
    for entry in catalogue():
        by_host[_host(entry.site)].append(entry)
    found: dict[str, CatalogueEntry | None] = {}
    for host, entries in by_host.items():
        whole = [entry for entry in entries if not urlsplit(entry.site).path.strip("/")]
        if len(whole or entries) == 1:
            found[host] = (whole or entries)[0]
    return found


@cache
def _entry_named(name: str) -> CatalogueEntry:
    return next(entry for entry in catalogue() if entry.name == name)


def _cited(host: str, articles: list[CitingArticle], entry: CatalogueEntry | None) -> CitedOutlet:
    return CitedOutlet(
        host,
        entry.name if entry is not None else host,
        len(articles),
        len({article.outlet for article in articles}),
        articles[0].found_at,
        tuple(
            Citation(article.id, article.outlet, article.title, article.url)
            for article in articles[:MOST_EXAMPLES]
        ),
        entry is not None,
    )
