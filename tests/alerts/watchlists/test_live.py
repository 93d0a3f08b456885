"""Watch lists of a running service: edits of another process are taken in, broken ones harm nothing, rebuilds go unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from threading import Event

import pytest
from structlog.testing import capture_logs

from alerts.values import Actor, Alias, Document, Topic
from alerts.watchlists import LiveWatchLists
from alerts.watchlists.rows import from_actor
from service.actions.actors import remove_actors
from service.actions.watch_lists import remove
from storage.engine import Database
from storage.stores.watch.watch_edits import put_actors, put_topics, record
from storage.stores.watch.watch_lists import facts_named
from storage.tables import ChangeKind, WatchListRow
from tests.archive import add_channel, watch
from tests.conftest import START
from tests.databases import on_both

pytestmark = on_both


@pytest.fixture
async def live(database: Database) -> AsyncIterator[LiveWatchLists]:
    """Two lists; from ten pending rules on, all is compiled anew."""
    with database.write() as session:
        watch(
            session, "A", actors=["Nasser Bourita", "Leila Benali"], topics=[Topic("Sea", "port OR harbour")]
        )
        watch(session, "B", actors=["Antony Blinken"])
    opened = LiveWatchLists(database, fewest_pending=10)
    await opened.load()
    yield opened
    await opened.close()


class SlowWatchLists(LiveWatchLists):
    """Compiles only while its gate is open."""

    def __init__(self, database: Database, *, fewest_pending: int) -> None:
        super().__init__(database, fewest_pending=fewest_pending)
        self.gate, self.reached = Event(), Event()
        self.gate.set()

    def _go_on(self) -> None:
        if not self.gate.is_set():
            self.reached.set()
        self.gate.wait()
        super()._go_on()


def names(live: LiveWatchLists, text: str) -> set[str]:
    return {m.actor or m.topic or "" for m in live.current.matcher.match(Document("", text))}


async def test_edits_are_taken_in(database: Database, live: LiveWatchLists) -> None:
    text = "Nasser Bourita, Leila Benali, Antony Blinken and Jane Example met in the port by the new bridge."
    assert names(live, text) == {"Nasser Bourita", "Leila Benali", "Antony Blinken", "Sea"}
    with database.write() as session:
        watch(session, "B", actors=["Jane Example"])
        watch(session, "A", topics=[Topic("Sea", "bridge NEAR/1 tunnel"), Topic("Bridges", "bridge*")])
        remove_actors(session, "A", ["Leila Benali"], now=START)
    assert "Jane Example" not in names(live, text)
    await live.refresh()
    assert names(live, text) == {"Nasser Bourita", "Antony Blinken", "Jane Example", "Bridges"}


async def test_lists_come_and_go(database: Database, live: LiveWatchLists) -> None:
    with database.write() as session:
        remove(session, "A", now=START)
        watch(session, "C", actors=["Jane Example"])
    await live.refresh()
    assert names(live, "Nasser Bourita and Jane Example in port") == {"Jane Example"}
    assert set(live.current.lists) == {"B", "C"}
    with database.write() as session:
        watch(session, "A", actors=["Jane Sample"])
    await live.refresh()
    assert names(live, "Nasser Bourita and Jane Sample") == {"Jane Sample"}


async def test_channels_and_languages_change_without_the_rules(
    database: Database, live: LiveWatchLists
) -> None:
    with database.write() as session:
        number = add_channel(session)
        watch(session, "B", channels=["desk"])
        facts = facts_named(session, "B")
        assert facts is not None
        session.get_one(WatchListRow, facts.id).languages = ["fr"]
        record(session, facts.id, ChangeKind.FACTS, now=START)
    await live.refresh()
    assert live.current.lists["B"].channel_ids == (number,)
    match = live.current.matcher.match
    assert match(Document("", "Antony Blinken", language="en")) == ()
    assert len(match(Document("", "Antony Blinken", language="fr"))) == 1
    assert live.current.matcher.pending == 0


async def test_alias_options_reach_the_matcher(database: Database, live: LiveWatchLists) -> None:
    actor = Actor("Office chérifien", (Alias("OCP", exact=True, context=("phosphate",)),), any_order=True)
    with database.write() as session:
        watch(session, "B", actors=[actor])
    await live.refresh()
    assert names(live, "ocp and phosphate") == set()
    assert names(live, "OCP alone") == set()
    assert names(live, "OCP and phosphate") == {"Office chérifien"}
    assert names(live, "Chérifien Office") == {"Office chérifien"}


async def test_broken_topic_keeps_its_former_query_and_harms_no_other(
    database: Database, live: LiveWatchLists
) -> None:
    with database.write() as session:
        facts = facts_named(session, "A")
        assert facts is not None
        put_topics(session, facts.id, [Topic("Sea", "(port"), Topic("Land", "road")], now=START)
        watch(session, "B", actors=["Jane Example"])
    with capture_logs() as logs:
        await live.refresh()
        await live.refresh()
    assert names(live, "The port, the road, and Jane Example") == {"Sea", "Land", "Jane Example"}
    (error,) = [line for line in logs if line["log_level"] == "error"]
    assert (error["watch_list"], error["topic"]) == ("A", "Sea")
    with database.write() as session:
        put_topics(session, facts.id, [Topic("Sea", "harbour")], now=START)
    await live.refresh()
    assert names(live, "The port") == set()
    assert names(live, "The harbour") == {"Sea"}


async def test_start_leaves_a_broken_topic_out(database: Database, live: LiveWatchLists) -> None:
    with database.write() as session:
        facts = facts_named(session, "A")
        assert facts is not None
        put_topics(session, facts.id, [Topic("Sea", "(port"), Topic("Land", "OR")], now=START)
    fresh = LiveWatchLists(database)
    with capture_logs() as logs:
        await fresh.load()
    assert {line["topic"] for line in logs if line["log_level"] == "error"} == {"Sea", "Land"}
    assert names(fresh, "Nasser Bourita and Antony Blinken in port") == {"Nasser Bourita", "Antony Blinken"}


@pytest.mark.usefixtures("live")
async def test_many_edits_are_compiled_anew_in_the_background(database: Database) -> None:
    slow = SlowWatchLists(database, fewest_pending=10)
    await slow.load()
    slow.gate.clear()
    with database.write() as session:
        watch(session, "B", actors=[f"Jane Example {number}" for number in range(11)])
    await slow.refresh()
    assert slow.current.matcher.pending == 11
    await asyncio.to_thread(slow.reached.wait)
    with database.write() as session:  # while it is being compiled
        watch(session, "B", actors=["Late Comer"])
        remove_actors(session, "A", ["Leila Benali"], now=START)
    await slow.refresh()
    text = "Jane Example 7, Late Comer, Leila Benali, Nasser Bourita"
    assert names(slow, text) == {"Jane Example 7", "Late Comer", "Nasser Bourita"}
    slow.gate.set()
    await slow.rebuilt()
    assert slow.current.matcher.pending == 0
    await slow.refresh()
    assert slow.current.matcher.pending == 2
    assert names(slow, text) == {"Jane Example 7", "Late Comer", "Nasser Bourita"}


async def test_large_list_that_changed_whole_stands_as_it_was_until_it_is_compiled(
    database: Database, live: LiveWatchLists
) -> None:
    with database.write() as session:
        facts = facts_named(session, "A")
        assert facts is not None
        actors = [from_actor(Actor(f"Jane Example {number}")) for number in range(1_200)]
        put_actors(session, facts.id, actors, now=START)
        remove_actors(session, "A", ["Leila Benali"], now=START)
    await live.refresh()
    assert "Nasser Bourita" in names(live, "Nasser Bourita")
    await live.rebuilt()
    text = "Nasser Bourita, Leila Benali, Jane Example 1100"
    assert names(live, text) == {"Nasser Bourita", "Jane Example 1100"}
    assert live.current.matcher.pending == 0


async def test_rebuild_that_fails_leaves_what_there_is(database: Database, live: LiveWatchLists) -> None:
    with database.write() as session:
        watch(session, "B", actors=[f"Jane Example {number}" for number in range(11)])
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE topic RENAME TO topic_away")
    await live.refresh()
    with capture_logs() as logs:
        await live.rebuilt()
    assert [line["log_level"] for line in logs] == ["error"]
    assert names(live, "Jane Example 7 and Nasser Bourita") == {"Jane Example 7", "Nasser Bourita"}
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE topic_away RENAME TO topic")
    with database.write() as session:
        watch(session, "B", actors=["Late Comer"])
    await live.refresh()
    await live.rebuilt()
    assert live.current.matcher.pending == 0
    assert "Late Comer" in names(live, "Late Comer")


async def test_close_ends_a_rebuild(database: Database, live: LiveWatchLists) -> None:
    with database.write() as session:
        watch(session, "B", actors=[f"Jane Example {number}" for number in range(11)])
    await live.refresh()
    await live.close()
