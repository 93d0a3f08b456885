"""Mentions, written in batches, and those of versions of articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.alerts.alert_details import FoundMention
from storage.stores.articles.said import place_of_field
from storage.tables import ActorRow, MentionRow, TopicRow
from storage.upserts import insert_or_ignore


@dataclass(frozen=True, slots=True)
class NewMention:
    """A mention of a watch list in a version of an article."""

    version_id: int
    watch_list_id: int
    mention: FoundMention


def store_mentions(session: Session, mentions: Sequence[NewMention]) -> None:
    """Store mentions. Those that stand there already are left alone."""
    if not mentions:
        return
    names: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in mentions:
        names[one.mention.kind, one.watch_list_id].add(one.mention.name)
    ids = {**_ids(session, ActorRow, "actor", names), **_ids(session, TopicRow, "topic", names)}
    rows = []
    for one in mentions:
        found = one.mention
        number = ids.get((found.kind, one.watch_list_id, found.name))
        rows.append(
            {
                "version_id": one.version_id,
                "watch_list_id": one.watch_list_id,
                "kind": found.kind,
                "name": found.name,
                "actor_id": number if found.kind == "actor" else None,
                "topic_id": number if found.kind == "topic" else None,
                "field": found.field,
                "start": found.start,
                "end": found.end,
                "surface": found.surface,
                "rule": found.rule,
                "more": found.more,
            }
        )
    session.connection().execute(insert_or_ignore(session, MentionRow), rows)


def mentions_in_versions(
    session: Session, version_ids: Collection[int]
) -> dict[int, dict[int, list[FoundMention]]]:
    """Return the mentions of versions by watch list: titles first, then as they stand."""
    found: dict[int, dict[int, list[FoundMention]]] = defaultdict(lambda: defaultdict(list))
    table = MentionRow.__table__  # type: ignore[attr-defined]
    columns = [table.c[name] for name in ("version_id", "watch_list_id", *FoundMention.__slots__)]
    rows = sa_select(*columns).where(table.c.version_id.in_(version_ids))
    for version_id, watch_list_id, *rest in session.execute(
        rows.order_by(place_of_field(), table.c.start, table.c.id)
    ):
        found[version_id][watch_list_id].append(FoundMention(*rest))
    return found


def _ids(
    session: Session,
    table: type[ActorRow] | type[TopicRow],
    kind: str,
    names: dict[tuple[str, int], set[str]],
) -> dict[tuple[str, int, str], int]:
    wanted = [
        and_(col(table.watch_list_id) == number, col(table.name).in_(some))
        for (of, number), some in names.items()
        if of == kind
    ]
    if not wanted:
        return {}
    rows = session.exec(select(table.watch_list_id, table.name, table.id).where(or_(*wanted)))
    return {(kind, number, name): row_id for number, name, row_id in rows if row_id is not None}
