"""What is kept of an article to compare later ones with: its shingles for copies, its terms for the event. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alerts.stories.countries import Countries, countries_of
from alerts.stories.framing import is_gathering, without_frame
from alerts.stories.usual_words import usual_shares
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
_COUNT_LASTS, _COUNT_LASTS_LEAST = 40.0, 8.0
_COUNT_LASTS_SHARE = 0.2
"""What the first words count more falls to a third over a fifth of the lead: over the title, where a summary is all there is."""
_CAPITAL = 1.2
_TITLE_CASE = 0.6
_NOUNS_HAVE_CAPITALS = frozenset({"German", "Low_Saxon", "Luxembourgish"})
"""A word that is always written with a capital is mostly a name."""


@dataclass(frozen=True, slots=True)
class Traces:
    """An article's shingles (in order) and the terms of its lead (in order), with how much each stands out in it."""

    shingles: Ids
    terms: Ids
    weights: npt.NDArray[np.float32]
    named: npt.NDArray[np.bool_]
    """Which terms look like names."""
    common: npt.NDArray[np.bool_]
    """Which terms are common in the article's language."""
    usual: npt.NDArray[np.float32]
    """In what share of all articles of the language each term usually stands."""
    language: int
    """The number of that language in `words.common_words`."""
    exact: int | None
    """`fingerprint` as a number."""
    countries: Countries = ()
    """Those that the title names."""


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


@dataclass(frozen=True, slots=True)
class LeadTerms:
    """The terms of title and lead, in order, how much each stands out, and which look like names."""

    terms: Ids
    weights: npt.NDArray[np.float32]
    named: npt.NDArray[np.bool_]
    title: Words
    """The whole title's."""


def read_terms(title: str, text: str) -> LeadTerms:
    """Return the terms of title and lead; they stand out by how often and how early they are used, and as names."""
    whole = read_words(title)
    bare, text = without_frame(title, text[:_LEAD_CHARACTERS])
    lead = read_words(f"{bare}\n{text}").head(LEAD_WORDS)
    ids, capital = term_ids(lead)
    if not ids.size:
        return LeadTerms(ids, np.empty(0, np.float32), np.empty(0, np.bool_), whole)
    terms, places = np.unique(ids, return_inverse=True)
    lasts = min(_COUNT_LASTS, max(_COUNT_LASTS_LEAST, ids.size * _COUNT_LASTS_SHARE))
    early = 1.0 + _FIRST_COUNT * np.exp(np.arange(ids.size) / -lasts)
    count = np.bincount(places, early, terms.size)
    of_title = whole if bare == title else read_words(bare)
    named = _named(places, capital, terms.size, of_title.hashes.size)
    weights = (1.0 + np.log(count)) * np.where(named, _CAPITAL, 1.0)
    return LeadTerms(terms, weights.astype(np.float32), named, whole)


def _named(
    places: npt.NDArray[np.intp], capital: npt.NDArray[np.bool_], terms: int, of_title: int
) -> npt.NDArray[np.bool_]:
    """Return which terms always begin with a capital. A title in which most words do, or a script without, says nothing."""
    says = np.ones(capital.size, np.bool_)
    if capital[:of_title].mean() > _TITLE_CASE if of_title else False:
        says[:of_title] = False
    if capital[says].all():
        return np.zeros(terms, np.bool_)
    times = np.bincount(places, says, terms)
    named: npt.NDArray[np.bool_] = (np.bincount(places, says & capital, terms) == times) & (times > 0)
    return named


def read_lead(title: str, text: str) -> Traces:
    """Return what the event is told by, without shingles: no terms where the article gathers several events."""
    if is_gathering(title):
        nothing = np.empty(0, np.uint32)
        language = len(common_words().languages)
        none, no = np.empty(0, np.float32), np.empty(0, np.bool_)
        return Traces(nothing, nothing, none, no, no, none, language, None)
    lead = read_terms(title, text)
    language, common = common_words().judge(lead.terms)
    usual = usual_shares(lead.terms, common, language)
    named = lead.named
    if (
        language < len(common_words().languages)
        and common_words().languages[language] in _NOUNS_HAVE_CAPITALS
    ):
        named = np.zeros(named.size, np.bool_)
    countries = countries_of(lead.title, language)
    return Traces(
        np.empty(0, np.uint32), lead.terms, lead.weights, named, common, usual, language, None, countries
    )


def read_traces(title: str, text: str, *, bare: tuple[str, str] | None = None) -> Traces:
    """Return an article's traces; `bare`: title and text without what the outlet puts around them, to compare events by."""
    lead = read_lead(*(bare if bare is not None and not is_gathering(title) else (title, text)))
    folded = fold(text)
    exact = _fingerprint(title, folded.text.strip())
    return replace(
        lead,
        shingles=read_shingles(words_of_folded(folded)),
        exact=None if exact is None else int(exact[:15], 16),
    )
