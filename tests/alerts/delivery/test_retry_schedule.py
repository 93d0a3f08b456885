"""When it is tried again, and what the receiver's wish changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.retry import SCHEDULE, next_try
from tests.conftest import START

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MIDDLE = 0.5
"""The jitter that changes nothing."""


@pytest.mark.parametrize(
    ("attempts", "pause"),
    [
        (1, timedelta(seconds=5)),
        (2, 5 * MINUTE),
        (3, 30 * MINUTE),
        (4, 2 * HOUR),
        (5, 5 * HOUR),
        (6, 10 * HOUR),
        (7, 14 * HOUR),
        (8, 20 * HOUR),
        (9, 24 * HOUR),
    ],
)
def test_pauses_grow(attempts: int, pause: timedelta) -> None:
    assert next_try(attempts, START, None, MIDDLE) == START + pause


def test_it_is_given_up_after_about_three_days() -> None:
    assert next_try(10, START, None, MIDDLE) is None
    assert next_try(10, START, HOUR, MIDDLE) is None
    assert timedelta(days=3) < sum(SCHEDULE, timedelta()) < timedelta(days=3.5)


@pytest.mark.parametrize(
    ("attempts", "wish", "pause"),
    [
        pytest.param(1, timedelta(seconds=90), timedelta(seconds=90), id="longer than ours"),
        pytest.param(3, timedelta(seconds=90), 30 * MINUTE, id="shorter than ours"),
        pytest.param(1, timedelta(days=30), 24 * HOUR, id="longer than a day"),
        pytest.param(1, timedelta(0), timedelta(seconds=5), id="none at all"),
    ],
)
def test_the_receivers_wish_counts(attempts: int, wish: timedelta, pause: timedelta) -> None:
    assert next_try(attempts, START, wish, MIDDLE) == START + pause


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True), st.none() | st.timedeltas(timedelta(0)))
def test_jitter_is_a_tenth_and_no_pause_is_longer_than_a_day(
    attempts: int, jitter: float, wish: timedelta | None
) -> None:
    when = next_try(attempts, START, wish, jitter)
    assert when is not None
    pause = when - START
    assert SCHEDULE[attempts - 1] * 0.9 <= pause
    assert pause <= max(SCHEDULE[attempts - 1] * 1.1, timedelta(hours=24))
    if wish is None:
        assert pause <= SCHEDULE[attempts - 1] * 1.1


def test_a_shorter_schedule_ends_sooner() -> None:
    assert next_try(1, START, None, MIDDLE, [HOUR]) == START + HOUR
    assert next_try(2, START, None, MIDDLE, [HOUR]) is None
