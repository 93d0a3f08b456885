"""New entries become articles, exactly once; edits are versions. What is the same is told by guid, link and words.

An entry is known by its guid in its feed; else by its canonical URL, over all feeds; else by its guid in the outlet's other
feeds, where it is alike; else by its words, within the outlet and some hours (large outlets issue the same item twice).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from crawler.feeds.dates import believable
from crawler.full_text import is_full_text
from crawler.identity import FoundEntry, is_same, prepare
from crawler.urls import host_of
from storage.queries.forgotten import forgotten
from storage.queries.hosts import host_named
from storage.rows import id_of
from storage.tables import Article, ArticleState, ArticleVersion, Feed, Outlet, Story
from storage.tables import Entry as EntryRow

__all__ = ["FoundEntry", "Stored", "make_ready", "prepare", "store_entries"]

T = TypeVar("T")

LOOKUP_SIZE = 500
"""Values in one SQL `IN`: below every database's limit."""
ISSUED_AGAIN = timedelta(hours=12)
"""Within this time equal words in one outlet are one article; a column that repeats every day is not."""


@dataclass(slots=True)
class Stored:
    """What came of a document's entries."""

    made: list[Article] = field(default_factory=list)
    """The articles made, oldest first."""
    new: list[FoundEntry] = field(default_factory=list)
    """The entries that this feed had not carried before, whether or not another had."""


def store_entries(
    session: Session,
    feed: Feed,
    outlet: Outlet,
    found: Sequence[FoundEntry],
    *,
    now: datetime,
    fetch_pages: bool,
    old_before: datetime | None = None,
) -> Stored:
    """Stores what is new.

    An article whose feed carries its whole text is ready at once; any other is too where `fetch_pages` is false, with what the
    feed says of it. One that was deleted for its age is not made again. An entry that its outlet edited gives its article a new
    version, which is ready again. With `old_before` (a feed's first poll), what was published before is kept with what the feed
    says, and neither fetched nor matched.
    """
    known = _Known(session, feed, found, now)
    stored = Stored()
    hosts: dict[str, int] = {}
    items: list[FoundEntry] = []
    says_now: dict[int, tuple[_KnownArticle, FoundEntry]] = {}
    for item in found:
        before = known.find(item)
        if before is None and known.is_forgotten(item):
            continue
        if before is None:
            name = host_of(item.url)
            if name not in hosts:
                hosts[name] = id_of(host_named(session, name))
            items.append(item)
            stored.made.append(_make_article(hosts[name], outlet, item, now=now))
            stored.new.append(item)
            known.add(item, -len(items))
            known.remember(item, -len(items))
        else:
            if known.is_new_to_feed(before.article_id):
                stored.new.append(item)
            known.remember(item, before.article_id)
            says_now[before.article_id] = (before, item)  # the newest, where an article stands there twice
    session.add_all(stored.made)
    session.flush()  # all at once: one statement
    ids = {-number: id_of(article) for number, article in enumerate(stored.made, start=1)}
    _give_text(session, list(zip(stored.made, items, strict=True)), old_before, fetch_pages, now)
    session.add_all(known.rows(ids, now))
    session.flush()
    for number, (before, item) in says_now.items():
        article_id = ids.get(number, number)
        if before.differs(item) and known.came_from_feed(session, article_id):
            _store_edit(session, article_id, item, now=now)
    return stored


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


def _give_text(
    session: Session,
    made: Sequence[tuple[Article, FoundEntry]],
    old_before: datetime | None,
    fetch_pages: bool,
    now: datetime,
) -> None:
    """Gives those articles their text whose pages need not be fetched.

    What was old news when its feed was added is kept: it can be found, and an edit of it is one, but it is not matched.
    """
    old = []
    for article, item in made:
        published = item.entry.published
        is_old = old_before is not None and published is not None and published < old_before
        is_whole = is_full_text(item.text) or not item.entry.url
        if is_whole or is_old or not fetch_pages:
            source = "feed" if is_whole else "summary"
            make_ready(session, article, title=item.entry.title, text=item.text, source=source, now=now)
        if is_old:
            article.state = ArticleState.MATCHED
            article.matched_at, article.matched_version = now, article.version
            old.append(article)
    stories = [Story(created_at=now) for _article in old]  # so that a backfill can raise alerts of them
    session.add_all(stories)
    session.flush()
    for article, story in zip(old, stories, strict=True):
        article.story_id = id_of(story)


