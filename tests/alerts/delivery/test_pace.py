"""How fast a channel may be sent to, and how long one that fails rests."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.pace import (
    FAILURES,
    FEW,
    FIRST_REST,
    LONGEST_REST,
    Health,
    after_failure,
    may_claim,
    take,
)
from tests.conftest import START

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@given(
    st.integers(1, 600),
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 50)), min_size=1, max_size=60),
)
def test_no_minute_holds_more_than_the_pace_and_its_burst(
    per_minute: int, asked: list[tuple[float, int]]
) -> None:
    paced_at: datetime | None = None
    now, granted = START, []
    for pause, wanted in asked:
        now += timedelta(seconds=pause)
        count, paced_at = take(per_minute, paced_at, now, wanted)
        assert 0 <= count <= wanted
        granted += [now] * count
    for first in granted:
        within = [moment for moment in granted if first <= moment < first + MINUTE]
        assert len(within) <= per_minute + max(1, per_minute // 10) + 1


def test_without_a_pace_everything_goes() -> None:
    assert take(None, None, START, 7) == (7, None)


def test_rests_grow_up_to_a_quarter_of_an_hour_and_one_is_tried_after_each() -> None:
    health = Health()
    for number in range(1, FAILURES):
        health = after_failure(health, START)
        assert (health.failures, health.rests_until, may_claim(health.failures, 32)) == (number, None, FEW)
    rests = []
    for _ in range(8):
        health = after_failure(health, START)
        assert health.rests_until is not None
        rests.append(health.rests_until - START)
        assert may_claim(health.failures, 32) == 1
    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests[-1] == LONGEST_REST
    assert health.failing_since == START


@pytest.mark.parametrize(
    ("wish", "rest"),
    [(90 * SECOND, 90 * SECOND), (timedelta(days=30), timedelta(days=1))],
    ids=["as asked", "at most a day"],
)
def test_the_receivers_wish_rests_the_channel_at_once(wish: timedelta, rest: timedelta) -> None:
    assert after_failure(Health(), START, retry_after=wish).rests_until == START + rest
