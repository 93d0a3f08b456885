"""How the C library keeps memory (glibc; elsewhere these do nothing), and what the garbage collector passes over."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable

_M_ARENA_MAX = -8
ARENAS = 2


def limit_arenas() -> None:
    """Have threads share arenas, since ours wait far more than they work; called before there are any threads."""
    if (tune := _function("mallopt")) is not None:
        tune(_M_ARENA_MAX, ARENAS)


def return_free_memory() -> None:
    """Give the system back what is held and not used."""
    if (trim := _function("malloc_trim")) is not None:
        trim(0)


def pass_over_what_lasts() -> None:
    """Have the garbage collector never look again at what there is by now: modules, tables, settings.

    With the pages loaded these are half a million objects, and a look at them all stops every thread for a quarter of a second.
    It is for a process that serves until it ends: what of them becomes garbage in cycles stays.
    """
    gc.collect()
    gc.freeze()


def passes_over() -> bool:
    """Return whether this process has the collector pass over anything."""
    return gc.get_freeze_count() > 0


def _function(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
