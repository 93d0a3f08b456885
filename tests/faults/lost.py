"""The faults that take something away from services on a PostgreSQL database: the way to it, its server, a whole machine."""

from __future__ import annotations

import asyncio
import random

from tests.faults.far import PairPlace, RelayedPlace, pair, relayed
from tests.faults.injections import Fault
from tests.faults.two import FIRST, GOES_ON_SECONDS, SECOND, goes_on
from tests.faults.world import World


async def network_cut(world: World, _dice: random.Random, seconds: float) -> None:
    """Cut one of two off from the database, without a FIN: the other goes on alone; then the way is mended."""
    assert isinstance(world.place, RelayedPlace)
    relay, loop = world.place.relay, asyncio.get_running_loop()
    if not relay.is_used.is_set():
        raise RuntimeError("the service that is to be cut off has never connected")
    began = loop.time()
    relay.cut()
    await goes_on(world, "cut off")
    async with asyncio.timeout(GOES_ON_SECONDS):
        await asyncio.to_thread(world.place.wait_until_cut_off)
    world.notes.append(f"its sessions ended after {loop.time() - began:.1f} s;")
    await asyncio.sleep(began + seconds - loop.time())
    began = loop.time()
    relay.mend()
    async with asyncio.timeout(GOES_ON_SECONDS):
        await relay.is_used.wait()
    world.notes.append(f"connected again after {loop.time() - began:.1f} s;")
    await goes_on(world, "mended")


async def primary_lost(world: World, _dice: random.Random, seconds: float) -> None:
    """Kill the primary, promote the standby, go on; then the one that was killed follows as the standby."""
    assert isinstance(world.place, PairPlace)
    await world.place.fail_over(seconds)
    await goes_on(world, "promoted")
    await world.place.repair()


async def machine_lost(world: World, dice: random.Random, seconds: float) -> None:
    """Kill one of two, and remove its folder: journal, lock, page rules. The other goes on; later a new machine joins."""
    lost = dice.choice(world.services)
    await lost.lose_machine()
    await goes_on(world, "lost")
    await asyncio.sleep(seconds)
    lost.replace_machine()


FAULTS_OF_LOSS = (
    Fault("network cut", network_cut, 75, only="postgresql", machines=(FIRST, SECOND), server=relayed),
    Fault("primary lost", primary_lost, 5, only="postgresql", machines=(FIRST, SECOND), server=pair),
    Fault("machine lost", machine_lost, 5, only="postgresql", machines=(FIRST, SECOND)),
)
