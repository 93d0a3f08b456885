"""Articles traced, and the comparison with control sources, for the page and the API."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from service.actions.missed import MissedReport, compare_controls, trace_missed
from service.missed.addresses import GivenAddresses
from service.missed.figures import ControlFigure
from service.missed.looking import ArticleLooker
from service.web.site import Site
from storage.stores.watch.watch_edits import last_change


async def trace_on(site: Site, given: GivenAddresses, *, watch: str | None, fetch: bool) -> MissedReport:
    """Return where the article at each address stopped; a few are traced at a time. Raise `ActionError`."""
    looker = (
        ArticleLooker(site.database, site.fetcher, site.settings, clock=site.clock, pool=site.pool)
        if fetch
        else None
    )
    async with site.tracings:
        return await trace_missed(site.database, given, now=site.now(), watch=watch, looker=looker)


async def figure_on(site: Site, *, days: int, watch: str | None, reasons: bool = True) -> ControlFigure:
    """Return the comparison of the last days, at most ten minutes old; an edit of a watch list counts at once."""
    now = site.now()
    edits = await site.database.reading(last_change)
    read = partial(compare_controls, since=now - timedelta(days=days), now=now, watch=watch, reasons=reasons)
    return await site.controls.get(
        (days, watch, reasons, edits), lambda: site.database.reading(read), now=now
    )
