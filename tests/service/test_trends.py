"""Trends and the facts of an alert, on either database: what was counted, what stands out, how rules do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from alerts.raising.volume import start_of
from service.actions.backfill import backfill
from service.actions.errors import NotFoundError
from service.actions.trends import UTC_ZONE, last_days, read_trend, read_trends
from service.alert_facts import alert_facts
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.dismissals import dismiss
from storage.stores.stories.counting import add_counts
from storage.stores.watch.watch_edits import count_from
from storage.tables import Alert, VolumeUnit, WatchListRow
from tests.archive import add_article, watch
from tests.conftest import START


def count(session: Session, name: str, back: int, articles: int) -> None:
    """Count articles of an actor of the list Energy, so many days ago."""
    number = id_of(session.exec(select(WatchListRow).where(WatchListRow.name == "Energy")).one())
    at = START - timedelta(days=back)
    for _article in range(articles):
        day = start_of(VolumeUnit.DAY, at)
        counts = {
            (number, kind, of, VolumeUnit.DAY, day): (1, 1) for kind, of in (("list", ""), ("actor", name))
        }
        sources = {
            (number, kind, of, VolumeUnit.DAY, day): (1, 0)
            for kind, of in (("outlet", "Gazette"), ("language", "en"))
        }
        add_counts(session, {**counts, **sources})


def test_trends_give_every_day_once_and_mark_what_stands_out(database: Database) -> None:
    with database.write() as session:
        watch(session, "Energy", actors=["Leila Benali"])
        for weeks in range(1, 5):
            count(session, "Leila Benali", 7 * weeks + 2, 2)
        count(session, "Leila Benali", 2, 12)
        count(session, "Another", 1, 1)
        count_from(session, 1, START - timedelta(days=60))  # as after a backfill
    with database.read() as session:
        trends = read_trends(session, days=7, now=START, most=5)
        one = read_trend(
            session,
            last_days(30, UTC_ZONE, now=START),
            watch_list="Energy",
            kind="actor",
            name="Leila Benali",
        )
        with pytest.raises(NotFoundError):
            read_trend(
                session, last_days(30, UTC_ZONE, now=START), watch_list="Energy", kind="actor", name="Nobody"
            )
    day = (START - timedelta(days=2)).date()
    assert [(trend.name, trend.articles) for trend in trends.names] == [("Leila Benali", 12), ("Another", 1)]
    assert [len(trend.days) for trend in (*trends.lists, *trends.names)] == [7, 7, 7]
    assert trends.names[0].spikes == {day}
    assert (trends.articles, trends.outlets, trends.languages) == (13, (("Gazette", 13),), (("en", 13),))
    assert one is not None
    assert (one.articles, set(one.spikes)) == (18, {day})  # those of 30 days ago are not within 30 days


def test_what_came_out_before_its_list_was_made_has_a_trend(database: Database) -> None:
    with database.write() as session:
        watch(session, "Energy", actors=["Leila Benali"])
        count(session, "Leila Benali", 2, 3)
    with database.read() as session:
        one = read_trend(
            session, last_days(7, UTC_ZONE, now=START), watch_list="Energy", kind="actor", name="Leila Benali"
        )
    assert (one.articles, one.spikes) == (3, frozenset())


def test_alerts_from_the_archive_count_once(database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            add_article(session, f"Leila Benali {number}", "She spoke.", at=START, matched=True)
        watch(session, "Energy", actors=["Leila Benali"])
    for _time in range(2):
        backfill(database, "Energy", days=3, send=False, now=START)
    with database.read() as session:
        trends = read_trends(session, days=7, now=START, most=5)
    assert (trends.articles, [trend.articles for trend in trends.names]) == (3, [3])
    assert [count for _outlet, count in trends.outlets] == [3]


def test_rules_are_judged_by_what_was_dismissed(database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            add_article(session, f"Leila Benali {number}", "She spoke.", at=START, matched=True)
        watch(session, "Energy", actors=["Leila Benali"])
    backfill(database, "Energy", days=3, send=False, now=START)
    with database.write() as session:
        alerts = [id_of(alert) for alert in session.exec(select(Alert).order_by("id"))]
        dismiss(session, alerts[1], via="page", now=START)
        facts = alert_facts(session, alerts[0])
        assert alert_facts(session, alerts[-1] + 1) is None
    assert facts is not None
    assert [(item.kind, item.alerts, item.dismissed) for item in facts.precision] == [
        ("actor", 3, 1),
        ("outlet", 3, 1),
    ]
    assert facts.story.growth[-1].articles == 1
