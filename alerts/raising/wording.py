"""Reasons in words: what payloads, pages and the API show of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from storage.codes import language_name
from storage.language import N_, _, ngettext, number
from storage.reasons import (
    ArticleEdited,
    ChangeReason,
    MoreOutlets,
    NameGone,
    NameJoined,
    Note,
    RelatedFound,
    ScoreReason,
    Spike,
    SpikeReason,
    UpdateReason,
)

_PLACES = {"title": N_("in the title"), "lead": N_("in the lead"), "text": N_("in the text")}


def words_of_update(reason: UpdateReason) -> str:
    """Return why an alert was updated."""
    match reason:
        case MoreOutlets(outlets, before):
            return ngettext(
                "{count} outlet reports it; {before} before",
                "{count} outlets report it; {before} before",
                outlets,
                before=number(before),
            )
        case NameJoined(name):
            return _("{name} is mentioned now", name=name)
        case NameGone(name, outlet):
            return _("{name} is no longer mentioned by {outlet}", name=name, outlet=outlet)
        case ArticleEdited(outlet):
            return _("{outlet} changed its article", outlet=outlet)
        case RelatedFound(language, outlet, title):
            return _(
                "related story in {language}, by {outlet}: {title}",
                language=language_name(language),
                outlet=outlet,
                title=title,
            )
        case Note(text):
            return text
        case _:
            assert_never(reason)


def words_of_change(reason: ChangeReason) -> str:
    """Return what an alert that is told again is about, or what a spike is."""
    return words_of_spike(reason) if isinstance(reason, Spike) else words_of_update(reason)


def words_of_spike(spike: SpikeReason | None) -> str:
    """Return what a spike is; nothing for any other alert."""
    if spike is None or isinstance(spike, Note):
        return "" if spike is None else spike.text
    return ngettext(
        "{actor}: {count} article today; {usual} is usual for this weekday",
        "{actor}: {count} articles today; {usual} is usual for this weekday",
        spike.articles,
        actor=spike.actor,
        usual=number(spike.usual, 1),
    )


def words_of_score(parts: Sequence[ScoreReason]) -> str:
    """Return what a score is made of."""
    return ", ".join(map(_part, parts))


def _part(part: ScoreReason) -> str:
    if isinstance(part, Note):
        return part.text
    what = _(_PLACES[part.kind]) if part.kind in _PLACES else _counted(part.kind, part.count or 0)
    return f"{what} (+{number(part.points)})"


def _counted(kind: str, count: int) -> str:
    match kind:
        case "places":
            return ngettext("{count} place", "{count} places", count)
        case "names":
            return ngettext("{count} name", "{count} names", count)
        case _:
            return ngettext("{count} outlet", "{count} outlets", count)
