"""Excerpts: the few sentences of an article that show why it is told, with the places marked."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from alerts.delivery.characters import storable
from alerts.text import Sentences
from alerts.values import FIELDS, TITLES, Document, Mention
from alerts.values import Field as DocumentField

PAYLOAD_CONFIG = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)
"""Of everything that is told. The schema says that each member is there, since each is always told."""

Words = Annotated[str, BeforeValidator(storable)]
"""Text from outside as a payload holds it."""

MAX_EXCERPTS = 5
MAX_CHARS = 300


class Mark(BaseModel):
    """The place of a mention in an excerpt: `text[start:end]`, counted in Unicode code points."""

    model_config = PAYLOAD_CONFIG

    start: int = Field(ge=0, description="Where it begins in the excerpt's text, in Unicode code points.")
    end: int = Field(description="Where it ends (exclusive).")
    names: tuple[Words, ...] = Field(description="The actors and topics that are mentioned here.")


class Excerpt(BaseModel):
    """A sentence of the article with the mentions in it."""

    model_config = PAYLOAD_CONFIG

    field: DocumentField = Field(description="The part of the article that it is taken from.")
    text: Words = Field(description="The sentence, or the part of a long one around the mention.")
    marks: tuple[Mark, ...] = Field(description="The mentions in it, in order; they may overlap.")
    cut_before: bool = Field(
        default=False, description="Whether words of the sentence before it are left out."
    )
    cut_after: bool = Field(default=False, description="Whether words of the sentence after it are left out.")


def choose_excerpts(document: Document, mentions: Sequence[Mention]) -> tuple[Excerpt, ...]:
    """Return the best sentences in reading order, at most `MAX_EXCERPTS`: the title first, then those that tell most.

    A sentence is better for each name that no chosen one has shown yet, then for each name in it, then for standing earlier.
    """
    left = _candidates(document, mentions)
    chosen: list[_Candidate] = []
    told: frozenset[str] = frozenset()
    while left and len(chosen) < MAX_EXCERPTS:
        best = min(left, key=lambda item: _rank(item, told))
        chosen.append(best)
        told |= best.names
        left = [
            item
            for item in left
            if item is not best and (item.names - told or not any(item.overlaps(other) for other in chosen))
        ]
    return tuple(_excerpt(document, item) for item in sorted(chosen, key=_in_reading_order))


def _rank(candidate: _Candidate, told: frozenset[str]) -> tuple[bool, int, int, int, int]:
    """Sort the best first, given the names that are told already."""
    in_text = candidate.span.field != "title"
    return in_text, -len(candidate.names - told), -len(candidate.names), *_in_reading_order(candidate)


def _in_reading_order(candidate: _Candidate) -> tuple[int, int]:
    return FIELDS.index(candidate.span.field), candidate.span.start


@dataclass(frozen=True, slots=True)
class _Span:
    """A place in a field: a sentence, or a part of a long one."""

    field: DocumentField
    start: int
    end: int
    cut_before: bool
    cut_after: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A span with the mentions that lie wholly in it, and their names."""

    span: _Span
    mentions: tuple[Mention, ...]
    names: frozenset[str]

    def overlaps(self, other: _Candidate) -> bool:
        """Return whether the two share text."""
        return (
            self.span.field == other.span.field
            and self.span.start < other.span.end
            and other.span.start < self.span.end
        )


def _candidates(document: Document, mentions: Sequence[Mention]) -> list[_Candidate]:
    """Give each sentence once with the mentions in it. Linear: a mention is looked at for the few sentences that it may be in."""
    by_field: dict[DocumentField, list[Mention]] = defaultdict(list)
    for mention in sorted(mentions, key=lambda one: one.start):
        by_field[mention.field].append(mention)
    candidates = []
    for field, own in by_field.items():
        text = _text(document, field)
        sentences, starts = Sentences(text), [mention.start for mention in own]
        for span in dict.fromkeys(_span(text, sentences, mention) for mention in own):
            possible = own[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
            inside = tuple(mention for mention in possible if mention.end <= span.end)
            candidates.append(_Candidate(span, inside, frozenset(map(_name, inside))))
    return candidates


def _span(text: str, sentences: Sentences, mention: Mention) -> _Span:
    if mention.field in TITLES and len(text) <= MAX_CHARS:
        return _Span(mention.field, 0, len(text), cut_before=False, cut_after=False)
    first, last = sentences.around(mention.start, mention.end)
    start, end = sentences.around(mention.start, mention.end, MAX_CHARS)
    return _Span(mention.field, start, end, cut_before=start > first, cut_after=end < last)


def _excerpt(document: Document, candidate: _Candidate) -> Excerpt:
    span = candidate.span
    places: dict[tuple[int, int], dict[str, None]] = {}
    for mention in sorted(candidate.mentions, key=lambda item: (item.start, item.end)):
        place = (mention.start - span.start, mention.end - span.start)
        places.setdefault(place, {})[_name(mention)] = None
    return Excerpt(
        field=span.field,
        text=_text(document, span.field)[span.start : span.end],
        marks=tuple(Mark(start=start, end=end, names=tuple(names)) for (start, end), names in places.items()),
        cut_before=span.cut_before,
        cut_after=span.cut_after,
    )


def _text(document: Document, field: DocumentField) -> str:
    return document.field(field)


def _name(mention: Mention) -> str:
    return mention.actor or mention.topic or ""
