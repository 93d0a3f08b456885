"""How the C library keeps memory for threads: with few arenas, since our threads wait far more than they work (glibc)."""

from __future__ import annotations

import ctypes
import sys

_M_ARENA_MAX = -8
ARENAS = 2


def limit_arenas() -> None:
    """Have threads share arenas; called before there are any. Elsewhere than on glibc this does nothing."""
    if sys.platform == "linux" and (tune := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        tune(_M_ARENA_MAX, ARENAS)
