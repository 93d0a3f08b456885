"""Folders, their items and notes; and the articles that a folder comes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.alerts.alert_details import FoundMention
from storage.stores.articles.said import place_of_field
from storage.stores.articles.versions import is_current
from storage.stores.watch.access import touch_lists
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleVersion,
    FolderItem,
    FolderItemKind,
    FolderNote,
    FolderRow,
    MentionRow,
    Outlet,
    Story,
    WatchListRow,
)

MOST_ARTICLES = 2_000
"""Of a folder, counting those of its alerts and stories."""


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder in a list."""

    id: int
    name: str
    about: str
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    closed_by: str
    closed_reason: str
    items: int = 0


@dataclass(frozen=True, slots=True)
class FiledItem:
    """What a folder holds. `number` is that of the alert, article or story; `url` and `outlet` are of an article or page."""

    id: int
    kind: str
    number: int | None
    title: str
    outlet: str
    url: str | None
    language: str | None
    at: datetime
    """When it came out, was raised or was read."""
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class FolderWords:
    """A note of a folder."""

    id: int
    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class FiledPage:
    """A page from outside, as it was sent and read."""

    url: str
    fetched_url: str
    fetched_at: datetime
    status: int
    title: str
    outlet: str
    text: str
    language: str | None
    published_at: datetime | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class FiledArticle:
    """An article that a folder comes to, with its text as it stands and what is mentioned in it."""

    id: int
    outlet: str
    country: str | None
    url: str
    title: str
    lead: str
    text: str
    language: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    found_at: datetime
    read_at: datetime | None
    mentions: tuple[FoundMention, ...] = ()


def add_folder(session: Session, name: str, about: str, *, by: str, now: datetime) -> int:
    """Store a folder; return its number."""
    row = FolderRow(name=name, about=about, created_at=now, created_by=by)
    session.add(row)
    session.flush()
    return id_of(row)


def folder_number(session: Session, which: str | int) -> int | None:
    """Return the number of the folder of this number or name; None where there is none."""
    condition = FolderRow.id == which if isinstance(which, int) else FolderRow.name == which
    return session.exec(select(FolderRow.id).where(condition)).first()


def list_folders(session: Session, *, only: int | None = None) -> list[ListedFolder]:
    """Return the folders, open ones first, the newest first."""
    count = sa_select(func.count()).where(col(FolderItem.folder_id) == col(FolderRow.id)).scalar_subquery()
    query = sa_select(FolderRow, count).order_by(
        col(FolderRow.closed_at).is_not(None), col(FolderRow.id).desc()
    )
    if only is not None:
        query = query.where(col(FolderRow.id) == only)
    return [
        ListedFolder(
            id_of(row),
            row.name,
            row.about,
            row.created_at,
            row.created_by,
            row.closed_at,
            row.closed_by,
            row.closed_reason,
            items,
        )
        for row, items in session.execute(query.execution_options(populate_existing=True))
    ]


def set_folder(session: Session, number: int, *, name: str, about: str) -> None:
    """Change a folder's name and what it is about."""
    row = session.get_one(FolderRow, number)
    row.name, row.about = name, about
    session.flush()


def set_closed(session: Session, number: int, *, at: datetime | None, by: str, reason: str) -> None:
    """Close a folder, or open it again (`at` is None)."""
    row = session.get_one(FolderRow, number)
    row.closed_at, row.closed_by, row.closed_reason = at, by, reason
    session.flush()


def drop_folder(session: Session, number: int) -> None:
    """Delete a folder with its items and notes."""
    session.delete(session.get_one(FolderRow, number))
    session.flush()


def is_there(session: Session, kind: str, number: int) -> bool:
    """Return whether there is such an alert, article or story."""
    tables: dict[str, type[Alert] | type[Article] | type[Story]] = {
        "alert": Alert,
        "article": Article,
        "story": Story,
    }
    return session.get(tables[kind], number) is not None


