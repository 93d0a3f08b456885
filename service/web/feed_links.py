"""The addresses of feeds out, of a watch list and of a review's editions, as the page and the API give them."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import Request

from alerts.delivery.links import Links
from service.web.site import site_of
from storage.stores.outbox.channels import signing_key
from storage.stores.watch.watch_lists import WatchFacts


class FeedLinks(NamedTuple):
    """Whoever has one of these addresses may read the list's alerts, or the review's editions."""

    atom: str
    json: str


async def review_feed_links(request: Request, review_id: int) -> FeedLinks:
    """Return the feeds of a review's editions."""
    links = await _links(request)
    return FeedLinks(*(links.review_feed(review_id, form) for form in ("atom", "json")))


async def _links(request: Request) -> Links:
    """Return what makes addresses: at the public one, or where the service was asked."""
    site = site_of(request)
    key = await site.database.writing(signing_key, now=site.now())
    return Links(site.settings.web.public_url or str(request.base_url), key)


async def feed_links(request: Request, facts: WatchFacts) -> FeedLinks:
    """Return the feeds of a list."""
    links = await _links(request)
    return FeedLinks(*(links.feed(facts.id, facts.feed_mark, facts.name, form) for form in ("atom", "json")))
