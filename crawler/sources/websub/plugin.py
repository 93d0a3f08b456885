"""WebSub put together: what `service.process` starts where hubs can reach us, and never imports otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.fetch import Fetcher
from crawler.polite.host_gate import HostGate
from crawler.poll.pushing import PolledWell
from crawler.pool import CpuPool
from crawler.schedule import Bounds
from crawler.sources.websub.callback import Callback
from crawler.sources.websub.following import after_poll, follow
from crawler.sources.websub.links import advertised
from crawler.sources.websub.pushes import PushReader, PushReport
from crawler.sources.websub.subscriber import Subscriber
from crawler.values import ParsedFeed, Response
from storage.engine import Database
from storage.stores.feeds.polled import FeedRecord
from storage.stores.feeds.subscriptions import active_subscriptions, ever_subscribed


class HubPush:
    """What hubs push, as the poller knows it (`crawler.poll.pushing.FeedPush`)."""

    def brings(self, response: Response, document: ParsedFeed) -> bool:
        """Return whether the feed names a hub."""
        return bool(advertised(response.headers, response.url, document).hubs)

    def polled(
        self, session: Session, polls: Sequence[PolledWell], bounds: Bounds
    ) -> Mapping[int, FeedRecord]:
        """Follow the hubs that documents name, and let the polls of feeds rest whose hubs keep up with them."""
        ids = [poll.feed.id for poll in polls]
        known = ever_subscribed(session, ids)
        changed: dict[int, FeedRecord] = {}
        pushed = active_subscriptions(session, known, now=polls[0].now) if known else {}
        for poll in polls:
            if poll.document is not None:
                said = advertised(poll.response.headers, poll.response.url, poll.document)
                if said.hubs or poll.feed.id in known:
                    follow(session, poll.feed.id, said, now=poll.now)
            if (row := pushed.get(poll.feed.id)) is not None:
                changed[poll.feed.id] = after_poll(
                    row, poll.feed, new_articles=poll.new_articles, bounds=bounds, now=poll.now
                )
        return changed


@dataclass(frozen=True, slots=True)
class WebSub:
    """The parts: the callback that hubs reach, the two stages, and what the poller is told."""

    callback: Callback
    pushes: PushReader
    subscriber: Subscriber
    push: HubPush


def assemble_websub(
    database: Database,
    fetcher: Fetcher,
    pool: CpuPool,
    gate: HostGate,
    *,
    public_url: str,
    host_delay: timedelta,
    fetch_pages: bool,
    longest: timedelta,
    max_body_bytes: int,
    owner: str,
    clock: Callable[[], datetime],
    on_push: Callable[[PushReport], None],
    hint: Callable[[], None],
) -> WebSub:
    """Return the parts. `longest` is the longest time between two polls, however many pushes come."""
    return WebSub(
        Callback(database, max_body_bytes=max_body_bytes, clock=clock, hint=hint),
        PushReader(
            database,
            pool,
            fetch_pages=fetch_pages,
            longest=longest,
            owner=owner,
            clock=clock,
            on_push=on_push,
            hint=hint,
        ),
        Subscriber(
            database,
            fetcher,
            gate,
            public_url=public_url,
            host_delay=host_delay,
            owner=owner,
            clock=clock,
            hint=hint,
        ),
        HubPush(),
    )
