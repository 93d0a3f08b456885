"""Mentions made visible: the sentence around each, and whole texts with marks in them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from alerts.delivery.view import Segment
from alerts.text import LONGEST_SENTENCE, Sentences
from alerts.values import FIELDS, TITLES
from storage.stores.articles.said import Searched, field_of


class MarkedSpan(Protocol):
    """Where something stands in a text, and why it counts."""

    @property
    def field(self) -> str:
        """Which field of the article it stands in."""

    @property
    def start(self) -> int:
        """Offset of its first character."""

    @property
    def end(self) -> int:
        """Offset after its last."""

    @property
    def name(self) -> str:
        """The actor or topic."""

    @property
    def rule(self) -> str:
        """Why it matched, in words."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with what is mentioned in it."""

    segments: tuple[Segment, ...]
    names: tuple[str, ...]
    rules: tuple[str, ...]


def segments(
    text: str, spans: Iterable[tuple[int, int]], start: int = 0, end: int | None = None
) -> tuple[Segment, ...]:
    """Return `text[start:end]` in runs; spans that overlap or touch become one, those outside are cut off."""
    end = len(text) if end is None else end
    runs: list[Segment] = []
    at = start
    for first, last in _merged(spans):
        first, last = max(first, start), min(last, end)
        if first >= last:
            continue
        if first > at:
            runs.append(Segment(text[at:first], marked=False))
        runs.append(Segment(text[first:last], marked=True))
        at = last
    if at < end:
        runs.append(Segment(text[at:end], marked=False))
    return tuple(runs)


def sentences(article: Searched, places: Sequence[MarkedSpan], *, most: int = 100) -> list[Sentence]:
    """Return each sentence that holds a mention once, in reading order, with everything that is mentioned in it."""
    by_sentence: dict[tuple[str, int, int], list[MarkedSpan]] = {}
    fields: dict[str, Sentences] = {}
    for place in places:
        if place.field in TITLES:
            bounds = 0, len(field_of(article, place.field))
        else:
            if place.field not in fields:
                fields[place.field] = Sentences(field_of(article, place.field))
            bounds = fields[place.field].around(place.start, place.end, LONGEST_SENTENCE)
        by_sentence.setdefault((place.field, *bounds), []).append(place)
    order = [str(field) for field in FIELDS]
    ordered = sorted(by_sentence, key=lambda key: (order.index(key[0]), key[1], key[2]))
    return [
        Sentence(
            segments(
                field_of(article, field),
                [(place.start, place.end) for place in by_sentence[field, start, end]],
                start,
                end,
            ),
            tuple(dict.fromkeys(place.name for place in by_sentence[field, start, end])),
            tuple(dict.fromkeys(place.rule for place in by_sentence[field, start, end])),
        )
        for field, start, end in ordered[:most]
    ]


def paragraphs(text: str, places: Sequence[MarkedSpan]) -> list[tuple[Segment, ...]]:
    """Return a text's paragraphs with the mentions in them marked."""
    spans = [(place.start, place.end) for place in places if place.field == "text"]
    found = []
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        if paragraph.strip():
            inside = [span for span in spans if span[0] < end and span[1] > start]
            found.append(segments(text, inside, start, end))
        start = end + 1
    return found


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
