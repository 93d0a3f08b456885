"""Watch lists, edited in bulk, and the journal that tells running services of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, literal, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.rows import id_of
from storage.stores.watch.access import touch_lists
from storage.stores.watch.watch_lists import (
    AT_ONCE,
    ListFacts,
    WatchedActor,
    WatchRoute,
    chunks,
    ids_of,
)
from storage.tables import (
    ActorRow,
    AliasRow,
    ChangeKind,
    ChannelRow,
    TopicRow,
    WatchChange,
    WatchListChannel,
    WatchListRow,
)
from storage.viewers import looking_as
from storage.watched import Alias, Topic

MASS = 1_000
"""From so many names in one edit on, the journal says that the whole list changed."""
KEPT = timedelta(days=30)
"""How long the journal is kept; a service that runs looks at it every second."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of the journal."""

    id: int
    watch_list_id: int
    kind: ChangeKind
    name: str


def put_actors(
    session: Session, watch_list_id: int, actors: Sequence[WatchedActor], *, now: datetime
) -> None:
    """Add actors; one of the same name is replaced. Names must differ among them."""
    known = ids_of(session, ActorRow, watch_list_id, (actor.name for actor in actors))
    for some in chunks(known.values(), AT_ONCE):
        session.execute(delete(AliasRow).where(col(AliasRow.actor_id).in_(some)))
    changed = [{"id": known[actor.name], **_columns(actor)} for actor in actors if actor.name in known]
    if changed:
        session.execute(update(ActorRow), changed)
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


def put_topics(session: Session, watch_list_id: int, topics: Sequence[Topic], *, now: datetime) -> None:
    """Add topics; one of the same name is replaced. Names must differ among them."""
    known = ids_of(session, TopicRow, watch_list_id, (topic.name for topic in topics))
    for topic in topics:
        if topic.name in known:
            session.execute(
                update(TopicRow).where(col(TopicRow.id) == known[topic.name]).values(query=topic.query)
            )
    new = [
        {"watch_list_id": watch_list_id, "name": topic.name, "query": topic.query}
        for topic in topics
        if topic.name not in known
    ]
    if new:
        session.execute(insert(TopicRow), new)
    record(session, watch_list_id, ChangeKind.TOPIC, [topic.name for topic in topics], now=now)


def drop_actors(session: Session, watch_list_id: int, names: Iterable[str], *, now: datetime) -> list[str]:
    """Delete the actors of these names; return those that were there. Mentions keep the name."""
    return _drop(session, ActorRow, watch_list_id, names, now=now)


def drop_topics(session: Session, watch_list_id: int, names: Iterable[str], *, now: datetime) -> list[str]:
    """Delete the topics of these names; return those that were there. Mentions keep the name."""
    return _drop(session, TopicRow, watch_list_id, names, now=now)


def rename_actor(session: Session, watch_list_id: int, old: str, new: str, *, now: datetime) -> None:
    """Give an actor another name; it keeps its place, and the old name no longer counts as one of its own."""
    number = ids_of(session, ActorRow, watch_list_id, [old])[old]
    session.execute(delete(AliasRow).where(col(AliasRow.actor_id) == number, col(AliasRow.text) == new))
    own = update(AliasRow).where(col(AliasRow.actor_id) == number, col(AliasRow.text) == old)
    session.execute(own.values(text=new))
    session.execute(update(ActorRow).where(col(ActorRow.id) == number).values(name=new))
    record(session, watch_list_id, ChangeKind.ACTOR, [old, new], now=now)


def rename_topic(session: Session, watch_list_id: int, old: str, new: str, *, now: datetime) -> None:
    """Give a topic another name; it keeps its place."""
    number = ids_of(session, TopicRow, watch_list_id, [old])[old]
    session.execute(update(TopicRow).where(col(TopicRow.id) == number).values(name=new))
    record(session, watch_list_id, ChangeKind.TOPIC, [old, new], now=now)


def open_list(session: Session, name: str, *, owner_id: int | None = None, now: datetime) -> int:
    """Make a list that tracks nothing yet, or have one of this name that was removed begin anew; return its id.

    One that begins anew is whose it was, and as private: its earlier alerts are still there.
    """
    row = session.exec(select(WatchListRow).where(WatchListRow.name == name)).first()
    if row is None:
        row = WatchListRow(name=name, owner_id=owner_id, created_at=now)
        session.add(row)
        session.flush()
    else:
        _drop_all(session, id_of(row))
        row.active, row.provisioned, row.paused = True, False, False
        row.owner_id = row.owner_id if row.owner_id is not None or row.private else owner_id
        _store_facts(session, row, ListFacts())
    record(session, id_of(row), ChangeKind.LIST, now=now)
    return id_of(row)


