"""What WebSub's two stages share: what is due is claimed, and each claim is worked on by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog
from sqlmodel import Session

from crawler.in_flight import InFlight
from storage.engine import DATABASE_FAILS, Database
from storage.stores.feeds.pushes import PushClaim
from storage.stores.feeds.subscriptions import HubClaim

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=3)
CONCURRENCY = 8

C = TypeVar("C", HubClaim, PushClaim)


@dataclass(frozen=True, slots=True)
class StageOptions:
    """Where a stage works, whose leases its claims are, and who is told that there is more to do."""

    database: Database
    owner: str
    clock: Callable[[], datetime]
    hint: Callable[[], None]


class HubStage(ABC, Generic[C]):
    """A stage. `step` claims and starts; the work goes on by itself."""

    def __init__(self, options: StageOptions) -> None:
        self.options = options
        self._under_way = InFlight(CONCURRENCY, options.hint)

    @abstractmethod
    def is_due(self, session: Session) -> bool:
        """Return whether there is anything to claim."""

    @abstractmethod
    def claim(self, session: Session, *, limit: int) -> Sequence[C]:
        """Claim up to `limit`."""

    @abstractmethod
    async def work(self, claim: C) -> None:
        """Do what was claimed, and store what came of it. A database that fails ends it; the claim is taken up again."""

    async def step(self) -> int:
        """Claim as many as there is room for and start on them; return how many."""
        free = self._under_way.free
        database = self.options.database
        if not free or not await database.reading(self.is_due):
            return 0
        claims = await database.writing(lambda session: self.claim(session, limit=free))
        for claim in claims:
            self._under_way.start(self._work(claim))
        return len(claims)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Wait for what is under way, then give the rest up; it stays due."""
        await self._under_way.drain(patience)

    async def _work(self, claim: C) -> None:
        try:
            await self.work(claim)
        except DATABASE_FAILS as error:
            log.debug("not stored; it is tried again", feed=claim.feed, error=str(error).splitlines()[0])
        except Exception:
            log.exception("WebSub failed: internal error", feed=claim.feed)
