"""The actors of a watch list as a page shows them: by name, a page at a time, found by any of their names."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.watch.watch_lists import is_usable
from storage.tables import ActorRow, AliasRow, ChannelRow

SHOWN_ALIASES = 6


@dataclass(frozen=True, slots=True)
class ListedActor:
    """An actor in a list. `id` is the place to go on from."""

    id: int
    name: str
    surname: bool
    aliases: tuple[str, ...]
    """The first few besides its own name."""
    more_aliases: int


def actor_page(
    session: Session, watch_list_id: int, *, search: str = "", after: int = 0, limit: int
) -> list[ListedActor]:
    """Return actors in the order they came, after the one of the id `after`; with `search`, those with it in a name."""
    query = sa_select(col(ActorRow.id), col(ActorRow.name), col(ActorRow.surname)).where(
        col(ActorRow.watch_list_id) == watch_list_id, col(ActorRow.id) > after
    )
    if search:
        pattern = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        named = sa_select(col(AliasRow.actor_id)).where(
            col(AliasRow.actor_id) == col(ActorRow.id), col(AliasRow.text).ilike(pattern, escape="\\")
        )
        query = query.where(col(ActorRow.name).ilike(pattern, escape="\\") | named.exists())
    rows = session.execute(query.order_by(col(ActorRow.id)).limit(limit)).all()
    names = _aliases(session, [number for number, _name, _surname in rows if number is not None])
    found = []
    for number, name, surname in rows:
        others = [text for text in names.get(number, ()) if text != name]
        found.append(
            ListedActor(
                number or 0,
                name,
                surname,
                tuple(others[:SHOWN_ALIASES]),
                max(0, len(others) - SHOWN_ALIASES),
            )
        )
    return found


def _aliases(session: Session, actor_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = session.execute(
        sa_select(col(AliasRow.actor_id), col(AliasRow.text))
        .where(col(AliasRow.actor_id).in_(actor_ids))
        .order_by(col(AliasRow.id))
    )
    for number, text in rows:
        found.setdefault(number, []).append(text)
    return found


def channels_to_choose(session: Session) -> dict[str, str]:
    """Return the channels that a list can use, by name, and when each sends; those aside that left the settings file."""
    rows = session.exec(
        select(ChannelRow).where(col(ChannelRow.owner_id).is_(None)).order_by(col(ChannelRow.name))
    )
    return {row.name: row.send for row in rows if is_usable(row)}


def channel_activity(session: Session) -> dict[str, bool]:
    """Return every channel by its name, those of users' own aside, and whether it is active."""
    rows = select(ChannelRow.name, ChannelRow.active).where(col(ChannelRow.owner_id).is_(None))
    return dict(session.exec(rows).all())
