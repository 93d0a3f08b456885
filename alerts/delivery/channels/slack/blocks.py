"""A message as Slack's Block Kit has it. Pure.

Text stands in `plain_text` and in elements of `rich_text`, where nothing is markup: a headline can neither mention a channel nor
break the format. Lengths are those of Slack's reference: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from alerts.delivery.cards import Card, CardDeck, edged
from alerts.delivery.characters import one_line
from alerts.delivery.view import Passage
from storage.language import _

Block = dict[str, JsonValue]

MOST_BLOCKS = 50
MOST_IN_A_HEADER = 150
MOST_IN_A_TEXT = 3000
MOST_IN_A_URL = 3000
MOST_IN_A_MESSAGE = 12_000
"""Characters of text in all blocks: below what Slack refuses as too long."""


def slack_message(deck: CardDeck) -> dict[str, JsonValue]:
    """Return what an incoming webhook takes. Cards that do not fit are counted."""

    def fits(some: CardDeck) -> bool:
        blocks = list(_blocks(some))
        return len(blocks) <= MOST_BLOCKS and _length([*blocks]) <= MOST_IN_A_MESSAGE

    return {
        "text": _escaped(one_line(deck.subject, MOST_IN_A_TEXT)),
        "blocks": [*_blocks(deck.fitted(fits))],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _blocks(deck: CardDeck) -> Iterator[Block]:
    if not deck.is_digest and deck.cards:
        yield from _whole(deck.cards[0])
        return
    yield _header(deck.heading)
    if deck.note:
        yield _rich([_section([_text(deck.note[:MOST_IN_A_TEXT])])])
    named = ""
    for card in deck.cards:
        if card.watch_list != named:
            named = card.watch_list
            yield _context([named])
        yield _short(card)
    if deck.more:
        yield _context([deck.and_more])


def _whole(card: Card) -> Iterator[Block]:
    """An alert by itself."""
    yield _header("".join(segment.text for segment in card.title.segments))
    yield _context([" · ".join((card.watch_list, *card.facts))])
    if card.changes:
        yield _context(["; ".join(card.changes)])
    quotes: list[JsonValue] = [_quote(passage) for passage in card.excerpts]
    if quotes:
        yield _rich(quotes)
    if card.others:
        yield _rich([_section(_others(card))])
    if card.why:
        yield _context([" | ".join(card.why)])
    buttons: list[JsonValue] = [
        {
            "type": "button",
            "action_id": f"open-{number}",
            "text": {"type": "plain_text", "text": button.words, "emoji": False},
            "url": button.url,
        }
        for number, button in enumerate(card.buttons)
        if len(button.url) <= MOST_IN_A_URL
    ]
    if buttons:
        yield {"type": "actions", "elements": buttons}


def _short(card: Card) -> Block:
    """An alert of a digest: one block."""
    title = "".join(segment.text for segment in card.title.segments)
    elements: list[JsonValue] = [_link(card.url, title, bold=True) if card.url else _text(title, bold=True)]
    elements.append(_text(f"\n{' · '.join(card.facts)}"))
    parts: list[JsonValue] = [_section(elements)]
    parts += [_quote(passage) for passage in card.excerpts[:1]]
    links: list[JsonValue] = []
    for button in card.buttons[1:] if card.url else card.buttons:
        links += [_text(" · "), _link(button.url, button.words)]
    if links:
        parts.append(_section(links[1:]))
    return _rich(parts)


def _others(card: Card) -> list[JsonValue]:
    elements: list[JsonValue] = [_text(_("Also reported by:")), _text(" ")]
    for number, other in enumerate(card.others):
        if number:
            elements.append(_text(", "))
        elements.append(_link(other.url, other.outlet) if other.url else _text(other.outlet))
    if card.more_others:
        elements.append(_text(f" {card.and_more_outlets}"))
    return elements


def _header(text: str) -> Block:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": one_line(text, MOST_IN_A_HEADER), "emoji": False},
    }


def _context(texts: list[str]) -> Block:
    elements: list[JsonValue] = [
        {"type": "plain_text", "text": one_line(text, MOST_IN_A_TEXT), "emoji": False} for text in texts
    ]
    return {"type": "context", "elements": elements}


def _rich(parts: list[JsonValue]) -> Block:
    return {"type": "rich_text", "elements": parts}


def _section(elements: list[JsonValue]) -> Block:
    return {"type": "rich_text_section", "elements": elements}


def _quote(passage: Passage) -> Block:
    elements: list[JsonValue] = [_text(segment.text, bold=segment.marked) for segment in edged(passage)]
    return {"type": "rich_text_quote", "elements": elements}


def _text(text: str, *, bold: bool = False) -> Block:
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def _link(url: str | None, text: str, *, bold: bool = False) -> Block:
    return {"type": "link", "url": url or "", "text": text, **({"style": {"bold": True}} if bold else {})}


def _length(value: JsonValue) -> int:
    """Return how many characters of text blocks hold."""
    match value:
        case dict():
            return sum(
                len(each) if key == "text" and isinstance(each, str) else _length(each)
                for key, each in value.items()
            )
        case list():
            return sum(map(_length, value))
        case _:
            return 0


def _escaped(text: str) -> str:
    """Return text that Slack's markup leaves alone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
