"""Alerts are dealt with: states, assignees, due times, tags and notes; what was done is undone, and programs are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from service.actions.errors import ConflictError, InvalidError
from service.actions.triage import AlertChange, By, ViewWanted, see, triage, undo, view_filter
from service.actions.users import invite
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_pages import AlertFilter, alert_page
from storage.stores.alerts.dismissals import dismissal_of
from storage.stores.alerts.triage import UNHANDLED, Handling, act_of, notes_of, who_saw
from storage.tables import (
    ChannelRow,
    DismissalKind,
    Notification,
    NotificationKind,
    NotificationState,
    TriageAct,
    TriageState,
)
from tests.databases import on_both
from tests.triaged import add_alert, handling

pytestmark = on_both
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LEILA = By("leila", "page", is_user=True)
ADE = By("ade", "api", is_user=True)


@pytest.fixture
def database(storage_url: str) -> Iterator[Database]:

    with Database(storage_url) as opened:
        with opened.write() as session:
            invite(session, "leila", "editor", now=NOON)
            invite(session, "ade", "editor", now=NOON)
        yield opened


def test_many_are_changed_in_one_act_and_changed_back(database: Database) -> None:
    with database.write() as session:
        one, two = add_alert(session, "Talks"), add_alert(session, "Boats")
        triage(session, [two], AlertChange(state="seen", add_tags=("visit",)), by=ADE, now=NOON)
        change = AlertChange(
            state="in-hand", due_at=NOON + timedelta(hours=5), add_tags=("fish",), note="Called."
        )
        act = triage(session, [one, two], change, by=LEILA, now=NOON)
    assert set(act.changed) == {one, two}
    assert act.id is not None
    with database.read() as session:
        assert handling(session, one) == Handling("in-hand", "leila", NOON + timedelta(hours=5), ("fish",), 1)
        assert handling(session, two).tags == ("fish", "visit")
        (note,) = notes_of(session, two)
        assert (note.by, note.at, note.text) == ("leila", NOON, "Called.")
    with database.write() as session:
        undo(session, act.id, by=LEILA, now=NOON)
    with database.read() as session:
        assert handling(session, one) == UNHANDLED
        assert handling(session, two) == Handling("seen", None, None, ("visit",), 0)
        kept = act_of(session, act.id)
        assert kept is not None
        assert kept.undone


def test_undo_leaves_what_others_changed_since(database: Database) -> None:
    with database.write() as session:
        alert = add_alert(session, "Talks")
        act = triage(session, [alert], AlertChange(state="in-hand", assignee="leila"), by=LEILA, now=NOON)
        triage(session, [alert], AlertChange(state="done"), by=ADE, now=NOON)
        assert act.id is not None
        undo(session, act.id, by=LEILA, now=NOON)
        assert handling(session, alert) == Handling("done", None)
        with pytest.raises(ConflictError, match="changed since"):
            undo(session, act.id, by=LEILA, now=NOON)


def test_a_dismissal_lies_over_the_state_and_uncovers_it(database: Database) -> None:
    with database.write() as session:
        alert = add_alert(session, "Talks")
        triage(session, [alert], AlertChange(state="in-hand"), by=LEILA, now=NOON)
        change = AlertChange(state="dismissed", because=DismissalKind.PASSING, reason="the footballer")
        act = triage(session, [alert], change, by=ADE, now=NOON)
        said = dismissal_of(session, alert)
        assert said is not None
        assert (said.kind, said.reason, said.caller, said.via) == (
            DismissalKind.PASSING,
            "the footballer",
            "ade",
            "api",
        )
        assert handling(session, alert).state == "dismissed"
        assert act.id is not None
        back = undo(session, act.id, by=ADE, now=NOON)
        assert (handling(session, alert).state, dismissal_of(session, alert)) == ("in-hand", None)
        assert back.id is not None
        undo(session, back.id, by=ADE, now=NOON)  # what was undone is done again
        again = dismissal_of(session, alert)
        assert again is not None
        assert (again.kind, again.reason) == (DismissalKind.PASSING, "the footballer")


def test_what_stands_so_already_is_no_act(database: Database) -> None:
    with database.write() as session:
        alert = add_alert(session, "Talks")
        triage(session, [alert], AlertChange(state="done", assignee="ade"), by=LEILA, now=NOON)
        assert (
            triage(session, [alert], AlertChange(state="done", assignee="ade"), by=ADE, now=NOON).id is None
        )
        assert len(session.exec(select(TriageAct)).all()) == 1


def test_seen_by_a_person_is_not_seen_by_the_team(database: Database) -> None:
    with database.write() as session:
        alert = add_alert(session, "Talks")
        assert see(session, alert, "leila", now=NOON)
        assert not see(session, alert, "leila", now=NOON)
        assert handling(session, alert).state == TriageState.NEW
        assert who_saw(session, alert) == ["leila"]
        assert session.exec(select(TriageAct)).all() == []


def test_today_is_the_day_of_who_asks(database: Database) -> None:
    """At 23:30 in Casablanca (UTC+1 in March 2026 but for Ramadan; Kiritimati is UTC+14) the day is another one elsewhere."""
    now = datetime(2026, 4, 2, 11, 0, tzinfo=UTC)  # in Kiritimati 01:00 of April 3rd
    with database.write() as session:
        before = add_alert(session, "Before", at=datetime(2026, 4, 2, 9, 59, tzinfo=UTC))
        after = add_alert(session, "After", at=datetime(2026, 4, 2, 10, 1, tzinfo=UTC))
        overdue = add_alert(session, "Overdue", at=NOON)
        later = add_alert(session, "Later", at=NOON)
        done = add_alert(session, "Done", at=datetime(2026, 4, 2, 10, 2, tzinfo=UTC))
        triage(session, [overdue], AlertChange(due_at=NOON), by=LEILA, now=NOON)
        triage(session, [later], AlertChange(due_at=now + timedelta(days=3)), by=LEILA, now=NOON)
        triage(session, [done], AlertChange(state="done"), by=LEILA, now=NOON)

        def today(zone: str) -> set[int]:
            wanted = view_filter(session, ViewWanted("today", zone=zone), now=now)
            return {one.id for one in alert_page(session, AlertFilter(triage=wanted), limit=10)}

        assert today("Pacific/Kiritimati") == {after, overdue}
        assert today("UTC") == {before, after, overdue}
        with pytest.raises(InvalidError, match="not a time zone"):
            today("Nowhere/Land")


def test_views_show_what_is_left_to_do(database: Database) -> None:
    with database.write() as session:
        mine, nobodys, done = (add_alert(session, title) for title in ("Mine", "Nobody's", "Done"))
        triage(session, [mine], AlertChange(state="in-hand"), by=LEILA, now=NOON)
        triage(session, [done], AlertChange(state="done", assignee="leila"), by=LEILA, now=NOON)

        def shown(wanted: ViewWanted) -> set[int]:
            found = view_filter(session, wanted, now=NOON)
            return {one.id for one in alert_page(session, AlertFilter(triage=found), limit=10)}

        assert shown(ViewWanted("mine", "leila")) == {mine}
        assert shown(ViewWanted("unassigned")) == {nobodys}
        assert shown(ViewWanted(state="done")) == {done}
        assert shown(ViewWanted(state="new")) == {nobodys}
        assert shown(ViewWanted(assignee="leila")) == {mine, done}


def told(session: Session, channel: int) -> list[tuple[str, Any, Any]]:
    rows = session.exec(
        select(Notification)
        .where(Notification.channel_id == channel, Notification.kind != NotificationKind.ALERT_CREATED)
        .order_by(col(Notification.id))
    )
    return [(row.kind.value, row.payload["alert_id"], row.payload["by"]) for row in rows]


def test_only_channels_that_ask_and_know_the_alert_are_told(database: Database) -> None:
    with database.write() as session:
        known, other, silenced = (add_alert(session, title) for title in ("Known", "Other", "Silenced"))
        asking = ChannelRow(
            name="asks", type="webhook", created_at=NOON, rules={"events": ["alert.state", "alert.noted"]}
        )
        mute = ChannelRow(name="asks not", type="webhook", created_at=NOON)
        session.add_all([asking, mute])
        session.flush()
        for channel in (asking, mute):
            for number, state in ((known, NotificationState.SENT), (silenced, NotificationState.SUPPRESSED)):
                session.add(
                    Notification(
                        uid=f"{channel.name}{number}",
                        channel_id=id_of(channel),
                        alert_id=number,
                        kind=NotificationKind.ALERT_CREATED,
                        state=state,
                        payload={},
                        created_at=NOON,
                        due_at=NOON,
                    )
                )
        session.flush()
        change = AlertChange(state="in-hand", due_at=NOON, note="Called.")
        act = triage(session, [known, other, silenced], change, by=LEILA, now=NOON)
        assert told(session, id_of(asking)) == [
            ("alert.state", known, "leila"),
            ("alert.noted", known, "leila"),
        ]
        assert told(session, id_of(mute)) == []
        assert act.id is not None
        undo(session, act.id, by=ADE, now=NOON)
        assert told(session, id_of(asking))[2:] == [
            ("alert.state", known, "ade"),
            ("alert.noted", known, "ade"),
        ]