def _make_article(host_id: int, outlet: Outlet, item: FoundEntry, *, now: datetime) -> Article:
    entry = item.entry
    return Article(
        outlet_id=id_of(outlet),
        host_id=host_id,
        url=item.url,
        canonical_url=item.canonical_url,
        feed_title=entry.title,
        feed_text=item.text,
        lead=entry.summary,
        authors=[entry.author] if entry.author else [],
        language=item.language or outlet.language,
        published_at=believable(entry.published, now=now),
        found_at=now,
        next_fetch_at=now,
    )


def _store_edit(session: Session, article_id: int, item: FoundEntry, *, now: datetime) -> None:
    """Takes over what an entry says now. Where the text came from the page, the feed's title alone is news.

    A feed that is cut short from now on edits nothing.
    """
    article = session.get_one(Article, article_id)
    was_title, article.feed_title = article.feed_title, item.entry.title
    if article.text_source != "feed" or is_full_text(item.text):
        article.feed_text = item.text
    if article.state is ArticleState.FOUND:
        article.url = item.url  # it is fetched from where it is now
        return
    version = session.exec(
        select(ArticleVersion).where(
            ArticleVersion.article_id == article_id, ArticleVersion.number == article.version
        )
    ).one()
    title = article.feed_title if version.title == was_title and article.feed_title else version.title
    text = version.text if article.text_source == "page" else article.feed_text
    if (title, text) != (version.title, version.text):
        make_ready(session, article, title=title, text=text, source=article.text_source, now=now)


@dataclass(frozen=True, slots=True)
class _KnownArticle:
    """A stored article, with what the feed said when its text was taken from it."""

    article_id: int
    canonical_url: str
    published: datetime | None
    feed_title: str
    feed_text: str

    def differs(self, item: FoundEntry) -> bool:
        """Tells whether the entry says something else now; spaces do not count."""
        return (
            self.feed_title.split() != item.entry.title.split() or self.feed_text.split() != item.text.split()
        )

    def is_of_another_day(self, item: FoundEntry) -> bool:
        """Tells whether the entry was published too long before or after to be this article issued again."""
        if self.published is None or item.entry.published is None:
            return False
        return abs(self.published - item.entry.published) > ISSUED_AGAIN

    def is_same(self, item: FoundEntry) -> bool:
        """Tells whether an entry of the same guid on another link is this article, moved."""
        return is_same(
            (self.feed_title, item.entry.title),
            (self.feed_text, item.text),
            (self.published, item.entry.published),
        )


