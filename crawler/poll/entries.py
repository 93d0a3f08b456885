"""New entries become articles, exactly once; edits are versions. What is the same is told by guid, link and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, select

from crawler.poll.identity import FoundEntry, prepare
from crawler.poll.known import Document, Known, KnownArticle
from crawler.read.full_text import is_full_text
from crawler.text.dates import believable
from crawler.urls import host_of
from storage.rows import id_of
from storage.stores.feeds.hosts import host_ids
from storage.tables import Article, ArticleState, ArticleVersion, Feed, Outlet, Story
from storage.tables import Entry as EntryRow

__all__ = [
    "Document",
    "FoundEntry",
    "MadeArticle",
    "Stored",
    "make_ready",
    "prepare",
    "store_documents",
    "store_entries",
]


class MadeArticle(NamedTuple):
    """An article that was made: its id, and when it says it was published."""

    article_id: int
    published: datetime | None


@dataclass(slots=True)
class Stored:
    """What came of a document's entries."""

    made: list[MadeArticle] = field(default_factory=list)
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
    """Stores what is new in one document: `store_documents` of one."""
    document = Document(feed, outlet, found, now, old_before)
    return store_documents(session, [document], fetch_pages=fetch_pages)[0]


def store_documents(session: Session, documents: Sequence[Document], *, fetch_pages: bool) -> list[Stored]:
    """Stores what is new in some documents, in their order; look-ups and inserts of all are made together.

    An article whose feed carries its whole text is ready at once; any other is too where `fetch_pages` is false, with what the
    feed says of it. One that was deleted for its age is not made again. An entry that its outlet edited gives its article a new
    version, which is ready again. With `old_before` (a feed's first poll), what was published before is kept with what the feed
    says, and neither fetched nor matched.
    """
    known = Known(session, documents)
    made: list[_New] = []
    edits: list[tuple[KnownArticle, FoundEntry, datetime]] = []
    results = []
    for document in documents:
        stored = Stored()
        says_now: dict[int, tuple[KnownArticle, FoundEntry]] = {}
        for item in document.found:
            article = known.find(document, item)
            if article is None and known.is_forgotten(item):
                continue
            if article is None:
                new = _New(document, item, stored)
                made.append(new)
                stored.new.append(item)
                article = known.add(document, item, -len(made), "feed" if new.is_whole else "")
            else:
                if known.is_new_to_feed(document, article):
                    stored.new.append(item)
                says_now[article.article_id] = (
                    article,
                    item,
                )  # the newest, where an article stands there twice
            known.remember(document, item, article)
        differing = {number: said for number, said in says_now.items() if said[0].differs(said[1])}
        if differing:
            own = known.came_from_feed(document, [article for article, _item in differing.values()])
            for number, (article, item) in differing.items():
                if number in own:
                    article.take_over(item)
                    edits.append((article, item, document.now))
        results.append(stored)
    ids = _store_articles(session, made, fetch_pages) if made else {}
    _insert(session, EntryRow, known.rows(ids))
    for article, item, now in edits:
        _store_edit(session, ids.get(article.article_id, article.article_id), item, now=now)
    return results


class _New:
    """An entry that makes an article."""

    def __init__(self, document: Document, item: FoundEntry, stored: Stored) -> None:
        self.document = document
        self.item = item
        self.stored = stored
        self.is_whole = is_full_text(item.text) or not item.entry.url
        self.is_old = _is_old(item, document)


def _is_old(item: FoundEntry, document: Document) -> bool:
    """Tells whether an entry is old news: in a first document, so is one without a date that holds."""
    if document.old_before is None:
        return False
    published = believable(item.entry.published, now=document.now)
    return published is None or published < document.old_before


def _store_articles(session: Session, made: Sequence[_New], fetch_pages: bool) -> dict[int, int]:
    """Stores articles, and gives those their text whose pages need not be fetched; gives their ids, by the numbers -1, -2, ….

    What was old news when its feed was added is kept: it can be found, and an edit of it is one, but it is not matched. It has a
    story, so that a backfill can raise alerts of it.
    """
    hosts = host_ids(session, {host_of(new.item.url) for new in made})
    stories = iter(_insert(session, Story, [{"created_at": new.document.now} for new in made if new.is_old]))
    rows = [
        _article_row(
            new,
            host_id=hosts[host_of(new.item.url)],
            story_id=next(stories) if new.is_old else None,
            is_ready=new.is_whole or new.is_old or not fetch_pages,
        )
        for new in made
    ]
    ids = _insert(session, Article, rows)
    for article_id, new, row in zip(ids, made, rows, strict=True):
        new.stored.made.append(MadeArticle(article_id, row["published_at"]))
    versions = [
        _version_row(article_id, 1, new.item.entry.title, new.item.text, new.document.now)
        for article_id, new, row in zip(ids, made, rows, strict=True)
        if row["version"]
    ]
    _insert(session, ArticleVersion, versions)
    return {-number: article_id for number, article_id in enumerate(ids, start=1)}


def _article_row(new: _New, *, host_id: int, story_id: int | None, is_ready: bool) -> dict[str, Any]:
    item, entry, now = new.item, new.item.entry, new.document.now
    state = ArticleState.READY if is_ready else ArticleState.FOUND
    return {
        "outlet_id": new.document.outlet_id,
        "host_id": host_id,
        "url": item.url,
        "canonical_url": item.canonical_url,
        "state": ArticleState.MATCHED if new.is_old else state,
        "feed_title": entry.title,
        "feed_text": item.text,
        "lead": entry.summary,
        "authors": [entry.author] if entry.author else [],
        "language": item.language or new.document.outlet.language,
        "text_source": ("feed" if new.is_whole else "summary") if is_ready else "",
        "version": 1 if is_ready else 0,
        "matched_version": 1 if new.is_old else 0,
        "grouped_version": 1 if new.is_old else 0,
        "story_id": story_id,
        "published_at": believable(entry.published, now=now),
        "found_at": now,
        "ready_at": now if is_ready else None,
        "matched_at": now if new.is_old else None,
        "next_fetch_at": None if is_ready else now,
    }


def _insert(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts rows, past the object mapper, which takes most of the time else; gives their ids, in their order."""
    if not rows:
        return []
    columns = SQLModel.metadata.tables[str(table.__tablename__)]
    wanted = insert(columns).returning(columns.c.id, sort_by_parameter_order=True)
    return list(session.connection().execute(wanted, list(rows)).scalars())


def make_ready(
    session: Session, article: Article, *, title: str, text: str, source: str, now: datetime
) -> None:
    """Gives the article its text: a version, and the state `ready`. Its claim ends."""
    article.version += 1
    article.state = ArticleState.READY
    article.text_source = source
    article.ready_at = now
    article.next_fetch_at = article.lease_until = article.lease_owner = None
    session.add(ArticleVersion(**_version_row(id_of(article), article.version, title, text, now)))


def _version_row(article_id: int, number: int, title: str, text: str, now: datetime) -> dict[str, Any]:
    return {"article_id": article_id, "number": number, "title": title, "text": text, "seen_at": now}


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
