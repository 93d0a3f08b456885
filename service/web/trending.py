"""Trends for the page and the API, counted anew once a minute: over months they are sums of many thousand rows."""

from __future__ import annotations

from functools import partial

from service.actions.trends import Trends, read_trends
from service.web.site import Site
from storage.stores.watch.watch_edits import last_change


async def trends_of(site: Site, *, days: int, most: int, watch_list: str | None) -> Trends:
    """Return the trends of the last `days` days, at most a minute old; an edit of a watch list counts at once."""
    now = site.now()
    edits = await site.database.reading(last_change)
    read = partial(read_trends, days=days, now=now, most=most, watch_list=watch_list)
    return await site.trends.get(
        (days, most, watch_list, edits), lambda: site.database.reading(read), now=now
    )
