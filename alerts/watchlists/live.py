"""The watch lists as they stand: compiled, kept up to date with the journal, rebuilt in the background.

An edit that another process made is a line of the journal. Small ones become part of the matcher within milliseconds; when those
have grown to many, or a whole large list has changed, all is compiled anew in a thread while matching goes on with what there is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from threading import Event

import structlog

from alerts.matching import Matcher, compile_matcher
from alerts.watchlists.edits import apply_edits, read_edits
from alerts.watchlists.rows import compile_stored
from storage.engine import Database
from storage.stores.watch.watch_edits import changes_since, last_change
from storage.stores.watch.watch_lists import WatchFacts, sizes, tracked_lists

log = structlog.get_logger(__name__)

FEWEST_PENDING = 2_000
SHARE_PENDING = 20
"""The matcher is rebuilt once so many rules are pending, or one in so many."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The matcher, and the facts of the lists in it, by name."""

    matcher: Matcher
    lists: dict[str, WatchFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Built:
    compiled: Compiled
    rules: int
    seen: int
    """The newest line of the journal that is in it for sure."""


class _StoppedError(Exception):
    """The service ends: what was being built is not needed."""


class LiveWatchLists:
    """The compiled watch lists of a database. `load` first; `refresh` before they are used; `close` at the end."""

    def __init__(self, database: Database, *, fewest_pending: int = FEWEST_PENDING) -> None:
        self.current = Compiled(compile_matcher(()))
        self._database = database
        self._fewest_pending = fewest_pending
        self._seen = 0
        self._rules = 0
        self._stale = False
        self._held = False
        self._failed_at: int | None = None
        self._rebuild: asyncio.Task[_Built] | None = None
        self._stopping = Event()

    async def load(self) -> None:
        """Read and compiles everything. A topic that can't be used is left out, with an error in the log."""
        self._take(await asyncio.to_thread(self._build))

    async def refresh(self) -> None:
        """Take in what was edited since the last time. A broken edit is one error in the log; what stood before stays."""
        if self._rebuild is not None and self._rebuild.done():
            self._finish(self._rebuild)
        changes = await self._database.reading(changes_since, number=self._seen)
        if changes:
            edits, lists = await self._database.reading(
                read_edits, changes=changes, known=self.current.lists, largest=self._fewest_pending
            )
            matcher, unused = await asyncio.to_thread(apply_edits, self.current.matcher, edits)
            self.current = Compiled(matcher, lists)
            self._seen = changes[-1].id
            self._stale = self._stale or any(edit.too_large for edit in edits)
            self._held = self._held or unused
        if self._rebuild is None and self._wants_rebuild():
            log.debug("watch lists are compiled anew", pending=self.current.matcher.pending)
            self._stale = False
            self._rebuild = asyncio.create_task(asyncio.to_thread(self._build))

    async def rebuilt(self) -> None:
        """Wait until no rebuild is under way, and takes its result."""
        if self._rebuild is not None:
            await asyncio.wait([self._rebuild])
            self._finish(self._rebuild)

    async def close(self) -> None:
        """Stop a rebuild that is under way."""
        self._stopping.set()
        if self._rebuild is not None:
            await asyncio.wait([self._rebuild])
            self._rebuild.exception()

    def _wants_rebuild(self) -> bool:
        """Return whether to compile anew. After a failure, only once there are further edits.

        While a broken edit is held back, only a large list is worth losing its former rule.
        """
        if self._failed_at == self._seen:
            return False
        many = self.current.matcher.pending > max(self._fewest_pending, self._rules // SHARE_PENDING)
        return self._stale or (many and not self._held)

    def _finish(self, task: asyncio.Task[_Built]) -> None:
        self._rebuild = None
        try:
            built = task.result()
        except _StoppedError:
            pass
        except Exception:
            log.exception("watch lists could not be compiled anew; they stand as they were, edits included")
            self._stale, self._failed_at = True, self._seen
        else:
            self._take(built)

    def _take(self, built: _Built) -> None:
        """Use what was built. What was edited while it was being built is read again from the journal."""
        self.current, self._rules, self._seen = built.compiled, built.rules, built.seen
        self._held = False

    def _build(self) -> _Built:
        with self._database.read() as session:
            seen = last_change(session)
            lists = tracked_lists(session)
            counts = sizes(session)
            rules = sum(
                counts[facts.id].actors + counts[facts.id].topics for facts in lists if facts.id in counts
            )
            matcher = compile_stored(session, lists, go_on=self._go_on)
        return _Built(Compiled(matcher, {facts.name: facts for facts in lists}), rules, seen)

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise _StoppedError
