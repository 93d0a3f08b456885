"""Names in articles that are spelt nearly like one that is tracked: "Nacer Bourita" beside "Nasser Bourita". Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from alerts.text import fold_words
from alerts.values import Document

NEAR: Final = 0.8
"""How like each word must be to the name's, of 1."""
_WORD: Final = r"[^\W\d_a-z]\w+(?:[-'’][^\W\d_]\w*)*"
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ou|oo|w|o", "u"),
        ("ee|ei|ai|ay|ey|y|e", "i"),
        ("kh", "h"),
        ("ck|q|c(?![eih])", "k"),
        ("c(?=[ei])|z|s", "s"),
        ("ch|sh", "x"),
        ("th", "t"),
        ("ph", "f"),
        (r"(.)\1+", r"\1"),
    )
)


def near_names(name: str, documents: Iterable[Document]) -> Counter[str]:
    """Return the near spellings that stand in articles, each with how many; names of one word have none that could be trusted."""
    wanted = fold_words(name).split()
    counts: Counter[str] = Counter()
    if len(wanted) < 2:
        return counts
    written = len(name.split())
    pattern = re.compile(rf"(?<!\w){_WORD}(?:[ \u00a0]{_WORD}){{{written - 1}}}(?!\w)")
    sounds = [_sound(word) for word in wanted]
    for document in documents:
        text = f"{document.title}\n{document.text}"
        counts.update({match for match in _overlapping(pattern, text) if _is_near(match, wanted, sounds)})
    return counts


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterable[str]:
    at = 0
    while (match := pattern.search(text, at)) is not None:
        yield match[0]
        at = match.start() + len(match[0].split()[0])


def _is_near(text: str, wanted: list[str], sounds: list[str]) -> bool:
    words = fold_words(text).split()
    return (
        len(words) == len(wanted)
        and words != wanted
        and all(_are_alike(_sound(word), sound) for word, sound in zip(words, sounds, strict=True))
    )


def _are_alike(one: str, other: str) -> bool:
    return one[:1] == other[:1] and (one == other or SequenceMatcher(None, one, other).ratio() >= NEAR)


@lru_cache(maxsize=20_000)
def _sound(word: str) -> str:
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word
