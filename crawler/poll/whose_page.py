"""Whose page it is that two outlets name: what an outlet says counts for its own. Pure.

An aggregator's entry for another's page joins that other's article, where this was found first. Where the aggregator was first,
its entry stays its own, and the outlet whose page it is has an article of its own, as if the other were not there: else whoever
names a coming article first, in any words, would have it neither read nor matched.
"""

from __future__ import annotations

from enum import Enum

from crawler.domains import domain_of
from crawler.poll.identity import EQUAL, overlap
from crawler.values import Entry
from storage.stores.feeds.entries import KnownArticle


class Standing(Enum):
    """How an outlet stands to the article that another brought from an address which it names too."""

    SHARED = "shared"
    """The article counts for both."""
    MINE = "mine"
    """The page is this outlet's: the other's article only tells of it."""
    THEIRS = "theirs"
    """Nobody's own, or not surely the same: each has an article of its own."""


def standing(holder: KnownArticle, entry: Entry, *, theirs: frozenset[str], mine: frozenset[str]) -> Standing:
    """Return how the outlet of an entry stands to an article at the entry's address; `theirs` and `mine` are domains of outlets.

    Outlets of one domain (the sections of a newspaper, say) share what they name. Of a page that is neither's, two aggregators
    share what was read from the page itself, under the title that both give it.
    """
    try:
        domain = domain_of(entry.url)
    except ValueError:  # an entry without a page
        return Standing.SHARED
    if domain in theirs:
        return Standing.SHARED
    if domain in mine:
        return Standing.MINE
    if theirs & mine:
        return Standing.SHARED
    is_alike = bool(entry.title) and overlap(holder.feed_title, entry.title) >= EQUAL
    return Standing.SHARED if holder.text_source == "page" and is_alike else Standing.THEIRS
