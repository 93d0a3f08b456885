"""One run: articles appear, faults come at random, and in the end the books are done."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.faults.books import Books, count
from tests.faults.injections import Fault
from tests.faults.places import Place
from tests.faults.world import World

PUBLISH_SECONDS = 1.0
MOST_AHEAD = 60
STEP = timedelta(minutes=2)
STANDSTILL_SECONDS = 8.0
"""Where nothing has come of waiting for so long, time is moved on by a step, so that leases and pauses end."""


async def run(
    place: Place,
    folder: Path,
    faults: Sequence[Fault],
    *,
    seed: int,
    at_most: float | None = None,
    patience: float = 180,
) -> tuple[Books, World]:
    """Injects the faults one after another at random moments, each for its time, or for `at_most` seconds; gives the books."""
    dice = random.Random(seed)
    async with World(place, folder) as world:
        publisher = asyncio.create_task(publish(world))
        for fault in faults:
            await work(world, patience)
            await asyncio.sleep(dice.uniform(0, 2))  # it is at work: the fault comes in the midst of it
            await fault.inject(world, dice, min(fault.seconds, at_most or fault.seconds))
            await world.up()
        await asyncio.sleep(1)
        publisher.cancel()
        return await settle(world, patience), world


async def _count(world: World) -> Books:
    return await asyncio.to_thread(count, world.place.url, world.outlets.served, world.hook, world.mail)


async def publish(world: World) -> None:
    """Has every outlet publish all the time, until it is cancelled; a service that is slow is not run away from."""
    while True:
        if world.outlets.published - 2 * len(world.hook.times) < MOST_AHEAD:  # every other one is told of
            world.outlets.publish()
        await asyncio.sleep(PUBLISH_SECONDS)


async def work(world: World, patience: float) -> None:
    """Waits until an alert arrives; what the last fault left claimed is free once its lease ends, so time is moved on too."""
    before, end = len(world.hook.webhooks), asyncio.get_running_loop().time() + patience
    while asyncio.get_running_loop().time() < end:
        try:
            return await world.hook.wait_for(
                lambda: len(world.hook.webhooks) > before, seconds=STANDSTILL_SECONDS
            )
        except TimeoutError:
            world.control.offset += STEP
    raise TimeoutError("\n".join(["nothing is alerted any more", *world.log[-30:]]))


async def settle(world: World, patience: float) -> Books:
    """Waits while the books come nearer to balance; else time is moved on, until nothing comes of that."""
    time = asyncio.get_running_loop().time
    books, progressed = await _count(world), time()
    while not books.balanced and time() - progressed < patience:
        await asyncio.sleep(1)
        before, books = books, await _count(world)
        if (books.open, books.sent) != (before.open, before.sent):
            progressed = time()
        elif time() - progressed > STANDSTILL_SECONDS:
            world.control.offset += STEP
    return books
