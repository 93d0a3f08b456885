"""A service among others on one database: known by a name made by chance, which it renews, and by nothing else.

What a service held that renews its row no longer is free for the others after ten seconds, and at once where it is sure to be
dead: its file on this machine has no lock any more, or the database is SQLite, which serves one service at a time.
The row is renewed by a thread with nothing else to do, so that work on the loop never makes a living service look dead.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from storage.database_clock import DatabaseClock, steady
from storage.engine import Database
from storage.life_files import life_files_of
from storage.migrate import newest_revision
from storage.stores.leases import new_owner
from storage.stores.services import (
    STALE_AFTER,
    beat,
    end_services,
    end_sessions,
    end_stale_services,
    others_of,
    running_services,
    stale_services,
)

log = structlog.get_logger(__name__)

BEAT = timedelta(seconds=2)
SURE_FOR = STALE_AFTER - BEAT
"""For so long after it renewed its row a service may be sure that nobody took it for dead."""


class Presence:
    """This service's row, and an eye on those of others.

    `recover` records what dead services of this machine had sent; it is called before what they held is freed.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        *,
        recover: Callable[[], object],
        on_freed: Callable[[], object] = lambda: None,
        name: str | None = None,
    ) -> None:
        """`name` is that of `database`, whose sessions are ended where the service is taken for dead. `on_freed` is
        called, in a thread of its own, when there is work that others left.
        """
        self.name = name or new_owner()
        self._place = f"{socket.gethostname()}:{os.getpid()}"
        self._revision = newest_revision()
        self._database = database
        self._clock = clock
        self._recover = recover
        self.on_freed = on_freed
        self._files = life_files_of(database)
        self._stop = threading.Event()
        self._renewed_at = steady()
        self._unbroken_since = steady()
        self.has_company = False
        """Whether other services have rows."""

    def is_sure(self) -> bool:
        """Return whether what this service has claimed is surely still its own: nobody can have taken it for dead."""
        return self._database.is_sqlite or steady() - self._renewed_at < SURE_FOR.total_seconds()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Enter the database, free what is sure to be dead, and renew the row while the block runs; then leave."""
        with self._files.held(self.name):
            self._enter()
            thread = None
            if not self._database.is_sqlite:
                thread = threading.Thread(target=self._keep, name="presence", daemon=True)
                thread.start()
            try:
                yield
            finally:
                self._stop.set()
                if thread is not None:
                    thread.join()
                self._leave()

    def renew(self) -> None:
        """Renew the row; then, where the database has answered for long enough, free what services hold that did not."""
        began = steady()
        now, was_there, others = self._database.transact(self._beat)
        if began - self._renewed_at > SURE_FOR.total_seconds():
            self._unbroken_since = began  # the others may have been cut off as long as we were
        self._renewed_at = began
        if not was_there:
            log.warning(
                "this service was taken for dead: it stood still, or was cut off from the database; what it held went to others"
            )
        self.has_company = bool(others)
        is_long_there = began - self._unbroken_since >= STALE_AFTER.total_seconds()
        if is_long_there and any(now - at > STALE_AFTER for at in others.values()):
            self._end_stale()

    def _end_stale(self) -> None:
        self._recover()
        if not self._database.is_sqlite:
            stale = self._database.transact(
                lambda session: stale_services(session, but=self.name, now=self._clock())
            )
            self._database.transact(end_sessions, services=stale)
        dead = self._database.transact(
            lambda session: end_stale_services(session, but=self.name, now=self._clock())
        )
        for service in dead:
            log.warning("a service is gone: what it held is taken up", service=service)
        if dead:
            self.on_freed()

    def _enter(self) -> None:
        self._recover()
        sure = None if self._database.is_sqlite else self._files.dead()
        freed, known = self._database.transact(partial(self._begin, sure=sure))
        self.has_company = len(known) > 1
        self._files.tidy(known)
        self._renewed_at = self._unbroken_since = steady()
        if freed:
            log.info("what a dead service held is taken up", claims=freed)

    def _begin(self, session: Session, *, sure: list[str] | None) -> tuple[int, list[str]]:
        """End services that are sure to be dead (all others where `sure` is None), and make our own row."""
        known = running_services(session)
        freed = end_services(session, [one for one in known if sure is None or one in sure])
        self._beat(session)
        return freed, running_services(session)

    def _beat(self, session: Session) -> tuple[datetime, bool, dict[str, datetime]]:
        """Renew the row; return the time, whether the row was there, and when the others renewed theirs."""
        if isinstance(self._clock, DatabaseClock):
            self._clock.ask(session)
        now = self._clock()
        was_there = beat(session, self.name, place=self._place, now=now, revision=self._revision)
        return now, was_there, others_of(session, but=self.name)

    def _keep(self) -> None:
        """Renew the row until the service stops. A database that fails is waited for; the stages tell of it."""
        while not self._stop.wait(BEAT.total_seconds()):
            try:
                self.renew()
            except SQLAlchemyError as error:
                log.debug("presence can't be renewed", error=str(error).splitlines()[0])

    def _leave(self) -> None:
        """Free what is still held, for work that was broken off, and remove the row."""
        try:
            self._recover()
            self._database.transact(end_services, services=[self.name])
        except SQLAlchemyError as error:
            log.warning(
                "the service could not sign off; what it held is free in ten seconds",
                error=str(error).splitlines()[0],
            )
