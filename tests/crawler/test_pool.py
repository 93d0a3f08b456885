"""The process pool: what dies in it, or grows in it, takes nothing else along."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.pool import WORKER_MEMORY_BYTES, CpuPool, WorkFailedError


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: str) -> str:
    """Kills the worker, unless it was here before."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return "done"
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def grow() -> int:
    return len(bytearray(2 * WORKER_MEMORY_BYTES))


def hang() -> None:
    signal.pause()


async def test_task_whose_worker_was_killed_is_done_by_another(tmp_path: Path) -> None:
    async with CpuPool(workers=1) as pool:
        assert await pool.run(die_once, str(tmp_path / "mark")) == "done"


async def test_what_kills_its_worker_hangs_or_grows_fails_alone() -> None:
    async with CpuPool(workers=2) as pool:
        with pytest.raises(WorkFailedError, match="the worker that read it died"):
            await pool.run(die)
        with pytest.raises(WorkFailedError, match="more memory than a worker may have"):
            await pool.run(grow)
        assert await asyncio.gather(*(pool.run(len, "abc") for _ in range(4))) == [3] * 4
    async with CpuPool(workers=2, timeout=timedelta(seconds=5)) as pool:
        with pytest.raises(WorkFailedError, match="longer than 5 s"):
            await pool.run(hang)
        assert await asyncio.gather(*(pool.run(len, "abc") for _ in range(4))) == [3] * 4


async def test_workers_that_die_leave_no_open_files() -> None:
    async with CpuPool(workers=1) as pool:
        await pool.run(len, "abc")
        before = open_files()
        for _ in range(3):
            with pytest.raises(WorkFailedError):
                await pool.run(die)
        await pool.run(len, "abc")
        assert open_files() <= before


IDLE = """
import asyncio
from datetime import timedelta
from pathlib import Path
from crawler.pool import CpuPool

def children():
    return [child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()]

async def main():
    async with CpuPool(workers=1, idle=timedelta(0)) as pool:
        await pool.run(len, "abc")
        assert children()
        async with asyncio.timeout(60):
            while pool.is_started or children():
                await asyncio.sleep(0.01)
        print(await pool.run(len, "abcd"))

asyncio.run(main())
"""


@pytest.mark.thorough
def test_all_processes_of_the_pool_end_when_there_is_no_work() -> None:
    """Fails where a Python has no `ForkServer._stop` any more: memory at rest is to be looked at then."""
    ran = subprocess.run([sys.executable, "-c", IDLE], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "4", "")
