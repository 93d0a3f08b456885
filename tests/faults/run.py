"""One run: articles appear, faults come at random, and in the end the books are done."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.faults.books import Books, count
from tests.faults.control import Control
from tests.faults.injections import Fault
from tests.faults.places import Place
from tests.faults.world import PATIENCE_SECONDS, World

PUBLISH_SECONDS = 1.0
MOST_AHEAD = 60
STEP = timedelta(minutes=2)
STANDSTILL_SECONDS = 8.0


class Standstill:
    """Moves time on where nothing has come of waiting, so that leases and pauses end.

    Each wait without avail makes the next longer, and the step too: a slow machine must finish something within one lease.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self.ended()

    def ended(self) -> None:
        """Notes that something came."""
        self._since = asyncio.get_running_loop().time()
        self.seconds, self._step = STANDSTILL_SECONDS, STEP

    def look(self) -> None:
        """Move time on if it is time for that."""
        now = asyncio.get_running_loop().time()
        if now - self._since >= self.seconds:
            self._control.offset += self._step
            self._since = now
            self.seconds, self._step = self.seconds * 1.5, self._step * 2


async def run(
    place: Place,
    folder: Path,
    faults: Sequence[Fault],
    *,
    seed: int,
    at_most: float | None = None,
    patience: float = PATIENCE_SECONDS,
) -> tuple[Books, World]:
    """Inject faults of the same machines one after another at random moments; return the books.

    Each lasts for its time, or for `at_most` seconds.
    """
    dice = random.Random(seed)
    async with World(place, folder, machines=faults[0].machines) as world:
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
    """Wait until an alert arrives; what the last fault left claimed is free once its lease ends, so time is moved on too."""
    before, end = len(world.hook.webhooks), asyncio.get_running_loop().time() + patience
    standstill = Standstill(world.control)
    while asyncio.get_running_loop().time() < end:
        try:
            return await world.hook.wait_for(
                lambda: len(world.hook.webhooks) > before, seconds=standstill.seconds
            )
        except TimeoutError:
            standstill.look()
    raise TimeoutError("\n".join(["nothing is alerted any more", *world.log[-30:]]))


async def settle(world: World, patience: float) -> Books:
    """Wait while the books come nearer to balance; else time is moved on, until nothing comes of that."""
    time = asyncio.get_running_loop().time
    books, progressed, standstill = await _count(world), time(), Standstill(world.control)
    while not books.balanced and time() - progressed < patience:
        await asyncio.sleep(1)
        before, books = books, await _count(world)
        if (books.open, books.sent) != (before.open, before.sent):
            progressed = time()
            standstill.ended()
        else:
            standstill.look()
    return books
