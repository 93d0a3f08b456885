"""Waiting in line, one at a time for each key."""

from __future__ import annotations

import asyncio

import pytest

from crawler.polite.queues import Queues


async def test_one_at_a_time_in_the_order_of_arrival() -> None:
    queues: Queues[str] = Queues()
    told: list[str] = []
    gates = [asyncio.Event() for _ in range(3)]

    async def wait(number: int) -> None:
        async with queues.turn("a"):
            told.append(f"in {number}")
            await gates[number].wait()
            told.append(f"out {number}")

    tasks = [asyncio.create_task(wait(number)) for number in range(3)]
    async with queues.turn("b"):  # another key waits for none of them
        pass
    for gate in reversed(gates):
        gate.set()
    await asyncio.gather(*tasks)
    assert told == [f"{step} {number}" for number in range(3) for step in ("in", "out")]


async def test_who_comes_while_others_wait_stands_behind_them() -> None:
    queues: Queues[str] = Queues()
    inside = 0

    async def pass_through() -> None:
        nonlocal inside
        async with queues.turn("a"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    first = [asyncio.create_task(pass_through()) for _ in range(5)]
    await first[0]
    await asyncio.gather(*first, *(pass_through() for _ in range(5)))


async def test_who_waits_too_long_or_gives_up_leaves_the_line() -> None:
    queues: Queues[str] = Queues()
    loop = asyncio.get_running_loop()
    async with queues.turn("a"):
        with pytest.raises(TimeoutError):
            async with queues.turn("a", until=loop.time()):
                pass
        waiting = asyncio.create_task(queues.turn("a").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(60), queues.turn("a"):
        pass
