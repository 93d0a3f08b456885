"""A message in the little HTML that chat services take: bold, links, line breaks. Pure; every value is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from alerts.delivery.cards import Card, CardDeck, edged, plain
from alerts.delivery.view import Passage
from storage.language import _


def chat_lines(deck: CardDeck, *, with_links: bool) -> Iterator[str]:
    """Give the lines of a message. `with_links`: those of the buttons too, where the service has none."""
    if deck.is_digest or deck.note:
        yield f"<b>{escape(deck.heading)}</b>"
    if deck.note:
        yield escape(deck.note)
    named = ""
    for card in deck.cards:
        if deck.is_digest:
            yield ""
            if card.watch_list != named:
                named = card.watch_list
                yield f"<b>{escape(named)}</b>"
        yield from _card(card, is_short=deck.is_digest, with_links=with_links or deck.is_digest)
    if deck.more:
        yield deck.and_more


def plain_lines(deck: CardDeck) -> Iterator[str]:
    """Give the same in plain text, for readers without HTML."""
    if deck.is_digest or deck.note:
        yield deck.heading
    if deck.note:
        yield deck.note
    for card in deck.cards:
        yield f"{card.watch_list}: {plain(card.title)}" if deck.is_digest else plain(card.title)
        yield " · ".join(card.facts)
        yield from card.changes
        yield from map(plain, card.excerpts[:1] if deck.is_digest else card.excerpts)
        if card.url:
            yield card.url
    if deck.more:
        yield deck.and_more


def _card(card: Card, *, is_short: bool, with_links: bool) -> Iterator[str]:
    title = f"<b>{escape(plain(card.title))}</b>"
    yield f'<a href="{escape(card.url)}">{title}</a>' if card.url else title
    facts = card.facts if is_short else (*card.facts, card.watch_list)
    yield escape(" · ".join(facts))
    yield from map(escape, card.changes)
    for passage in card.excerpts[:1] if is_short else card.excerpts:
        yield f"“{_marked(passage)}”"
    if card.others and not is_short:
        names = [
            f'<a href="{escape(other.url)}">{escape(other.outlet)}</a>' if other.url else escape(other.outlet)
            for other in card.others
        ]
        more = f" {card.and_more_outlets}" if card.more_others else ""
        yield f"{_('Also reported by:')} {', '.join(names)}{more}"
    if not is_short:
        yield from (f"<i>{escape(reason)}</i>" for reason in card.why)
    if with_links:
        own = card.buttons[1:] if card.url else card.buttons
        links = [f'<a href="{escape(button.url)}">{escape(button.words)}</a>' for button in own]
        if links:
            yield " · ".join(links)


def _marked(passage: Passage) -> str:
    return "".join(
        f"<b>{escape(segment.text)}</b>" if segment.marked else escape(segment.text)
        for segment in edged(passage)
    )
