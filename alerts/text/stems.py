"""Stems: any form of a word, by the Snowball stemmer of the article's language (https://snowballstem.org)."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import Final

import Stemmer

from alerts.text import fold_words

ARTICLE: Final = "ال"
"""What Arabic glues before a definite word."""
SHORTEST: Final = 3
"""A word in another form begins with at least so many of the same letters."""
_LANGUAGES: Final = {
    **{"cs": "czech", "eo": "esperanto", "fa": "persian", "pl": "polish"},
    **{
        "ar": "arabic",
        "ca": "catalan",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "es": "spanish",
    },
    **{
        "et": "estonian",
        "eu": "basque",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "hi": "hindi",
        "hu": "hungarian",
    },
    **{
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "lt": "lithuanian",
        "ne": "nepali",
        "nl": "dutch",
    },
    **{
        "no": "norwegian",
        "nb": "norwegian",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
    },
    **{"sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish"},
}
_local = threading.local()


def stems_of(word: str, language: str | None) -> frozenset[str]:
    """Return the folded stems of a word: with its accents and without. In a language with no stemmer: the word itself."""
    algorithm = _LANGUAGES.get((language or "").split("-")[0].lower())
    folded = fold_words(word)
    if algorithm is None:
        return frozenset((folded,))
    stemmer = _stemmer(algorithm)
    accented = unicodedata.normalize("NFC", word).lower()
    return frozenset(fold_words(stemmer.stemWord(form)) for form in (accented, folded))


@cache
def beginning(word: str) -> str:
    """Return the folded letters with which every form of the word begins, whatever the language."""
    folded = fold_words(word)
    if len(folded) >= len(ARTICLE) + SHORTEST:
        folded = folded.removeprefix(ARTICLE)
    shared = [_shared(folded, stem) for language in _LANGUAGES for stem in stems_of(word, language)]
    # a stemmer may have put another letter for the last: parties, party -> parti
    shortest = min((count for count in shared if count >= SHORTEST), default=len(folded)) - 1
    return folded[: max(SHORTEST, shortest)]


def _shared(one: str, other: str) -> int:
    """Return with how many of the same letters two words begin."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    """Return this thread's stemmer: they are not safe to share."""
    known: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if algorithm not in known:
        known[algorithm] = Stemmer.Stemmer(algorithm)
    return known[algorithm]
