"""Watch lists edited in bulk, and the journal that goes with every edit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from storage.engine import Database
from storage.rows import id_of
from storage.stores.watch.watch_edits import (
    KEPT,
    MASS,
    changes_since,
    drop_actors,
    drop_topics,
    last_change,
    prune_journal,
    put_actors,
    put_topics,
    record,
    remove_list,
)
from storage.stores.watch.watch_lists import (
    Size,
    WatchedActor,
    actors_named,
    sizes,
    stream_actors,
    stream_topics,
    topics_named,
)
from storage.tables import ActorRow, AliasRow, ChangeKind, WatchListRow
from storage.watched import Alias, Topic
from tests.conftest import START

BOURITA = WatchedActor(
    "Nasser Bourita",
    (
        Alias("Nasser Bourita"),
        Alias("ناصر بوريطة", context=("المغرب", "الرباط")),
        Alias("NB", exact=True, title=True, weak=True, exclude=("NB Power",), least=2, any_order=True),
    ),
    surname=True,
    context=("Morocco",),
    exclude=("Bourita Foundation",),
    any_order=True,
    note="Minister",
    language="fr",
)
PLAIN = WatchedActor("Leila Benali", (Alias("Leila Benali"),))


def add_list(session: Session, name: str = "W") -> int:
    row = WatchListRow(name=name, created_at=START)
    session.add(row)
    session.flush()
    return id_of(row)


def journal(session: Session, after: int = 0) -> list[tuple[str, str]]:
    return [(change.kind.value, change.name) for change in changes_since(session, after)]


def test_actors_come_back_as_they_were_put(database: Database) -> None:
    with database.write() as session:
        number, other = add_list(session), add_list(session, "Other")
        put_actors(session, number, [BOURITA, PLAIN], now=START)
        put_actors(session, other, [PLAIN], now=START)
    with database.read() as session:
        assert list(stream_actors(session, number)) == [BOURITA, PLAIN]
        assert actors_named(session, number, ["Leila Benali", "Nobody"]) == [PLAIN]
        assert sizes(session) == {number: Size(2, 0), other: Size(1, 0)}


def test_actor_of_the_same_name_is_replaced_and_keeps_its_id(database: Database) -> None:
    with database.write() as session:
        number = add_list(session)
        put_actors(session, number, [BOURITA, PLAIN], now=START)
        by_id = select(ActorRow.id, ActorRow.name).order_by(col(ActorRow.id))
        before = session.exec(by_id).all()
        changed = WatchedActor("Nasser Bourita", (Alias("Nasser Bourita", exact=True),))
        put_actors(session, number, [changed], now=START)
    with database.read() as session:
        assert session.exec(by_id).all() == before
        assert list(stream_actors(session, number)) == [changed, PLAIN]


def test_own_name_comes_first_whatever_the_order_of_rows(database: Database) -> None:
    with database.write() as session:
        number = add_list(session)
        session.add(actor := ActorRow(watch_list_id=number, name="B"))
        session.flush()
        for text in ("A", "B"):
            session.add(AliasRow(actor_id=id_of(actor), text=text))
            session.flush()
        assert [alias.text for alias in actors_named(session, number, ["B"])[0].names] == ["B", "A"]


def test_topics_are_added_replaced_and_dropped(database: Database) -> None:
    with database.write() as session:
        number = add_list(session)
        put_topics(session, number, [Topic("T", "a"), Topic("U", "b")], now=START)
        put_topics(session, number, [Topic("T", "c")], now=START)
        assert list(stream_topics(session, number)) == [Topic("T", "c"), Topic("U", "b")]
        assert drop_topics(session, number, ["T", "None"], now=START) == ["T"]
        assert topics_named(session, number, ["T", "U"]) == [Topic("U", "b")]


def test_every_edit_is_in_the_journal(database: Database) -> None:
    with database.write() as session:
        number = add_list(session)
        put_actors(session, number, [BOURITA, PLAIN], now=START)
        put_topics(session, number, [Topic("T", "a")], now=START)
        seen = last_change(session)
        drop_actors(session, number, ["Leila Benali", "Nobody"], now=START)
        remove_list(session, number, now=START)
        put_actors(session, number, [], now=START)
        assert journal(session)[:3] == [
            ("actor", "Nasser Bourita"),
            ("actor", "Leila Benali"),
            ("topic", "T"),
        ]
        assert journal(session, seen) == [("actor", "Leila Benali"), ("list", "")]
        assert list(stream_actors(session, number)) == []


def test_many_names_at_once_are_one_line(database: Database) -> None:
    with database.write() as session:
        number = add_list(session)
        actors = [WatchedActor(f"A{n}", (Alias(f"A{n}"),)) for n in range(MASS)]
        put_actors(session, number, actors, now=START)
        assert journal(session) == [("list", "")]
        assert drop_actors(session, number, [actor.name for actor in actors], now=START) != []
        assert session.exec(select(AliasRow)).all() == []


def edit_and_crash(database: Database, number: int) -> None:
    with database.write() as session:
        put_actors(session, number, [PLAIN], now=START)
        raise RuntimeError("the process dies here")


def test_edit_and_journal_stand_or_fall_together(database: Database) -> None:
    with database.write() as session:
        number = add_list(session)
    with pytest.raises(RuntimeError, match="dies here"):
        edit_and_crash(database, number)
    with database.read() as session:
        assert journal(session) == []
        assert list(stream_actors(session, number)) == []


def test_old_lines_are_pruned_but_the_numbers_go_on(database: Database) -> None:
    with database.write() as session:
        number = add_list(session)
        for name in ("a", "b"):
            record(session, number, ChangeKind.ACTOR, [name], now=START)
        prune_journal(session, now=START + KEPT + timedelta(days=1))
        assert journal(session) == [("actor", "b")]
        record(session, number, ChangeKind.ACTOR, ["c"], now=START)
        assert last_change(session) == 3