def article_at(session: Session, url: str) -> int | None:
    """Return the article of this address; None where there is none."""
    query = select(Article.id).where(or_(col(Article.canonical_url) == url, col(Article.url) == url))
    return session.exec(query.order_by(col(Article.id))).first()


def add_item(session: Session, folder_id: int, kind: str, number: int, *, by: str, now: datetime) -> bool:
    """Put an alert, article or story into a folder; return whether that is new."""
    column = {"alert": FolderItem.alert_id, "article": FolderItem.article_id, "story": FolderItem.story_id}[
        kind
    ]
    known = select(FolderItem.id).where(FolderItem.folder_id == folder_id, col(column) == number)
    if session.exec(known).first() is not None:
        return False
    item = FolderItem(folder_id=folder_id, kind=FolderItemKind(kind), added_at=now, added_by=by)
    setattr(item, f"{kind}_id", number)
    if kind == "alert":
        touch_lists(session, [session.get_one(Alert, number).watch_list_id])
    session.add(item)
    session.flush()
    return True


def put_page(session: Session, folder_id: int, page: FiledPage, *, by: str, now: datetime) -> bool:
    """Put a page into a folder, in place of what was read at its address before; return whether it is new."""
    known = select(FolderItem).where(FolderItem.folder_id == folder_id, FolderItem.url == page.url)
    row = session.exec(known).first()
    is_new = row is None
    if row is None:
        row = FolderItem(folder_id=folder_id, kind=FolderItemKind.PAGE, added_at=now, added_by=by)
        session.add(row)
    row.url, row.fetched_url, row.fetched_at, row.status = (
        page.url,
        page.fetched_url,
        page.fetched_at,
        page.status,
    )
    row.title, row.outlet, row.text, row.language = page.title, page.outlet, page.text, page.language
    row.published_at, row.headers, row.body = page.published_at, dict(page.headers), page.body
    session.flush()
    return is_new


def folder_of_item(session: Session, item_id: int) -> int | None:
    """Return the folder of an item; None where there is no such item."""
    row = session.get(FolderItem, item_id)
    return None if row is None else row.folder_id


def drop_item(session: Session, item_id: int) -> None:
    """Take an item out of its folder."""
    session.delete(session.get_one(FolderItem, item_id))
    session.flush()


def add_folder_note(session: Session, folder_id: int, text: str, *, by: str, now: datetime) -> int:
    """Store a note; return its number."""
    row = FolderNote(folder_id=folder_id, at=now, by=by, text=text)
    session.add(row)
    session.flush()
    return id_of(row)


def folder_notes(session: Session, folder_id: int) -> list[FolderWords]:
    """Return the notes of a folder, the oldest first."""
    rows = session.exec(
        select(FolderNote)
        .where(FolderNote.folder_id == folder_id)
        .order_by(col(FolderNote.at), col(FolderNote.id))
    )
    return [FolderWords(id_of(row), row.at, row.by, row.text) for row in rows]


