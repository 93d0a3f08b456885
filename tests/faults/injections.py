"""The faults: each is done to a running world, lasts for some seconds, and is undone."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.faults.kept import Machine
from tests.faults.places import LocalPlace, PostgresPlace, postgres
from tests.faults.world import World

HOUR = timedelta(hours=1)
HEADROOM_BYTES = 60_000_000
"""What a worker may still take when a huge page comes."""
Inject = Callable[[World, random.Random, float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`seconds` is how long it lasts in the long form; `only` names the database that it is for."""

    name: str
    inject: Inject
    seconds: float
    only: str | None = None
    machines: Sequence[Machine] = (Machine(),)
    """What it is done to: a service runs on each."""
    server: Callable[[], AbstractContextManager[PostgresPlace]] = postgres
    """Where PostgreSQL runs for it."""


async def killed(world: World, _dice: random.Random, _seconds: float) -> None:
    """SIGKILL, wherever it happens to be."""
    await world.up()
    await world.end(signal.SIGKILL)


async def stopped(world: World, _dice: random.Random, seconds: float) -> None:
    """SIGSTOP: the machine was suspended."""
    world.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    world.signal(signal.SIGCONT)


async def worker_killed(world: World, dice: random.Random, _seconds: float) -> None:
    """A worker process, or the server that starts them, is killed."""
    servers, workers = world.workers()
    with suppress(IndexError, ProcessLookupError):  # it may have none at this moment
        os.kill(dice.choice(servers + workers), signal.SIGKILL)


async def disk_full(world: World, _dice: random.Random, seconds: float) -> None:
    """No file can grow any more."""
    pid = world.pid
    _soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    await asyncio.sleep(seconds)
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


async def read_only(world: World, _dice: random.Random, seconds: float) -> None:
    """The database may not be written. SQLite asks when a file is opened, so there the service is started anew."""
    world.place.read_only(True)
    if not isinstance(world.place, PostgresPlace):
        await world.end(signal.SIGTERM)
    await asyncio.sleep(seconds)
    world.place.read_only(False)


async def locked(world: World, _dice: random.Random, seconds: float) -> None:
    """Another process holds the database's lock."""
    await world.place.hold(seconds)


async def server_restarted(world: World, _dice: random.Random, seconds: float) -> None:
    """PostgreSQL crashes and comes back."""
    assert isinstance(world.place, LocalPlace)
    await world.place.restart(seconds)


async def no_names(world: World, _dice: random.Random, seconds: float) -> None:
    """The name server is gone."""
    world.control.names = False
    await asyncio.sleep(seconds)
    world.control.names = True


async def outlets_hang(world: World, _dice: random.Random, seconds: float) -> None:
    """Every outlet takes requests and answers none."""
    world.outlets.work.clear()
    await asyncio.sleep(seconds)
    world.outlets.work.set()


async def mail_hangs(world: World, _dice: random.Random, seconds: float) -> None:
    """The mail server takes a mail and says nothing."""
    world.mail.work.clear()
    await asyncio.sleep(seconds)
    world.mail.work.set()


async def clock_moved(world: World, dice: random.Random, seconds: float) -> None:
    """The clock goes an hour ahead or back, and stays there."""
    world.control.offset += dice.choice((HOUR, -HOUR))
    await asyncio.sleep(seconds)


async def huge_page(world: World, _dice: random.Random, seconds: float) -> None:
    """A page takes more memory than its reader may have. What forks the readers stays free, else none could ever start."""
    _servers, workers = world.workers()
    for pid in workers:
        with suppress(ProcessLookupError, FileNotFoundError):
            used = _data_bytes(pid)
            _soft, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
            resource.prlimit(pid, resource.RLIMIT_DATA, (used + HEADROOM_BYTES, hard))
    world.outlets.publish(huge=True)
    await asyncio.sleep(seconds)


def _data_bytes(pid: int) -> int:
    """Return what RLIMIT_DATA counts of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmData"))) * 1024


FAULTS = (
    Fault("killed", killed, 0),
    Fault("stopped", stopped, 60),
    Fault("worker killed", worker_killed, 0),
    Fault("disk full", disk_full, 10, only="sqlite"),
    Fault("read-only", read_only, 10),
    Fault("locked", locked, 40),
    Fault("server restarted", server_restarted, 5, only="postgresql"),
    Fault("no names", no_names, 15),
    Fault("outlets hang", outlets_hang, 15),
    Fault("mail hangs", mail_hangs, 20),
    Fault("clock moved", clock_moved, 3),
    Fault("huge page", huge_page, 3),
)
