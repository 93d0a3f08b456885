"""The word of a text that is most like a name that is tracked: it tells a misspelling, or a name in part. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

from service.missed.values import NearWord

LEAST_LIKE = 0.6
"""Of the pairs of letters that two words have, so many must be common to both."""
SHORTEST = 4
"""Letters: shorter words are like too many."""
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def nearest_word(names: Iterable[tuple[str, str]], text: str) -> NearWord | None:
    """Return the word of a text that is most like the longest word of one of the names (of actor and alias); None: none is."""
    words: dict[str, str] = {}
    for match in _WORD.finditer(text):
        words.setdefault(_plain(match[0]), match[0])
    of_pair: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if len(word) >= SHORTEST:
            for pair in _pairs(word):
                of_pair[pair].append(word)
    best, found = 0.0, None
    for name, alias in names:
        wanted = max((_plain(word) for word in _WORD.findall(alias)), key=len, default="")
        if len(wanted) < SHORTEST:
            continue
        pairs = _pairs(wanted)
        common = Counter(word for pair in pairs for word in of_pair.get(pair, ()))
        for word, count in common.items():
            like = 2 * count / (len(pairs) + len(_pairs(word)))
            if like > best and like >= LEAST_LIKE:
                best, found = like, NearWord(name, words[word], word == wanted)
    return found


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _pairs(word: str) -> frozenset[str]:
    edged = f"^{word}$"
    return frozenset(edged[place : place + 2] for place in range(len(edged) - 1))
