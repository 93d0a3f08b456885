"""Who may see and change which watch list: stored, and left out of what is read for those who may not see it.

`storage.viewers` decides. Of every statement that a session reads by for a viewer from whom a list is hidden, the rows of
that list are left out here, and those of its alerts, of the messages about these, of what was done to it, of the reviews that
are drawn from it. It holds by column: whatever table has a `watch_list_id`, an `alert_id`, a `review_id` or an `edition_id`,
a new one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, event, or_, true, union_all
from sqlalchemy import select as sa_select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.orm.interfaces import ORMOption
from sqlmodel import Session, SQLModel, col, select

from storage.rows import id_of
from storage.tables import (
    Act,
    ActList,
    AliasRow,
    Attempt,
    ChannelRow,
    Edition,
    Notification,
    NotificationKind,
    Review,
    TriageAct,
    User,
    WatchListRow,
    WatchListShare,
)
from storage.viewers import ListAccess, Share, Viewer, looking_as, may_see, viewer

_NAMING_LISTS = (
    *(NotificationKind.ARTICLE, NotificationKind.STORY_MERGED, NotificationKind.STORY_SPLIT),
    *(NotificationKind.ALERT_STATE, NotificationKind.ALERT_ASSIGNED, NotificationKind.ALERT_NOTED),
    *(NotificationKind.ALERT_TAGGED, NotificationKind.ALERT_DUE),
)
"""Messages for programs, which may be of any list: shown to nobody from whom one is hidden."""
_KNOWN = "tocsin_hidden"
"""Where a session keeps what it leaves out."""


@dataclass(frozen=True, slots=True)
class PrivateList:
    """What those know of a private list who may not see it: that it exists, and whose it is."""

    id: int
    owner: str | None
    editors: int
    readers: int


def access_of(session: Session, watch_list_id: int) -> ListAccess:
    """Return whose a list is, and who else may see and change it."""
    return _accesses(session, select(WatchListRow).where(WatchListRow.id == watch_list_id))[watch_list_id]


def access_of_all(session: Session) -> dict[int, ListAccess]:
    """Return it of every list."""
    return _accesses(session, select(WatchListRow))


def is_private(session: Session, watch_list_id: int) -> bool:
    """Return whether a list is private."""
    return session.get_one(WatchListRow, watch_list_id).private


def private_of(session: Session, names: Iterable[str]) -> list[str]:
    """Return the private lists among those of these names, as they are called; whatever their case."""
    wanted = {name.casefold() for name in names}
    private = session.exec(select(WatchListRow.name).where(col(WatchListRow.private))).all()
    return sorted(name for name in private if name.casefold() in wanted)


def is_of_private(session: Session, review_id: int) -> bool:
    """Return whether a review is drawn from a private list."""
    private = session.exec(select(WatchListRow.name).where(col(WatchListRow.private))).all()
    names = dict(enumerate(private))
    return bool(names) and review_id in _naming(session, names)


def put_access(session: Session, watch_list_id: int, access: ListAccess) -> None:
    """Store who may see and change a list. Where that takes sight from anybody, its feeds get other addresses."""
    before = access_of(session, watch_list_id)
    row = session.get_one(WatchListRow, watch_list_id)
    row.owner_id, row.private = access.owner_id, access.private
    if access.private and (not before.private or not set(before.shares) <= set(access.shares)):
        row.feed_mark = token_hex(8)
    session.execute(delete(WatchListShare).where(col(WatchListShare.watch_list_id) == watch_list_id))
    session.add_all(
        WatchListShare(watch_list_id=watch_list_id, user_id=share.user_id, role=share.role, edits=share.edits)
        for share in access.shares
    )
    session.flush()
    session.info.pop(_KNOWN, None)


def private_lists(session: Session) -> list[PrivateList]:
    """Return the private lists, removed ones aside, those without an owner first."""
    with looking_as(None):
        rows = session.execute(
            sa_select(col(WatchListRow.id), col(User.name))
            .outerjoin(User, col(User.id) == col(WatchListRow.owner_id))
            .where(col(WatchListRow.private), col(WatchListRow.active))
            .order_by(col(User.name).is_not(None), col(User.name), col(WatchListRow.id))
        ).all()
        accesses = access_of_all(session)
    return [
        PrivateList(
            number,
            owner,
            sum(share.edits for share in accesses[number].shares),
            sum(not share.edits for share in accesses[number].shares),
        )
        for number, owner in rows
    ]


def touch_lists(session: Session, numbers: Sequence[int]) -> None:
    """Note that what is done in this transaction is about these lists (`storage.stores.people.acts`)."""
    session.info.setdefault("tocsin_touched", set()).update(numbers)


def touched_lists(session: Session) -> set[int]:
    """Return the lists that what was done in this transaction is about."""
    found: set[int] = session.info.get("tocsin_touched", set())
    return found


def touch_lists_named(session: Session, names: Iterable[str]) -> None:
    """Do so of the lists of these names."""
    with looking_as(None):  # an act is about them whoever acts
        rows = session.exec(select(WatchListRow.id).where(col(WatchListRow.name).in_(list(names)))).all()
    touch_lists(session, [number for number in rows if number is not None])


def touch_review(session: Session, review_id: int) -> None:
    """Note that what is done in this transaction is about the lists of which a review is drawn."""
    with looking_as(None):
        keys = session.execute(sa_select(col(Review.keys)).where(col(Review.id) == review_id)).scalar()
    touch_lists_named(session, _lists_in(keys or {}))


def touch_edition(session: Session, number: int) -> None:
    """Do so of an edition's review."""
    with looking_as(None):
        review_id = session.execute(
            sa_select(col(Edition.review_id)).where(col(Edition.id) == number)
        ).scalar()
    if review_id is not None:
        touch_review(session, review_id)


