"""When a feed is polled next. Pure: what is known of the feed, what came of the poll, hints, bounds and the time in.

- A feed is polled when it is expected to have published a certain part of an entry (`Bounds.usual` over an hour): by its own
  rhythm of hours and weekdays, sooner in a burst (`crawler.schedule.rhythm`).
- What the feed asks (`crawler.schedule.hints`) may make the wait longer, unless it publishes several entries meanwhile.
- Never so late that a third of what its document holds is expected to be new: what a document drops between two polls is lost.
  Where two polls overlap thinly or not at all, the next comes within half the time, until they overlap again.
- Failures are tried again soon, then ever later; one success ends that.
- All within the user's bounds, and moved by up to a tenth at random, so that feeds don't fall into step. The first wait of a new
  feed is cut at random by up to half: a thousand feeds added at once are spread from their second poll on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.schedule.hints import PollHints
from crawler.schedule.rhythm import Forecast, Rhythm, learn

JITTER = 0.1
LONGEST_RETRY_AFTER = timedelta(days=1)
FIRST_RETRY = timedelta(minutes=10)
"""A failed poll is tried again after this, or the feed's interval where that is shorter; then after twice as long each time."""
BELIEVED = 3.0
"""A hint is not followed beyond the time in which so many entries are expected."""
OVERLAP = 3
"""A poll comes before one in so many entries of the document is expected to be new."""
THIN = 2 / 3
"""Where more than this part of a document is new, a gap was close."""
HOUR = timedelta(hours=1)
LONGEST_STEP = 900.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """The user's limits on a feed's interval. `usual` is that of a feed with one entry an hour."""

    minimum: timedelta
    maximum: timedelta
    usual: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a feed before the poll."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    interval: timedelta | None = None
    """The wait that was decided last; None where none was."""
    last_success: datetime | None = None
    """The last poll that was answered; None for a feed that was never read."""
    entries: int = 0
    """How many entries the last document had."""
    overlap: timedelta | None = None
    """The longest interval while polls don't overlap."""
    failures: int = 0
    """Failures in a row, the present one counted."""


@dataclass(frozen=True, slots=True)
class Polled:
    """The feed answered. `new` says of each new entry when it was published, None where the feed does not say.

    `entries` is how many the document has; 0, with nothing new, where it had not changed.
    """

    new: tuple[datetime | None, ...] = ()
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """The feed could not be fetched or read. `retry_after` is what its host asked for."""

    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NextPoll:
    """The decision, and what is known of the feed from now on."""

    at: datetime
    interval: timedelta
    rhythm: Rhythm
    overlap: timedelta | None
    gap: bool = False
    """Entries may have been lost since the last poll."""


def next_poll(
    history: History,
    outcome: Polled | Failed,
    hints: PollHints,
    bounds: Bounds,
    *,
    now: datetime,
    jitter: float,
) -> NextPoll:
    """Decide the next poll of a feed. `jitter` is a random number in [0, 1)."""
    if isinstance(outcome, Failed):
        return _after_failure(history, outcome, bounds, now, jitter)
    seconds = now.timestamp()
    rhythm = learn(history.rhythm, _appeared(history, outcome, now), now=seconds)
    gap = _gap(history, outcome, now)
    overlap = _overlap(history, outcome, gap, bounds, now)
    forecast = Forecast(rhythm, now=seconds)
    room = (outcome.entries or history.entries) / OVERLAP or None
    latest = _latest(forecast, bounds, room, overlap, now)
    interval = _interval(forecast, hints, bounds, latest, now)
    is_first = history.last_success is None
    spread = 1 - jitter / 2 if is_first else 1 + JITTER * (2 * jitter - 1)
    at = _out_of_skipped(now + interval * spread, hints, latest)
    return NextPoll(at, interval, rhythm, overlap, gap)


