"""One article, folded and scanned: where each literal stands. What actors and topics are judged by."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from alerts.text import Folded, fold
from alerts.values import Document, Field
from storage.furniture import find_furniture


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A place in one field: bounds in the folded text (without spaces around) and in words."""

    start: int
    end: int
    first_word: int
    last_word: int


class Scan:
    """The title or the text of one article."""

    def __init__(self, field: Field, text: str, automaton: AhoCorasick | None) -> None:
        self.field = field
        self.folded: Folded = fold(text)
        self.hits: dict[int, list[Hit]] = defaultdict(list)
        self._spaces: list[int] | None = None
        self._furniture = [(item.start, item.end) for item in find_furniture(text)] if field == "text" else []
        lead_end = text.find("\n") if field == "text" else 0
        self._lead_end = len(text) if lead_end < 0 else lead_end
        if automaton is not None:
            self._search(automaton)

    def find(self, literals: Iterable[int]) -> list[Hit]:
        """Gives the places where any of the literals stands, in order."""
        found = [hit for literal in literals for hit in self.hits.get(literal, ())]
        return sorted(set(found))

    def span(self, hit: Hit) -> tuple[int, int]:
        """Gives a hit's bounds in the text as stored."""
        return self.folded.span(hit.start, hit.end)

    def surface(self, hit: Hit) -> str:
        """Gives a hit's words as stored."""
        start, end = self.span(hit)
        return self.folded.original[start:end]

    def in_lead(self, hit: Hit) -> bool:
        """Tells whether a hit stands in the first paragraph of the text."""
        return self.field == "text" and int(self.folded.origin[hit.start]) < self._lead_end

    def _search(self, automaton: AhoCorasick) -> None:
        text = self.folded.text
        for literal, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
            first = start + 1
            last = end - 1 if text[end - 1] == " " else text.index(" ", end - 1)
            if self._counts(first, last):
                self.hits[literal].append(Hit(first, last, self._word_at(first), self._word_at(last - 1)))

    def _counts(self, first: int, last: int) -> bool:
        """A place across two paragraphs, or in furniture, is no place."""
        start, end = self.folded.span(first, last)
        if "\n" in self.folded.original[start:end]:
            return False
        return not any(low <= start and end <= high for low, high in self._furniture)

    def _word_at(self, place: int) -> int:
        if self._spaces is None:  # counted only where something was found
            self._spaces = [at for at, character in enumerate(self.folded.text) if character == " "]
        return bisect_right(self._spaces, place)


def scan(document: Document, automaton: AhoCorasick | None) -> Sequence[Scan]:
    """Gives the scans of title and text, in this order."""
    return Scan("title", document.title, automaton), Scan("text", document.text, automaton)
