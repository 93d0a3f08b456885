"""Names in their other forms: found by the letters that all forms of one word begin with, judged word by word.

These literals have an automaton of their own, which only articles in languages with forms are scanned by: a list of names costs
an English article nothing more.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import takewhile

import numpy as np
from ahocorasick_rs import AhoCorasick

from alerts.matching.literals import Index, Strings
from alerts.matching.reading import Reading
from alerts.text import fold_words
from alerts.text.forms import CASES, FormRules, anchor, name_cases, rules_of, script_of
from alerts.text.places import Place

_CAPITALS_END = "\u0590"
_MOST_WORDS = 6


class InflectedNames:
    """The names of one engine that have forms, by row. `texts` are as given."""

    def __init__(self, texts: Strings, rows: Sequence[int], folded: Sequence[str]) -> None:
        counts = Counter(anchor(word) for name in folded for word in set(name.split(" ")) if script_of(word))
        numbers: dict[str, int] = {}
        keys, values = array("I"), array("I")
        self._texts = texts
        for row, name in zip(rows, folded, strict=True):
            words = name.split(" ")
            chosen = _rarest(words, counts) if len(words) <= _MOST_WORDS else None
            if chosen is not None:
                keys.append(numbers.setdefault(anchor(words[chosen]), len(numbers)))
                values.append(row << 3 | chosen)
        self._index = Index(len(numbers), np.asarray(keys), np.asarray(values))
        self._automaton = AhoCorasick([f" {letters}" for letters in numbers]) if numbers else None

    def find(self, reading: Reading) -> dict[int, list[tuple[Place, str]]]:
        """Return by row where names stand in another form, each place with the cases it may be."""
        rules = rules_of(reading.document.language)
        found: dict[int, list[tuple[Place, str]]] = defaultdict(list)
        if self._automaton is None or not rules:
            return found
        text = reading.text
        for literal, start, _end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for value in self._index.of(literal):
                row, chosen = value >> 3, value & 7
                words, may_stay, capitals = _words_of(self._texts[row])
                span = _span(text, start + 1, chosen, len(words))
                if span is None:
                    continue
                tokens = tuple(text[span.start : span.end].split(" "))
                if tokens == words or tokens[0][0] != words[0][0]:
                    continue
                if reading.document.language is None and not _is_plain(words, tokens):
                    continue
                cases = _cases(words, tokens, may_stay, rules)
                if (
                    cases is not None
                    and _has_capitals(reading, span, tokens, capitals)
                    and reading.counts(span)
                ):
                    found[row].append((span, cases))
        return found


def case_words(cases: str) -> str:
    """Return cases in words: "genitive or accusative"."""
    return " or ".join(CASES[case] for case in cases if case in CASES)


def _is_plain(words: Sequence[str], tokens: Sequence[str]) -> bool:
    """Return whether so much is changed that it is a form whatever the language: in Latin letters, more than one."""
    changed = [
        len(token) - _shared(word, token) for word, token in zip(words, tokens, strict=True) if word != token
    ]
    return script_of(words[-1]) != "latin" or len(changed) > 1 or changed[0] > 1


def _shared(one: str, other: str) -> int:
    """Return with how many of the same letters two words begin."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cases(
    words: tuple[str, ...], tokens: tuple[str, ...], may_stay: tuple[bool, ...], rules: Sequence[FormRules]
) -> str | None:
    script = script_of(words[-1])
    found = [
        cases
        for rule in rules
        if rule.script == script and (cases := name_cases(words, tokens, may_stay, rule)) is not None
    ]
    return min(found, key=len) if found else None


def _rarest(words: Sequence[str], counts: Counter[str]) -> int | None:
    """Return the word of a name by which it is looked for: the one of which the fewest names have the like."""
    usable = [place for place, word in enumerate(words) if len(word) >= 3 and script_of(word)]
    if not usable:
        return None
    return min(usable, key=lambda place: (counts[anchor(words[place])], -len(words[place]), -place))


_known: dict[str, tuple[tuple[str, ...], tuple[bool, ...], tuple[bool, ...]]] = {}


def _words_of(text: str) -> tuple[tuple[str, ...], tuple[bool, ...], tuple[bool, ...]]:
    """Return a name's folded words; of each, whether it may stay as it is, and whether it begins with a capital letter."""
    known = _known.get(text)
    if known is None:
        if len(_known) > 50_000:
            _known.clear()
        words: list[str] = []
        stays: list[bool] = []
        capitals: list[bool] = []
        for part in text.split():
            pieces = fold_words(part).split(" ") if fold_words(part) else []
            words += pieces
            stays += [number < len(pieces) - 1 or part[0].islower() for number in range(len(pieces))]
            capitals += [part[0].isupper()] * len(pieces)
        known = _known[text] = tuple(words), tuple(stays), tuple(capitals)
    return known


def _span(text: str, start: int, before: int, count: int) -> Place | None:
    """Return the place of `count` words, so many of them before the one that begins at `start`."""
    first = start
    for _word in range(before):
        first = text.rfind(" ", 0, first - 1) + 1
        if first <= 0:
            return None
    last = start
    for _word in range(count - before):
        last = text.find(" ", last) + 1
        if last <= 0:
            return None
    return Place(first, last - 1)


def _has_capitals(reading: Reading, span: Place, tokens: Sequence[str], capitals: Sequence[bool]) -> bool:
    """Return whether the first word and the last are written with a capital letter where the name's are."""
    ends = ((span.start, capitals[0]), (span.end - len(tokens[-1]), capitals[-1]))
    return all(
        not capital or reading.text[place] >= _CAPITALS_END or reading.folded.is_capital(place)
        for place, capital in ends
    )
