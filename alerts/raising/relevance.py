"""Relevance: how much an article is about what is tracked, 0 to 100, and what the score is made of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from alerts.values import LEADS, TITLES, Mention
from storage.reasons import ScorePart

IN_TITLE = 40
IN_LEAD = 25
LATER = 10
MOST_FOR_PLACES = 15
MOST_FOR_NAMES = 10
MOST_FOR_OUTLETS = 10
LEAD_CHARACTERS = 400
"""The text's first characters, about two paragraphs; what leads in to it (summary, standfirst, description) counts as these."""


@dataclass(frozen=True, slots=True)
class Score:
    """Relevance, 0 to 100, and the parts that count for it."""

    value: float
    parts: tuple[ScorePart, ...]


def relevance(mentions: Sequence[Mention], *, more: int = 0, outlets: int = 1) -> Score:
    """Score the mentions (at least one) of one watch list in an article, reported by so many outlets.

    A title counts most, then what leads in; then how many places, how many names, how many outlets, each for less and less.
    `more` is how many further places there are.
    """
    parts: list[ScorePart] = []
    if any(mention.field in TITLES for mention in mentions):
        parts.append(ScorePart("title", IN_TITLE))
    text = [mention.start for mention in mentions if mention.field == "text"]
    if any(mention.field in LEADS for mention in mentions) or any(start < LEAD_CHARACTERS for start in text):
        parts.append(ScorePart("lead", IN_LEAD))
    elif text:
        parts.append(ScorePart("text", LATER))
    places = len(mentions) + more
    parts.append(ScorePart("places", min(MOST_FOR_PLACES, 5 * log2(places)), places))
    names = len({(mention.actor, mention.topic) for mention in mentions})
    parts.append(ScorePart("names", min(MOST_FOR_NAMES, 5 * log2(names)), names))
    parts.append(ScorePart("outlets", min(MOST_FOR_OUTLETS, 3 * log2(outlets)), outlets))
    return Score(
        round(sum(part.points for part in parts), 1), tuple(part for part in parts if part.points >= 0.5)
    )
