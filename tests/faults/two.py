"""The faults that are done to one of two services on a PostgreSQL database, while the other must go on."""

from __future__ import annotations

import asyncio
import random
import signal

from service.demo.receivers import ReceivedWebhook
from tests.faults.injections import HOUR, Fault
from tests.faults.kept import Machine
from tests.faults.places import PostgresPlace
from tests.faults.world import World

LOOKS = 200_000
GOES_ON_SECONDS = 120.0
"""So long an alert is waited for, on a slow machine, too; without what is tried here it would be minutes, or never."""
FIRST, SECOND = Machine("first", is_alone=False), Machine("second", is_alone=False)
AHEAD = Machine("second", is_alone=False, is_ahead_by=HOUR)
LAST_LINES = 400
"""Of the log, where it did not go on."""
BEHIND = Machine("second", is_alone=False, is_ahead_by=-HOUR)
ONE_NAME = tuple(Machine(name, is_alone=False, is_contained=True) for name in ("first", "second"))


def address_of(message: ReceivedWebhook) -> str | None:
    """Return the address of the article that an alert tells of; None where it is no alert."""
    article = message.data.get("article")
    return article["url"] if article else None


async def goes_on(world: World, what: str) -> None:
    """Wait until something is alerted that was published after this moment; note how long that took."""
    known = {None, *(item.url for items in world.outlets.articles.values() for item in items)}
    began = asyncio.get_running_loop().time()
    try:
        await world.hook.wait_for(
            lambda: any(address_of(message) not in known for message in world.hook.webhooks),
            seconds=GOES_ON_SECONDS,
        )
    except TimeoutError as error:
        raise TimeoutError("\n".join([*world.log[-LAST_LINES:], f"{what}: no new alert"])) from error
    world.notes.append(f"{what}: new alert after {asyncio.get_running_loop().time() - began:.1f} s;")


async def holder_frozen(world: World, _dice: random.Random, seconds: float) -> None:
    """SIGSTOP within the grouping transaction: its locks are lost, its work goes to the other; then it comes back."""
    assert isinstance(world.place, PostgresPlace)
    first = world.services[0]
    if not await asyncio.to_thread(world.place.freeze_grouping, first, LOOKS):
        raise TimeoutError("the first service was never found within its grouping transaction")
    try:
        await goes_on(world, "frozen")
        await asyncio.sleep(seconds)
    finally:
        first.signal(signal.SIGCONT)


async def one_outlived(world: World, dice: random.Random, seconds: float) -> None:
    """SIGSTOP wherever it happens to be, for so long that others take up all that it had claimed; then it comes back."""
    stopped = dice.choice(world.services)
    stopped.signal(signal.SIGSTOP)
    try:
        await goes_on(world, "stopped")
        await asyncio.sleep(seconds)
    finally:
        stopped.signal(signal.SIGCONT)


async def one_killed(world: World, dice: random.Random, _seconds: float) -> None:
    """SIGKILL to one of them, and a start soon after, beside the other."""
    await dice.choice(world.services).end(signal.SIGKILL)
    await goes_on(world, "killed")


async def both_at_work(world: World, _dice: random.Random, seconds: float) -> None:
    """Nothing but what their machines are like."""
    await goes_on(world, "at work")
    await asyncio.sleep(seconds)


FAULTS_OF_TWO = (
    Fault("holder frozen", holder_frozen, 20, only="postgresql", machines=(FIRST, SECOND)),
    Fault("lease outlived", one_outlived, 20, only="postgresql", machines=(FIRST, SECOND)),
    Fault("one of two killed", one_killed, 0, only="postgresql", machines=(FIRST, SECOND)),
    Fault("one clock ahead", both_at_work, 20, only="postgresql", machines=(FIRST, AHEAD)),
    Fault("one clock behind", both_at_work, 20, only="postgresql", machines=(FIRST, BEHIND)),
    Fault("one host name", one_killed, 0, only="postgresql", machines=ONE_NAME),
)