def filed_items(session: Session, folder_id: int) -> list[FiledItem]:
    """Return what a folder holds, in the order in which it was added."""
    columns: tuple[Any, ...] = (
        FolderItem,
        col(WatchListRow.name),
        col(Alert.created_at),
        col(ArticleVersion.title),
        col(Outlet.name),
        col(Article.url),
        col(Article.language),
        func.coalesce(col(Article.published_at), col(Article.found_at)),
        col(Story.created_at),
    )
    rows = session.execute(
        sa_select(*columns)
        .outerjoin(Alert, col(Alert.id) == col(FolderItem.alert_id))
        .outerjoin(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
        .outerjoin(Story, col(Story.id) == col(FolderItem.story_id))
        .outerjoin(
            Article,
            col(Article.id)
            == func.coalesce(col(FolderItem.article_id), col(Alert.article_id), _first_article()),
        )
        .outerjoin(ArticleVersion, is_current())
        .outerjoin(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(col(FolderItem.folder_id) == folder_id)
        .order_by(col(FolderItem.id))
    )
    return [_filed(*row) for row in rows]


def _first_article() -> Any:  # noqa: ANN401  (a column)
    return (
        sa_select(func.min(col(Article.id)))
        .where(col(Article.story_id) == col(FolderItem.story_id))
        .correlate(FolderItem)
        .scalar_subquery()
    )


def _filed(
    item: FolderItem,
    watch_list: str | None,
    raised: datetime | None,
    title: str | None,
    outlet: str | None,
    url: str | None,
    language: str | None,
    came_out: datetime | None,
    begun: datetime | None,
) -> FiledItem:
    if item.kind is FolderItemKind.PAGE:
        at = item.published_at or item.fetched_at or item.added_at
        return FiledItem(
            id_of(item),
            "page",
            None,
            item.title,
            item.outlet,
            item.url,
            item.language,
            at,
            item.added_at,
            item.added_by,
        )
    at = {"alert": raised, "article": came_out, "story": begun}[item.kind.value] or item.added_at
    number = item.alert_id or item.article_id or item.story_id
    named = watch_list if item.kind is FolderItemKind.ALERT else outlet
    return FiledItem(
        id_of(item),
        item.kind.value,
        number,
        title or "",
        named or "",
        url,
        language,
        at,
        item.added_at,
        item.added_by,
    )


def filed_pages(session: Session, folder_id: int) -> list[FiledPage]:
    """Return the pages of a folder as they were sent, in the order in which they were added."""
    rows = session.exec(
        select(FolderItem)
        .where(FolderItem.folder_id == folder_id, FolderItem.kind == FolderItemKind.PAGE)
        .order_by(col(FolderItem.id))
    )
    return [
        FiledPage(
            row.url or "",
            row.fetched_url,
            row.fetched_at or row.added_at,
            row.status or 0,
            row.title,
            row.outlet,
            row.text,
            row.language,
            row.published_at,
            row.headers,
            row.body or b"",
        )
        for row in rows
    ]


def filed_articles(session: Session, folder_id: int) -> list[FiledArticle]:
    """Return the articles that a folder comes to: its own, those of its alerts and of its stories; the earliest first."""
    mine = sa_select(FolderItem).where(col(FolderItem.folder_id) == folder_id).subquery()
    of_alerts = sa_select(col(AlertArticle.article_id)).where(
        col(AlertArticle.alert_id).in_(sa_select(mine.c.alert_id))
    )
    rows = session.execute(
        sa_select(Article, ArticleVersion, col(Outlet.name), col(Outlet.country))
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(
            or_(
                col(Article.id).in_(sa_select(mine.c.article_id)),
                col(Article.story_id).in_(sa_select(mine.c.story_id)),
                col(Article.id).in_(of_alerts),
            )
        )
        .order_by(func.coalesce(col(Article.published_at), col(Article.found_at)), col(Article.id))
        .limit(MOST_ARTICLES)
    ).all()
    mentions = _mentions(session, [id_of(version) for _article, version, _outlet, _country in rows])
    return [
        FiledArticle(
            id_of(article),
            outlet,
            country,
            article.url,
            version.title,
            version.lead,
            version.text,
            article.language,
            tuple(article.authors),
            article.published_at,
            article.found_at,
            article.read_at,
            tuple(mentions[id_of(version)]),
        )
        for article, version, outlet, country in rows
    ]


def _mentions(session: Session, versions: Sequence[int]) -> dict[int, list[FoundMention]]:
    found: dict[int, list[FoundMention]] = defaultdict(list)
    rows = session.exec(
        select(MentionRow)
        .where(col(MentionRow.version_id).in_(versions))
        .order_by(place_of_field(), col(MentionRow.start))
    )
    for row in rows:
        found[row.version_id].append(
            FoundMention(row.kind, row.name, row.field, row.start, row.end, row.surface, row.rule, row.more)
        )
    return found
