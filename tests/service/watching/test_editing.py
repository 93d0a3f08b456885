"""Watch lists of the database, edited: what is added is kept, what is wrong is refused whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import Session

from alerts.values import Actor, Alias, Topic
from alerts.watchlists import to_actor
from service.actions.provisioning import provision
from service.settings import Settings
from service.watching import WatchError, extend, remove
from storage.engine import Database
from storage.stores.watch.watch_edits import changes_since
from storage.stores.watch.watch_lists import (
    WatchFacts,
    facts_named,
    stream_actors,
    stream_topics,
    watch_facts,
)
from storage.tables import AlertPolicy
from tests.archive import add_channel, watch
from tests.conftest import START


def facts_of(session: Session, name: str) -> WatchFacts:
    facts = facts_named(session, name)
    assert facts is not None
    return facts


def test_list_is_made_and_added_to(database: Database) -> None:
    with database.write() as session:
        add_channel(session, "desk")
        made = extend(
            session,
            "Energy",
            actors=[Actor("Leila Benali", surname=True)],
            aliases=[("Leila Benali", "ليلى بنعلي")],
            topics=[Topic("Solar", "solar AND noor")],
            channels=["desk"],
            languages=["en"],
            alert=AlertPolicy.ARTICLE,
            now=START,
        )
        assert (made.created, made.actors, made.topics, made.warnings) == (
            True,
            ("Leila Benali",),
            ("Solar",),
            (),
        )
        added = extend(
            session, "Energy", aliases=[("Leila Benali", "L. Benali")], languages=["fr"], now=START
        )
        assert (added.created, added.actors, added.facts) == (False, ("Leila Benali",), True)
    with database.read() as session:
        facts = facts_of(session, "Energy")
        assert (facts.alert, facts.channels, facts.languages) == (
            AlertPolicy.ARTICLE,
            ("desk",),
            ("en", "fr"),
        )
        assert [to_actor(actor) for actor in stream_actors(session, facts.id)] == [
            Actor("Leila Benali", ("ليلى بنعلي", "L. Benali"), surname=True)
        ]
        assert [topic.query for topic in stream_topics(session, facts.id)] == ["solar AND noor"]


def test_same_again_is_no_edit(database: Database) -> None:
    with database.write() as session:
        watch(session, "Energy", actors=["Leila Benali"], topics=[Topic("Solar", "solar")])
        before = len(changes_since(session, 0))
        saved = watch(session, "Energy", actors=["Leila Benali"], topics=[Topic("Solar", "solar")])
        assert (saved.actors, saved.topics, saved.facts) == ((), (), False)
        assert len(changes_since(session, 0)) == before


def test_options_of_a_known_alias_stay(database: Database) -> None:
    with database.write() as session:
        watch(session, "Energy", actors=[Actor("OCP Group", (Alias("OCP", exact=True),))])
        watch(session, "Energy", actors=[Actor("OCP Group", ("OCP", "Office chérifien"), surname=True)])
        (actor,) = stream_actors(session, facts_of(session, "Energy").id)
        assert to_actor(actor) == Actor(
            "OCP Group", (Alias("OCP", exact=True), "Office chérifien"), surname=True
        )


def test_list_without_channel_is_warned_of(database: Database) -> None:
    with database.write() as session:
        (warning,) = watch(session, "Energy", actors=["Leila Benali"]).warnings
    assert "nobody is told" in warning


Edit = Callable[[Session], object]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(lambda s: watch(s, " ", actors=["A"]), "needs a name", id="no name"),
        pytest.param(lambda s: watch(s, "New"), "would track nothing", id="nothing to track"),
        pytest.param(lambda s: watch(s, "E", actors=["…"]), "no letter", id="actor without letters"),
        pytest.param(
            lambda s: watch(s, "E", actors=["B"], topics=[Topic("T", "(a")]), "topic 'T': ", id="broken query"
        ),
        pytest.param(
            lambda s: watch(s, "E", actors=["B"], channels=["desc"]), "did you mean 'desk'", id="no channel"
        ),
        pytest.param(
            lambda s: extend(s, "E", aliases=[("Nobody", "N")], now=START), "no actor 'Nobody'", id="no actor"
        ),
        pytest.param(
            lambda s: watch(s, "File", actors=["B"]), "declared in the settings file", id="of the file"
        ),
        pytest.param(
            lambda s: remove(s, "File", now=START), "declared in the settings file", id="remove the file's"
        ),
        pytest.param(lambda s: remove(s, "EE", now=START), "no watch list 'EE'", id="remove no list"),
        pytest.param(
            lambda s: remove(s, "E", actors=["A", "B"], now=START), "has no actor 'B'", id="remove no actor"
        ),
        pytest.param(
            lambda s: remove(s, "E", topics=["T"], now=START), "has no topic 'T'", id="remove no topic"
        ),
    ],
)
def test_what_is_refused_changes_nothing(database: Database, edit: Edit, message: str) -> None:
    declared = {"name": "File", "channels": ["desk"], "actors": [{"name": "A"}]}
    settings = Settings.model_validate(
        {"channels": [{"name": "desk", "type": "console"}], "watch": [declared]}
    )
    with database.write() as session:
        provision(session, settings, now=START)
        watch(session, "E", actors=["A"])
        before = changes_since(session, 0)
    with pytest.raises(WatchError, match=message), database.write() as session:
        edit(session)
    with database.read() as session:
        assert changes_since(session, 0) == before
        assert {facts.name for facts in watch_facts(session)} == {"File", "E"}
        assert [actor.name for actor in stream_actors(session, facts_of(session, "E").id)] == ["A"]


def test_removed_list_begins_anew(database: Database) -> None:
    with database.write() as session:
        add_channel(session, "desk")
        watch(session, "Energy", actors=["Leila Benali"], channels=["desk"], alert=AlertPolicy.ARTICLE)
        number = facts_of(session, "Energy").id
        remove(session, "Energy", now=START)
        assert facts_named(session, "Energy") is None
        assert watch(session, "Energy", actors=["Jane Example"]).created
        facts = facts_of(session, "Energy")
        assert (facts.id, facts.channels, facts.alert) == (number, (), AlertPolicy.STORY)
        assert [actor.name for actor in stream_actors(session, number)] == ["Jane Example"]
