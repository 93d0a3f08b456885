"""Volume: articles and stories of a name by hour and day, and what stands out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alerts.raising.volume import is_spike, rhythm, spike_days, start_of
from storage.tables import VolumeUnit
from tests.conftest import START


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


def test_rhythm_is_that_of_the_weekday_since_the_list_was_counted() -> None:
    day = start_of(VolumeUnit.DAY, START)
    counts = {day - timedelta(weeks=weeks): articles for weeks, articles in ((3, 2), (1, 4), (0, 9))}
    counts[day - timedelta(days=6)] = 1
    assert rhythm(counts, START, since=(day - timedelta(weeks=3)).date()) == [4, 0, 2]
    assert rhythm(counts, START, since=None) == []


def test_days_that_stand_out_are_those_beyond_the_same_weekday() -> None:
    first = date(2026, 1, 5)
    counts = {first + timedelta(days=day): 40 if day % 7 == 0 else 4 for day in range(42)}
    odd_tuesday = first + timedelta(days=36)
    counts[odd_tuesday] = 40  # as many as on any Monday
    assert spike_days(counts, counts, since=first) == {odd_tuesday}
    assert (
        spike_days(counts, counts, since=odd_tuesday - timedelta(days=14)) == set()
    )  # too few weeks to know
