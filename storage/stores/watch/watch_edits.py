"""Watch lists, edited in bulk, and the journal that tells running services of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.stores.watch.watch_lists import AT_ONCE, WatchedActor, WatchedAlias, WatchedTopic, chunks, ids_of
from storage.tables import Actor, Alias, ChangeKind, Topic, WatchChange, WatchListChannel

MASS = 1_000
"""From so many names in one edit on, the journal says that the whole list changed."""
KEPT = timedelta(days=30)
"""How long the journal is kept; a service that runs looks at it every second."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the journal."""

    id: int
    watch_list_id: int
    kind: ChangeKind
    name: str


def put_actors(
    session: Session, watch_list_id: int, actors: Sequence[WatchedActor], *, now: datetime
) -> None:
    """Adds actors; one of the same name is replaced. Names must differ among them."""
    known = ids_of(session, Actor, watch_list_id, (actor.name for actor in actors))
    for some in chunks(known.values(), AT_ONCE):
        session.execute(delete(Alias).where(col(Alias.actor_id).in_(some)))
    changed = [{"id": known[actor.name], **_columns(actor)} for actor in actors if actor.name in known]
    if changed:
        session.execute(update(Actor), changed)
    new = [
        {"watch_list_id": watch_list_id, "name": actor.name, **_columns(actor)}
        for actor in actors
        if actor.name not in known
    ]
    if new:
        table = SQLModel.metadata.tables["actor"]
        # past the object mapper: of a hundred thousand rows each step counts
        rows = session.connection().execute(insert(table).returning(table.c.name, table.c.id), new)
        known.update((name, number) for name, number in rows)
    aliases = [_alias_columns(known[actor.name], alias) for actor in actors for alias in actor.names]
    if aliases:
        session.connection().execute(insert(SQLModel.metadata.tables["alias"]), aliases)
    record(session, watch_list_id, ChangeKind.ACTOR, [actor.name for actor in actors], now=now)


def put_topics(
    session: Session, watch_list_id: int, topics: Sequence[WatchedTopic], *, now: datetime
) -> None:
    """Adds topics; one of the same name is replaced. Names must differ among them."""
    known = ids_of(session, Topic, watch_list_id, (topic.name for topic in topics))
    for topic in topics:
        if topic.name in known:
            session.execute(update(Topic).where(col(Topic.id) == known[topic.name]).values(query=topic.query))
    new = [
        {"watch_list_id": watch_list_id, "name": topic.name, "query": topic.query}
        for topic in topics
        if topic.name not in known
    ]
    if new:
        session.execute(insert(Topic), new)
    record(session, watch_list_id, ChangeKind.TOPIC, [topic.name for topic in topics], now=now)


def drop(
    session: Session,
    table: type[Actor] | type[Topic],
    watch_list_id: int,
    names: Iterable[str],
    *,
    now: datetime,
) -> list[str]:
    """Deletes the actors or topics of these names; gives those that were there. Mentions keep the name."""
    known = ids_of(session, table, watch_list_id, names)
    for some in chunks(known.values(), AT_ONCE):
        session.execute(delete(table).where(col(table.id).in_(some)))
    kind = ChangeKind.ACTOR if table is Actor else ChangeKind.TOPIC
    record(session, watch_list_id, kind, list(known), now=now)
    return list(known)


def drop_all(session: Session, watch_list_id: int, *, now: datetime) -> None:
    """Deletes every actor and topic of a list. Mentions keep their names."""
    for table in (Actor, Topic):
        session.execute(delete(table).where(col(table.watch_list_id) == watch_list_id))
    record(session, watch_list_id, ChangeKind.LIST, now=now)


def set_channels(session: Session, watch_list_id: int, wanted: Iterable[int]) -> bool:
    """Makes these the channels of a list; tells whether that is a change. The caller writes the journal."""
    links = WatchListChannel.watch_list_id == watch_list_id
    known = set(session.exec(select(WatchListChannel.channel_id).where(links)))
    new, gone = set(wanted) - known, known - set(wanted)
    if gone:
        session.execute(
            delete(WatchListChannel).where(
                col(WatchListChannel.watch_list_id) == watch_list_id,
                col(WatchListChannel.channel_id).in_(gone),
            )
        )
    for channel_id in sorted(new):
        session.add(WatchListChannel(watch_list_id=watch_list_id, channel_id=channel_id))
    session.flush()
    return bool(new or gone)


def set_conditions(session: Session, watch_list_id: int, conditions: Mapping[int, Mapping[str, Any]]) -> bool:
    """Sets which of the list's alerts its channels, by their ids, are told; tells whether that is a change."""
    changed = False
    rows = select(WatchListChannel).where(
        WatchListChannel.watch_list_id == watch_list_id,
        col(WatchListChannel.channel_id).in_(conditions),
    )
    for row in session.exec(rows):
        wanted = dict(conditions[row.channel_id])
        changed = changed or row.conditions != wanted
        row.conditions = wanted
    return changed


def record(
    session: Session, watch_list_id: int, kind: ChangeKind, names: Sequence[str] = ("",), *, now: datetime
) -> None:
    """Writes the journal, in the transaction of the edit. Many names become one line: the whole list."""
    if not names:
        return
    hold_lock(session, AdvisoryLock.JOURNAL)
    if len(names) >= MASS:
        kind, names = ChangeKind.LIST, ("",)
    session.execute(
        insert(WatchChange),
        [{"watch_list_id": watch_list_id, "kind": kind, "name": name, "at": now} for name in names],
    )


def last_change(session: Session) -> int:
    """Gives the number of the newest line of the journal; 0 where it is empty."""
    return session.exec(select(func.max(WatchChange.id))).one() or 0


def changes_since(session: Session, number: int) -> list[Change]:
    """Gives the lines of the journal that are newer than `number`, oldest first."""
    rows = session.execute(
        sa_select(
            col(WatchChange.id), col(WatchChange.watch_list_id), col(WatchChange.kind), col(WatchChange.name)
        )
        .where(col(WatchChange.id) > number)
        .order_by(col(WatchChange.id))
    )
    return [Change(number or 0, watch_list_id, kind, name) for number, watch_list_id, kind, name in rows]


def prune_journal(session: Session, *, now: datetime) -> None:
    """Deletes what is too old to be of use. The newest line stays: numbers are never given twice."""
    session.execute(
        delete(WatchChange).where(
            col(WatchChange.at) < now - KEPT, col(WatchChange.id) < last_change(session)
        )
    )


def _columns(actor: WatchedActor) -> dict[str, object]:
    return {
        "surname": bool(actor.surname),
        "surname_text": actor.surname if isinstance(actor.surname, str) else "",
        "context": list(actor.context),
        "exclude": list(actor.exclude),
        "any_order": actor.any_order,
        "forms": actor.forms,
        "alone": actor.alone,
        "note": actor.note,
        "language": actor.language,
    }


def _alias_columns(actor_id: int, alias: WatchedAlias) -> dict[str, object]:
    return {
        "actor_id": actor_id,
        "text": alias.text,
        "exact": alias.exact,
        "title": alias.title,
        "weak": alias.weak,
        "context": list(alias.context),
        "exclude": list(alias.exclude),
        "least": alias.least,
        "any_order": alias.any_order,
        "forms": alias.forms,
        "alone": alias.alone,
    }
