"""A rolling upgrade: two services of the version before, of which one after the other becomes one of this version."""

from __future__ import annotations

import asyncio
import random
import signal

import psycopg

from storage.migrate import newest_revision
from tests.faults.injections import Fault
from tests.faults.kept import ROOT, Kept, Machine
from tests.faults.two import goes_on
from tests.faults.world import World

BEFORE = tuple(Machine(name, is_alone=False, is_of_version_before=True) for name in ("first", "second"))


def _revision(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row is not None
    return str(row[0])


async def _upgrade(service: Kept) -> None:
    """Stop a service as systemd would, and start this version in its place."""
    service.code = ROOT
    await service.end(signal.SIGTERM)
    service.is_up.clear()  # its keeper, who does so too, may not have learned of it yet
    await service.is_up.wait()


async def rolled(world: World, _dice: random.Random, seconds: float) -> None:
    """Upgrade one; both work; the one of the version before works alone on the new tables; then it is upgraded too."""
    first, second = world.services
    if second.code == ROOT:  # this was done before: now both have this version
        return
    before = await asyncio.to_thread(_revision, world.place.url)
    await _upgrade(second)
    after = await asyncio.to_thread(_revision, world.place.url)
    if (before == after) or after != newest_revision():
        raise ValueError(f"the database went from {before} to {after}: that is no upgrade")
    world.notes.append(f"{before} -> {after};")
    await goes_on(world, "both at work")
    await asyncio.sleep(seconds)
    second.signal(signal.SIGSTOP)
    try:
        await goes_on(world, "the old one alone on new tables")
    finally:
        second.signal(signal.SIGCONT)
    await _upgrade(first)
    await goes_on(world, "upgraded")


ROLLING = Fault("rolling upgrade", rolled, 10, only="postgresql", machines=BEFORE)
