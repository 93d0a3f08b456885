"""An article as it stands when its page is decided on: read whole and locked, and written back as decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import bindparam, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.articles.said import NOTHING_BESIDE, SaidBeside, beside_columns
from storage.stores.articles.search_index import move_to_its_place
from storage.stores.articles.versions import is_current
from storage.tables import Article, ArticleState, ArticleVersion, Host, HostRest, Outlet
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class PageArticle:
    """An article's row: what a page decides by, and changes. `title`, `text` and `beside` are those of its current version."""

    id: int
    outlet_id: int
    host_id: int
    url: str
    feed_title: str
    feed_text: str
    state: ArticleState
    version: int
    matched_version: int
    grouped_version: int
    shard: str | None
    text_source: str
    declared_url: str | None
    authors: list[str]
    language: str | None
    section: str | None
    image: str | None
    photo_credit: str | None
    photo_caption: str | None
    paywalled: bool
    published_at: datetime | None
    modified_at: datetime | None
    ready_at: datetime | None
    next_fetch_at: datetime | None
    page_title: str | None
    read_at: datetime | None
    recheck_at: datetime | None
    page_etag: str | None
    page_last_modified: str | None
    fetch_attempts: int
    fetch_error: Trouble | None
    lease_until: datetime | None
    lease_owner: str | None
    lease_token: int
    cites: list[str] = field(default_factory=list)
    title: str = ""
    text: str = ""
    beside: SaidBeside = NOTHING_BESIDE


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version of what is said of an article."""

    article_id: int
    number: int
    title: str
    text: str
    beside: SaidBeside
    text_source: str
    seen_at: datetime


_FIELDS = tuple(name for name in PageArticle.__dataclass_fields__ if name not in ("title", "text", "beside"))
_ONLY_READ = ("id", "outlet_id", "host_id", "url", "feed_title", "feed_text", "grouped_version", "shard")
_WRITTEN = tuple(name for name in _FIELDS if name not in _ONLY_READ)
_COLUMNS = (
    *(getattr(Article, name) for name in _FIELDS),
    col(ArticleVersion.title),
    col(ArticleVersion.text),
    *beside_columns(),
)
_WRITE = (
    update(Article)
    .where(col(Article.id) == bindparam("article_id"))
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)


def read_page_article(session: Session, article_id: int) -> PageArticle | None:
    """Return an article, locked until the transaction ends; None where it was deleted meanwhile."""
    row = session.execute(_articles().where(col(Article.id) == article_id)).first()
    return None if row is None else _article(row)


def write_page_article(
    session: Session, article: PageArticle, version: NewVersion | None, *, is_settled: bool = False
) -> None:
    """Store an article as it stands now, and its new version; if `is_settled`, that the one it has waits for no page any more."""
    values = {f"new_{name}": getattr(article, name) for name in _WRITTEN}
    session.connection().execute(_WRITE, {"article_id": article.id, **values})
    if is_settled:
        session.execute(
            update(ArticleVersion)
            .where(
                col(ArticleVersion.article_id) == article.id, col(ArticleVersion.number) == article.version
            )
            .values(text_source=article.text_source)
        )
    if version is None:
        move_to_its_place(session, article.id)
    else:
        session.add(
            ArticleVersion(
                article_id=version.article_id,
                number=version.number,
                title=version.title,
                text=version.text,
                text_source=version.text_source,
                seen_at=version.seen_at,
                **cast("dict[str, Any]", version.beside.columns()),
            )
        )


def kept_waiting(
    session: Session, *, now: datetime, patience: timedelta, limit: int
) -> list[tuple[PageArticle, str, Trouble | None]]:
    """Return articles found longer than `patience` ago whose pages no one may ask for within it: their host said when to return.

    With each, its outlet's name and what the host said.
    """
    rows = session.execute(
        _articles(col(Outlet.name), func.coalesce(col(HostRest.blocked_reason), col(Host.blocked_reason)))
        .join(Host, col(Host.id) == col(Article.host_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .outerjoin(
            HostRest,
            (col(HostRest.host_id) == col(Article.host_id))
            & (col(HostRest.outlet_id) == col(Article.outlet_id))
            & (col(HostRest.blocked_until) > now + patience),
        )
        .where(
            col(Article.state) == ArticleState.FOUND,
            col(Article.next_fetch_at) <= now,
            col(Article.found_at) <= now - patience,
            or_(col(Article.lease_until).is_(None), col(Article.lease_until) <= now),
            or_(col(Host.blocked_until) > now + patience, col(HostRest.host_id).is_not(None)),
        )
        .order_by(col(Article.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Article)
    )
    return [(_article(row[:-2]), row[-2], row[-1]) for row in rows]


def _articles(*more: Any) -> Any:  # noqa: ANN401  (SQLAlchemy types no select of so many columns)
    return (
        sa_select(*_COLUMNS, *more)
        .outerjoin(ArticleVersion, is_current())
        .with_for_update(of=Article, key_share=True)
    )


def _article(row: Any) -> PageArticle:  # noqa: ANN401  (a row of `_articles`)
    fields = dict(zip(_FIELDS, row, strict=False))
    title, text, *beside = row[len(_FIELDS) :]
    if title is None:  # it has no version yet
        return PageArticle(**fields)
    return PageArticle(**fields, title=title, text=text, beside=SaidBeside(*beside))
