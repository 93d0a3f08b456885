"""Watch lists of the database, edited: what is added is kept, what is wrong is refused whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import Session

from alerts.values import Actor, Alias, Document, Topic
from alerts.watchlists import LiveWatchLists, to_actor
from service.actions.actors import put_actor, remove_actors, rename_actor
from service.actions.errors import ActionError
from service.actions.provisioning import provision
from service.actions.topics import remove_topics, rename_topic
from service.actions.watch_lists import extend, pause, remove, rename, resume
from service.settings import Settings
from service.settings.watch_models import ActorSettings, ListSettings, TopicSettings
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
        watch(session, "Energy", actors=[Actor("Leila Benali", surname=True)], channels=["desk"])
        made = extend(
            session,
            "Energy",
            aliases=[("Leila Benali", "ليلى بنعلي")],
            topics=[TopicSettings(name="Solar", query="solar AND noor")],
            wanted=ListSettings(languages=("en",), alert="article"),
            now=START,
        )
        assert (made.created, made.actors, made.topics, made.warnings) == (
            False,
            ("Leila Benali",),
            ("Solar",),
            (),
        )
        added = extend(
            session,
            "Energy",
            aliases=[("Leila Benali", "L. Benali")],
            wanted=ListSettings(languages=("fr",)),
            now=START,
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
    assert "nobody is notified" in warning


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
            lambda s: remove_actors(s, "E", ["A", "B"], now=START), "has no actor 'B'", id="remove no actor"
        ),
        pytest.param(
            lambda s: remove_topics(s, "E", ["T"], now=START), "has no topic 'T'", id="remove no topic"
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
    with pytest.raises(ActionError, match=message), database.write() as session:
        edit(session)
    with database.read() as session:
        assert changes_since(session, 0) == before
        assert {facts.name for facts in watch_facts(session)} == {"File", "E"}
        assert [actor.name for actor in stream_actors(session, facts_of(session, "E").id)] == ["A"]


def test_removed_list_begins_anew(database: Database) -> None:
    with database.write() as session:
        add_channel(session, "desk")
        watch(session, "Energy", actors=["Leila Benali"], channels=["desk"], alert="article")
        number = facts_of(session, "Energy").id
        remove(session, "Energy", now=START)
        assert facts_named(session, "Energy") is None
        assert watch(session, "Energy", actors=["Jane Example"]).created
        facts = facts_of(session, "Energy")
        assert (facts.id, facts.channels, facts.alert) == (number, (), AlertPolicy.STORY)
        assert [actor.name for actor in stream_actors(session, number)] == ["Jane Example"]


def test_renamed_actor_keeps_its_place_and_its_aliases(database: Database) -> None:
    with database.write() as session:
        watch(session, "E", actors=[Actor("Old", ("O. Alias", Alias("Old", exact=True))), "Second"])
        rename_actor(session, "E", "Old", "New", now=START)
        first, second = stream_actors(session, facts_of(session, "E").id)
        assert to_actor(first) == Actor("New", (Alias("New", exact=True), "O. Alias"))
        assert second.name == "Second"
        put_actor(session, "E", ActorSettings(name="Newer"), old="New", now=START)
        assert [actor.name for actor in stream_actors(session, facts_of(session, "E").id)] == [
            "Newer",
            "Second",
        ]


def test_renamed_list_keeps_its_number_and_renamed_topic_its_query(database: Database) -> None:
    with database.write() as session:
        watch(session, "E", topics=[Topic("T", "a OR b")])
        number = facts_of(session, "E").id
        rename(session, "E", "F", now=START)
        rename_topic(session, number, "T", "U", now=START)
        assert (facts_named(session, "E"), facts_of(session, "F").id) == (None, number)
        assert [(topic.name, topic.query) for topic in stream_topics(session, number)] == [("U", "a OR b")]


def test_name_of_a_removed_list_is_not_given_to_another(database: Database) -> None:
    with database.write() as session:
        watch(session, "E", actors=["A"])
        watch(session, "F", actors=["A"])
        remove(session, "F", now=START)
        with pytest.raises(ActionError, match="earlier alerts belong to a removed watch list 'F'"):
            rename(session, "E", "F", now=START)


async def test_paused_list_is_not_searched_for_until_it_is_resumed(database: Database) -> None:
    live = LiveWatchLists(database)
    await live.load()

    async def found() -> int:
        await live.refresh()
        return len(live.current.matcher.match(Document("Leila Benali", "")))

    with database.write() as session:
        watch(session, "E", actors=["Leila Benali"])
    assert await found() == 1
    with database.write() as session:
        assert pause(session, "E", now=START)
        assert not pause(session, "E", now=START)
        assert facts_of(session, "E").paused
    assert await found() == 0
    with database.write() as session:
        assert resume(session, "E", now=START)
    assert await found() == 1
    await live.close()
