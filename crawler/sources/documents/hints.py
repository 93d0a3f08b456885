"""What a feed says about itself: how often to ask, when not to, its own address, its WebSub hubs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from crawler.sources.documents.vocabulary import Element, Names, attributes
from crawler.urls import resolve

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_NUMBER = 6


@dataclass(frozen=True, slots=True)
class FeedHints:
    """What the schedule and WebSub want of a feed; the fields are those of `ParsedFeed`."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    update_interval: timedelta | None = None
    hubs: tuple[str, ...] = ()
    self_url: str | None = None


def read_hints(head: Iterable[Element], names: Names, *, url: str) -> FeedHints:
    """Return the hints that stand in a feed's head. A hint that makes no sense, or forbids every hour or day, is none."""
    ttl = update_period = None
    frequency = 1
    hours: set[int] = set()
    days: set[int] = set()
    hubs: list[str] = []
    own: str | None = None
    for element in head:
        name = names.of(element)
        text = (element.text or "").strip()
        if name == "ttl":
            minutes = _number(text)
            ttl = timedelta(minutes=minutes) if minutes else None
        elif name == "skiphours":
            hours = {
                hour % 24 for child in element if (hour := _number(child.text)) is not None and hour <= 24
            }
        elif name == "skipdays":
            said = [(child.text or "").strip().lower() for child in element]
            days = {_DAYS.index(day) for day in said if day in _DAYS}
        elif name == "sy:updateperiod":
            update_period = _PERIODS.get(text.lower())
        elif name == "sy:updatefrequency":
            frequency = _number(text) or 1
        elif name == "link" and len(element.attrib) > 1:
            given = attributes(element)
            relations = given.get("rel", "").lower().split()
            target = resolve(url, given.get("href", ""))
            if target is not None and "hub" in relations:
                hubs.append(target)
            elif target is not None and "self" in relations and own is None:
                own = target
    return FeedHints(
        ttl=ttl,
        skip_hours=frozenset(hours) if len(hours) < 24 else frozenset(),
        skip_days=frozenset(days) if len(days) < 7 else frozenset(),
        update_interval=update_period / frequency if update_period is not None else None,
        hubs=tuple(dict.fromkeys(hubs)),
        self_url=own,
    )


def head_of(root: Element, names: Names) -> list[Element]:
    """Return what stands in the channel, or in an Atom feed, besides the entries."""
    children = [child for child in root if isinstance(child.tag, str)]
    channels = [child for child in children if names.of(child) == "channel"]
    return [
        child
        for parent in channels or [root]
        for child in parent
        if isinstance(child.tag, str) and names.of(child) not in ("item", "entry")
    ]


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
