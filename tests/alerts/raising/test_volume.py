"""Volume: articles and stories of a name by hour and day, and what stands out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from alerts.raising.volume import count_article, count_source, day_and_rhythm, is_spike, spike_days
from storage.engine import Database
from storage.rows import id_of
from storage.tables import Volume, VolumeUnit, WatchList
from tests.conftest import START

NAME = "Nasser Bourita"


@pytest.mark.parametrize(
    ("count", "before", "spike"),
    [
        pytest.param(30, [4, 5, 6, 5], True, id="many more than usual"),
        pytest.param(11, [4, 5, 6, 5], False, id="within three deviations"),
        pytest.param(12, [4, 5, 6, 5], True, id="beyond three deviations"),
        pytest.param(30, [0, 60, 5, 40], False, id="a name that comes and goes"),
        pytest.param(30, [4, 5], False, id="too few weeks to know"),
        pytest.param(4, [0, 0, 0, 0], False, id="too few articles"),
        pytest.param(5, [0, 0, 0, 0], True, id="out of nothing"),
    ],
)
def test_spike(count: int, before: list[int], spike: bool) -> None:
    assert is_spike(count, before) is spike


def watch_list(session: Session) -> int:
    row = WatchList(name="W", created_at=START)
    session.add(row)
    session.flush()
    return id_of(row)


def test_articles_and_stories_are_counted_by_hour_and_day(database: Database) -> None:
    with database.write() as session:
        number = watch_list(session)
        for at, before in (
            (START, None),
            (START + timedelta(minutes=20), START),  # the same story in the same hour
            (START + timedelta(hours=2), START),  # the same story, another hour of the day
            (START + timedelta(days=1), START),  # and on another day
        ):
            count_article(session, watch_list_id=number, kind="actor", name=NAME, at=at, story_before=before)
        rows = session.exec(select(Volume).order_by(Volume.unit, Volume.starts_at)).all()  # type: ignore[arg-type]
        day = [(row.articles, row.stories) for row in rows if row.unit is VolumeUnit.DAY]
        hour = [(row.articles, row.stories) for row in rows if row.unit is VolumeUnit.HOUR]
    assert day == [(3, 1), (1, 1)]
    assert hour == [(2, 1), (1, 1), (1, 1)]


def test_rhythm_is_that_of_the_weekday_since_the_list_was_counted(database: Database) -> None:
    with database.write() as session:
        number = watch_list(session)
        for weeks, articles in ((3, 2), (1, 4), (0, 9)):
            for _ in range(articles):
                at = START - timedelta(weeks=weeks)
                for kind, name in (("list", ""), ("actor", NAME)):
                    count_article(
                        session, watch_list_id=number, kind=kind, name=name, at=at, story_before=None
                    )
        tuesday = START - timedelta(days=6)
        count_article(session, watch_list_id=number, kind="actor", name=NAME, at=tuesday, story_before=None)
        found = day_and_rhythm(session, watch_list_id=number, name=NAME, at=START)
    assert found == (9, [4, 0, 2])


def test_days_that_stand_out_are_those_beyond_the_same_weekday() -> None:
    first = date(2026, 1, 5)
    counts = {first + timedelta(days=day): 40 if day % 7 == 0 else 4 for day in range(42)}
    odd_tuesday = first + timedelta(days=36)
    counts[odd_tuesday] = 40  # as many as on any Monday
    assert spike_days(counts, counts, since=first) == {odd_tuesday}
    assert (
        spike_days(counts, counts, since=odd_tuesday - timedelta(days=14)) == set()
    )  # too few weeks to know


def test_sources_are_counted_by_day_for_each_list(database: Database) -> None:
    with database.write() as session:
        number = watch_list(session)
        for outlet, language in (("Gazette", "en"), ("Gazette", None), ("Courier", "en")):
            count_source(session, watch_list_id=number, outlet=outlet, language=language, at=START)
        rows = session.exec(select(Volume)).all()
    assert {(row.kind, row.name, row.unit, row.articles) for row in rows} == {
        ("outlet", "Gazette", VolumeUnit.DAY, 2),
        ("outlet", "Courier", VolumeUnit.DAY, 1),
        ("language", "en", VolumeUnit.DAY, 2),
        ("language", "", VolumeUnit.DAY, 1),
    }
