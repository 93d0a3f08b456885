"""Reasons in words: what payloads, pages and the API show of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from storage.reasons import (
    ArticleEdited,
    MoreOutlets,
    NameGone,
    NameJoined,
    Note,
    RelatedFound,
    ScoreReason,
    SpikeReason,
    UpdateReason,
)

_PLACES = {"title": "in the title", "lead": "in the lead", "text": "in the text"}


def words_of_update(reason: UpdateReason) -> str:
    """Return why an alert was updated."""
    match reason:
        case MoreOutlets(outlets, before):
            return f"{outlets} outlets tell it; there were {before}"
        case NameJoined(name):
            return f"{name} is mentioned now"
        case NameGone(name, outlet):
            return f"{name} is no longer mentioned by {outlet}"
        case ArticleEdited(outlet):
            return f"{outlet} changed its article"
        case RelatedFound(language, outlet, title):
            return f"related story in {language}, by {outlet}: {title}"
        case Note(text):
            return text
        case _:
            assert_never(reason)


def words_of_spike(spike: SpikeReason | None) -> str:
    """Return what a spike is; nothing for any other alert."""
    if spike is None or isinstance(spike, Note):
        return "" if spike is None else spike.text
    return f"{spike.actor}: {spike.articles} articles today, {spike.usual:.1f} is usual for this weekday"


def words_of_score(parts: Sequence[ScoreReason]) -> str:
    """Return what a score is made of."""
    return ", ".join(map(_part, parts))


def _part(part: ScoreReason) -> str:
    if isinstance(part, Note):
        return part.text
    what = _PLACES.get(part.kind) or f"{part.count} {part.kind}"
    return f"{what} (+{part.points:.0f})"
