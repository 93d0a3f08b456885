"""How the C library keeps memory (glibc; elsewhere these do nothing)."""

from __future__ import annotations

import ctypes
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


def _function(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
