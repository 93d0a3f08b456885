"""Relevance: how much an article is about what is tracked, 0 to 100, and why in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from alerts.values import Mention

IN_TITLE = 40
IN_LEAD = 25
LATER = 10
MOST_FOR_PLACES = 15
MOST_FOR_NAMES = 10
MOST_FOR_OUTLETS = 10
LEAD_CHARACTERS = 400
"""The text's first characters, about two paragraphs."""


@dataclass(frozen=True, slots=True)
class Score:
    """Relevance, 0 to 100, and its parts in words."""

    value: float
    reason: str


def relevance(mentions: Sequence[Mention], *, outlets: int = 1) -> Score:
    """Scores the mentions (at least one) of one watch list in an article, told by so many outlets.

    A title counts most, then the lead; then how many places, how many names, how many outlets, each for less and less.
    """
    parts: list[tuple[float, str]] = []
    if any(mention.field == "title" for mention in mentions):
        parts.append((IN_TITLE, "in the title"))
    text = [mention.start for mention in mentions if mention.field == "text"]
    if any(start < LEAD_CHARACTERS for start in text):
        parts.append((IN_LEAD, "in the lead"))
    elif text:
        parts.append((LATER, "in the text"))
    places = len(mentions)
    parts.append((min(MOST_FOR_PLACES, 5 * log2(places)), f"{places} places"))
    names = len({(mention.actor, mention.topic) for mention in mentions})
    parts.append((min(MOST_FOR_NAMES, 5 * log2(names)), f"{names} names"))
    parts.append((min(MOST_FOR_OUTLETS, 3 * log2(outlets)), f"{outlets} outlets"))
    told = [(points, words) for points, words in parts if points >= 0.5]
    return Score(
        round(sum(points for points, _words in parts), 1),
        ", ".join(f"{words} (+{points:.0f})" for points, words in told),
    )
