"""What the page and the API work with: the one value that their routers are given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from service.web.remembered import Remembered

if TYPE_CHECKING:
    from fastapi import Request

    from crawler.fetch import Fetcher
    from crawler.pool import CpuPool
    from crawler.sources.websub.plugin import WebSub
    from service.actions.charting import VolumeChart
    from service.actions.reports import PeriodReport
    from service.actions.trends import Trends
    from service.hints import WakeUps
    from service.metrics import Metrics
    from service.missed.figures import ControlFigure
    from service.pulse import Pulse
    from service.settings import Settings
    from storage.engine import Database
    from storage.stores.feeds.outlet_figures import OutletFigures
    from storage.stores.gauges import Glance


@dataclass(frozen=True, slots=True)
class Site:
    """The service as the web side sees it."""

    database: Database
    settings: Settings
    settings_file: str
    """Its name, for people: where what is read-only here is edited."""
    clock: Callable[[], datetime]
    fetcher: Fetcher
    pool: CpuPool
    pulse: Pulse
    metrics: Metrics
    websub: WebSub | None
    """What hubs push to."""
    hints: WakeUps
    """Wakes the stages, and tells who registers that something may have changed, at least once a second."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the web server is to end: streams end themselves."""
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Passwords are hashed one at a time: it is meant to cost, and must not cost everything."""
    noted: dict[str, datetime] = field(default_factory=dict)
    trials: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """So are previews."""
    tracings: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Missed articles are traced for two at a time: pages are fetched for it."""
    trends: Remembered[Trends] = field(default_factory=Remembered)
    figures: Remembered[dict[int, OutletFigures]] = field(
        default_factory=lambda: Remembered(timedelta(minutes=10), renews=timedelta(minutes=5))
    )
    charts: Remembered[VolumeChart] = field(default_factory=Remembered)
    reports: Remembered[PeriodReport] = field(default_factory=Remembered)
    glances: Remembered[Glance] = field(default_factory=lambda: Remembered(timedelta(seconds=5)))
    controls: Remembered[ControlFigure] = field(default_factory=lambda: Remembered(timedelta(minutes=10)))

    def now(self) -> datetime:
        """The time."""
        return self.clock()

    async def glance(self) -> Glance:
        """Return what is wrong, in a few numbers; a few seconds old at most."""
        from storage.stores.gauges import glance

        async def look() -> Glance:
            return await self.database.reading(glance, failures=self.settings.service.failures)

        return await self.glances.get("now", look, now=self.now())

    async def figures_of_outlets(self) -> dict[int, OutletFigures]:
        """Return what each outlet brought and cost in the last 30 days; ten minutes old at most."""
        from service.actions.outlet_views import FIGURED
        from storage.stores.feeds.outlet_figures import outlet_figures

        async def look() -> dict[int, OutletFigures]:
            return await self.database.reading(outlet_figures, since=self.now() - FIGURED)

        return await self.figures.get("all", look, now=self.now())

    def may_note(self, key: str, now: datetime, every: timedelta) -> bool:
        """Return whether `every` has passed since this was last true for `key`: what is seen often is written seldom."""
        last = self.noted.get(key)
        if last is not None and now - last < every:
            return False
        self.noted[key] = now
        return True


def site_of(request: Request) -> Site:
    """Return the site that a request came to."""
    site: Site = request.app.state.site
    return site