def declare_list(session: Session, name: str, facts: ListFacts, *, now: datetime) -> int:
    """Store what the settings file says of a list, which is the file's from then on; return its id."""
    row = session.exec(select(WatchListRow).where(WatchListRow.name == name)).first()
    is_new = row is None or not row.active
    if row is None:
        row = WatchListRow(name=name, created_at=now)
        session.add(row)
    is_new = is_new or row.paused
    row.provisioned, row.active, row.paused = True, True, False
    session.flush()
    changed = _store_facts(session, row, facts)
    if is_new or changed:
        record(session, id_of(row), ChangeKind.LIST if is_new else ChangeKind.FACTS, now=now)
    return id_of(row)


def count_from(session: Session, watch_list_id: int, since: datetime) -> None:
    """Note that the articles of a list are counted from then on, where they were not from earlier on."""
    row = session.get_one(WatchListRow, watch_list_id)
    row.counted_from = min(since, row.counted_from or row.created_at)


def set_facts(session: Session, watch_list_id: int, facts: ListFacts, *, now: datetime) -> bool:
    """Store who is notified and what makes the list alert; return whether that is a change. Its channels must exist."""
    changed = _store_facts(session, session.get_one(WatchListRow, watch_list_id), facts)
    if changed:
        record(session, watch_list_id, ChangeKind.FACTS, now=now)
    return changed


def rename_list(session: Session, watch_list_id: int, name: str, *, now: datetime) -> None:
    """Give a list another name, which no list has or had."""
    session.get_one(WatchListRow, watch_list_id).name = name
    session.flush()
    record(session, watch_list_id, ChangeKind.LIST, now=now)


def is_name_in_use(session: Session, name: str) -> bool:
    """Return whether a list has this name, or had it when it was removed: its alerts still bear it. Hidden lists count too."""
    with looking_as(None):
        return session.exec(select(WatchListRow.id).where(WatchListRow.name == name)).first() is not None


def copy_tracked(session: Session, source: int, target: int, *, now: datetime) -> None:
    """Give a list that tracks nothing yet the actors, with their aliases, and the topics of another."""
    for table in (ActorRow, TopicRow):
        theirs = SQLModel.metadata.tables[str(table.__tablename__)]
        names = [column.name for column in theirs.c if column.name not in ("id", "watch_list_id")]
        rows = sa_select(literal(target), *(theirs.c[name] for name in names))
        rows = rows.where(theirs.c.watch_list_id == source).order_by(theirs.c.id)
        session.execute(insert(theirs).from_select(["watch_list_id", *names], rows))
    actor, alias = SQLModel.metadata.tables["actor"], SQLModel.metadata.tables["alias"]
    new = actor.alias()
    names = [column.name for column in alias.c if column.name not in ("id", "actor_id")]
    aliases = (
        sa_select(new.c.id, *(alias.c[name] for name in names))
        .select_from(alias)
        .join(actor, actor.c.id == alias.c.actor_id)
        .join(new, (new.c.name == actor.c.name) & (new.c.watch_list_id == target))
        .where(actor.c.watch_list_id == source)
        .order_by(alias.c.id)
    )
    session.execute(insert(alias).from_select(["actor_id", *names], aliases))
    record(session, target, ChangeKind.LIST, now=now)


def release_list(session: Session, name: str) -> None:
    """Let a list that the settings file declared be edited from now on; one that is not the file's stays as it is."""
    row = session.exec(select(WatchListRow).where(WatchListRow.name == name)).first()
    if row is not None and row.active:
        row.provisioned = False
        session.flush()


def set_paused(session: Session, watch_list_id: int, *, paused: bool, now: datetime) -> bool:
    """Stop searching for what a list tracks, or begin again; return whether that is a change."""
    row = session.get_one(WatchListRow, watch_list_id)
    if row.paused is paused:
        return False
    row.paused = paused
    session.flush()
    record(session, watch_list_id, ChangeKind.LIST, now=now)
    return True


def remove_list(session: Session, watch_list_id: int, *, now: datetime) -> None:
    """Remove a list with all that it tracks. Its alerts stay, and mentions keep their names."""
    _drop_all(session, watch_list_id)
    session.execute(delete(WatchListChannel).where(col(WatchListChannel.watch_list_id) == watch_list_id))
    session.get_one(WatchListRow, watch_list_id).active = False
    record(session, watch_list_id, ChangeKind.LIST, now=now)


