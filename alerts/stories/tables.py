"""Large tables of counts, of which few places are ever touched."""

from __future__ import annotations

import mmap
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=np.integer[Any])


def sparse_zeros(count: int, kind: type[T]) -> npt.NDArray[T]:
    """Return zeros that take memory only where they are touched.

    For arrays of this size NumPy asks for huge pages: a single article would take half of the table.
    """
    dtype = np.dtype(kind)
    memory = mmap.mmap(-1, count * dtype.itemsize)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, dtype)
