"""Articles that feeds brought: made, edited by what their feed says now, and the entries that carry them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col

from storage.stores.articles.said import NOTHING_BESIDE, SaidBeside, beside_columns
from storage.stores.articles.versions import is_current
from storage.stores.feeds.hosts import host_ids
from storage.tables import Article, ArticleState, ArticleVersion, EntryRow, Story

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to make, with what its source says of it. What is old news is kept and not matched."""

    outlet_id: int
    host: str
    url: str
    canonical_url: str
    title: str
    text: str
    summary: str
    """What the source says below the title, where `text` is not all of it."""
    feed_summary: str
    """What the feed says beside `text`."""
    authors: tuple[str, ...]
    language: str | None
    published: datetime | None
    found_at: datetime
    has_page: bool
    text_source: str
    """Empty where its page is to be fetched."""
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to note. `moves` it where it is known already, and stands for another article now."""

    feed_id: int
    guid: str
    article_id: int
    content_key: str | None
    first_seen_at: datetime
    moves: bool = False


@dataclass(frozen=True, slots=True)
class ArticleText:
    """The text that an article has now, and how far it has come."""

    state: ArticleState
    version: int
    title: str
    text: str
    beside: SaidBeside
    was_asked: bool
    """Its page was asked for, whatever came of that."""


@dataclass(frozen=True, slots=True)
class ArticleEdit:
    """What an entry changes of its article. `title`, `text` and `beside` make a version of it, where they are given."""

    article_id: int
    feed_title: str
    feed_text: str
    feed_summary: str
    url: str | None = None
    host: str | None = None
    """That of `url`."""
    title: str | None = None
    text: str | None = None
    beside: SaidBeside = NOTHING_BESIDE
    text_source: str = ""
    version: int = 0
    """The number of the new version."""
    reads_page: bool = False
    """Its page is read again at once."""
    awaits_page: bool = False
    """Its page is still to be read: at once, now."""


def store_articles(session: Session, articles: Sequence[NewArticle]) -> list[int]:
    """Store articles, to be matched on what their sources say; return their ids, in their order.

    What was old news when it came is kept: it can be found, and an edit of it is one, but it is not matched. It has a story, so
    that a backfill can raise alerts of it.
    """
    hosts = host_ids(session, {article.host for article in articles})
    stories = iter(_insert(session, Story, [{"created_at": new.found_at} for new in articles if new.is_old]))
    rows = [_row(new, hosts[new.host], next(stories) if new.is_old else None) for new in articles]
    ids = _insert(session, Article, rows)
    versions = [
        _version(
            article_id,
            1,
            new.title,
            new.text,
            SaidBeside(source_title=new.title, summary=new.summary),
            new.text_source,
            new.found_at,
        )
        for article_id, new in zip(ids, articles, strict=True)
    ]
    _insert(session, ArticleVersion, versions)
    return ids


def rekey_articles(session: Session, keys: Sequence[tuple[int, str]]) -> None:
    """Store the keys that articles have from now on: their addresses are given back to the outlets whose pages stand there."""
    for article_id, key in keys:
        session.execute(update(Article).where(col(Article.id) == article_id).values(canonical_url=key))


def store_entries(session: Session, entries: Sequence[NewEntry]) -> None:
    """Store entries, and let those that stand for another article now point there."""
    _insert(
        session,
        EntryRow,
        [
            {
                "feed_id": new.feed_id,
                "guid": new.guid,
                "article_id": new.article_id,
                "content_key": new.content_key,
                "first_seen_at": new.first_seen_at,
            }
            for new in entries
            if not new.moves
        ],
    )
    for new in entries:
        if new.moves:
            session.execute(
                update(EntryRow)
                .where(col(EntryRow.feed_id) == new.feed_id, col(EntryRow.guid) == new.guid)
                .values(
                    article_id=new.article_id, content_key=new.content_key, first_seen_at=new.first_seen_at
                )
            )


def texts_of(session: Session, article_ids: Collection[int]) -> dict[int, ArticleText]:
    """Return the texts that articles have now, the articles locked until the transaction ends."""
    ids, found = sorted(article_ids), {}
    for start in range(0, len(ids), AT_ONCE):
        query = (
            sa_select(
                col(Article.id),
                col(Article.state),
                col(Article.version),
                col(ArticleVersion.title),
                col(ArticleVersion.text),
                col(Article.read_at).is_not(None) | col(Article.fetch_error).is_not(None),
                *beside_columns(),
            )
            .outerjoin(ArticleVersion, is_current())
            .where(col(Article.id).in_(ids[start : start + AT_ONCE]))
            .order_by(col(Article.id))
            .with_for_update(of=Article, key_share=True)
        )
        for number, state, version, title, text, was_asked, *rest in session.execute(query):
            beside = SaidBeside(*rest) if title is not None else NOTHING_BESIDE
            found[number] = ArticleText(state, version, title or "", text or "", beside, was_asked)
    return found


_EDIT = update(Article).where(col(Article.id) == bindparam("article_id"))
_SAID = _EDIT.values(
    feed_title=bindparam("new_title"), feed_text=bindparam("new_text"), feed_summary=bindparam("new_summary")
)


def store_edits(session: Session, edits: Sequence[ArticleEdit], *, now: datetime) -> None:
    """Store what entries change of their articles."""
    if not edits:
        return
    session.connection().execute(
        _SAID,
        [
            {
                "article_id": edit.article_id,
                "new_title": edit.feed_title,
                "new_text": edit.feed_text,
                "new_summary": edit.feed_summary,
            }
            for edit in edits
        ],
    )
    moved = {edit.host for edit in edits if edit.host is not None}
    hosts = host_ids(session, moved) if moved else {}
    for edit in edits:
        changed: dict[str, Any] = {}
        if edit.url is not None and edit.host is not None:
            changed |= {"url": edit.url, "host_id": hosts[edit.host]}
        if edit.reads_page:
            changed["recheck_at"] = now
        if edit.title is not None:
            changed |= {"version": edit.version, "text_source": edit.text_source}
            if edit.awaits_page:
                changed["next_fetch_at"] = now
            else:
                changed |= {"state": ArticleState.READY, "ready_at": now, "next_fetch_at": None}
        if changed:
            session.execute(update(Article).where(col(Article.id) == edit.article_id).values(**changed))
    _insert(
        session,
        ArticleVersion,
        [
            _version(
                edit.article_id, edit.version, edit.title, edit.text or "", edit.beside, edit.text_source, now
            )
            for edit in edits
            if edit.title is not None
        ],
    )


def _row(new: NewArticle, host_id: int, story_id: int | None) -> dict[str, Any]:
    is_ready = bool(new.text_source)
    state = ArticleState.READY if is_ready else ArticleState.FOUND
    return {
        "outlet_id": new.outlet_id,
        "host_id": host_id,
        "url": new.url,
        "canonical_url": new.canonical_url,
        "state": ArticleState.MATCHED if new.is_old else state,
        "feed_title": new.title,
        "feed_text": new.text,
        "feed_summary": new.feed_summary,
        "authors": list(new.authors),
        "language": new.language,
        "text_source": new.text_source,
        "version": 1,
        "matched_version": 1 if new.is_old else 0,
        "grouped_version": 1 if new.is_old else 0,
        "story_id": story_id,
        "published_at": new.published,
        "found_at": new.found_at,
        "ready_at": new.found_at if is_ready else None,
        "matched_at": new.found_at if new.is_old else None,
        "next_fetch_at": None if is_ready else new.found_at,
        "has_page": new.has_page,
    }


def _version(
    article_id: int, number: int, title: str, text: str, beside: SaidBeside, text_source: str, now: datetime
) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "number": number,
        "title": title,
        "text": text,
        **beside.columns(),
        "text_source": text_source,
        "seen_at": now,
    }


def _insert(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows, past the object mapper, which takes most of the time else; return their ids, in their order."""
    if not rows:
        return []
    columns = SQLModel.metadata.tables[str(table.__tablename__)]
    wanted = insert(columns).returning(columns.c.id, sort_by_parameter_order=True)
    return list(session.connection().execute(wanted, list(rows)).scalars())


def move_links(session: Session, links: Sequence[tuple[int, str, str]]) -> None:
    """Store where articles stand now whose pages are still to be fetched: address and host, where politeness is kept."""
    hosts = host_ids(session, {host for _article, _url, host in links}) if links else {}
    for article_id, url, host in links:
        session.execute(
            update(Article).where(col(Article.id) == article_id).values(url=url, host_id=hosts[host])
        )
