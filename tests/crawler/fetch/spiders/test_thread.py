"""A thread of a spider is ended wherever its code is when the interruption comes."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Coroutine

import pytest

from crawler.fetch.spiders.thread import BEAT, Interrupted, LoopThread


class Clinging:
    """Does not let itself be deleted in peace: what interrupts that is swallowed by Python."""

    def __init__(self, reached: threading.Event) -> None:
        self.reached = reached

    def __del__(self) -> None:
        _spin(self.reached)


def _spin(reached: threading.Event) -> None:
    reached.set()
    while True:
        pass


async def in_deleting(reached: threading.Event) -> None:
    Clinging(reached)
    while True:
        pass


async def in_collecting(reached: threading.Event) -> None:
    def called(_phase: str, _info: dict[str, int]) -> None:
        if threading.current_thread().name == "spider":
            gc.callbacks.remove(called)
            _spin(reached)

    gc.callbacks.append(called)
    gc.collect()
    while True:
        pass


@pytest.mark.parametrize("blocks", [in_deleting, in_collecting])
async def test_it_ends_though_python_swallows_the_first_interruption(
    blocks: Callable[[threading.Event], Coroutine[object, object, None]],
) -> None:
    reached = threading.Event()
    running = LoopThread(lambda: blocks(reached), "spider")
    running.start()
    assert reached.wait(60)
    while running.silent_for < 2 * BEAT + 0.5:
        await running.wait(0.1)
    assert await running.end(lambda: None)
    assert isinstance(running.error, Interrupted)
