"""Volume: articles and stories of a name by hour and day, and what stands out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from alerts.volume import count_article, day_and_rhythm, is_spike
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
                count_article(
                    session, watch_list_id=number, kind="actor", name=NAME, at=at, story_before=None
                )
        tuesday = START - timedelta(days=6)
        count_article(session, watch_list_id=number, kind="actor", name=NAME, at=tuesday, story_before=None)
        found = day_and_rhythm(session, watch_list_id=number, name=NAME, at=START)
    assert found == (9, [4, 0, 2])
