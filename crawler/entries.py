"""New entries become articles, exactly once: by guid within a feed, then by canonical URL over all feeds. Edits are versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from crawler.feeds import html_to_text
from crawler.full_text import is_full_text
from crawler.urls import canonical_url, host_of
from crawler.values import Entry, ParsedFeed
from storage.queries.hosts import host_named
from storage.rows import id_of
from storage.tables import Article, ArticleState, ArticleVersion, Feed, Outlet
from storage.tables import Entry as EntryRow

T = TypeVar("T")

LOOKUP_SIZE = 500
"""Values in one SQL `IN`: below every database's limit."""


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry with its key, and its content as text. Computed outside the transaction."""

    entry: Entry
    canonical_url: str
    """The key; for an entry without a page, one made of its feed and guid."""
    url: str
    """What is fetched and shown: the entry's page, else the site."""
    text: str
    """Text of the content, or of the summary where that says more."""
    language: str | None


def prepare(feed: ParsedFeed) -> list[FoundEntry]:
    """Gives the entries oldest first (feeds list the newest first), each with its key and text."""
    found = []
    for entry in reversed(feed.entries):
        content = html_to_text(entry.content) if entry.content else ""
        text = max(content, entry.summary, key=len)
        key = canonical_url(entry.url) if entry.url else _key_without_page(feed, entry)
        found.append(FoundEntry(entry, key, entry.url or feed.site, text, feed.language))
    return found


def store_entries(
    session: Session,
    feed: Feed,
    outlet: Outlet,
    found: Sequence[FoundEntry],
    *,
    now: datetime,
    fetch_pages: bool,
) -> list[Article]:
    """Stores what is new and gives the articles made, oldest first.

    An article whose feed carries its whole text is ready at once; any other is too where `fetch_pages` is false, with what the
    feed says of it. An entry that its outlet edited gives its article a new version, which is ready again.
    """
    feed_id = id_of(feed)
    latest = {item.entry.guid: item for item in found}
    known_guids = set()
    for known in _known_entries(session, feed_id, latest):
        known_guids.add(known.guid)
        if known.differs(latest[known.guid]):
            _store_edit(session, known, latest[known.guid], now=now)
    fresh = [item for item in found if item.entry.guid not in known_guids]
    articles = dict(_known_articles(session, {item.canonical_url for item in fresh}))
    hosts = {name: id_of(host_named(session, name)) for name in {host_of(item.url) for item in fresh}}
    made = []
    for item in fresh:
        if item.entry.guid in known_guids:  # the same guid twice in one document
            continue
        known_guids.add(item.entry.guid)
        article_id = articles.get(item.canonical_url)
        if article_id is None:
            host_id = hosts[host_of(item.url)]
            article = _make_article(session, host_id, outlet, item, now=now, fetch_pages=fetch_pages)
            article_id = articles[item.canonical_url] = id_of(article)
            made.append(article)
        session.add(EntryRow(feed_id=feed_id, guid=item.entry.guid, article_id=article_id, first_seen_at=now))
    return made


def make_ready(
    session: Session, article: Article, *, title: str, text: str, source: str, now: datetime
) -> None:
    """Gives the article its text: a version, and the state `ready`. Its claim ends."""
    article.version += 1
    article.state = ArticleState.READY
    article.text_source = source
    article.ready_at = now
    article.next_fetch_at = article.lease_until = article.lease_owner = None
    session.add(
        ArticleVersion(article_id=id_of(article), number=article.version, title=title, text=text, seen_at=now)
    )


def _make_article(
    session: Session, host_id: int, outlet: Outlet, item: FoundEntry, *, now: datetime, fetch_pages: bool
) -> Article:
    entry = item.entry
    article = Article(
        outlet_id=id_of(outlet),
        host_id=host_id,
        url=item.url,
        canonical_url=item.canonical_url,
        feed_title=entry.title,
        feed_text=item.text,
        lead=entry.summary,
        authors=[entry.author] if entry.author else [],
        language=item.language or outlet.language,
        published_at=entry.published,
        found_at=now,
        next_fetch_at=now,
    )
    session.add(article)
    session.flush()
    if is_full_text(item.text) or not entry.url:
        make_ready(session, article, title=entry.title, text=item.text, source="feed", now=now)
    elif not fetch_pages:
        make_ready(session, article, title=entry.title, text=item.text, source="summary", now=now)
    return article


def _store_edit(session: Session, known: _KnownEntry, item: FoundEntry, *, now: datetime) -> None:
    """Takes over what an entry says now, if the article came from it: other feeds may carry the same article in other words.

    Where the text came from the page, the feed's title alone is news; the page itself is not asked again.
    """
    first = session.exec(
        select(func.min(EntryRow.id)).where(col(EntryRow.article_id) == known.article_id)
    ).one()
    if first != known.id:
        return
    article = session.get_one(Article, known.article_id)
    was_title, article.feed_title = article.feed_title, item.entry.title
    if article.text_source != "feed" or is_full_text(
        item.text
    ):  # a feed that is cut short from now on edits nothing
        article.feed_text = item.text
    if article.state is ArticleState.FOUND:
        return
    version = session.exec(
        select(ArticleVersion).where(
            ArticleVersion.article_id == known.article_id, ArticleVersion.number == article.version
        )
    ).one()
    title = article.feed_title if version.title == was_title and article.feed_title else version.title
    text = version.text if article.text_source == "page" else article.feed_text
    if (title, text) != (version.title, version.text):
        make_ready(session, article, title=title, text=text, source=article.text_source, now=now)


def _key_without_page(feed: ParsedFeed, entry: Entry) -> str:
    digest = hashlib.blake2b(f"{feed.site}\n{entry.guid}".encode(errors="replace"), digest_size=16)
    return f"entry:{digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class _KnownEntry:
    """A stored entry, with what the feed said when its article's text was taken from it."""

    id: int | None
    guid: str
    article_id: int
    feed_title: str
    feed_text: str

    def differs(self, item: FoundEntry) -> bool:
        """Tells whether the entry says something else now; spaces do not count."""
        return (
            self.feed_title.split() != item.entry.title.split() or self.feed_text.split() != item.text.split()
        )


def _known_entries(session: Session, feed_id: int, guids: Iterable[str]) -> Iterator[_KnownEntry]:
    for chunk in _chunks(guids):
        rows = session.execute(
            sa_select(
                col(EntryRow.id),
                col(EntryRow.guid),
                col(EntryRow.article_id),
                col(Article.feed_title),
                col(Article.feed_text),
            )
            .join(Article, col(Article.id) == col(EntryRow.article_id))
            .where(col(EntryRow.feed_id) == feed_id, col(EntryRow.guid).in_(chunk))
        ).all()
        for row in rows:
            yield _KnownEntry(*row)


def _known_articles(session: Session, urls: Iterable[str]) -> Iterator[tuple[str, int]]:
    for chunk in _chunks(urls):
        for article in session.exec(select(Article).where(col(Article.canonical_url).in_(chunk))):
            yield article.canonical_url, id_of(article)


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, LOOKUP_SIZE)):
        yield chunk
