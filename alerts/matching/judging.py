"""Judging: which of the places where an actor's names stand count, by what must hold for each name and for the actor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alerts.matching.hits import Hits
from alerts.matching.surroundings import (
    GERMAN_OFFICES,
    TITLES,
    is_given_name,
    why_no_name,
    why_surname_goes_on,
)
from alerts.text import fold_words
from alerts.text.exact import is_exact
from alerts.text.places import Cover, Place
from storage.language import N_

NOWHERE = 0xFFFFFFFF
"""The literal of a name without a letter."""
_WORD_BEFORE = re.compile(r"([^\W\d_][\w'’.-]*)[ \u00a0]\Z")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;\n\"“”«»]\s*)\Z")


@dataclass(frozen=True, slots=True)
class NameOptions:
    """What must hold for one name of an actor to count; literals for `Alias.context` and `.exclude`."""

    exact: str | None = None
    title: bool = False
    weak: bool = False
    context: tuple[int, ...] = ()
    against: tuple[int, ...] = ()
    """Terms of `context` with a minus: where one of them stands in the article, it does not count."""
    exclude: tuple[int, ...] = ()
    least: int = 1
    alone: bool | None = None
    of: int = NOWHERE
    """The row of the name as it was given: its other orders count together with it."""


@dataclass(frozen=True, slots=True)
class Details:
    """What must hold for an actor, beyond that a name of it stands there."""

    context: tuple[int, ...] = ()
    against: tuple[int, ...] = ()
    """Terms of `context` with a minus: where one of them stands in the article, it does not count."""
    exclude: tuple[int, ...] = ()
    surnames: tuple[tuple[str, int], ...] = ()
    alone: bool | None = None
    any_order: bool = False
    own: frozenset[str] = frozenset()
    """The folded words of all its names."""
    first_names: frozenset[str] = frozenset()
    names: dict[int, NameOptions] = field(default_factory=dict)
    """By row."""


class Found(NamedTuple):
    """A place where an actor is meant, and why: `row` is the name (of the surname, the full name before it)."""

    place: Place
    row: int
    why: str = "alias"


@dataclass(frozen=True, slots=True)
class Refused:
    """A place where a name of an actor stands and doesn't count."""

    place: Place
    row: int
    why: str
    surname: bool = False


NO_OPTIONS = NameOptions()
NO_DETAILS = Details()


