"""The process pool for parsing and extraction: work that would hold up the event loop, on input that may be hostile.

A task that takes too long or kills its process loses only itself: the worker is replaced, other tasks go on (that is what
Pebble has over the standard library's pool). Workers ignore Ctrl-C, die with the service, and are renewed now and then, since the
libraries inside keep caches that grow.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as PoolTimeoutError
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from types import TracebackType
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.errors import CrawlerError

T = TypeVar("T")

TASKS_PER_WORKER = 2_000
WORKER_MEMORY_BYTES = 2_000_000_000
"""A task that wants more is given up; else a page made for it takes the machine's memory, and the service with it."""
_PR_SET_PDEATHSIG = 1


class WorkFailedError(CrawlerError):
    """The task took too long, or its worker died (out of memory, say)."""


class CpuPool:
    """Runs functions in worker processes: `await pool.run(parse_feed, body, ...)`. Functions and values must pickle."""

    def __init__(self, *, workers: int | None = None, timeout: timedelta = timedelta(seconds=20)) -> None:
        self._timeout = timeout
        self._workers = workers or max(1, os.cpu_count() or 1)
        self._pool = self._make()
        self._starting = asyncio.Lock()
        self._is_started = False

    def _make(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["crawler.preload"])
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=TASKS_PER_WORKER,
            initializer=_start_worker,
            context=context,
        )

    async def run(self, function: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Gives `function(*args, **kwargs)`, computed in a worker.

        Raises what the function raises, or `WorkFailedError` where it overran its time or its memory, or its worker died twice:
        the first time another may have been to blame.
        """
        try:
            return await self._run_once(function, args, kwargs)
        except (ProcessExpired, BrokenProcessPool):
            pass
        try:
            return await self._run_once(function, args, kwargs)
        except (ProcessExpired, BrokenProcessPool) as error:
            raise WorkFailedError(f"the worker that read it died ({error})") from None

    async def _run_once(
        self, function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> T:
        if not self._is_started or not self._pool.active:
            await self._start()
        future = self._pool.schedule(
            function, args=args, kwargs=kwargs, timeout=self._timeout.total_seconds()
        )
        try:
            result: T = await asyncio.wrap_future(future)
        except PoolTimeoutError:
            raise WorkFailedError(
                f"reading it took longer than {self._timeout.total_seconds():.0f} s and was given up"
            ) from None
        except MemoryError:
            raise WorkFailedError(
                "reading it took more memory than a worker may have, and was given up"
            ) from None
        return result

    async def _start(self) -> None:
        """Starts the processes, in a thread: that takes seconds, in which the event loop has other work."""
        async with self._starting:
            if self._is_started:
                if self._pool.active:
                    return
                # its server was killed, or a worker that held its lock
                broken, self._pool = self._pool, self._make()
                await _end(broken)
            pool = self._pool
            await asyncio.get_running_loop().run_in_executor(None, lambda: pool.active)  # which starts it
            self._is_started = True

    async def close(self) -> None:
        """Gives up what is under way and ends the workers."""
        await _end(self._pool)

    async def __aenter__(self) -> CpuPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _end(pool: ProcessPool) -> None:
    """Ends a pool's workers and threads, and closes its pipes, which it keeps open else even when it is broken."""
    pool.stop()  # type: ignore[no-untyped-call]
    await asyncio.get_running_loop().run_in_executor(None, pool.join)


def _start_worker() -> None:
    """Prepares a worker: the service decides when it ends, and takes it along when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > WORKER_MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_DATA, (WORKER_MEMORY_BYTES, hard))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
