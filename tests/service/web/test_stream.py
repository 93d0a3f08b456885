"""The stream of new alerts: what is left of it when its reader leaves."""

from __future__ import annotations

import asyncio

import pytest

from service.web.api.stream import first_of


async def test_reader_that_leaves_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    tick, stopping = asyncio.Event(), asyncio.Event()
    reading = asyncio.create_task(first_of(tick, stopping))
    await asyncio.sleep(0)  # it begins to wait
    assert len(asyncio.all_tasks()) == len(before) + 3  # the reader, and a task for each event
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert asyncio.all_tasks() == before


async def test_first_event_ends_the_wait_and_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    tick, stopping = asyncio.Event(), asyncio.Event()
    tick.set()
    await first_of(tick, stopping)
    assert asyncio.all_tasks() == before
