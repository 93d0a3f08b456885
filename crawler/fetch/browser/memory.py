"""How much memory a browser takes, all its processes together. On Linux alone: elsewhere nothing is known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def process_with(mark: str) -> int | None:
    """Return the process whose command line holds a mark, the first of its family; None where there is none."""
    marked = {pid for pid in _processes() if mark.encode() in _read(pid, "cmdline")}
    return next((pid for pid in sorted(marked) if _parent(pid) not in marked), None)


def memory_of(process: int) -> int:
    """Return the bytes that a process and its children hold for themselves, shared libraries left out."""
    children: dict[int, list[int]] = {}
    for pid in _processes():
        children.setdefault(_parent(pid), []).append(pid)
    total, family = 0, [process]
    while family:
        pid = family.pop()
        family += children.get(pid, [])
        fields = _read(pid, "statm").split()
        if len(fields) > 2:
            total += (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
    return total


def _processes() -> Iterator[int]:
    if _PROC.is_dir():
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _parent(pid: int) -> int:
    _name, _sign, rest = _read(pid, "stat").rpartition(b") ")
    fields = rest.split()
    return int(fields[1]) if len(fields) > 1 else 0


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""
