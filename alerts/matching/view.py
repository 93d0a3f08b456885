"""One article as the conditions of a query see it: `ArticleView`, on a reading and its hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from alerts.matching.hits import Hits
from alerts.text.places import Place, Scope

_NOWHERE: list[Place] = []


class HitsView:
    """What the hits of one set of literals say of an article. `tracked` are the places of references."""

    __slots__ = (
        "_reading",
        "_tracked",
        "document",
        "first_words",
        "inside",
        "places",
        "refused",
        "surface",
        "whole",
        "words",
    )

    def __init__(self, hits: Hits, tracked: Mapping[int, Sequence[Place]]) -> None:
        reading = hits.reading
        self._reading = reading
        self._tracked = tracked
        self.document = reading.document
        self.whole = reading.whole
        self.places = hits.places
        self.refused = hits.refused
        self.inside = reading.inside
        self.words = reading.words
        self.surface = reading.surface
        self.first_words = reading.first_words

    def tracked(self, reference: int, /) -> list[Place]:
        """Return where a reference is mentioned."""
        return list(self._tracked.get(reference, _NOWHERE))

    def following(self, place: Place, /) -> str:
        """Return the few characters right after a place, as stored."""
        end = self._reading.span(place)[1]
        return self._reading.original[end : end + 8]

    def field(self, name: Literal["title", "text", "lead"], /) -> Scope:
        """Return the scope of the titles, of all below them, or of the leads and the text's first paragraph."""
        return self._reading.scope_of(name)
