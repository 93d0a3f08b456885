"""Where links lead that count readers: they are asked, one by one, for sources that want it (`resolve = true`)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from crawler.errors import FetchError
from crawler.sources.base import Web
from crawler.sources.mail.headlines import headlines, is_tracking
from crawler.sources.mail.letters import LetterBatch
from crawler.sources.mail.message import take_apart
from crawler.values import FetchRequest

PATIENCE = timedelta(seconds=60)
"""When so much time has gone by, the messages that are left are read at the next poll: a lease lasts three minutes."""


async def with_links(batch: LetterBatch, sender: str, web: Web) -> LetterBatch:
    """Return a batch with where the links of its headlines lead; of a long one, the first messages alone."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE.total_seconds()
    links: dict[str, str] = {}
    for count, letter in enumerate(batch.letters):
        if count and loop.time() >= end:
            return replace(batch.first(count), links=links)
        for url in await asyncio.to_thread(_tracking_links, letter.body, sender):
            if url not in links:
                try:
                    answer = await web(FetchRequest(url))
                except FetchError:
                    continue
                if answer.is_success:
                    links[url] = answer.url
    return replace(batch, links=links)


def _tracking_links(body: bytes, sender: str) -> list[str]:
    parts = take_apart(body)
    return [each.url for each in headlines(parts) if is_tracking(each.url)] if parts.is_from(sender) else []
