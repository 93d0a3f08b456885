"""A thread with an event loop of its own, which can be ended from outside even where the code in it blocks."""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress

GRACE = 3.0
"""Seconds in which a thread that was asked to end does so by itself, step by step."""
HURRY = 0.5
"""The same where nobody waits for what comes of it."""
PATIENCE = 5.0
"""Seconds between two tries to end a thread that was left behind."""
BEAT = 0.5
"""Seconds between two signs of life of its loop."""
INTERRUPTS = 5


class Interrupted(BaseException):
    """Raised in the midst of code that does not return to its loop. No `Exception`: a spider is not to catch it as one."""


class LoopThread:
    """Runs one coroutine in a thread. A thread that can't be ended is left behind: it does not keep the process alive."""

    def __init__(self, main: Callable[[], Coroutine[object, object, None]], name: str) -> None:
        self._main = main
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._ours = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._beat = time.monotonic()
        self.error: BaseException | None = None
        """What the coroutine raised."""

    def start(self) -> None:
        """Start the thread."""
        _expect_swallowed_ones()
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._thread.is_alive()

    @property
    def silent_for(self) -> float:
        """Seconds for which its loop has not come round: its code blocks."""
        return time.monotonic() - self._beat

    async def wait(self, seconds: float) -> bool:
        """Wait for its end, so long at most; return whether it has ended."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
        return self._over.is_set()

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in its loop, if that is there."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(function)

    async def end(self, politely: Callable[[], object]) -> bool:
        """End it: by its own means, then by cancelling, then by interrupting. Return whether it has ended."""
        if self.silent_for < 2 * BEAT + 0.5:
            self.call(politely)
            if await self.wait(GRACE):
                return True
        self.call(self._cancel)
        for _time in range(INTERRUPTS):
            if await self.wait(GRACE / INTERRUPTS):
                return True
            if self.silent_for > 2 * BEAT:
                self._interrupt()
                self.call(self._cancel)
        return await self.wait(GRACE)

    async def leave(self, politely: Callable[[], object]) -> bool:
        """End it without waiting for long: nobody asks for what comes of it any more. Return whether it has ended."""
        self.call(politely)
        for _time in range(2):  # it may come to code that blocks just now
            if await self.wait(HURRY):
                return True
            self.call(self._cancel)
            if self.silent_for > HURRY:  # its code blocks, and would for as long as this process lives
                self._interrupt()
        return False

    async def keep_interrupting(self) -> None:
        """Go on interrupting a thread that was left behind, until it ends: what swallows one may be ended by another."""
        while not await self.wait(PATIENCE):
            if self.silent_for > 2 * BEAT:
                self._interrupt()
            self.call(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _interrupt(self) -> None:
        if self._thread.ident is not None and self._thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(Interrupted)
            )

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                self._loop.set_exception_handler(_unheard)
                runner.run(self._supervised())
        except BaseException as error:  # noqa: BLE001  (whatever a user's code raises is told to whoever started it)
            self.error = self.error or error
        finally:
            with suppress(RuntimeError):  # our loop has ended meanwhile
                self._ours.call_soon_threadsafe(self._over.set)

    async def _supervised(self) -> None:
        self._task = asyncio.current_task()
        beating = asyncio.create_task(self._keep_beating())
        try:
            await self._main()
        finally:
            beating.cancel()

    async def _keep_beating(self) -> None:
        while True:
            self._beat = time.monotonic()
            await asyncio.sleep(BEAT)


def _unheard(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log what a task raised that nobody awaits, as asyncio does; but for our own interruption of it."""
    if not isinstance(context.get("exception"), Interrupted):
        loop.default_exception_handler(context)


_told_before: list[Callable[[sys.UnraisableHookArgs], object]] = []
"""The hook for exceptions that Python ignores, as it was before ours; ours calls it."""


def _expect_swallowed_ones() -> None:
    if not _told_before:
        _told_before.append(sys.unraisablehook)
        sys.unraisablehook = _tell_of_swallowed


def _tell_of_swallowed(swallowed: sys.UnraisableHookArgs) -> None:
    """Tell of what `__del__` or a callback of the garbage collector raised, as before; but not of our own interruption.

    Python swallows that where it comes just then: the next one ends the thread.
    """
    if swallowed.exc_type is not Interrupted:
        _told_before[0](swallowed)