def hidden_lists(session: Session) -> Mapping[int, str]:
    """Return the lists that who asks may not see, by number, with their names; removed ones too."""
    who = viewer()
    if who is None:
        return {}
    known = session.info.get(_KNOWN)
    if known is None or known[0] != who:
        with looking_as(None):
            rows = session.exec(select(WatchListRow).where(col(WatchListRow.private))).all()
            accesses = _with_shares(session, rows) if rows else {}
        hidden = {id_of(row): row.name for row in rows if not may_see(accesses[id_of(row)], who)}
        known = session.info[_KNOWN] = who, hidden, _channels_of_others(session, who)
    found: Mapping[int, str] = known[1]
    return found


def _channels_of_others(session: Session, who: Viewer) -> list[int]:
    """Return the channels that are other users' own: what they are sent is shown to nobody else."""
    owner = col(ChannelRow.owner_id)
    query = sa_select(col(ChannelRow.id)).where(
        owner.is_not(None), true() if who.user_id is None else owner != who.user_id
    )
    with looking_as(None):
        return list(session.execute(query).scalars())


def _accesses(session: Session, query: Any) -> dict[int, ListAccess]:  # noqa: ANN401  (SQLModel's own select)
    return _with_shares(session, session.exec(query).all())


def _with_shares(session: Session, rows: Sequence[WatchListRow]) -> dict[int, ListAccess]:
    shares: dict[int, list[Share]] = {id_of(row): [] for row in rows}
    wanted = select(WatchListShare).order_by(col(WatchListShare.id))
    if len(rows) == 1:
        wanted = wanted.where(WatchListShare.watch_list_id == rows[0].id)
    for share in session.exec(wanted):
        if share.watch_list_id in shares:
            shares[share.watch_list_id].append(Share(share.user_id, share.role, share.edits))
    return {id_of(row): ListAccess(row.owner_id, row.private, tuple(shares[id_of(row)])) for row in rows}


@event.listens_for(Session, "do_orm_execute")
def _leave_out(state: ORMExecuteState) -> None:
    """Leave out of what is read what who asks may not see."""
    if viewer() is None or not state.is_select:
        return
    session = state.session
    hidden = hidden_lists(session)  # type: ignore[arg-type]  # every session of ours is SQLModel's
    if hidden or session.info[_KNOWN][2]:
        state.statement = state.statement.options(*_options(session, hidden))  # type: ignore[arg-type]


def _options(session: Session, hidden: Mapping[int, str]) -> list[ORMOption]:
    key = "tocsin_options"
    known = session.info.get(key)
    if known is None or known[0] is not hidden:
        with looking_as(None):
            options: list[ORMOption] = [
                with_loader_criteria(table, condition, include_aliases=True)
                for table, condition in _conditions(session, hidden)
            ]
        known = session.info[key] = hidden, options
    found: list[ORMOption] = known[1]
    return found


