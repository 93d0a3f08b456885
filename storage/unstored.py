"""What a database that failed could not take: the claims are freed once it works again, not minutes later when their leases end.

A stage that claims work and stores what came of it knows, when the database fails in between, neither whether the claim was
stored nor whether its result was. Its fencing token makes either safe; the lease would keep the work from everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlmodel import Session

from storage.database_clock import steady
from storage.engine import DATABASE_FAILS, Database

PAUSE = timedelta(seconds=15)
"""Where the database fails again and again, outlets are not asked more often than this."""


class Unstored:
    """Notices that the database failed in the midst of a stage's work, and frees what the stage is not at any more."""

    def __init__(self, database: Database, free: Callable[[Session], int]) -> None:
        """`free` frees the stage's own claims but those that it is at."""
        self._database = database
        self._free = free
        self._is_unsure = False
        self._freed_at: float | None = None

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Notice it where the database fails in the block, whose error goes on."""
        try:
            yield
        except DATABASE_FAILS:
            self._is_unsure = True
            raise

    async def free(self) -> None:
        """Free the claims, where the database failed since this was done last. To be called before work is claimed."""
        now = steady()
        rests = self._freed_at is not None and now - self._freed_at < PAUSE.total_seconds()
        if not self._is_unsure or rests:
            return
        self._is_unsure = False  # what fails from here on is noticed anew
        with self.noticed():
            await self._database.writing(self._free)
        self._freed_at = now
