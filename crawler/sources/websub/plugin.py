"""WebSub's parts: what the service starts where hubs can reach us, and never imports otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from crawler.poll.pushing import PolledWell
from crawler.schedule import Bounds
from crawler.sources.websub.callback import Callback
from crawler.sources.websub.following import after_poll, follow
from crawler.sources.websub.links import advertised
from crawler.sources.websub.pushes import PushReader
from crawler.sources.websub.subscriber import Subscriber
from crawler.values import ParsedFeed, Response
from storage.stores.feeds.polled import FeedRecord
from storage.stores.feeds.subscriptions import active_subscriptions, change_subscription, ever_subscribed


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
            if (pushing := pushed.get(poll.feed.id)) is not None:
                judged = replace(pushing, is_trusted=poll.new_articles == 0)
                change_subscription(session, pushing, judged)
                changed[poll.feed.id] = after_poll(
                    judged, poll.feed, new_articles=poll.new_articles, bounds=bounds, now=poll.now
                )
        return changed


@dataclass(frozen=True, slots=True)
class WebSub:
    """The parts: the callback that hubs reach, the two stages, and what the poller is told."""

    callback: Callback
    pushes: PushReader
    subscriber: Subscriber
    push: HubPush