class _Known:
    """What is stored of a document's entries already, read in a few queries."""

    def __init__(self, session: Session, feed: Feed, found: Sequence[FoundEntry], now: datetime) -> None:
        self._feed_id = id_of(feed)
        self._rows: set[str] = set()
        self._by_guid: dict[str, _KnownArticle] = {}
        self._elsewhere: dict[str, _KnownArticle] = {}
        siblings = session.exec(select(Feed.id).where(Feed.outlet_id == feed.outlet_id)).all()
        guids = {item.guid for item in found} | {item.linked_guid for item in found}
        for feed_id, guid, known in _by_guid(session, siblings, guids):
            if feed_id == self._feed_id:
                self._rows.add(guid)
                self._by_guid[guid] = known
            else:
                self._elsewhere[guid] = known
        unknown = [item for item in found if not self._is_plain(item)]
        self._by_url = dict(_by_url(session, {item.canonical_url for item in unknown}))
        words = {item.content_key for item in unknown if item.content_key}
        self._by_words = dict(_by_words(session, feed.outlet_id, words, now - ISSUED_AGAIN))
        self._forgotten = forgotten(session, {item.canonical_url for item in unknown}, now=now)
        self._carried = {known.article_id for known in self._by_guid.values()}
        self._carried.update(_carried(session, self._feed_id, self._elsewhere_known() - self._carried))
        self._rows_to_add: list[tuple[str, int, str | None]] = []

    def find(self, item: FoundEntry) -> _KnownArticle | None:
        """Gives the article of an entry; None where it is new."""
        by_link = self._by_guid.get(item.linked_guid)
        if by_link is not None:
            return by_link
        by_guid = self._by_guid.get(item.guid)
        by_url = self._by_url.get(item.canonical_url)
        if by_guid is not None and (by_url is None or by_url.article_id == by_guid.article_id):
            if by_guid.canonical_url == item.canonical_url or by_guid.is_same(item):
                return by_guid
        elif by_url is None:
            elsewhere = self._elsewhere.get(item.guid)
            if elsewhere is not None and elsewhere.is_same(item):
                return elsewhere
        if by_url is not None:
            return by_url
        by_words = self._by_words.get(item.content_key or "")
        return None if by_words is None or by_words.is_of_another_day(item) else by_words

    def is_forgotten(self, item: FoundEntry) -> bool:
        """Tells whether the entry's article was deleted for its age."""
        return item.canonical_url in self._forgotten

    def add(self, item: FoundEntry, number: int) -> None:
        """Takes in an article just made, under a number of its own until it has an id."""
        known = _KnownArticle(number, item.canonical_url, item.entry.published, item.entry.title, item.text)
        self._by_url[item.canonical_url] = known
        self._by_guid.setdefault(item.guid, known)
        if item.content_key:
            self._by_words[item.content_key] = known

    def remember(self, item: FoundEntry, article_id: int) -> None:
        """Notes the entry's row, under its guid, or guid and link where the guid is another article's; once."""
        self._carried.add(article_id)
        holder = self._by_guid.get(item.guid)
        is_taken = item.guid in self._rows and holder is not None and holder.article_id != article_id
        guid = item.linked_guid if is_taken else item.guid
        if guid not in self._rows:
            self._rows.add(guid)
            self._rows_to_add.append((guid, article_id, item.content_key))

    def rows(self, ids: Mapping[int, int], now: datetime) -> list[EntryRow]:
        """Gives the rows noted; `ids` has the ids of the articles just made, by their numbers."""
        return [
            EntryRow(
                feed_id=self._feed_id,
                guid=guid,
                article_id=ids.get(number, number),
                content_key=content,
                first_seen_at=now,
            )
            for guid, number, content in self._rows_to_add
        ]

    def is_new_to_feed(self, article_id: int) -> bool:
        """Tells whether this feed never carried the article."""
        return article_id not in self._carried

    def came_from_feed(self, session: Session, article_id: int) -> bool:
        """Tells whether the article was found through this feed: others may carry it in other words."""
        first = select(func.min(EntryRow.id)).where(col(EntryRow.article_id) == article_id).scalar_subquery()
        return (
            session.exec(select(EntryRow.feed_id).where(col(EntryRow.id) == first)).first() == self._feed_id
        )

    def _is_plain(self, item: FoundEntry) -> bool:
        known = self._by_guid.get(item.guid)
        return known is not None and known.canonical_url == item.canonical_url

    def _elsewhere_known(self) -> set[int]:
        groups = (self._elsewhere, self._by_url, self._by_words)
        return {known.article_id for group in groups for known in group.values()}


_ARTICLE = (
    col(Article.id),
    col(Article.canonical_url),
    col(Article.published_at),
    col(Article.feed_title),
    col(Article.feed_text),
)


def _by_guid(
    session: Session, feed_ids: Sequence[int | None], guids: Iterable[str]
) -> Iterator[tuple[int, str, _KnownArticle]]:
    for chunk in _chunks(guids):
        rows = session.execute(
            sa_select(col(EntryRow.feed_id), col(EntryRow.guid), *_ARTICLE)
            .join(Article, col(Article.id) == col(EntryRow.article_id))
            .where(col(EntryRow.feed_id).in_(feed_ids), col(EntryRow.guid).in_(chunk))
        ).all()
        for feed_id, guid, *article in rows:
            yield feed_id, guid, _KnownArticle(*article)


def _by_url(session: Session, urls: Iterable[str]) -> Iterator[tuple[str, _KnownArticle]]:
    for chunk in _chunks(urls):
        for row in session.execute(sa_select(*_ARTICLE).where(col(Article.canonical_url).in_(chunk))):
            yield row[1], _KnownArticle(*row)


def _by_words(
    session: Session, outlet_id: int, keys: Iterable[str], since: datetime
) -> Iterator[tuple[str, _KnownArticle]]:
    for chunk in _chunks(keys):
        rows = session.execute(
            sa_select(col(EntryRow.content_key), *_ARTICLE)
            .join(Article, col(Article.id) == col(EntryRow.article_id))
            .where(
                col(EntryRow.content_key).in_(chunk),
                col(EntryRow.first_seen_at) >= since,
                col(Article.outlet_id) == outlet_id,
            )
        )
        for key, *article in rows:
            yield key, _KnownArticle(*article)


def _carried(session: Session, feed_id: int, article_ids: Iterable[int]) -> Iterator[int]:
    for chunk in _chunks(article_ids):
        yield from session.exec(
            select(EntryRow.article_id).where(
                EntryRow.feed_id == feed_id, col(EntryRow.article_id).in_(chunk)
            )
        )


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, LOOKUP_SIZE)):
        yield chunk