class ActorJudge:
    """Judges the places of one actor that has options, in one article."""

    def __init__(self, details: Details, hits: Hits, refused: Callable[[Refused], None] | None) -> None:
        self._details = details
        self._hits = hits
        self._reading = hits.reading
        self._refused = refused or _forget
        self._excluded = Cover(self._all(details.exclude))

    def judge(self, found: Sequence[Found]) -> list[Found]:
        """Return which of the places count, in order, and the places where a surname alone does."""
        details, hits = self._details, self._hits
        if details.context and not self._all(details.context):
            for item in found:
                self._refused(
                    Refused(
                        item.place, item.row, N_("none of the actor's context terms stands in the article")
                    )
                )
            return []
        if against := self._all(details.against):
            for item in found:
                self._refused(Refused(item.place, item.row, self._why_against(against)))
            return []
        full = longest_first([item for item in found if self._counts(item)])
        times = Counter(self._options(item.row).of for item in full)
        full = [item for item in full if self._is_often_enough(item, times[self._options(item.row).of])]
        strong = any(not self._options(item.row).weak for item in full)
        kept = [item for item in full if strong or self._is_backed(item)]
        if not kept or not details.surnames:
            return kept
        first = min(kept, key=lambda item: item.place)
        taken = Cover(item.place for item in kept)
        surnames = []
        for text, literal in details.surnames:
            for place in hits.places(literal):
                why_not = self._why_no_surname(text, place, first, taken)
                if why_not is None:
                    surnames.append(Found(place, first.row, "surname"))
                elif why_not:
                    self._refused(Refused(place, first.row, why_not, surname=True))
        return sorted([*kept, *dict.fromkeys(surnames)], key=lambda item: item.place)

    def _why_no_surname(self, text: str, place: Place, first: Found, taken: Cover) -> str | None:
        reading = self._reading
        if taken.holds(place):
            return ""
        if place.start <= first.place.start and reading.part_of(place) == reading.part_of(first.place):
            return N_("before the full name")
        if self._excluded.holds(place):
            return N_("inside an excluded phrase")
        if text.split()[-1][0].isupper() and reading.surface(place).split()[-1][0].islower():
            return N_("not capitalised")
        return why_no_name(reading, place, text) or self._why_another(place)

    def _options(self, row: int) -> NameOptions:
        return self._details.names.get(row, NO_OPTIONS)

    def _counts(self, item: Found) -> bool:
        why = self._why_not(item)
        if why is not None:
            self._refused(Refused(item.place, item.row, why))
        return why is None

    def _why_not(self, item: Found) -> str | None:
        options, place = self._options(item.row), item.place
        if self._excluded.holds(place):
            return N_("inside an excluded phrase")
        if options is NO_OPTIONS:
            return None
        if options.title and not self._reading.is_in_title(place):
            return N_("not in the title")
        if options.exact is not None and not is_exact(self._reading.surface(place), options.exact):
            return N_("other case or accents")
        if options.exclude and Cover(self._all(options.exclude)).holds(place):
            return N_("inside a phrase excluded for this alias")
        if options.context and not options.weak and not self._all(options.context):
            return N_("none of the alias's context terms stands in the article")
        if against := self._all(options.against):
            return self._why_against(against)
        return None

    def _why_against(self, places: Sequence[Place]) -> str:
        return f"the article says {self._reading.surface(min(places))!r}, which its context excludes"

    def _is_often_enough(self, item: Found, times: int) -> bool:
        least = self._options(item.row).least
        if least <= 1 or times >= least:
            return True
        self._refused(Refused(item.place, item.row, f"stands there less than {least} times"))
        return False

    def _is_backed(self, item: Found) -> bool:
        options = self._options(item.row)
        # the actor's own context stands there, or it would not have come so far
        if self._details.context or self._all(options.context):
            return True
        self._refused(
            Refused(item.place, item.row, N_("a weak alias, and no other name or context term of the actor"))
        )
        return False

    def _all(self, literals: Sequence[int]) -> list[Place]:
        return [place for literal in literals for place in self._hits.places(literal)]

    def _why_another(self, place: Place) -> str | None:
        """Return why a surname is another person's, or no person's (Stephen Miller, Miller Park)."""
        start, _end = self._reading.span(place)
        text = self._reading.original
        match = _WORD_BEFORE.search(text, max(0, start - 60), start)
        if match is not None and match[1][0].isupper() and self._is_first_name(match):
            return N_("another first name stands before it")
        return why_surname_goes_on(self._reading, place, self._details.first_names)

    def _is_first_name(self, match: re.Match[str]) -> bool:
        word = match[1]
        if word.isupper() and len(word.strip(".")) > 1:
            return False
        folded = fold_words(word).split()
        if word.endswith(".") and len(word) > 2:
            return False  # a sentence ends there, or it is a title: Mr.
        known = TITLES | self._details.first_names
        if any(part in known or part.endswith(GERMAN_OFFICES) for part in folded):
            return False
        before = self._reading.original[max(0, match.start() - 10) : match.start()]
        return is_given_name(word) or _SENTENCE_START.search(before) is None


def longest_first(found: Sequence[Found]) -> list[Found]:
    """Of names that overlap, the longest is the one that is meant."""
    kept: list[Found] = []
    for group in _overlapping(sorted(found, key=lambda item: item.place)):
        chosen: list[Found] = []
        for item in sorted(
            group, key=lambda item: (item.place.start - item.place.end, item.place.start, item.row)
        ):
            place = item.place
            if not any(place.start < other.place.end and other.place.start < place.end for other in chosen):
                chosen.append(item)
        kept += sorted(chosen, key=lambda item: item.place)
    return kept


def _overlapping(ordered: Iterable[Found]) -> Iterator[list[Found]]:
    """Return the items in groups; none overlaps one of another group."""
    group: list[Found] = []
    end = 0
    for item in ordered:
        if group and item.place.start >= end:
            yield group
            group = []
        group.append(item)
        end = max(end, item.place.end)
    if group:
        yield group


def _forget(_refused: Refused) -> None:
    """Nobody asks why."""
