"""What the harness moves under a running service: its clock, and whether names can be looked up. A small file, mapped by both."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FORM = struct.Struct("d?")


class Control:
    """`offset` is how far the service's clock is ahead; `names` tells whether there is a name server."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_FORM.pack(0.0, True))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _FORM.size)

    @property
    def offset(self) -> timedelta:
        """How far the service's clock is ahead of the machine's."""
        return timedelta(seconds=_FORM.unpack(self._shared)[0])

    @offset.setter
    def offset(self, offset: timedelta) -> None:
        self._shared[:] = _FORM.pack(offset.total_seconds(), self.names)

    @property
    def names(self) -> bool:
        """Whether names can be looked up."""
        return bool(_FORM.unpack(self._shared)[1])

    @names.setter
    def names(self, names: bool) -> None:
        self._shared[:] = _FORM.pack(self.offset.total_seconds(), names)

    def now(self) -> datetime:
        """The service's time."""
        return datetime.now(UTC) + self.offset
