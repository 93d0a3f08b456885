"""What may bring a feed's entries besides its polls (a hub's pushes): it hears of each poll, and may say when the next is.

The poller knows no more of it than this. A plugin that pushes implements it; without one nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from crawler.schedule import Bounds
from crawler.values import ParsedFeed, Response
from storage.stores.feeds.polled import FeedRecord


@dataclass(frozen=True, slots=True)
class PolledWell:
    """A poll that was answered, as it is stored."""

    feed: FeedRecord
    response: Response
    document: ParsedFeed | None
    """None where it had not changed."""
    new_articles: int
    now: datetime


class FeedPush(Protocol):
    """Brings entries by itself."""

    def brings(self, response: Response, document: ParsedFeed) -> bool:
        """Return whether it tells of the feed's entries as well, so that nothing of its document may be left unread."""
        ...

    def polled(
        self, session: Session, polls: Sequence[PolledWell], bounds: Bounds
    ) -> Mapping[int, FeedRecord]:
        """Note polls, in the transaction that stores them; return the feeds whose next poll is to be another, by their ids."""
        ...
