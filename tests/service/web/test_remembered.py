"""Answers that are kept a minute: made once for all who ask, never kept where making them failed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from service.web.remembered import MOST, Remembered
from tests.conftest import START


class Maker:
    """Makes one answer after another, each when it is let."""

    def __init__(self) -> None:
        self.made = 0
        self.may_go_on = asyncio.Event()

    async def __call__(self) -> int:
        self.made += 1
        number = self.made
        await self.may_go_on.wait()
        return number


async def test_who_asks_meanwhile_shares_the_answer() -> None:
    answers, make = Remembered[int](), Maker()
    waiting = [asyncio.create_task(answers.get("a", make, now=START)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    make.may_go_on.set()
    assert await asyncio.gather(*waiting[1:]) == [1, 1]
    assert await answers.get("a", make, now=START + timedelta(seconds=59)) == 1
    assert await answers.get("b", make, now=START) == 2


async def test_answer_is_made_anew_after_a_minute_and_when_it_is_forgotten() -> None:
    answers, make = Remembered[int](), Maker()
    make.may_go_on.set()
    assert await answers.get("a", make, now=START) == 1
    assert await answers.get("a", make, now=START + timedelta(minutes=1)) == 2
    assert await answers.get("a", make, now=START) == 3  # a clock that was set back makes nothing young
    answers.forget()
    assert await answers.get("a", make, now=START) == 4


async def test_answer_that_ages_is_given_and_made_anew_meanwhile() -> None:
    answers, make = Remembered[int](timedelta(minutes=10), renews=timedelta(minutes=5)), Maker()
    make.may_go_on.set()
    later = START + timedelta(minutes=6)
    assert await answers.get("a", make, now=START) == 1
    make.may_go_on.clear()
    assert [await answers.get("a", make, now=later) for _ in range(3)] == [1, 1, 1], "nobody waits"
    make.may_go_on.set()
    await asyncio.gather(*answers._renewing)
    assert await answers.get("a", make, now=later + timedelta(minutes=4)) == 2
    assert make.made == 2, "once for all who asked"

    async def fail() -> int:
        raise ValueError("no database")

    assert await answers.get("a", fail, now=later + timedelta(minutes=5)) == 2
    await asyncio.gather(*answers._renewing)
    with pytest.raises(ValueError, match="no database"):
        await answers.get("a", fail, now=later + timedelta(minutes=10))


async def test_answer_that_is_made_anew_while_all_is_forgotten_is_not_kept() -> None:
    answers, make = Remembered[int](timedelta(minutes=10), renews=timedelta(minutes=5)), Maker()
    make.may_go_on.set()
    assert await answers.get("a", make, now=START) == 1
    make.may_go_on.clear()
    assert await answers.get("a", make, now=START + timedelta(minutes=6)) == 1
    answers.forget()
    make.may_go_on.set()
    await asyncio.gather(*answers._renewing)
    assert await answers.get("a", make, now=START + timedelta(minutes=6)) == 3


async def test_failure_is_not_kept_and_no_more_than_so_many_answers_are() -> None:
    answers, make = Remembered[int](), Maker()
    make.may_go_on.set()

    async def fail() -> int:
        raise ValueError("no database")

    with pytest.raises(ValueError, match="no database"):
        await answers.get("a", fail, now=START)
    for number in range(MOST + 1):
        await answers.get(number, make, now=START)
    assert await answers.get(MOST, make, now=START) == MOST + 1
    assert await answers.get(0, make, now=START) == MOST + 2
