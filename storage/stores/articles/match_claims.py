"""Articles on their way through matching and grouping: claimed under a fencing token, stored as matched, set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, tuple_, update
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from storage.stores.articles.archive import ArchivedArticle, archived_columns
from storage.tables import Article, ArticleState, ArticleVersion, MentionRow, Outlet

Name = tuple[int, str, str]
"""The id of a watch list, `actor` or `topic`, and the name of one of its."""
_GROUPED = aliased(ArticleVersion)
"""The version of an article that was grouped last."""


@dataclass(frozen=True, slots=True)
class MatchClaim:
    """An article version that this process is to match now."""

    article: ArchivedArticle
    version: int
    version_id: int
    token: int
    shard: str | None
    """That of its story; null until it has one."""
    grouped: ArchivedArticle | None = None
    """The article as the version said that was grouped last, where its outlet has edited it since."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A claimed article that was matched. `names_before` are those that the version grouped last mentions.

    One that `is_idle` mentions nobody: until the version that its page gives was matched, it gets no story, which would be one
    of few words.
    """

    claim: MatchClaim
    shard: str
    names_before: tuple[Name, ...] = ()
    is_idle: bool = False


@dataclass(frozen=True, slots=True)
class MatchedArticle:
    """A matched article version that is to be put into its story."""

    article: ArchivedArticle
    version: int
    version_id: int
    grouped_version: int
    outlet_id: int
    canonical_url: str
    declared_url: str | None
    names_before: frozenset[Name]
    is_edit: bool = False
    """Its title or text is another than in the version that was grouped last, and not because its page was read at last."""
    is_completed: bool = False
    """Its page was read since that version, which said what its source says."""

    @property
    def is_first(self) -> bool:
        """Whether no version of the article was grouped before."""
        return self.grouped_version == 0


def is_any_to_match(session: Session, *, now: datetime) -> bool:
    """Return whether an article waits to be matched."""
    return session.execute(sa_select(col(Article.id)).where(*_to_match(now)).limit(1)).first() is not None


def claim_to_match(
    session: Session, *, now: datetime, owner: str, lease: timedelta, limit: int
) -> list[MatchClaim]:
    """Claim up to `limit` articles whose newest version was not matched, oldest first."""
    due = (
        sa_select(col(Article.id))
        .where(*_to_match(now))
        .order_by(col(Article.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(
        session.execute(due).scalars()
    )  # by itself: within an update PostgreSQL may run it again, beyond the limit
    if not ids:
        return []
    session.execute(
        update(Article)
        .where(col(Article.id).in_(ids))
        .values(match_token=col(Article.match_token) + 1, match_lease_until=now + lease, match_owner=owner),
        execution_options={"synchronize_session": False},
    )
    rows = session.execute(
        _with_version(col(Article.version)).where(col(Article.id).in_(ids)).order_by(col(Article.id))
    ).all()
    later = [row.id for row in rows if row.grouped_version]
    grouped = _grouped(session, later)
    return [
        MatchClaim(
            article=_archived(row),
            version=row.version,
            version_id=row.version_id,
            token=row.match_token,
            shard=row.shard,
            grouped=grouped.get(row.id),
        )
        for row in rows
    ]


def held_claims(session: Session, claims: Collection[MatchClaim]) -> set[int]:
    """Return the articles whose claims still hold: nobody has claimed them since, nor deleted them."""
    tokens = {claim.article.id: claim.token for claim in claims}
    rows = session.execute(
        sa_select(col(Article.id), col(Article.match_token)).where(col(Article.id).in_(tokens))
    )
    return {number for number, token in rows if tokens[number] == token}


def store_matched(session: Session, matched: Sequence[Matched], *, now: datetime) -> list[Matched]:
    """Store that articles were matched, and end the claims; give those whose claim still held.

    What was claimed anew meanwhile has another token: nothing of it is stored, nor may be what else the caller has of it.
    """
    rows = session.execute(
        sa_select(col(Article.id), col(Article.match_token), col(Article.state), col(Article.version))
        .where(col(Article.id).in_([one.claim.article.id for one in matched]))
        .order_by(col(Article.id))
        .with_for_update(key_share=True)
    ).all()
    tokens = {row.id: row.match_token for row in rows}
    held = [one for one in matched if tokens.get(one.claim.article.id) == one.claim.token]
    waiting = {row.id for row in rows if row.state is ArticleState.FOUND}
    newest = {row.id: row.version for row in rows}
    alike: dict[tuple[int, str | None], list[int]] = defaultdict(list)
    for one in held:
        number = one.claim.article.id
        is_waiting = number in waiting or newest[number] > one.claim.version
        waits = one.is_idle and one.claim.shard is None and is_waiting
        alike[one.claim.version, None if waits else one.shard].append(number)
    for (version, shard), ids in alike.items():
        session.execute(
            update(Article)
            .where(col(Article.id).in_(ids))
            .values(
                matched_version=version,
                shard=shard,
                matched_at=now,
                match_lease_until=None,
                match_owner=None,
            ),
            execution_options={"synchronize_session": False},
        )
    edited = [
        {"number": one.claim.article.id, "names": [list(name) for name in one.names_before]}
        for one in held
        if one.claim.grouped is not None
    ]
    if edited:
        session.connection().execute(
            update(Article.__table__)  # type: ignore[attr-defined]
            .where(col(Article.id) == bindparam("number"))
            .values(names_before=bindparam("names", type_=Article.__table__.c.names_before.type)),  # type: ignore[attr-defined]
            edited,
        )
    return held


def set_claims_aside(session: Session, claims: Collection[MatchClaim], *, until: datetime) -> None:
    """Have no one match these articles before then, as far as the claims still hold."""
    held = [(claim.article.id, claim.token) for claim in claims]
    rows = sa_select(col(Article.id)).where(
        col(Article.id).in_([number for number, _token in held]),
        tuple_(col(Article.id), col(Article.match_token)).in_(held),
    )
    set_aside(session, session.execute(rows.with_for_update()).scalars().all(), until=until)


def set_aside(session: Session, article_ids: Collection[int | None], *, until: datetime) -> None:
    """Have no one match or group these articles before then: they must not keep the others from it."""
    session.execute(
        update(Article)
        .where(col(Article.id).in_(article_ids))
        .values(match_token=col(Article.match_token) + 1, match_lease_until=until, match_owner=None),
        execution_options={"synchronize_session": False},
    )


def articles_to_group(session: Session, shard: str, *, now: datetime, limit: int) -> list[MatchedArticle]:
    """Return up to `limit` matched articles of a shard that are to be put into stories, oldest first.

    Whom one named before its page was read is asked here: when it was matched, that version may not have been grouped yet.
    """
    rows = (
        _with_version(
            col(Article.matched_version), _is_edit(), _is_completed(), col(_GROUPED.id).label("grouped_id")
        )
        .outerjoin(
            _GROUPED,
            (col(_GROUPED.article_id) == col(Article.id))
            & (col(_GROUPED.number) == col(Article.grouped_version)),
        )
        .where(col(Article.shard) == shard, *is_to_group(now))
        .order_by(col(Article.id))
        .limit(limit)
    )
    found = session.execute(rows).all()
    told = _told(session, {row.id: row.grouped_id for row in found if row.is_completed})
    return [
        replace(
            matched,
            is_edit=bool(row.is_edit),
            is_completed=bool(row.is_completed),
            names_before=told.get(row.id, matched.names_before),
        )
        for row, matched in ((row, _matched(row)) for row in found)
    ]


def still_to_group(session: Session, articles: Iterable[MatchedArticle]) -> list[MatchedArticle]:
    """Return those that still wait with this very version, with the story that they have now; their rows are locked."""
    known = {one.article.id: one for one in articles}
    rows = session.execute(
        sa_select(col(Article.id), col(Article.matched_version), col(Article.story_id))
        .where(col(Article.id).in_(known), col(Article.grouped_version) < col(Article.matched_version))
        .order_by(col(Article.id))
        .with_for_update()
    )
    return [
        replace(known[number], article=replace(known[number].article, story_id=story))
        for number, version, story in rows
        if known[number].version == version
    ]


def grouped_articles(session: Session, article_ids: Collection[int]) -> list[MatchedArticle]:
    """Return those of the articles that have come their whole way, oldest first."""
    rows = _with_version(col(Article.version)).where(
        col(Article.id).in_(article_ids),
        col(Article.state) == ArticleState.MATCHED,
        col(Article.story_id).is_not(None),
    )
    return [_matched(row) for row in session.execute(rows.order_by(col(Article.id)))]


def store_grouped(session: Session, stories: Mapping[int, int], articles: Sequence[MatchedArticle]) -> None:
    """Store the articles' stories; what has no newer version has come its whole way."""
    table = Article.__table__  # type: ignore[attr-defined]
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("number"))
        .values(story_id=bindparam("story"), grouped_version=bindparam("grouped"), names_before=[]),
        [
            {"number": one.article.id, "story": stories[one.article.id], "grouped": one.version}
            for one in articles
        ],
    )
    session.execute(
        update(Article)
        .where(
            col(Article.id).in_([one.article.id for one in articles]),
            col(Article.state) == ArticleState.READY,
            col(Article.version) == col(Article.grouped_version),
        )
        .values(state=ArticleState.MATCHED),
        execution_options={"synchronize_session": False},
    )


