"""The first steps are told from what is stored, so that no step is ever done that is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from service.actions.channel_edits import Asker, change_channel, pause_channel
from service.actions.errors import InvalidError
from service.actions.first_steps import FirstSteps, Step, first_steps, follow, tell, use_channel
from service.actions.outlets import pause
from service.actions.watch_lists import remove
from storage.engine import Database
from storage.stores.outbox.channels import note_test
from storage.stores.watch.watch_lists import facts_named
from tests.archive import add_channel, put, watch
from tests.conftest import START

ASKER = Asker(is_admin=True, files_in=Path("/nowhere"))
DESK = "desk@press.example"


def steps(session: Session) -> FirstSteps:
    return first_steps(session, failures=3)


def test_each_step_is_done_as_long_as_what_it_asks_for_is_there(database: Database) -> None:
    with database.write() as session:
        assert (steps(session).done, steps(session).next) == (frozenset(), Step.OUTLETS)
        put(session, "Gazette", ["https://gazette.example/rss"])
        assert steps(session).next is Step.FOLLOW
        follow(session, "Nasser Bourita", ["ناصر بوريطة", "Nasser Bourita"], is_person=True, now=START)
        assert steps(session).next is Step.TELL
        assert tell(session, DESK, asker=ASKER, now=START) == DESK
        assert steps(session).next is Step.TEST
        note_test(session, DESK, now=START)
        assert (len(steps(session).done), steps(session).next) == (4, None)
        change_channel(session, DESK, {"to": ["other@press.example"]}, asker=ASKER, now=START)
        assert steps(session).next is Step.TEST, "what took the test was another address"
        pause_channel(session, DESK)
        assert steps(session).next is Step.TELL
        remove(session, steps(session).lists[0].name, now=START)
        pause(session, "Gazette", now=START)
        assert steps(session).done == frozenset()


def test_console_tells_nobody_and_a_channel_counts_once_a_list_uses_it(database: Database) -> None:
    with database.write() as session:
        add_channel(session, "console")
        add_channel(session, "slack", type="slack")
        watch(session, "Shipped", actors=["Nasser Bourita"], channels=["console"])
        found = steps(session)
        assert (found.channels, [each.name for each in found.idle]) == ((), ["slack"])
        use_channel(session, "slack", now=START)
        assert [each.name for each in steps(session).channels] == ["slack"]
        facts = facts_named(session, "Shipped")
        assert facts is not None
        assert sorted(facts.channels) == ["console", "slack"], "the list keeps what it had"


def test_first_name_makes_a_list_that_channels_are_told_of_and_the_next_joins_it(database: Database) -> None:
    with database.write() as session:
        tell(session, DESK, asker=ASKER, now=START)
        with pytest.raises(InvalidError):
            use_channel(session, DESK, now=START)
        first = follow(session, "OCP", [], is_person=False, now=START)
        second = follow(session, "MASEN", [], is_person=False, now=START)
        assert (first.name, second.name, second.created) == (second.name, first.name, False)
        assert steps(session).lists[0].channels == (DESK,)
