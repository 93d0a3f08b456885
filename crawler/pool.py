"""The process pool for parsing and extraction: work that would hold up the event loop, on input that may be hostile.

A task that takes too long or kills its process loses only itself: the worker is replaced, other tasks go on (that is what
Pebble has over the standard library's pool). Workers ignore Ctrl-C, die with the service, and are renewed now and then, since the
libraries inside keep caches that grow. They are there while there is work for them.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as PoolTimeoutError
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from multiprocessing import forkserver, resource_tracker
from types import TracebackType
from typing import ClassVar, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.errors import CrawlerError
from storage.memory import return_free_memory

T = TypeVar("T")

TASKS_PER_WORKER = 2_000
WORKER_MEMORY_BYTES = 2_000_000_000
"""A task that wants more is given up; else a page made for it takes the machine's memory, and the service with it."""
IDLE = timedelta(seconds=60)
"""Workers that had nothing to do for so long end. To start them anew takes a second or two of CPU."""
_PR_SET_PDEATHSIG = 1


class WorkFailedError(CrawlerError):
    """The task took too long, or its worker died (out of memory, say)."""


class CpuPool:
    """Runs functions in worker processes: `await pool.run(read_feed, body, ...)`. Functions and values must pickle.

    Workers are started by the first work, forked from one server that has loaded what they need, and share its memory. They end
    where there was no work for `idle`, and the server with them.
    """

    _open: ClassVar[set[CpuPool]] = set()
    """The pools with workers in this process: they share the server."""

    def __init__(
        self,
        *,
        workers: int | None = None,
        timeout: timedelta = timedelta(seconds=20),
        idle: timedelta = IDLE,
        reads_pages: bool = True,
    ) -> None:
        """`reads_pages`: the server loads what extraction needs, too."""
        self._timeout = timeout
        self._idle = idle
        self._workers = workers or max(1, os.cpu_count() or 1)
        self._preload = "crawler.preload_pages" if reads_pages else "crawler.preload"
        self._pool: ProcessPool | None = None
        self._changing = asyncio.Lock()
        self._under_way = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def is_started(self) -> bool:
        """Whether there are workers."""
        return self._pool is not None

    async def run(self, function: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Return `function(*args, **kwargs)`, computed in a worker.

        Raises what the function raises, or `WorkFailedError` where it overran its time or its memory, or its worker died twice:
        the first time another may have been to blame.
        """
        self._under_way += 1
        try:
            try:
                return await self._run_once(function, args, kwargs)
            except (ProcessExpired, BrokenProcessPool):
                pass
            try:
                return await self._run_once(function, args, kwargs)
            except (ProcessExpired, BrokenProcessPool) as error:
                raise WorkFailedError(f"the worker that read it died ({error})") from None
        finally:
            self._under_way -= 1
            self._rest()

    async def _run_once(
        self, function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> T:
        pool = self._pool
        if pool is None or not pool.active:
            pool = await self._start()
        future = pool.schedule(function, args=args, kwargs=kwargs, timeout=self._timeout.total_seconds())
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

    async def _start(self) -> ProcessPool:
        """Start the processes, in a thread: that takes seconds, in which the event loop has other work."""
        async with self._changing:
            if self._pool is not None:
                if self._pool.active:
                    return self._pool
                # its server was killed, or a worker that held its lock
                await _end(self._pool)
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([self._preload])
            pool = self._pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=TASKS_PER_WORKER,
                initializer=_start_worker,
                context=context,
            )
            self._open.add(self)
            await asyncio.get_running_loop().run_in_executor(None, lambda: pool.active)  # which starts it
            return pool

    def _rest(self) -> None:
        """Begin to wait for work anew."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._under_way and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(self._idle.total_seconds(), self._fall_idle)

    def _fall_idle(self) -> None:
        self._ending = asyncio.create_task(self._end_idle())

    async def _end_idle(self) -> None:
        async with self._changing:
            if not self._under_way:
                await self._stop()

    async def _stop(self) -> None:
        """End the workers, and the server if no other pool has any."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        await _end(pool)
        del pool
        self._open.discard(self)
        if not self._open:
            await asyncio.get_running_loop().run_in_executor(None, _stop_server)

    async def close(self) -> None:
        """Give up what is under way and end the workers."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        async with self._changing:
            await self._stop()

    async def __aenter__(self) -> CpuPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _end(pool: ProcessPool) -> None:
    """End a pool's workers and threads, and closes its pipes, which it keeps open else even when it is broken."""
    pool.stop()  # type: ignore[no-untyped-call]
    await asyncio.get_running_loop().run_in_executor(None, pool.join)


def _stop_server() -> None:
    """End the server that workers are forked from, and the process beside it that cleans up what both might leave.

    The standard library ends them with this process and has no public way to end them sooner; these methods are its own tests'.
    Where a Python lacks one, that process stays, which costs its memory and nothing else.
    """
    gc.collect()  # the pool's locks go before what watches them: it would take them for leaks
    for helper, started in (
        (forkserver._forkserver, "_forkserver_pid"),
        (resource_tracker._resource_tracker, "_pid"),  # None where a parent's serves us
    ):
        stop = getattr(helper, "_stop", None)
        if stop is not None and getattr(helper, started, None) is not None:
            stop()
    return_free_memory()


def _start_worker() -> None:
    """Prepares a worker: the service decides when it ends, and takes it along when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > WORKER_MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_DATA, (WORKER_MEMORY_BYTES, hard))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
