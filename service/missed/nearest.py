"""The word of a text that is most like a name that is tracked: it tells a misspelling, or a name in part. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from service.missed.values import NearWord

LEAST_LIKE = 0.6
"""Of the pairs of letters that two words have, so many must be common to both."""
SHORTEST = 4
"""Letters: shorter words are like too many."""
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True, slots=True)
class ComparedName:
    """The longest word of a name, as texts' words are compared with it."""

    actor: str
    word: str
    pairs: frozenset[str]


def compared_names(names: Iterable[tuple[str, str]]) -> list[ComparedName]:
    """Return what is compared of names (of actor and alias); those without a word of four letters are left out."""
    longest = ((name, max(map(_plain, _WORD.findall(alias)), key=len, default="")) for name, alias in names)
    return [ComparedName(name, word, _pairs(word)) for name, word in longest if len(word) >= SHORTEST]


def nearest_word(names: Iterable[ComparedName], text: str) -> NearWord | None:
    """Return the word of a text that is most like one of the names; None: none is."""
    words: dict[str, str] = {}
    for match in _WORD.finditer(text):
        words.setdefault(_plain(match[0]), match[0])
    pairs_of = {word: len(_pairs(word)) for word in words if len(word) >= SHORTEST}
    of_pair: dict[str, list[str]] = defaultdict(list)
    for word in pairs_of:
        for pair in _pairs(word):
            of_pair[pair].append(word)
    best, found = 0.0, None
    for name in names:
        common = Counter(word for pair in name.pairs for word in of_pair.get(pair, ()))
        for word, count in common.items():
            like = 2 * count / (len(name.pairs) + pairs_of[word])
            if like > best and like >= LEAST_LIKE:
                best, found = like, NearWord(name.actor, words[word], word == name.word)
    return found


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _pairs(word: str) -> frozenset[str]:
    edged = f"^{word}$"
    return frozenset(edged[place : place + 2] for place in range(len(edged) - 1))
