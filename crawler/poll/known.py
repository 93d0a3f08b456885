"""What is stored already of the entries of some documents: read for all of them in a few queries, then kept up in memory.

An entry is known by its guid in its feed; else by its canonical URL, over all feeds; else by its guid in the outlet's other
feeds, where it is alike; else by its words, within the outlet and some hours (large outlets issue the same item twice).
Documents are gone through in turn, and each knows what those before it have brought: as if each were stored by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from crawler.poll.identity import FoundEntry, is_same
from crawler.read.full_text import is_full_text
from storage.rows import id_of
from storage.stores.articles.forgotten import forgotten
from storage.stores.feeds.entries import ARTICLE, entries_with_guids
from storage.tables import Article, Feed, Outlet
from storage.tables import Entry as EntryRow

T = TypeVar("T")

LOOKUP_SIZE = 500
"""Values in one SQL `IN`: below every database's limit."""
ISSUED_AGAIN = timedelta(hours=12)
"""Within this time equal words in one outlet are one article; a column that repeats every day is not."""


@dataclass(frozen=True, slots=True)
class Document:
    """The entries that a feed carried at `now`. What was published before `old_before` (a feed's first poll) is old news."""

    feed: Feed
    outlet: Outlet
    found: Sequence[FoundEntry]
    now: datetime
    old_before: datetime | None = None

    @property
    def feed_id(self) -> int:
        """Gives the feed's id."""
        return id_of(self.feed)

    @property
    def outlet_id(self) -> int:
        """Gives the outlet's id."""
        return id_of(self.outlet)


@dataclass(slots=True)
class KnownArticle:
    """An article, with what the feed said when its text was taken from it. One just made has a negative number for an id."""

    article_id: int
    canonical_url: str
    published: datetime | None
    feed_title: str
    feed_text: str
    text_source: str

    def differs(self, item: FoundEntry) -> bool:
        """Tells whether the entry says something else now; spaces do not count."""
        return (
            self.feed_title != item.entry.title and self.feed_title.split() != item.entry.title.split()
        ) or (self.feed_text != item.text and self.feed_text.split() != item.text.split())

    def take_over(self, item: FoundEntry) -> None:
        """Notes what the feed says now, as the edit of the article will have it."""
        self.feed_title = item.entry.title
        if self.text_source != "feed" or is_full_text(item.text):
            self.feed_text = item.text

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