def _appeared(history: History, outcome: Polled, now: datetime) -> tuple[float, ...]:
    """Return when the new entries appeared: not before the last poll, which had seen them. A first document is believed."""
    end = now.timestamp()
    if history.last_success is None:
        return tuple(min(moment.timestamp(), end) for moment in outcome.new if moment is not None)
    start = min(history.last_success.timestamp(), end)
    middle = (start + end) / 2
    return tuple(
        middle if moment is None else min(max(moment.timestamp(), start), end) for moment in outcome.new
    )


def _gap(history: History, outcome: Polled, now: datetime) -> bool:
    """Return whether entries may be lost: nothing in the document was known, and nothing in it is older than the last poll."""
    last = history.last_success
    if last is None or not history.entries or not outcome.entries or len(outcome.new) < outcome.entries:
        return False
    return all(moment is None or moment > last for moment in outcome.new)


def _overlap(history: History, outcome: Polled, gap: bool, bounds: Bounds, now: datetime) -> timedelta | None:
    """Return the longest interval for now: half the time since the last poll where that was too long, or nearly."""
    if history.last_success is None or not history.entries:
        return None
    if not outcome.entries:
        return history.overlap
    known = outcome.entries - len(outcome.new)
    is_thin = outcome.entries >= OVERLAP and len(outcome.new) > THIN * outcome.entries and known < OVERLAP
    if gap or is_thin:
        return max((now - history.last_success) / 2, bounds.minimum)
    return None


def _interval(
    forecast: Forecast, hints: PollHints, bounds: Bounds, latest: datetime, now: datetime
) -> timedelta:
    wanted = _expecting(forecast, bounds.usual / HOUR, bounds, now)
    asked = hints.shortest
    if asked > wanted:
        wanted = min(asked, max(wanted, _expecting(forecast, BELIEVED, bounds, now)))
    wanted = min(wanted, latest - now)
    return min(max(wanted, bounds.minimum), bounds.maximum)


def _latest(
    forecast: Forecast, bounds: Bounds, room: float | None, overlap: timedelta | None, now: datetime
) -> datetime:
    """Return the time after which entries might be lost, or the user's bound is reached."""
    latest = bounds.maximum
    if room is not None:
        latest = min(latest, _expecting(forecast, room, bounds, now))
    if overlap is not None:
        latest = min(latest, overlap)
    return now + max(latest, bounds.minimum)


def _expecting(forecast: Forecast, entries: float, bounds: Bounds, now: datetime) -> timedelta:
    """Return the time until so many entries are expected, at most the user's longest interval."""
    longest = bounds.maximum.total_seconds()
    step = min(max(bounds.minimum.total_seconds() / 4, 0.05), 60.0)
    start, passed, expected = now.timestamp(), 0.0, 0.0
    while passed < longest:
        rate = forecast.rate(start + passed + step / 2)
        if expected + rate * step >= entries:
            passed += (entries - expected) / rate
            break
        expected += rate * step
        passed += step
        step = min(step * 1.15, LONGEST_STEP)
    return timedelta(seconds=min(passed, longest))


def _out_of_skipped(moment: datetime, hints: PollHints, latest: datetime) -> datetime:
    """Move a poll out of the hours and days that the feed asks to leave out, but not past `latest`."""
    moved = moment
    while hints.skips(moved):
        moved += HOUR
        if moved >= latest:
            return max(moment, latest)
    return moved


def _after_failure(
    history: History, outcome: Failed, bounds: Bounds, now: datetime, jitter: float
) -> NextPoll:
    interval = history.interval or bounds.usual
    first = min(max(interval, bounds.minimum), max(FIRST_RETRY, bounds.minimum))
    wait = min(first * 2 ** min(max(history.failures - 1, 0), 20), bounds.maximum)
    spread = 1 + JITTER * (2 * jitter - 1)
    if outcome.retry_after is not None and outcome.retry_after >= wait:
        wait = min(outcome.retry_after, LONGEST_RETRY_AFTER)
        spread = 1 + JITTER * jitter  # never before the time that was asked for
    return NextPoll(now + wait * spread, interval, history.rhythm, history.overlap)
