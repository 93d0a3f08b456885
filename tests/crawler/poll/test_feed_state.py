"""How a feed fares."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crawler.poll.feed_state import FeedFacts, judge
from crawler.schedule import Rhythm
from crawler.schedule.rhythm import learn
from storage.tables import FeedHealth, FeedState
from storage.troubles import note
from tests.conftest import START

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def published(
    gap: timedelta, *, silent: timedelta, workdays: bool = False, now: datetime = START
) -> FeedFacts:
    """A feed that published every `gap` for four weeks and then fell silent."""
    last = now - silent
    times = [last - gap * n for n in range(int(28 * DAY / gap))]
    if workdays:
        times = [moment for moment in times if moment.weekday() < 5 and 7 <= moment.hour < 19]
    rhythm = learn(Rhythm(), [moment.timestamp() for moment in times], now=max(times).timestamp() + 1)
    moment = max(times)
    while moment < now:
        moment = min(moment + HOUR, now)
        rhythm = learn(rhythm, (), now=moment.timestamp())
    return FeedFacts(FeedState.ACTIVE, 0, None, None, max(times), rhythm)


@pytest.mark.parametrize(
    ("facts", "health"),
    [
        pytest.param(published(HOUR, silent=2 * HOUR), FeedHealth.OK, id="hourly, two hours"),
        pytest.param(published(HOUR, silent=20 * HOUR), FeedHealth.OK, id="hourly, less than a day"),
        pytest.param(published(HOUR, silent=30 * HOUR), FeedHealth.SILENT, id="hourly, thirty hours"),
        pytest.param(published(DAY, silent=5 * DAY), FeedHealth.OK, id="daily, five days"),
        pytest.param(published(DAY, silent=30 * DAY), FeedHealth.SILENT, id="daily, a month"),
        pytest.param(published(7 * DAY, silent=30 * DAY), FeedHealth.OK, id="weekly, a month"),
        pytest.param(
            published(HOUR, silent=60 * HOUR, workdays=True, now=START.replace(day=8, hour=22)),
            FeedHealth.OK,
            id="workdays only, at the end of a weekend",
        ),
        pytest.param(
            published(HOUR, silent=60 * HOUR, workdays=True, now=START.replace(day=12, hour=20)),
            FeedHealth.SILENT,
            id="workdays only, on a Thursday",
        ),
    ],
)
def test_silence_is_judged_by_the_feeds_own_rhythm(facts: FeedFacts, health: FeedHealth) -> None:
    assert (
        judge(facts, failures=3, now=datetime.fromtimestamp(facts.rhythm.as_of, START.tzinfo)).health
        is health
    )


@pytest.mark.parametrize(
    ("failures", "state", "health"),
    [
        pytest.param(2, FeedState.ACTIVE, FeedHealth.OK, id="two failures: a restart of theirs"),
        pytest.param(3, FeedState.ACTIVE, FeedHealth.FAILING, id="three"),
        pytest.param(1, FeedState.RETIRED, FeedHealth.GONE, id="gone"),
    ],
)
def test_several_failures_in_a_row_count(failures: int, state: FeedState, health: FeedHealth) -> None:
    facts = replace(
        published(HOUR, silent=HOUR),
        state=state,
        failures=failures,
        failing_since=START,
        last_error=note("HTTP 500"),
    )
    verdict = judge(facts, failures=3, now=START)
    assert verdict.health is health
    assert (verdict.since, verdict.trouble == note("HTTP 500")) == (
        (None, False) if health is FeedHealth.OK else (START, True)
    )


def test_feed_that_cannot_be_had_is_not_silent() -> None:
    facts = published(HOUR, silent=40 * HOUR)
    failing = replace(facts, failures=1, failing_since=START - 39 * HOUR, last_error=note("HTTP 500"))
    assert judge(failing, failures=3, now=START).health is FeedHealth.OK
