"""A message as chat services show it: a card an alert, with its facts, the sentences that matched, why, and buttons.

Each channel writes cards in its service's own format; what stands in them is decided here, once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from alerts.delivery.channels.base import ChannelContext
from alerts.delivery.characters import one_line, shown
from alerts.delivery.links import Links
from alerts.delivery.payload import (
    AlertData,
    ArticleData,
    DigestData,
    Message,
    ReviewData,
    ServiceData,
    StoryData,
    TriageData,
)
from alerts.delivery.render import subject
from alerts.delivery.view import (
    MAX_NAME,
    MAX_TITLE,
    AlertView,
    Link,
    Passage,
    Segment,
    alert_view,
    number_of_alerts,
    sections,
)
from storage.language import _, ngettext

T = TypeVar("T")
OTHERS = 5
"""So many further articles of a story are named."""


@dataclass(frozen=True, slots=True)
class Button:
    """A link under a card."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One alert."""

    watch_list: str
    title: Passage
    url: str | None
    """The article."""
    facts: tuple[str, ...]
    """Outlet, time and the like."""
    changes: tuple[str, ...]
    """What an update is about."""
    excerpts: tuple[Passage, ...]
    why: tuple[str, ...]
    others: tuple[Link, ...]
    """Further articles of the story."""
    more_others: int
    buttons: tuple[Button, ...]

    @property
    def and_more_outlets(self) -> str:
        """That further outlets report it, in words."""
        return ngettext("and {count} more", "and {count} more", self.more_others)

    @property
    def is_rtl(self) -> bool:
        """Whether it reads from right to left."""
        return self.title.direction == "rtl"


@dataclass(frozen=True, slots=True)
class CardDeck:
    """A message in cards. `note` is what it says where there are none."""

    subject: str
    heading: str
    cards: tuple[Card, ...] = ()
    is_digest: bool = False
    more: int = 0
    """How many alerts there are beyond the cards."""
    note: str = ""

    @property
    def and_more(self) -> str:
        """That there are more, in words."""
        return ngettext("and {count} more", "and {count} more", self.more)

    def first(self, count: int) -> CardDeck:
        """Return it with so many cards; the others then count among `more`."""
        return replace(self, cards=self.cards[:count], more=self.more + len(self.cards) - count)

    def fitted(self, fits: Callable[[CardDeck], bool]) -> CardDeck:
        """Return it with as many of its first cards as `fits` says may be: where a service takes no longer message."""
        if fits(self):
            return self
        fewer = range(1, len(self.cards))
        return self.first(bisect_left(fewer, True, key=lambda count: not fits(self.first(count))))


def written(message: Message, context: ChannelContext, write: Callable[[CardDeck], T]) -> T:
    """Return what `write` makes of a message's cards, in the channel's language and zone."""
    with context.renderer.speaking(message):
        return write(deck_of(message, context.links, context.renderer.zone))


def deck_of(message: Message, links: Links | None, zone: ZoneInfo) -> CardDeck:
    """Return a message in cards, its times in a zone; `links` make the buttons that only we can make."""
    title = subject(message, zone)
    links = None if links is None else links.dated(message.created_at)
    match message.data:
        case AlertData() as alert:
            view = alert_view(alert, links, zone)
            return CardDeck(title, view.watch_list, (_card(view),))
        case DigestData() as digest:
            cards = [_card(view) for section in sections(digest, links, zone) for view in section.alerts]
            name = one_line(message.channel, MAX_NAME)
            heading = _("{channel}: {alerts}", channel=name, alerts=number_of_alerts(digest))
            return CardDeck(title, heading, tuple(cards), is_digest=True, more=digest.more)
        case ReviewData() as review:
            lines = [
                f"{one_line(item.headline, MAX_TITLE)} ({one_line(item.outlet, MAX_NAME)})"
                for part in review.sections
                for item in part.items
            ]
            return CardDeck(title, title, note="\n".join([shown(review.intro).strip(), *lines]).strip())
        case StoryData() | TriageData() | ArticleData():  # only to channels that ask for it
            return CardDeck(title, title)
        case ServiceData() as service:
            heading = one_line(service.subject, MAX_NAME)
            return CardDeck(title, heading, note=shown(service.text).strip())


def plain(passage: Passage) -> str:
    """Return a passage's text without marks."""
    return "".join(segment.text for segment in edged(passage))


def edged(passage: Passage) -> tuple[Segment, ...]:
    """Return a passage's segments, with dots where words of the sentence are left out."""
    before = (Segment("… ", marked=False),) if passage.cut_before else ()
    after = (Segment(" …", marked=False),) if passage.cut_after else ()
    return (*before, *passage.segments, *after)


def _card(view: AlertView) -> Card:
    outlet = f"{view.outlet} ({view.country})" if view.country else view.outlet
    facts = [
        outlet,
        view.when,
        _("by {authors}", authors=view.authors) if view.authors else "",
        view.relevance or "",
    ]
    others = [other for other in view.others if other.outlet]
    buttons = [
        (_("Open article"), view.url),
        (_("Open alert"), view.alert_url),
        (_("Not relevant"), view.dismiss_url),
    ]
    return Card(
        watch_list=view.watch_list,
        title=view.headline,
        url=view.url,
        facts=tuple(fact for fact in facts if fact),
        changes=tuple(_("New: {change}", change=change) for change in view.changes),
        excerpts=view.excerpts,
        why=tuple(
            _(
                "Why: {name} ({times}): {rules}",
                name=reason.name,
                times=reason.times,
                rules="; ".join(reason.rules),
            )
            for reason in view.reasons
        ),
        others=tuple(others[:OTHERS]),
        more_others=max(0, len(others) - OTHERS),
        buttons=tuple(Button(words, url) for words, url in buttons if url),
    )
