"""What is kept of an article to compare later ones with: its shingles for copies, its terms for the event. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alerts.stories.words import (
    Ids,
    Words,
    common_words,
    read_words,
    shingle_hashes,
    term_ids,
    words_of_folded,
)
from alerts.text import fold, fold_words

FEWEST_WORDS = 25
"""Shorter texts are told apart by their titles too; with those they still need so many words to say that two are the same."""
FEWEST_WORDS_WITH_TITLE = 8
_KEPT = np.uint64(3)
"""Of the shingles one in four is kept, that with these bits clear: the same ones of every article."""
MOST_SHINGLES = 4_000
LEAD_WORDS = 250
"""The event is told in the first words; the first of them count most."""
_LEAD_CHARACTERS = 2_500
_HALF = np.uint64(32)
_FIRST_COUNT = 4.0
_COUNT_LASTS = 40.0
_CAPITAL = 1.5
"""A word that is always written with a capital is mostly a name."""


@dataclass(frozen=True, slots=True)
class Traces:
    """An article's shingles (in order) and the terms of its lead (in order), with how much each stands out in it."""

    shingles: Ids
    terms: Ids
    weights: npt.NDArray[np.float32]
    common: npt.NDArray[np.bool_]
    """Which terms are common in the article's language."""
    language: int
    """The number of that language in `words.common_words`."""
    exact: int | None
    """`fingerprint` as a number."""


def fingerprint(title: str, text: str) -> str | None:
    """Return a key that is equal for texts that differ only in case, marks, punctuation and spacing; None for too short ones."""
    return _fingerprint(title, fold_words(text))


def _fingerprint(title: str, words: str) -> str | None:
    if words.count(" ") + 1 < FEWEST_WORDS:
        words = f"{fold_words(title)} {words}".strip()
        if words.count(" ") + 1 < FEWEST_WORDS_WITH_TITLE:
            return None
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read_shingles(words: Words) -> Ids:
    """Return the kept shingles of a text, in order of their numbers."""
    hashes = shingle_hashes(words)
    kept = (hashes[hashes & _KEPT == 0] >> _HALF).astype(np.uint32)
    kept.sort()
    differs = np.ones(kept.size, np.bool_)
    differs[1:] = kept[1:] != kept[:-1]
    shingles: Ids = kept[differs][:MOST_SHINGLES]
    return shingles


def read_terms(title: str, text: str) -> tuple[Ids, npt.NDArray[np.float32]]:
    """Return the terms of title and lead, and how much each stands out: how often, how early, whether it looks like a name."""
    lead = read_words(f"{title}\n{text[:_LEAD_CHARACTERS]}").head(LEAD_WORDS)
    ids, capital = term_ids(lead)
    if not ids.size:
        return ids, np.empty(0, np.float32)
    terms, places = np.unique(ids, return_inverse=True)
    early = 1.0 + _FIRST_COUNT * np.exp(np.arange(ids.size) / -_COUNT_LASTS)
    count = np.bincount(places, early, terms.size)
    times = np.bincount(places, minlength=terms.size)
    named = np.bincount(places, capital, terms.size) == times
    if capital.all():
        named[:] = False  # a script without capitals, or all in capitals
    weights = (1.0 + np.log(count)) * np.where(named, _CAPITAL, 1.0)
    return terms, weights.astype(np.float32)


def read_lead(title: str, text: str) -> Traces:
    """Return what the event is told by, without shingles."""
    terms, weights = read_terms(title, text)
    language, common = common_words().judge(terms)
    return Traces(np.empty(0, np.uint32), terms, weights, common, language, None)


def read_traces(title: str, text: str) -> Traces:
    """Return an article's traces."""
    lead = read_lead(title, text)
    folded = fold(text)
    exact = _fingerprint(title, folded.text.strip())
    return replace(
        lead,
        shingles=read_shingles(words_of_folded(folded)),
        exact=None if exact is None else int(exact[:15], 16),
    )