def switch_off_undeclared(session: Session, declared: Collection[str], *, now: datetime) -> None:
    """Switch off the lists that the settings file declared once and does no longer; what they track stays."""
    rows = session.exec(
        select(WatchListRow).where(col(WatchListRow.provisioned), col(WatchListRow.active))
    ).all()
    for row in rows:
        if row.name not in declared:
            row.active = False
            record(session, id_of(row), ChangeKind.LIST, now=now)


def record(
    session: Session, watch_list_id: int, kind: ChangeKind, names: Sequence[str] = ("",), *, now: datetime
) -> None:
    """Write the journal, in the transaction of the edit. Many names become one line: the whole list."""
    if not names:
        return
    touch_lists(session, [watch_list_id])
    hold_lock(session, AdvisoryLock.JOURNAL)
    if len(names) >= MASS:
        kind, names = ChangeKind.LIST, ("",)
    session.execute(
        insert(WatchChange),
        [{"watch_list_id": watch_list_id, "kind": kind, "name": name, "at": now} for name in names],
    )


def last_change(session: Session) -> int:
    """Return the number of the newest line of the journal; 0 where it is empty."""
    return session.exec(select(func.max(WatchChange.id))).one() or 0


def changes_since(session: Session, number: int) -> list[JournalLine]:
    """Return the lines of the journal that are newer than `number`, oldest first."""
    rows = session.execute(
        sa_select(
            col(WatchChange.id), col(WatchChange.watch_list_id), col(WatchChange.kind), col(WatchChange.name)
        )
        .where(col(WatchChange.id) > number)
        .order_by(col(WatchChange.id))
    )
    return [JournalLine(number or 0, watch_list_id, kind, name) for number, watch_list_id, kind, name in rows]


def prune_journal(session: Session, *, now: datetime) -> None:
    """Delete what is too old to be of use. The newest line stays: numbers are never given twice."""
    session.execute(
        delete(WatchChange).where(
            col(WatchChange.at) < now - KEPT, col(WatchChange.id) < last_change(session)
        )
    )


def _drop(
    session: Session,
    table: type[ActorRow] | type[TopicRow],
    watch_list_id: int,
    names: Iterable[str],
    *,
    now: datetime,
) -> list[str]:
    known = ids_of(session, table, watch_list_id, names)
    for some in chunks(known.values(), AT_ONCE):
        session.execute(delete(table).where(col(table.id).in_(some)))
    kind = ChangeKind.ACTOR if table is ActorRow else ChangeKind.TOPIC
    record(session, watch_list_id, kind, list(known), now=now)
    return list(known)


def _drop_all(session: Session, watch_list_id: int) -> None:
    for table in (ActorRow, TopicRow):
        session.execute(delete(table).where(col(table.watch_list_id) == watch_list_id))


def _store_facts(session: Session, row: WatchListRow, facts: ListFacts) -> bool:
    """Store the facts of a list; return whether that is a change."""
    seconds = facts.update_interval.total_seconds()
    wanted = (list(facts.languages), facts.alert, facts.min_score, facts.spikes, seconds, list(facts.tags))
    present = (row.languages, row.alert, row.min_score, row.spikes, row.update_interval_seconds, row.tags)
    changed = wanted != present
    row.languages, row.alert, row.min_score, row.spikes, row.update_interval_seconds, row.tags = wanted
    session.flush()
    return _set_routes(session, id_of(row), facts.routes) or changed


def _set_routes(session: Session, watch_list_id: int, routes: Sequence[WatchRoute]) -> bool:
    """Make these the routes of a list to the team's channels; return whether that is a change."""
    names = [route.channel for route in routes]
    rows = session.exec(
        select(ChannelRow).where(col(ChannelRow.name).in_(names), col(ChannelRow.owner_id).is_(None))
    )
    ids = {row.name: id_of(row) for row in rows}
    wanted = {ids[route.channel]: dict(route.conditions) for route in routes}
    links = (
        select(WatchListChannel)
        .join(ChannelRow, col(ChannelRow.id) == col(WatchListChannel.channel_id))
        .where(WatchListChannel.watch_list_id == watch_list_id, col(ChannelRow.owner_id).is_(None))
    )
    known = {row.channel_id: row for row in session.exec(links)}
    if {number: row.conditions for number, row in known.items()} == wanted:
        return False
    for number, row in known.items():
        if number not in wanted:
            session.delete(row)
    for number, conditions in wanted.items():
        if number in known:
            known[number].conditions = conditions
        else:
            session.add(
                WatchListChannel(watch_list_id=watch_list_id, channel_id=number, conditions=conditions)
            )
    session.flush()
    return True


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


def _alias_columns(actor_id: int, alias: Alias) -> dict[str, object]:
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