def current_articles(session: Session, article_ids: Collection[int]) -> list[MatchedArticle]:
    """Return articles as they were matched last, oldest first."""
    rows = _with_version(col(Article.matched_version)).where(col(Article.id).in_(article_ids))
    return [_matched(row) for row in session.execute(rows.order_by(col(Article.id)))]


def is_to_group(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Give what holds of an article that waits to be put into its story."""
    return (
        col(Article.shard).is_not(None),
        col(Article.grouped_version) < col(Article.matched_version),
        _is_free(now),
    )


def _to_match(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(Article.matched_version) < col(Article.version), _is_free(now))


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(col(Article.match_lease_until).is_(None), col(Article.match_lease_until) <= now)


def _is_edit() -> ColumnElement[bool]:
    """Return whether a version says what its outlet has changed since the version that was grouped last."""
    return and_(
        col(_GROUPED.text_source) == col(ArticleVersion.text_source),
        or_(
            col(_GROUPED.title) != col(ArticleVersion.title),
            col(_GROUPED.text) != col(ArticleVersion.text),
        ),
    ).label("is_edit")


def _is_completed(before: Any = _GROUPED, after: Any = ArticleVersion) -> ColumnElement[bool]:  # noqa: ANN401  (a table, or an alias of one)
    """Return whether the page was read between two versions."""
    return or_(
        and_(col(before.text_source) == "", col(after.text_source) != ""),
        and_(col(before.text_source) == "summary", col(after.text_source) == "page"),
    ).label("is_completed")


def _with_version(number: Any, *more: Any) -> Any:  # noqa: ANN401  (SQLAlchemy types no select of so many columns)
    """Select articles with their version of this number: the archive's columns first."""
    return (
        sa_select(
            *archived_columns(),
            col(ArticleVersion.id).label("version_id"),
            col(Article.version),
            col(Article.matched_version),
            col(Article.grouped_version),
            col(Article.match_token),
            col(Article.shard),
            col(Article.outlet_id),
            col(Article.canonical_url),
            col(Article.declared_url),
            col(Article.names_before),
            *more,
        )
        .join(
            ArticleVersion,
            (col(ArticleVersion.article_id) == col(Article.id)) & (col(ArticleVersion.number) == number),
        )
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
    )


def _matched(row: Any) -> MatchedArticle:  # noqa: ANN401  (a row of `_with_version`)
    return MatchedArticle(
        article=_archived(row),
        version=row.matched_version,
        version_id=row.version_id,
        grouped_version=row.grouped_version,
        outlet_id=row.outlet_id,
        canonical_url=row.canonical_url,
        declared_url=row.declared_url,
        names_before=frozenset((number, kind, name) for number, kind, name in row.names_before or ()),
    )


def _grouped(session: Session, numbers: Collection[int]) -> dict[int, ArchivedArticle]:
    """Return articles that were edited as they stood in the version that was grouped last."""
    if not numbers:
        return {}
    newest = aliased(ArticleVersion)
    rows = session.execute(
        _with_version(col(Article.grouped_version), _is_completed(ArticleVersion, newest))
        .join(
            newest, (col(newest.article_id) == col(Article.id)) & (col(newest.number) == col(Article.version))
        )
        .where(col(Article.id).in_(numbers))
    )
    return {row.id: _archived(row) for row in rows if not row.is_completed}


def _told(session: Session, versions: Mapping[int, int]) -> dict[int, frozenset[Name]]:
    """Return whom versions of articles mentioned when they were matched, by the articles' ids."""
    if not versions:
        return {}
    found: dict[int, set[Name]] = defaultdict(set)
    rows = session.execute(
        sa_select(
            col(MentionRow.version_id),
            col(MentionRow.watch_list_id),
            col(MentionRow.kind),
            col(MentionRow.name),
        )
        .where(col(MentionRow.version_id).in_(versions.values()))
        .distinct()
    )
    for version_id, *name in rows:
        number, kind, named = name
        found[version_id].add((number, kind, named))
    return {number: frozenset(found[version_id]) for number, version_id in versions.items()}


def _archived(row: Any) -> ArchivedArticle:  # noqa: ANN401  (a row that begins with the archive's columns)
    return ArchivedArticle.of(row[: len(archived_columns())])
