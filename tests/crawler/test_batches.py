"""Results stored in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from crawler.batches import LARGEST, Batches


class Store:
    """Doubles numbers; refuses a batch with a negative one. Waits in its first write until `open` is set."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.began.set()
        await self.open.wait()
        if min(numbers) < 0:
            raise ValueError(str(min(numbers)))
        return [2 * number for number in numbers]


async def test_what_comes_during_a_write_is_the_next_batch() -> None:
    store = Store()
    batches = Batches(store)
    first = asyncio.create_task(batches.add(0))
    await store.began.wait()
    rest = [asyncio.create_task(batches.add(number)) for number in range(1, LARGEST + 3)]
    await asyncio.sleep(0)
    store.open.set()
    assert await asyncio.gather(first, *rest) == [2 * number for number in range(LARGEST + 3)]
    assert [len(batch) for batch in store.batches] == [1, LARGEST, 2]


async def test_item_that_cannot_be_stored_loses_only_itself() -> None:
    store = Store()
    store.open.set()
    batches = Batches(store)
    results = await asyncio.gather(*(batches.add(number) for number in (1, -1, 2)), return_exceptions=True)
    assert results[0::2] == [2, 4]
    assert isinstance(results[1], ValueError)
    assert await batches.add(3) == 6


async def test_item_of_a_caller_that_gave_up_is_stored() -> None:
    store = Store()
    batches = Batches(store)
    task = asyncio.create_task(batches.add(1))
    await store.began.wait()
    other = asyncio.create_task(batches.add(2))
    await asyncio.sleep(0)
    other.cancel()
    store.open.set()
    assert await task == 2
    with pytest.raises(asyncio.CancelledError):
        await other
    assert await batches.add(3) == 6
    assert [2] in store.batches or [2, 3] in store.batches
