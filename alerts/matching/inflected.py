"""Names in their other forms: an article's words are traced back to the words that they may be forms of, and those to names.

What a word may be a form of is worked out once, for as long as it is remembered; names cost nothing in languages without forms.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from itertools import compress, takewhile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from alerts.matching.literals import Index, Strings
from alerts.matching.reading import Reading
from alerts.text import fold_words
from alerts.text.forms import (
    CASES,
    SHORTEST,
    FormRules,
    bases_of,
    common_start,
    name_cases,
    rules_of,
    script_of,
)
from alerts.text.places import Place

_CASELESS = "\u0590"
"""Letters of scripts before Hebrew have capitals."""
_HER_NAME = ("ová", "ové")
"""Czech and Slovak women's surnames, which only an accent tells from what is his: Trumpová is not Trumpova."""
_MOST_WORDS = 6
_MOST_KNOWN = 50_000
_LONGEST = 32
_LAST_RESORT = 1 << 40
_NEVER = 1 << 50


class InflectedNamesBuilder:
    """Takes the names that have forms, one after another. Of their words only hashes are kept."""

    def __init__(self) -> None:
        self._rows = array("I")
        self._hashes = array("q")
        self._unlikely = array("q")
        """Of each word: how unfit it is to be looked for, before how often it is there counts."""
        self._ends = array("I")

    def add(self, row: int, text: str, folded: str) -> None:
        """Add a name, as given and folded."""
        words = folded.split(" ")
        if len(words) > _MOST_WORDS:
            return
        capitals = [part[0].isupper() for part in text.split()]
        if len(capitals) != len(words):
            capitals = list(_name(text).capitals)
        unlikely = [
            _NEVER
            if len(word) < SHORTEST or script_of(word) is None
            else _LAST_RESORT * (word < _CASELESS and not capital) + _LONGEST - min(len(word), _LONGEST)
            for word, capital in zip(words, capitals, strict=True)
        ]
        if min(unlikely) < _NEVER:
            self._rows.append(row)
            self._hashes.extend(map(hash, words))
            self._unlikely.extend(unlikely)
            self._ends.append(len(self._hashes))

    def build(self, texts: Strings) -> InflectedNames:
        """Return them; `texts` are all names of the engine, by row."""
        hashes, numbers, counts = np.unique(
            np.asarray(self._hashes, np.int64), return_inverse=True, return_counts=True
        )
        if not hashes.size:
            return InflectedNames(texts, hashes, Index(0, numbers, numbers), lower=False)
        # of each name the word by which it is looked for: the one that is in the fewest names
        starts = np.concatenate(([0], np.asarray(self._ends, np.intp)))
        unlikely = np.asarray(self._unlikely, np.int64)
        ranks = (unlikely + counts[numbers] * _LONGEST) * _MOST_WORDS
        ranks += np.arange(ranks.size) - np.repeat(starts[:-1], np.diff(starts))
        best = np.minimum.reduceat(ranks, starts[:-1])
        chosen = best % _MOST_WORDS
        at = starts[:-1] + chosen
        values = np.asarray(self._rows, np.int64) << 3 | chosen
        return InflectedNames(
            texts,
            hashes,
            Index(hashes.size, numbers[at], values),
            lower=bool((unlikely[at] >= _LAST_RESORT).any()),
        )


class InflectedNames:
    """The names of one engine that have forms: by the hash of a word of each, which of the rows it is of, and where in them.

    `lower`: some are in small letters.
    """

    def __init__(self, texts: Strings, hashes: npt.NDArray[np.int64], rows: Index, *, lower: bool) -> None:
        self._texts = texts
        self._hashes = hashes
        self._rows = rows
        self._lower = lower
        self._known: dict[tuple[FormRules, ...], dict[str, tuple[int, ...]]] = {}
        """Of words of articles, by the rules: rows that have a word of which it may be a form."""

    def find(self, reading: Reading) -> dict[int, list[tuple[Place, str]]]:
        """Return by row where names stand in another form, each place with the cases it may be."""
        if not self._hashes.size or not (rules := rules_of(reading.document.language)):
            return {}
        found: dict[int, list[tuple[Place, str]]] = defaultdict(list)
        spaces, text = reading.spaces, reading.text
        numbers, tokens = self._worth_looking(reading)
        known = self._known_of(tokens, rules)
        between = _patronymics(reading)
        for number in compress(range(len(tokens)), map(known.__getitem__, tokens)):
            for value in known[tokens[number]]:
                name = _name(self._texts[value >> 3])
                for span, left_out in _stretches(
                    spaces, numbers[number], value & 7, len(name.words), between
                ):
                    written = tuple(text[span.start : span.end].split(" "))
                    if left_out is not None:
                        written = (*written[:left_out], *written[left_out + 1 :])
                    if (cases := _form(reading, name, span, written, rules)) is not None:
                        found[value >> 3].append((span, cases))
        return found

    def _worth_looking(self, reading: Reading) -> tuple[Sequence[int], list[str]]:
        """Return the article's words that may be of a name, by their numbers: those with a capital, where the script has them."""
        text, spaces = reading.text, reading.spaces
        if self._lower:
            tokens = text[1:-1].split(" ")
            return range(len(tokens)), tokens
        starts = reading.folded.spaces[:-1] + 1
        fit = reading.folded.capitals(starts)
        if not text.isascii():
            fit |= reading.folded.codes.take(starts, mode="clip") >= ord(_CASELESS)
        numbers: list[int] = fit.nonzero()[0].tolist()
        return numbers, [text[spaces[number] + 1 : spaces[number + 1]] for number in numbers]

    def _known_of(self, tokens: Sequence[str], rules: tuple[FormRules, ...]) -> dict[str, tuple[int, ...]]:
        """Return of each word where names may be that have it in another form; what is asked first is looked up."""
        known = self._known.setdefault(rules, {})
        if len(known) > _MOST_KNOWN:
            known = self._known[rules] = {}
        unknown = [token for token in dict.fromkeys(tokens) if token not in known]
        if not unknown:
            return known
        bases = [bases_of(token, rules) for token in unknown]
        wanted = np.fromiter((hash(base) for some in bases for base in some), np.int64)
        at = self._hashes.searchsorted(wanted)
        there = self._hashes.take(at, mode="clip") == wanted
        known.update(dict.fromkeys(unknown, ()))
        owners = np.repeat(np.arange(len(unknown)), [len(some) for some in bases])
        for owner, number in zip(owners[there].tolist(), at[there].tolist(), strict=True):
            known[unknown[owner]] += tuple(self._rows.of(number))
        return known


