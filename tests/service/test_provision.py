"""Provisioning: the database agrees with the file, real differences alone are in the journal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts.values import Actor, Alias, Topic, WatchList
from alerts.watchlists import to_actor
from service.actions.actors import remove_actors
from service.actions.outlets import OutletEdit, change_outlet, pause
from service.actions.outlets import remove as remove_outlet
from service.actions.provisioning import provision
from service.actions.watch_lists import remove, rename
from service.settings import Settings
from storage.engine import Database
from storage.stores.feeds.outlet_edits import OutletValues, names_in_use, outlet_called, polled_feeds
from storage.stores.outbox.channels import ListedChannel, disable_channel, list_of_channels
from storage.stores.watch.watch_edits import changes_since
from storage.stores.watch.watch_lists import facts_named, stream_actors, stream_topics, watch_facts
from storage.troubles import Trouble
from tests.archive import put, watch
from tests.conftest import START

FULL: dict[str, Any] = {
    "name": "W",
    "channels": ["desk"],
    "actors": [
        {
            "name": "Office chérifien",
            "aliases": [
                "Cherifian Office",
                {"text": "OCP", "exact": True, "context": ["phosphate"], "exclude": ["OCP Bank"], "least": 2},
                {"text": "Office chérifien", "title": True},
            ],
            "surname": True,
            "any_order": True,
        },
        {"name": "Leila Benali"},
    ],
    "topics": [{"name": "Sea", "query": "port"}],
}


def settings(**changes: object) -> Settings:
    channels = [{"name": "desk", "type": "console"}, {"name": "hook", "type": "console"}]
    return Settings.model_validate({"channels": channels, "watch": [{**FULL, **changes}]})


def apply(database: Database, wanted: Settings) -> tuple[tuple[WatchList, ...], list[tuple[str, str]]]:
    """Provisions; return what changed by its word, and by the journal."""
    with database.write() as session:
        lines = changes_since(session, 0)
        changed = provision(session, wanted, now=START)
        new = changes_since(session, lines[-1].id if lines else 0)
    return changed, [(line.kind.value, line.name) for line in new]


def test_list_is_stored_as_declared(database: Database) -> None:
    (changed,), _lines = apply(database, settings())
    assert changed == settings().watch[0].value()
    with database.read() as session:
        facts = facts_named(session, "W")
        assert facts is not None
        assert (facts.channels, facts.provisioned) == (("desk",), True)
        office, benali = map(to_actor, stream_actors(session, facts.id))
        assert set(office.names) == {
            Alias("Office chérifien", title=True),
            Alias("Cherifian Office"),
            Alias("OCP", exact=True, context=("phosphate",), exclude=("OCP Bank",), least=2),
        }
        assert (office.surname, office.any_order) == (True, True)
        assert benali == Actor("Leila Benali")


def test_twice_changes_nothing(database: Database) -> None:
    apply(database, settings())
    assert apply(database, settings()) == ((), [])


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        pytest.param({"channels": ["desk", "hook"]}, [("facts", "")], id="channels"),
        pytest.param({"languages": ["fr"]}, [("facts", "")], id="languages"),
        pytest.param({"alert": "article"}, [("facts", "")], id="policy"),
        pytest.param(
            {"actors": [FULL["actors"][0], {"name": "Leila Benali", "surname": True}]},
            [("actor", "Leila Benali")],
            id="actor edited",
        ),
        pytest.param({"actors": FULL["actors"][:1]}, [("actor", "Leila Benali")], id="actor gone"),
        pytest.param(
            {"topics": [{"name": "Sea", "query": "harbour"}, {"name": "Land", "query": "road"}]},
            [("topic", "Sea"), ("topic", "Land")],
            id="topics",
        ),
    ],
)
def test_journal_names_what_differs(
    database: Database, changes: dict[str, object], lines: list[tuple[str, str]]
) -> None:
    apply(database, settings())
    assert apply(database, settings(**changes))[1] == lines
    assert apply(database, settings(**changes)) == ((), [])


def test_list_that_left_the_file_is_switched_off_and_comes_back(database: Database) -> None:
    apply(database, settings())
    assert apply(database, Settings()) == ((), [("list", "")])
    with database.read() as session:
        assert watch_facts(session) == []
    assert apply(database, settings()) == ((), [("list", "")])


def test_file_takes_over_a_list_of_the_same_name(database: Database) -> None:
    with database.write() as session:
        watch(session, "W", actors=["Jane Example"], topics=[Topic("T", "a")])
    apply(database, settings())
    with database.read() as session:
        facts = facts_named(session, "W")
        assert facts is not None
        assert facts.provisioned
        assert [actor.name for actor in stream_actors(session, facts.id)] == [
            "Office chérifien",
            "Leila Benali",
        ]
        assert [topic.name for topic in stream_topics(session, facts.id)] == ["Sea"]


def channel_of(database: Database, name: str) -> ListedChannel:
    with database.read() as session:
        return next(channel for channel in list_of_channels(session) if channel.name == name)


GONE = Trouble("receiver-answered", {"host": "hook.example", "status": 410})


def test_start_switches_on_what_was_switched_off_for_failing(database: Database) -> None:
    apply(database, settings())
    with database.write() as session:
        desk = next(channel for channel in list_of_channels(session) if channel.name == "desk")
        disable_channel(session, desk.id, GONE)
    apply(database, settings())  # as every command does
    off = channel_of(database, "desk")
    assert (off.active, off.disabled_reason) == (False, GONE)
    with database.write() as session:
        provision(session, settings(), now=START, is_start=True)
    on = channel_of(database, "desk")
    assert (on.active, on.disabled_reason, on.failures) == (True, None, 0)


def test_channel_that_left_the_file_is_off_until_it_is_back(database: Database) -> None:
    apply(database, settings())
    apply(database, Settings.model_validate({"channels": [{"name": "desk", "type": "console"}]}))
    assert (channel_of(database, "hook").active, channel_of(database, "desk").active) == (False, True)
    apply(database, settings())
    assert channel_of(database, "hook").active


OUTLET = {"name": "Gazette", "feeds": ["https://gazette.example/rss"], "language": "EN", "tags": ["press"]}


def test_outlet_is_stored_as_declared_and_stays_paused(database: Database) -> None:
    declared = Settings.model_validate({"outlets": [OUTLET]})
    apply(database, declared)
    with database.write() as session:
        pause(session, "Gazette", now=START)
    apply(database, declared)
    with database.read() as session:
        found = outlet_called(session, "Gazette")
    assert found is not None
    assert found.values == OutletValues(
        "Gazette", "", ("https://gazette.example/rss",), "en", None, ("press",)
    )
    assert (found.provisioned, found.is_active, found.paused_at) == (True, True, START)


def test_outlet_that_left_the_file_is_not_polled_and_one_that_was_added_stays(database: Database) -> None:
    apply(database, Settings.model_validate({"outlets": [OUTLET]}))
    with database.write() as session:
        put(session, "Ledger", ["https://ledger.example/rss"])
    apply(database, Settings())
    with database.read() as session:
        assert names_in_use(session) == ["Ledger"]


def test_declared_outlet_takes_a_feed_over(database: Database) -> None:
    with database.write() as session:
        put(session, "Ledger", ["https://gazette.example/rss"])
    apply(database, Settings.model_validate({"outlets": [OUTLET]}))
    with database.read() as session:
        assert [feed.outlet for feed in polled_feeds(session)] == ["Gazette"]


def test_an_editable_list_is_begun_once_and_then_edited_elsewhere(database: Database) -> None:
    wanted = settings(editable=True, min_score=40)
    changed, _lines = apply(database, wanted)
    assert [each.name for each in changed] == ["W"]
    with database.read() as session:
        facts = facts_named(session, "W")
        assert facts is not None
        assert (facts.provisioned, facts.min_score, facts.channels) == (False, 40, ("desk",))
        assert [actor.name for actor in stream_actors(session, facts.id)] == [
            "Office chérifien",
            "Leila Benali",
        ]
        assert [topic.name for topic in stream_topics(session, facts.id)] == ["Sea"]
    with database.write() as session:
        remove_actors(session, "W", ["Leila Benali"], now=START)
    assert apply(database, wanted) == ((), [])
    with database.write() as session:
        remove(session, "W", now=START)
    assert apply(database, wanted) == ((), [])
    with database.read() as session:
        assert facts_named(session, "W") is None


def test_what_was_renamed_is_not_begun_again_under_its_old_name(database: Database) -> None:
    outlet = {"name": "Gazette", "feeds": ["https://gazette.example/rss"], "editable": True}
    channels = [{"name": name, "type": "console"} for name in ("desk", "hook")]
    wanted = Settings.model_validate(
        {"outlets": [outlet], "channels": channels, "watch": [{**FULL, "editable": True}]}
    )
    apply(database, wanted)
    for outlet_name, list_name in (("Herald", "Sea"), ("Gazette", "W"), ("Courier", "Ports")):  # back, too
        with database.write() as session:
            (known,) = names_in_use(session)
            change_outlet(
                session, known, OutletEdit(name=outlet_name), interval=timedelta(minutes=15), now=START
            )
            (facts,) = watch_facts(session)
            rename(session, facts.name, list_name, now=START)
        assert apply(database, wanted) == ((), [])
        with database.read() as session:
            assert names_in_use(session) == [outlet_name]
            assert [feed.outlet for feed in polled_feeds(session)] == [outlet_name]
            assert [facts.name for facts in watch_facts(session)] == [list_name]


def test_a_list_of_the_file_becomes_editable_as_it_stands(database: Database) -> None:
    apply(database, settings())
    apply(database, settings(editable=True))
    with database.write() as session:
        facts = facts_named(session, "W")
        assert facts is not None
        assert not facts.provisioned
        remove_actors(session, "W", ["Leila Benali"], now=START)
    apply(database, settings(editable=True))
    with database.read() as session:
        assert [actor.name for actor in stream_actors(session, facts.id)] == ["Office chérifien"]
    apply(database, settings())  # the file's word again
    with database.read() as session:
        again = facts_named(session, "W")
        assert again is not None
        assert again.provisioned


def test_an_editable_outlet_is_begun_once(database: Database) -> None:
    def wanted(**more: object) -> Settings:
        outlet = {"name": "Gazette", "feeds": ["https://gazette.example/rss"], **more}
        return Settings.model_validate({"outlets": [outlet]})

    apply(database, wanted(editable=True))
    with database.read() as session:
        begun = outlet_called(session, "Gazette")
        assert begun is not None
        assert not begun.provisioned
    with database.write() as session:
        remove_outlet(session, "Gazette")
    apply(database, wanted(editable=True, language="en"))
    with database.read() as session:
        assert names_in_use(session) == []
    apply(database, wanted())
    apply(database, wanted(editable=True, country="MA"))
    with database.read() as session:
        released = outlet_called(session, "Gazette")
        assert released is not None
        assert (released.provisioned, released.values.country) == (False, "MA")
