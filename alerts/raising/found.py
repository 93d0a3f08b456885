"""What was found in an article, as raising sees it: mentions by watch list, the best of them kept, all counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.values import FIELDS, Mention
from storage.stores.alerts.alert_details import FoundMention
from storage.stores.articles.match_claims import MatchedArticle, Name
from storage.stores.watch.watch_lists import WatchFacts

MOST_KEPT = 100
"""Mentions of a name in an article that are stored; the others are counted."""


@dataclass(frozen=True, slots=True)
class ListFound:
    """What a version of an article says of one watch list. `mentions` are the first and best."""

    watched: WatchFacts
    mentions: tuple[Mention, ...]
    more: Mapping[tuple[str, str], int]
    """Further places, by `actor` or `topic` and name."""

    @property
    def names(self) -> frozenset[Name]:
        """The actors and topics that it mentions."""
        return frozenset(name_of(self.watched.id, mention) for mention in self.mentions)


@dataclass(frozen=True, slots=True)
class ArticleFound:
    """A matched article in its story, and what it says of each watch list."""

    article: MatchedArticle
    story_id: int
    lists: tuple[ListFound, ...]
    marks: tuple[str, ...] = ()
    """Numbers, dates and names that it says (`alerts.stories.marks`)."""


def name_of(watch_list_id: int, mention: Mention) -> Name:
    """Return whom a mention is of."""
    if mention.actor is not None:
        return watch_list_id, "actor", mention.actor
    return watch_list_id, "topic", mention.topic or ""


def keep_best(mentions: Iterable[Mention], *, most: int = MOST_KEPT) -> list[FoundMention]:
    """Return what of one list's mentions in an article is stored: of each name the first, those of the titles before others.

    The last one kept of a name says how many more there are.
    """
    by_name: dict[Name, list[Mention]] = {}
    for mention in mentions:
        by_name.setdefault(name_of(0, mention), []).append(mention)
    kept = []
    for (_list, kind, name), own in by_name.items():
        best = sorted(own, key=_place)[:most]
        for place, one in enumerate(best, start=1):
            more = len(own) - most if place == most else 0
            kept.append(
                FoundMention(kind, name, one.field, one.start, one.end, one.surface, one.rule, max(0, more))
            )
    return kept


def _place(mention: Mention) -> tuple[int, int]:
    return FIELDS.index(mention.field), mention.start


def list_found(watched: WatchFacts, stored: Sequence[FoundMention]) -> ListFound:
    """Return what was stored of a list in a version of an article."""
    more: Counter[tuple[str, str]] = Counter()
    for one in stored:
        more[one.kind, one.name] += one.more
    return ListFound(watched, tuple(to_mention(watched.name, one) for one in stored), +more)


def to_mention(watch: str, stored: FoundMention) -> Mention:
    """Return a stored mention as it was found."""
    is_actor = stored.kind == "actor"
    return Mention(
        watch=watch,
        actor=stored.name if is_actor else None,
        topic=None if is_actor else stored.name,
        field=next(field for field in FIELDS if field == stored.field),
        start=stored.start,
        end=stored.end,
        surface=stored.surface,
        rule=stored.rule,
    )
