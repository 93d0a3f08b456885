"""A message as an Adaptive Card, the format of Microsoft Teams. Pure.

Text from outside stands in `TextRun`s, in which nothing is markup. Schema: https://adaptivecards.io/explorer
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import JsonValue

from alerts.delivery.cards import Card, CardDeck, edged
from alerts.delivery.characters import one_line
from alerts.delivery.view import Passage, Segment
from storage.language import _

Element = dict[str, JsonValue]

CARD = "application/vnd.microsoft.card.adaptive"
VERSION = "1.5"
MOST_BYTES = 25_000
"""Teams refuses a message of more than 28 kB."""
MOST_ACTIONS = 6
"""Teams shows at most so many buttons."""


def teams_message(deck: CardDeck) -> dict[str, JsonValue]:
    """Return what a workflow's webhook takes. Cards that do not fit are counted."""

    def fits(some: CardDeck) -> bool:
        return _size(_message(some)) <= MOST_BYTES

    if deck.is_digest:
        return _message(deck.fitted(fits))
    return _message(deck, whole=fits(deck))


def _message(deck: CardDeck, *, whole: bool = True) -> dict[str, JsonValue]:
    card: Element = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": VERSION,
        "msteams": {"width": "full"},
        "fallbackText": deck.subject,
        "body": [*_body(deck, whole=whole)],
    }
    if deck.cards and all(each.is_rtl for each in deck.cards):
        card["rtl"] = True
    if not deck.is_digest and deck.cards:
        card["actions"] = _actions(deck.cards[0])
    attachment: Element = {"contentType": CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _body(deck: CardDeck, *, whole: bool) -> Iterator[Element]:
    if not deck.is_digest and deck.cards:
        yield from _whole(deck.cards[0], whole=whole)
        return
    yield _line([_run(deck.heading, size="Large", weight="Bolder")])
    if deck.note:
        for line in filter(None, map(str.strip, deck.note.split("\n"))):
            yield _line([_run(line)])
    named = ""
    for card in deck.cards:
        if card.watch_list != named:
            named = card.watch_list
            yield {**_line([_run(named, weight="Bolder", color="Accent")]), "separator": True}
        yield {"type": "Container", "spacing": "Medium", "items": [*_short(card)]}
    if deck.more:
        yield _line([_run(deck.and_more)])


def _whole(card: Card, *, whole: bool) -> Iterator[Element]:
    yield _line([_subtle(card.watch_list)])
    yield _title(card, "Large")
    yield _line([_subtle(" · ".join(card.facts))])
    for change in card.changes:
        yield _line([_run(change)])
    if not whole:
        return
    for passage in card.excerpts:
        yield _passage(passage)
    if card.others:
        yield _line(_others(card))
    for reason in card.why:
        yield _line([_subtle(reason, size="Small")])


def _short(card: Card) -> Iterator[Element]:
    yield _title(card, "Default")
    yield _line([_subtle(" · ".join(card.facts))])
    for passage in card.excerpts[:1]:
        yield _passage(passage)
    links: list[JsonValue] = []
    for button in card.buttons[1:] if card.url else card.buttons:
        links += [_run(" · "), _run(button.words, url=button.url)]
    if links:
        yield _line(links[1:])


def _title(card: Card, size: str) -> Element:
    runs: list[JsonValue] = [
        _run(segment.text, size=size, weight="Bolder", url=card.url) for segment in card.title.segments
    ]
    return _line(runs)


def _passage(passage: Passage) -> Element:
    def run(segment: Segment) -> Element:
        return _run(segment.text, weight="Bolder", highlight=True) if segment.marked else _run(segment.text)

    runs: list[JsonValue] = [run(segment) for segment in edged(passage)]
    return {**_line(runs), "horizontalAlignment": "Right"} if passage.direction == "rtl" else _line(runs)


def _others(card: Card) -> list[JsonValue]:
    runs: list[JsonValue] = [_run(_("Also reported by:")), _run(" ")]
    for number, other in enumerate(card.others):
        if number:
            runs.append(_run(", "))
        runs.append(_run(other.outlet, url=other.url))
    if card.more_others:
        runs.append(_run(f" {card.and_more_outlets}"))
    return runs


def _actions(card: Card) -> JsonValue:
    return [
        {"type": "Action.OpenUrl", "title": button.words, "url": button.url}
        for button in card.buttons[:MOST_ACTIONS]
    ]


def _line(runs: list[JsonValue]) -> Element:
    return {"type": "RichTextBlock", "inlines": runs}


def _subtle(text: str, *, size: str = "Default") -> Element:
    return {**_run(text, size=size), "isSubtle": True}


def _run(
    text: str,
    *,
    size: str = "Default",
    weight: str = "Default",
    color: str = "Default",
    highlight: bool = False,
    url: str | None = None,
) -> Element:
    run: Element = {"type": "TextRun", "text": one_line(text, 3000) if text.strip() else text}
    run |= {
        key: value
        for key, value in (("size", size), ("weight", weight), ("color", color))
        if value != "Default"
    }
    if highlight:
        run["highlight"] = True
    if url:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": url}
    return run


def _size(value: JsonValue) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
