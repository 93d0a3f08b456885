"""When a feed is polled next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.schedule import LONGEST_RETRY_AFTER, Bounds, Failed, Polled, next_poll
from tests.conftest import START

MINUTE = timedelta(minutes=1)
BOUNDS = Bounds(MINUTE, timedelta(hours=6))
MIDDLE = 0.5
"""The jitter that moves nothing."""


@pytest.mark.parametrize(
    ("outcome", "failures", "wait"),
    [
        pytest.param(Polled(0, 30), 0, 12.5, id="nothing new: later"),
        pytest.param(Polled(0, 0), 0, 12.5, id="not modified: later"),
        pytest.param(Polled(3, 30), 0, 10, id="a little new: the same"),
        pytest.param(Polled(20, 30), 0, 10 / 1.5, id="mostly new: sooner"),
        pytest.param(Failed(), 1, 15, id="first failure"),
        pytest.param(Failed(), 2, 22.5, id="second failure: longer"),
        pytest.param(Failed(), 30, 360, id="many failures: the longest interval"),
        pytest.param(Failed(timedelta(minutes=50)), 1, 50, id="Retry-After"),
        pytest.param(Failed(timedelta(seconds=5)), 1, 10, id="Retry-After shorter than the interval"),
        pytest.param(Failed(timedelta(days=365)), 1, 24 * 60, id="Retry-After beyond reason"),
    ],
)
def test_wait(outcome: Polled | Failed, failures: int, wait: float) -> None:
    # Retry-After is only ever lengthened, so there the jitter that moves nothing is 0.
    jitter = 0.0 if isinstance(outcome, Failed) and outcome.retry_after is not None else MIDDLE
    decision = next_poll(10 * MINUTE, failures, outcome, BOUNDS, now=START, jitter=jitter)
    assert (decision.at - START) / MINUTE == pytest.approx(wait)


def test_failure_keeps_the_learned_interval() -> None:
    assert next_poll(10 * MINUTE, 5, Failed(), BOUNDS, now=START, jitter=MIDDLE).interval == 10 * MINUTE


@given(
    interval=st.floats(1, 10**6),
    failures=st.integers(0, 10**4),
    new=st.integers(0, 50),
    old=st.integers(0, 50),
    failed=st.booleans(),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_next_poll_stays_within_the_users_bounds(
    interval: float, failures: int, new: int, old: int, failed: bool, jitter: float
) -> None:
    outcome = Failed() if failed else Polled(new, new + old)
    decision = next_poll(timedelta(seconds=interval), failures, outcome, BOUNDS, now=START, jitter=jitter)
    assert BOUNDS.minimum * 0.9 <= decision.at - START <= BOUNDS.maximum * 1.1


@given(seconds=st.integers(0, 10**9), jitter=st.floats(0, 1, exclude_max=True))
def test_host_is_never_asked_before_the_time_it_named(seconds: int, jitter: float) -> None:
    asked = timedelta(seconds=seconds)
    decision = next_poll(10 * MINUTE, 1, Failed(asked), BOUNDS, now=START, jitter=jitter)
    assert decision.at - START >= min(asked, LONGEST_RETRY_AFTER)
