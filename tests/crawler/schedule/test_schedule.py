"""When a feed is polled next."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.schedule import (
    LONGEST_RETRY_AFTER,
    Bounds,
    Failed,
    History,
    NextPoll,
    Polled,
    PollHints,
    Rhythm,
    next_poll,
)
from crawler.schedule.rhythm import Forecast, learn
from tests.conftest import START

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BOUNDS = Bounds(MINUTE, timedelta(hours=6), timedelta(minutes=15))
MIDDLE = 0.5
"""The jitter that moves nothing."""
NO_HINTS = PollHints()


def baseline(*ago: timedelta, entries: int = 0, hints: PollHints = NO_HINTS) -> NextPoll:
    """A first poll of a document whose entries are so old."""
    new = tuple(START - age for age in ago)
    return next_poll(History(), Polled(new, entries or len(new)), hints, BOUNDS, now=START, jitter=0.0)


def every(gap: timedelta, times: int) -> list[timedelta]:
    """Ages of entries in a steady row, the newest half a gap old."""
    return [gap * (number + 0.5) for number in range(times)]


def history(before: NextPoll, at: datetime = START, entries: int = 30) -> History:
    return History(before.rhythm, before.interval, at, entries, before.overlap)


def live(times: Sequence[datetime], *, days: int, entries: int = 30) -> list[tuple[datetime, timedelta]]:
    """Poll a feed from START on, by its schedule; return each poll and the wait decided there."""
    known = [moment for moment in times if moment <= START]
    decided = next_poll(
        History(), Polled(tuple(known[-entries:]), entries), NO_HINTS, BOUNDS, now=START, jitter=MIDDLE
    )
    polls, last = [], START
    while decided.at < START + days * DAY:
        now = decided.at
        new = tuple(moment for moment in times if last < moment <= now)
        decided = next_poll(
            history(decided, last, entries),
            Polled(new, entries if new else 0),
            NO_HINTS,
            BOUNDS,
            now=now,
            jitter=MIDDLE,
        )
        polls.append((now, decided.interval))
        last = now
    return polls


@pytest.mark.parametrize(
    ("ago", "least", "most"),
    [
        pytest.param(every(HOUR, 30), 14, 18, id="one entry an hour: the usual interval"),
        pytest.param(every(HOUR / 6, 30), 1.5, 4, id="six an hour: a sixth of it, or less in a burst"),
        pytest.param(every(DAY, 10), 4 * 60, 6 * 60, id="one a day: hours"),
        pytest.param(every(180 * DAY, 10), 360, 360, id="one a season: the longest interval"),
        pytest.param([], 1, 20, id="an empty document: soon, nothing is known"),
    ],
)
def test_new_feed_is_polled_by_the_mean_rate_of_what_it_shows(
    ago: list[timedelta], least: float, most: float
) -> None:
    assert least <= baseline(*ago).interval / MINUTE <= most


def test_first_wait_spreads_feeds_that_were_added_at_once() -> None:
    ago = tuple(START - age for age in every(HOUR, 30))
    waits = [
        (next_poll(History(), Polled(ago, 30), NO_HINTS, BOUNDS, now=START, jitter=jitter).at - START)
        / MINUTE
        for jitter in (0.0, 0.5, 0.999)
    ]
    assert waits[0] > waits[1] * 1.2 > waits[2] * 1.2 * 1.2
    assert waits[2] >= waits[0] / 2


def test_hours_of_the_day_are_learned() -> None:
    day = START.replace(hour=0)
    times = [day + DAY * n + HOUR * 8 + MINUTE * 15 * k for n in range(-7, 21) for k in range(32)]
    late = [(at, wait) for at, wait in live(times, days=20) if at > START + 14 * DAY]
    busy = [wait for at, wait in late if 9 <= at.hour < 15]
    night = [wait for at, wait in late if at.hour >= 19 or at.hour < 5]
    assert sum(busy, timedelta()) / len(busy) * 10 < sum(night, timedelta()) / len(night)


def test_weekdays_are_learned() -> None:
    day = START.replace(hour=0)
    times = [
        day + DAY * n + HOUR * k for n in range(-28, 28) if (day + DAY * n).weekday() < 5 for k in range(24)
    ]
    late = [(at, wait) for at, wait in live(times, days=28, entries=100) if at > START + 18 * DAY]
    weekday = [wait for at, wait in late if at.weekday() in (1, 2, 3)]
    weekend = [wait for at, wait in late if at.weekday() == 6 and at.hour < 12]
    assert max(weekday) * 2 < max(weekend)


def test_burst_after_weeks_of_silence_is_followed_within_hours() -> None:
    burst = START + 10 * DAY
    times = [START - 60 * DAY, START - 40 * DAY, *(burst + 5 * MINUTE * n for n in range(200))]
    polls = live(times, days=12)
    before = [wait for at, wait in polls if at < burst]
    seen = [wait for at, wait in polls if burst + 6 * HOUR < at < burst + 12 * HOUR]
    assert min(before[1:]) == BOUNDS.maximum
    assert max(seen) < 10 * MINUTE


def test_feed_that_falls_silent_is_soon_polled_rarely() -> None:
    times = [START - 10 * MINUTE * n for n in range(30)]
    polls = [at for at, _wait in live(times, days=15)]
    first, last = (sum(day <= (at - START) / DAY < day + 1 for at in polls) for day in (0, 14))
    assert first > 40
    assert last < first / 4


@pytest.mark.parametrize(
    ("hints", "least", "most"),
    [
        pytest.param(PollHints(fresh=timedelta(minutes=40)), 40, 40, id="Cache-Control"),
        pytest.param(PollHints(interval=timedelta(minutes=60)), 60, 60, id="ttl"),
        pytest.param(
            PollHints(fresh=timedelta(seconds=5)), 14, 18, id="shorter than the interval: no matter"
        ),
        pytest.param(
            PollHints(interval=timedelta(days=7)),
            120,
            240,
            id="a week, yet an entry an hour: three entries' time",
        ),
    ],
)
def test_hints_lengthen_the_wait(hints: PollHints, least: float, most: float) -> None:
    assert least <= baseline(*every(HOUR, 30), hints=hints).interval / MINUTE <= most


def test_hint_goes_no_further_than_the_users_bound() -> None:
    assert (
        baseline(*every(9 * DAY, 9), hints=PollHints(interval=timedelta(days=7))).at == START + BOUNDS.maximum
    )


@pytest.mark.parametrize(
    ("hints", "hour"),
    [
        pytest.param(PollHints(skip_hours=frozenset({12, 13, 14})), 15, id="skipHours"),
        pytest.param(PollHints(skip_hours=frozenset(range(24))), 12, id="all hours: not believed"),
        pytest.param(
            PollHints(skip_days=frozenset({0})), 18, id="skipDays: the whole day, but for the user's bound"
        ),
    ],
)
def test_skipped_hours_are_left_out(hints: PollHints, hour: int) -> None:
    ago = tuple(START - age for age in every(2 * HOUR, 60))
    decision = next_poll(History(), Polled(ago, 60), hints, BOUNDS, now=START, jitter=0.0)
    assert decision.at.hour == hour


def test_gap_is_known_and_the_interval_halved_until_polls_overlap() -> None:
    before = History(Rhythm(), 40 * MINUTE, START, entries=5)
    now = START + 40 * MINUTE
    new = tuple(now - MINUTE * n for n in range(5))
    lost = next_poll(before, Polled(new, 5), NO_HINTS, BOUNDS, now=now, jitter=MIDDLE)
    assert lost.gap
    assert lost.interval <= 20 * MINUTE
    later = now + 20 * MINUTE
    again = next_poll(
        history(lost, now, 5),
        Polled(tuple(later - MINUTE * n for n in range(5)), 5),
        NO_HINTS,
        BOUNDS,
        now=later,
        jitter=MIDDLE,
    )
    assert again.gap
    assert again.interval <= 10 * MINUTE
    end = later + 10 * MINUTE
    over = next_poll(history(again, later, 5), Polled((end,), 5), NO_HINTS, BOUNDS, now=end, jitter=MIDDLE)
    assert not over.gap
    assert over.overlap is None


@pytest.mark.parametrize(
    ("before", "new", "entries"),
    [
        pytest.param(History(), [1, 2, 3], 3, id="first document"),
        pytest.param(History(last_success=START - HOUR, entries=3), [1, 2], 3, id="one was known"),
        pytest.param(
            History(last_success=START - HOUR, entries=3),
            [1, 2, 90],
            3,
            id="reaches back beyond the last poll",
        ),
        pytest.param(History(last_success=START - HOUR, entries=0), [1, 2, 3], 3, id="was empty before"),
        pytest.param(History(last_success=START - HOUR, entries=3), [], 0, id="not changed"),
    ],
)
def test_no_gap(before: History, new: list[int], entries: int) -> None:
    outcome = Polled(tuple(START - MINUTE * ago for ago in new), entries)
    assert not next_poll(before, outcome, NO_HINTS, BOUNDS, now=START, jitter=MIDDLE).gap


def test_document_is_never_left_to_turn_over() -> None:
    ago = tuple(START - MINUTE * 4 * n for n in range(6))
    slow = Bounds(MINUTE, timedelta(hours=6), timedelta(hours=6))
    decision = next_poll(History(), Polled(ago, 6), NO_HINTS, slow, now=START, jitter=0.0)
    assert decision.interval < 6 * 4 * MINUTE * 2 / 3


@pytest.mark.parametrize(
    ("outcome", "failures", "interval", "wait"),
    [
        pytest.param(Failed(), 1, 360, 10, id="first failure of a slow feed: soon"),
        pytest.param(Failed(), 1, 4, 4, id="of a fast one: its interval"),
        pytest.param(Failed(), 2, 360, 20, id="second: twice as long"),
        pytest.param(Failed(), 4, 360, 80, id="fourth"),
        pytest.param(Failed(), 30, 360, 360, id="many: the longest interval"),
        pytest.param(Failed(timedelta(minutes=50)), 1, 10, 50, id="Retry-After"),
        pytest.param(Failed(timedelta(seconds=5)), 1, 10, 10, id="Retry-After shorter than the wait"),
        pytest.param(Failed(timedelta(days=365)), 1, 10, 24 * 60, id="Retry-After beyond reason"),
    ],
)
def test_failures_back_off(outcome: Failed, failures: int, interval: int, wait: float) -> None:
    # Retry-After is only ever lengthened, so there the jitter that moves nothing is 0.
    jitter = 0.0 if (outcome.retry_after or timedelta()) > MINUTE else MIDDLE
    before = History(interval=interval * MINUTE, last_success=START, failures=failures)
    decision = next_poll(before, outcome, NO_HINTS, BOUNDS, now=START, jitter=jitter)
    assert (decision.at - START) / MINUTE == pytest.approx(wait)
    assert decision.interval == interval * MINUTE


@given(
    ago=st.lists(st.floats(0, 10**7), max_size=40),
    since=st.floats(1, 10**6),
    entries=st.integers(0, 60),
    failed=st.booleans(),
    failures=st.integers(0, 10**4),
    hint=st.floats(0, 10**7),
    hours=st.frozensets(st.integers(0, 23)),
    days=st.frozensets(st.integers(0, 6)),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_next_poll_stays_within_the_users_bounds(
    ago: list[float],
    since: float,
    entries: int,
    failed: bool,
    failures: int,
    hint: float,
    hours: frozenset[int],
    days: frozenset[int],
    jitter: float,
) -> None:
    rhythm = learn(Rhythm(), [START.timestamp() - seconds for seconds in ago], now=START.timestamp())
    now = START + timedelta(seconds=since)
    before = History(rhythm, HOUR, START, entries, failures=failures)
    outcome = Failed() if failed else Polled((now,) * (entries // 2), entries)
    hints = PollHints(None, timedelta(seconds=hint), hours, days)
    decision = next_poll(before, outcome, hints, BOUNDS, now=now, jitter=jitter)
    assert BOUNDS.minimum * 0.9 <= decision.at - now <= BOUNDS.maximum * 1.1
    assert BOUNDS.minimum <= decision.interval <= BOUNDS.maximum


@given(seconds=st.integers(0, 10**9), jitter=st.floats(0, 1, exclude_max=True))
def test_host_is_never_asked_before_the_time_it_named(seconds: int, jitter: float) -> None:
    asked = timedelta(seconds=seconds)
    before = History(interval=10 * MINUTE, failures=1)
    decision = next_poll(before, Failed(asked), NO_HINTS, BOUNDS, now=START, jitter=jitter)
    assert decision.at - START >= min(asked, LONGEST_RETRY_AFTER) * 0.899


def test_rhythm_outlives_storage() -> None:
    dice = random.Random(1)
    now = START.timestamp()
    rhythm = learn(Rhythm(), [now - dice.uniform(0, 10**6) for _ in range(50)], now=now)
    again = Rhythm.from_json(rhythm.to_json())
    forecasts = Forecast(rhythm, now=now), Forecast(again, now=now)
    for hour in range(48):
        rates = [forecast.rate(now + hour * 3600) for forecast in forecasts]
        assert rates[0] == pytest.approx(rates[1], rel=0.01)


@pytest.mark.parametrize("stored", [{}, {"as_of": "x"}, {"as_of": 1.0, "hours": []}])
def test_rhythm_that_cannot_be_read_is_learned_anew(stored: dict[str, object]) -> None:
    assert Rhythm.from_json(stored) == Rhythm()