def _conditions(
    session: Session, hidden: Mapping[int, str]
) -> Iterator[tuple[type[SQLModel], ColumnElement[bool]]]:
    """Give for each table which of its rows are shown."""
    tables = SQLModel.metadata.tables
    others = session.info[_KNOWN][2]
    sent_to_others = sa_select(tables["notification"].c.id).where(
        tables["notification"].c.channel_id.in_(others)
    )
    if others:
        yield Notification, col(Notification.channel_id).not_in(others)
        yield Attempt, col(Attempt.notification_id).not_in(sent_to_others)
    if not hidden:
        return
    lists = list(hidden)
    alert, notification, edition = (tables[name].c for name in ("alert", "notification", "edition"))
    alerts = sa_select(alert.id).where(alert.watch_list_id.in_(lists))
    yield WatchListRow, col(WatchListRow.id).not_in(lists)
    for table in _with_column("watch_list_id"):
        yield table, _outside(table, "watch_list_id", lists)
    for table in _with_column("alert_id"):
        if table is not Notification:
            yield table, _outside(table, "alert_id", alerts)
    told = sa_select(notification.id).where(notification.alert_id.in_(alerts))
    digests = sa_select(notification.digest_id).where(
        notification.digest_id.is_not(None), notification.alert_id.in_(alerts)
    )
    change = tables["triage_change"].c
    of_hidden = sa_select(change.act_id).where(change.alert_id.in_(alerts))
    of_others = sa_select(change.act_id).where(change.alert_id.not_in(alerts))
    yield TriageAct, or_(col(TriageAct.id).not_in(of_hidden), col(TriageAct.id).in_(of_others))
    reviews = _naming(session, hidden)
    editions = sa_select(edition.id).where(edition.review_id.in_(reviews))
    of_editions = sa_select(notification.id).where(
        notification.kind == NotificationKind.REVIEW,
        notification.payload["edition_id"].as_integer().in_(editions),
    )
    for_programs = sa_select(notification.id).where(
        notification.alert_id.is_(None), notification.kind.in_(_NAMING_LISTS)
    )
    untold = union_all(told, digests, of_editions, for_programs)
    yield Notification, col(Notification.id).not_in(untold)
    yield Attempt, col(Attempt.notification_id).not_in(untold)
    actor, act = tables["actor"].c, tables["act_list"].c
    yield AliasRow, col(AliasRow.actor_id).not_in(sa_select(actor.id).where(actor.watch_list_id.in_(lists)))
    yield Act, col(Act.id).not_in(sa_select(act.act_id).where(act.watch_list_id.in_(lists)))
    yield Review, col(Review.id).not_in(reviews)
    for table in _with_column("review_id"):
        yield table, _outside(table, "review_id", reviews)
    for table in _with_column("edition_id"):
        yield table, _outside(table, "edition_id", editions)


@cache
def _with_column(name: str) -> tuple[type[SQLModel], ...]:
    """Return the tables that have a column of this name, those of which the rule is made aside."""
    mappers = SQLModel._sa_registry.mappers
    return tuple(
        mapper.class_
        for mapper in mappers
        if name in mapper.columns and mapper.class_ not in (ActList, WatchListShare)
    )


def _outside(
    table: type[SQLModel], name: str, numbers: list[int] | Select[tuple[int]]
) -> ColumnElement[bool]:
    column = getattr(table, name)
    condition: ColumnElement[bool] = column.not_in(numbers)
    return or_(column.is_(None), condition) if table.__table__.c[name].nullable else condition  # type: ignore[attr-defined]


def _naming(session: Session, hidden: Mapping[int, str]) -> list[int]:
    """Return the reviews of which a section is drawn from a hidden list: who may not see it sees nothing of them."""
    names = set(hidden.values())
    return [
        number
        for number, keys in session.execute(sa_select(col(Review.id), col(Review.keys)))
        if names & _lists_in(keys)
    ]


def _lists_in(keys: Mapping[str, Any]) -> set[str]:
    """Return the names of the lists of which a review with these keys is drawn. Pure."""
    parts = (*keys.get("sections", ()), keys.get("report") or {})
    return {name for part in parts for name in part.get("watch", ())}
