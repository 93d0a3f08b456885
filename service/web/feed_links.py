"""The addresses of a watch list's feeds out, as the page and the API give them."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import Request

from alerts.delivery.links import Links
from service.web.site import site_of
from storage.stores.outbox.channels import signing_key
from storage.stores.watch.watch_lists import WatchFacts


class FeedLinks(NamedTuple):
    """Whoever has one of these addresses may read the list's alerts."""

    atom: str
    json: str


async def feed_links(request: Request, facts: WatchFacts) -> FeedLinks:
    """Return the feeds of a list: at the public address, or where the service was asked."""
    site = site_of(request)
    key = await site.database.writing(signing_key, now=site.now())
    links = Links(site.settings.web.public_url or str(request.base_url), key)
    return FeedLinks(*(links.feed(facts.id, facts.feed_mark, facts.name, form) for form in ("atom", "json")))