class Known:
    """The articles and entries that are known."""

    def __init__(self, session: Session, documents: Sequence[Document]) -> None:
        self._session = session
        self._articles: dict[int, KnownArticle] = {}
        self._by_guid: dict[tuple[int, str], KnownArticle] = {}
        self._rows: set[tuple[int, str]] = set()
        self._of_outlet: dict[tuple[int, str], list[tuple[int, KnownArticle]]] = {}
        self._by_url: dict[str, KnownArticle] = {}
        self._by_words: dict[tuple[int, str], tuple[datetime, KnownArticle]] = {}
        self._carried: set[tuple[int, int]] = set()
        self._first_carrier: dict[int, int] = {}
        self._rows_to_add: list[tuple[int, str, int, str | None, datetime]] = []
        self._read_guids(documents)
        unknown = [
            (document, item)
            for document in documents
            for item in document.found
            if not self._is_plain(document, item)
        ]
        urls = {item.canonical_url for _document, item in unknown}
        self._read_urls(urls)
        latest = max((document.now for document, _item in unknown), default=None)
        self._forgotten = set() if latest is None else forgotten(session, urls, now=latest)
        self._read_words(unknown)
        self._read_carried([document.feed_id for document in documents])

    def find(self, document: Document, item: FoundEntry) -> KnownArticle | None:
        """Gives the article of an entry; None where it is new."""
        feed_id = document.feed_id
        by_link = self._by_guid.get((feed_id, item.linked_guid))
        if by_link is not None:
            return by_link
        by_guid = self._by_guid.get((feed_id, item.guid))
        by_url = self._by_url.get(item.canonical_url)
        if by_guid is not None and (by_url is None or by_url is by_guid):
            if by_guid.canonical_url == item.canonical_url or by_guid.is_same(item):
                return by_guid
        elif by_url is None:
            elsewhere = self._elsewhere(document, item.guid)
            if elsewhere is not None and elsewhere.is_same(item):
                return elsewhere
        if by_url is not None:
            return by_url
        since, by_words = self._by_words.get(
            (document.outlet_id, item.content_key or ""), (document.now, None)
        )
        if by_words is None or since < document.now - ISSUED_AGAIN or by_words.is_of_another_day(item):
            return None
        return by_words

    def is_forgotten(self, item: FoundEntry) -> bool:
        """Tells whether the entry's article was deleted for its age."""
        return item.canonical_url in self._forgotten

    def add(self, document: Document, item: FoundEntry, number: int, source: str) -> KnownArticle:
        """Takes in an article just made, under a negative number of its own until it has an id."""
        entry = item.entry
        known = KnownArticle(number, item.canonical_url, entry.published, entry.title, item.text, source)
        self._by_url[item.canonical_url] = known
        self._by_guid.setdefault((document.feed_id, item.guid), known)
        if item.content_key:
            self._by_words[document.outlet_id, item.content_key] = document.now, known
        return known

    def remember(self, document: Document, item: FoundEntry, known: KnownArticle) -> None:
        """Notes the entry's row, under its guid, or guid and link where the guid is another article's; once."""
        feed_id = document.feed_id
        self._carried.add((feed_id, known.article_id))
        self._first_carrier.setdefault(known.article_id, feed_id)
        holder = self._by_guid.get((feed_id, item.guid))
        is_taken = (feed_id, item.guid) in self._rows and holder is not None and holder is not known
        guid = item.linked_guid if is_taken else item.guid
        if (feed_id, guid) not in self._rows:
            self._rows.add((feed_id, guid))
            self._of_outlet.setdefault((document.outlet_id, guid), []).append((feed_id, known))
            self._rows_to_add.append((feed_id, guid, known.article_id, item.content_key, document.now))

    def rows(self, ids: Mapping[int, int]) -> list[dict[str, Any]]:
        """Gives the rows noted; `ids` has the ids of the articles just made, by their numbers."""
        return [
            {
                "feed_id": feed_id,
                "guid": guid,
                "article_id": ids.get(number, number),
                "content_key": content,
                "first_seen_at": now,
            }
            for feed_id, guid, number, content, now in self._rows_to_add
        ]

    def is_new_to_feed(self, document: Document, known: KnownArticle) -> bool:
        """Tells whether the feed never carried the article."""
        return (document.feed_id, known.article_id) not in self._carried

    def came_from_feed(self, document: Document, articles: Iterable[KnownArticle]) -> set[int]:
        """Gives those articles that were found through the document's feed: others may carry them in other words."""
        numbers = [known.article_id for known in articles]
        first = {number: feed_id for number, feed_id in self._first_carrier.items() if number in numbers}
        for chunk in _chunks(number for number in numbers if number > 0):
            oldest = (
                sa_select(func.min(col(EntryRow.id)))
                .where(col(EntryRow.article_id).in_(chunk))
                .group_by(col(EntryRow.article_id))
            )
            rows = sa_select(col(EntryRow.article_id), col(EntryRow.feed_id)).where(
                col(EntryRow.id).in_(oldest)
            )
            first.update((row[0], row[1]) for row in self._session.execute(rows))
        return {number for number in numbers if first.get(number) == document.feed_id}

    def _is_plain(self, document: Document, item: FoundEntry) -> bool:
        known = self._by_guid.get((document.feed_id, item.guid))
        return known is not None and known.canonical_url == item.canonical_url

    def _elsewhere(self, document: Document, guid: str) -> KnownArticle | None:
        """Gives the article that another feed of the outlet carries under a guid."""
        carriers = self._of_outlet.get((document.outlet_id, guid), ())
        return next((known for feed_id, known in carriers if feed_id != document.feed_id), None)

    def _article(self, row: Sequence[object]) -> KnownArticle:
        """Gives the one value of an article, however it was found."""
        known = KnownArticle(*row)  # type: ignore[arg-type]
        return self._articles.setdefault(known.article_id, known)

    def _read_guids(self, documents: Sequence[Document]) -> None:
        outlet_ids = {document.outlet_id for document in documents}
        siblings: dict[int, list[int]] = {}
        outlet_of: dict[int, int] = {}
        for chunk in _chunks(outlet_ids):
            feeds = sa_select(col(Feed.id), col(Feed.outlet_id)).where(col(Feed.outlet_id).in_(chunk))
            for feed_id, outlet_id in self._session.execute(feeds):
                siblings.setdefault(outlet_id, []).append(feed_id)
                outlet_of[feed_id] = outlet_id
        wanted = {
            (feed_id, guid)
            for document in documents
            for item in document.found
            for guid in (item.guid, item.linked_guid)
            for feed_id in siblings[document.outlet_id]
        }
        for feed_id, guid, *article in entries_with_guids(self._session, wanted):
            known = self._article(article)
            self._rows.add((feed_id, guid))
            self._by_guid[feed_id, guid] = known
            self._of_outlet.setdefault((outlet_of[feed_id], guid), []).append((feed_id, known))
            self._carried.add((feed_id, known.article_id))

    def _read_urls(self, urls: Iterable[str]) -> None:
        for chunk in _chunks(urls):
            for row in self._session.execute(
                sa_select(*ARTICLE).where(col(Article.canonical_url).in_(chunk))
            ):
                known = self._article(row)
                self._by_url[known.canonical_url] = known

    def _read_words(self, unknown: Sequence[tuple[Document, FoundEntry]]) -> None:
        if not unknown:
            return
        since = min(document.now for document, _item in unknown) - ISSUED_AGAIN
        outlet_ids = {document.outlet_id for document, _item in unknown}
        for keys in _chunks({item.content_key for _document, item in unknown if item.content_key}):
            rows = self._session.execute(
                sa_select(
                    col(EntryRow.content_key), col(EntryRow.first_seen_at), col(Article.outlet_id), *ARTICLE
                )
                .join(Article, col(Article.id) == col(EntryRow.article_id))
                .where(
                    col(EntryRow.content_key).in_(keys),
                    col(EntryRow.first_seen_at) >= since,
                    col(Article.outlet_id).in_(outlet_ids),
                )
                .order_by(col(EntryRow.id))
            )
            for key, seen, outlet_id, *article in rows:
                self._by_words[outlet_id, key] = seen, self._article(article)

    def _read_carried(self, feed_ids: Sequence[int]) -> None:
        """Reads which of the articles found by other ways than their guid the feeds have carried."""
        of_feeds = set(feed_ids)
        by_guid = {
            known.article_id for (feed_id, _guid), known in self._by_guid.items() if feed_id in of_feeds
        }
        for chunk in _chunks(self._articles.keys() - by_guid):
            rows = select(EntryRow.feed_id, EntryRow.article_id).where(
                col(EntryRow.article_id).in_(chunk), col(EntryRow.feed_id).in_(feed_ids)
            )
            self._carried.update(self._session.exec(rows))


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, LOOKUP_SIZE)):
        yield chunk