def case_words(cases: str) -> str:
    """Return cases in words: "genitive or accusative"."""
    return " or ".join(CASES[case] for case in cases if case in CASES)


def _patronymics(reading: Reading) -> frozenset[int]:
    """Return the numbers of an article's words that may be patronymics."""
    return frozenset(bisect_right(reading.spaces, start) - 1 for start, _end in reading.patronymics)


def _stretches(
    spaces: Sequence[int], number: int, place: int, count: int, between: Set[int]
) -> Iterator[tuple[Place, int | None]]:
    """Yield where a name of `count` words may stand of which the article's word `number` is that at `place`.

    With it, which of the words there is the patronymic before the surname, where one is.
    """
    is_surname = place == count - 1
    for more in (0, 1) if count > 1 and number + count - 1 - place - is_surname in between else (0,):
        first = number - place - more * is_surname
        last = first + count + more
        if first >= 0 and last < len(spaces):
            yield Place(spaces[first] + 1, spaces[last]), count - 1 if more else None


def _form(
    reading: Reading, name: _Name, span: Place, written: tuple[str, ...], rules: Sequence[FormRules]
) -> str | None:
    """Return the cases that a name may stand in where these words are written, None where they are no other form of it."""
    if written == name.words or not all(map(str.startswith, written, name.starts)):
        return None
    if reading.document.language is None and not _is_plain(name.words, written):
        return None
    cases = _cases(name, written, rules)
    if cases is None or (cases == "s" and reading.surface(span).endswith(_HER_NAME)):
        return None
    return cases if _has_capitals(reading, span, written, name.capitals) and reading.counts(span) else None


def _is_plain(words: Sequence[str], tokens: Sequence[str]) -> bool:
    """Return whether so much is changed that it is a form whatever the language: in Latin letters, more than one."""
    changed = [
        len(token) - _shared(word, token) for word, token in zip(words, tokens, strict=True) if word != token
    ]
    return script_of(words[-1]) != "latin" or len(changed) > 1 or changed[0] > 1


def _shared(one: str, other: str) -> int:
    """Return with how many of the same letters two words begin."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cases(name: _Name, tokens: tuple[str, ...], rules: Sequence[FormRules]) -> str | None:
    found = [
        cases
        for rule in rules
        if rule.script == name.script
        and (cases := name_cases(name.words, tokens, name.may_stay, rule)) is not None
    ]
    return min(found, key=len) if found else None


class _Name(NamedTuple):
    """A name, word by word; folded."""

    words: tuple[str, ...]
    starts: tuple[str, ...]
    """The letters that every form of a word begins with."""
    may_stay: tuple[bool, ...]
    capitals: tuple[bool, ...]
    """Whether a word begins with a capital letter."""
    script: str | None
    """The last word's."""


@lru_cache(maxsize=50_000)
def _name(text: str) -> _Name:
    words: list[str] = []
    stays: list[bool] = []
    capitals: list[bool] = []
    for part in text.split():
        if folded := fold_words(part):
            pieces = folded.split(" ")
            words += pieces
            stays += [number < len(pieces) - 1 or part[0].islower() for number in range(len(pieces))]
            capitals += [part[0].isupper()] * len(pieces)
    starts = tuple(map(common_start, words))
    return _Name(tuple(words), starts, tuple(stays), tuple(capitals), script_of(words[-1]))


def _has_capitals(reading: Reading, span: Place, tokens: Sequence[str], capitals: Sequence[bool]) -> bool:
    """Return whether the first word and the last are written with a capital letter where the name's are."""
    ends = ((span.start, capitals[0]), (span.end - len(tokens[-1]), capitals[-1]))
    return all(
        not capital or reading.text[place] >= _CASELESS or reading.folded.is_capital(place)
        for place, capital in ends
    )
