"""Whom a hint wakes, and how often one looks who finds nothing."""

from __future__ import annotations

import pytest

from service.hints import LONGEST, QUIET, SHORTEST, WORTH_A_LOOK, Patience, WakeUps
from service.stages import STAGES
from storage.bell import Ring

STAGE = "matching"
POLLED = Ring(frozenset({"polling", "hubs"}))
TICK = Ring(to_all=True)


def test_every_stage_comes_after_stages_that_there_are() -> None:
    names = {stage.name for stage in STAGES}
    for stage in STAGES:
        assert set(stage.after) <= names - {stage.name}


@pytest.mark.parametrize(
    ("after", "only_ticks", "ring", "wakes"),
    [
        pytest.param(("polling",), False, POLLED, True, id="one of those before it"),
        pytest.param(("pages",), False, POLLED, False, id="others"),
        pytest.param((), False, POLLED, False, id="after none"),
        pytest.param(None, False, POLLED, True, id="after any"),
        pytest.param((), False, Ring(), True, id="somebody's act"),
        pytest.param((), True, Ring(), False, id="an act, by ticks alone"),
        pytest.param(None, True, POLLED, False, id="a stage, by ticks alone"),
        pytest.param((), True, TICK, True, id="a tick"),
    ],
)
def test_ring_wakes_those_whom_it_means(
    after: tuple[str, ...] | None, only_ticks: bool, ring: Ring, wakes: bool
) -> None:
    hints = WakeUps()
    event = hints.register(STAGE, after=after, only_ticks=only_ticks)
    hints.hear(ring)
    assert event.is_set() == wakes


def test_a_stage_that_knows_it_left_nothing_tells_the_others_alone() -> None:
    hints = WakeUps()
    own, next_one = hints.register(STAGE, after=()), hints.register("grouping", after=(STAGE,))
    hints.wake(STAGE, itself=False)
    assert (own.is_set(), next_one.is_set()) == (False, True)


def test_a_stage_that_ended_something_looks_again_itself_and_others_are_told() -> None:
    hints = WakeUps()
    told: list[Ring] = []
    hints.tell_others = told.append
    own, next_one, other = (
        hints.register(STAGE, after=()),
        hints.register("grouping", after=(STAGE,)),
        hints.register("pages", after=("polling",)),
    )
    hints.wake(STAGE)
    assert (own.is_set(), next_one.is_set(), other.is_set()) == (True, True, False)
    hints.forget(other)
    hints.tick()
    assert not other.is_set()
    assert told == [Ring(frozenset({STAGE})), TICK]


def test_who_finds_something_each_time_never_waits() -> None:
    patience = Patience()
    for _hint in range(100):
        assert patience.woken(0.1) == 0
        patience.looked(1)


@pytest.mark.parametrize(("worth", "too_few"), [(1, 0), (WORTH_A_LOOK, WORTH_A_LOOK - 1)])
def test_who_finds_too_little_looks_seldom_and_at_once_again_after_a_quiet_time(
    worth: int, too_few: int
) -> None:
    patience, pauses = Patience(worth), []
    for _hint in range(10):
        pauses.append(patience.woken(0.1))
        patience.looked(too_few)
    assert pauses[:3] == [0, SHORTEST, 2 * SHORTEST]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST
    patience.looked(worth)
    assert patience.woken(0.1) == LONGEST / 2
    assert patience.woken(QUIET) == 0


def test_who_finds_something_every_other_time_waits_little() -> None:
    patience = Patience()
    for number in range(100):
        assert patience.woken(0.1) <= 2 * SHORTEST
        patience.looked(number % 2)
