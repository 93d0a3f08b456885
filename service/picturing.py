"""The stage that fetches the pictures of editions' items, as pages are fetched: politely, within limits, each judged by a worker.

A picture that can't be fetched costs nothing but the picture: why stands at its item, for the editor.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from alerts.review.pictures import PictureError, SmallPicture, small_picture
from alerts.review.values import RightsTable
from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from crawler.pool import WorkFailedError
from crawler.unfetched import unfetched
from crawler.values import FetchRequest
from storage.engine import Database
from storage.stores.feeds.turns import Turn
from storage.stores.reviews.pictures import (
    PictureClaim,
    claim_pictures,
    is_any_picture_wanted,
    put_no_picture,
    put_picture,
)
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

ACCEPT = "image/jpeg, image/webp, image/png, image/gif;q=0.8, image/avif;q=0.8"
AT_ONCE = 8
LEASE = timedelta(minutes=2)


class Pictures:
    """Fetches the pictures that are wanted, a few at once."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        gate: HostGate,
        robots: RobotsGate,
        *,
        rights: RightsTable,
        clock: Callable[[], datetime],
        run: Callable[..., Awaitable[SmallPicture]],
    ) -> None:
        """`rights`: whose pictures may be used; `run` has a worker process call a function."""
        self._database = database
        self._fetcher = fetcher
        self._gate = gate
        self._robots = robots
        self._rights = rights
        self._clock = clock
        self._run = run
        self.has_more = False

    async def step(self) -> int:
        """Fetch what is wanted; return how many pictures that was."""
        self.has_more = False
        if not await self._database.reading(is_any_picture_wanted, now=self._clock()):
            return 0
        claims = await self._database.writing(claim_pictures, now=self._clock(), lease=LEASE, limit=AT_ONCE)
        self.has_more = len(claims) == AT_ONCE
        await asyncio.gather(*map(self._have, claims))
        return len(claims)

    async def _have(self, claim: PictureClaim) -> None:
        trouble: Trouble
        try:
            async with asyncio.timeout(LEASE.total_seconds() / 2):
                picture = await self._picture(claim)
            await self._database.writing(
                put_picture, claim=claim, body=picture.body, width=picture.width, height=picture.height
            )
            return
        except FetchError as error:
            trouble = error.trouble
        except PictureError as error:
            trouble = Trouble(f"picture-{error.fault}", {"url": claim.url, "detail": error.detail})
        except WorkFailedError as error:
            trouble = Trouble("picture-broken", {"url": claim.url, "detail": str(error)})
        except TimeoutError:
            trouble = Trouble("picture-late", {"url": claim.url, "seconds": LEASE.total_seconds() / 2})
        log.info("picture not had", outlet=claim.outlet, url=claim.url, why=trouble.kind)
        await self._database.writing(put_no_picture, claim=claim, trouble=trouble)

    async def _picture(self, claim: PictureClaim) -> SmallPicture:
        if not self._rights.of(claim.outlet).shows_pictures:  # the licence changed meanwhile
            raise FetchError(Trouble("picture-licence", {"outlet": claim.outlet}), url=claim.url)
        request = FetchRequest(claim.url, accept=ACCEPT, outlet=claim.outlet, access=claim.access)

        async with self._gate.passing(claim.url, claimed=None, outlet_id=claim.outlet_id) as turn:
            own = _turn_of(turn)
            await self._check_robots(claim, claim.url, own)

            @asynccontextmanager
            async def follow(url: str) -> AsyncIterator[None]:
                async with self._gate.passing(url, claimed=claim.url, outlet_id=claim.outlet_id) as other:
                    await self._check_robots(claim, url, other or own)
                    yield

            answer = await self._fetcher.fetch(request, gate=follow)
        if not answer.is_success:
            raise FetchError(Trouble("http", {"url": answer.url, "status": answer.status}), url=answer.url)
        return await self._run(small_picture, answer.body)

    async def _check_robots(self, claim: PictureClaim, url: str, turn: Turn) -> None:
        async def rest() -> None:
            await asyncio.sleep(turn.delay.total_seconds())

        if not await self._robots.allows(turn.host_id, url, rest=rest, outlet_id=claim.outlet_id):
            raise FetchError(unfetched("forbidden", "robots-forbid", url), url=url)


def _turn_of(turn: Turn | None) -> Turn:
    if turn is None:
        raise RuntimeError("no claim stands for a picture, and the gate gave no turn")
    return turn
