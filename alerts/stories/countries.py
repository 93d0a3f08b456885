"""The countries that a title names. Two titles that name two countries are seldom of one event, however alike their words are.

Names are those of CLDR (Babel) in the title's own language, in their base form alone: what is not recognised only counts for
nothing. Pure.
"""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alerts.stories.words import Words, common_words, read_words, term_ids

Countries = tuple[int, ...]
"""Countries by their two letters as a number, in order; none where a title names none, or too many to be about any."""

MOST_COUNTRIES = 2
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
"""Codes of two letters in CLDR that are none."""
_PARENTS = {"nn": "no"}
"""Languages of which CLDR writes only what differs from another."""


@dataclass(frozen=True, slots=True)
class _Name:
    terms: tuple[int, ...]
    country: int
    has_capital: bool
    """Whether it is written with a capital: its script has them."""


def countries_of(title: Words, language: int) -> Countries:
    """Return the countries that a title names; `language` is a number in `words.common_words`."""
    names = _names(common_words().code(language))
    if not names:
        return ()
    terms, capital = term_ids(title)
    ids, capitals = tuple(terms.tolist()), capital.tolist()
    found = set()
    after = 0
    for place, first in enumerate(ids):
        for name in names.get(first, ()) if place >= after else ():
            if ids[place : place + len(name.terms)] == name.terms and (
                capitals[place] or not name.has_capital
            ):
                found.add(name.country)
                after = place + len(name.terms)
                break
    return tuple(sorted(found)) if len(found) <= MOST_COUNTRIES else ()


@cache
def _names(code: str | None) -> Mapping[int, Sequence[_Name]]:
    """Give the countries of a language (ISO 639-1) by the first term of their names, the longer names first."""
    found: dict[int, list[_Name]] = defaultdict(list)
    for two, forms in territories(code).items() if code else ():
        if len(two) != 2 or not two.isalpha() or two in _NO_COUNTRIES:
            continue
        number = (ord(two[0]) - ord("A")) * 26 + ord(two[1]) - ord("A")
        for form in forms.removesuffix(")").split(" ("):  # "Myanmar (Burma)"
            terms, capital = term_ids(read_words(form))
            if terms.size:
                name = _Name(tuple(terms.tolist()), number, bool(capital[0]))
                found[name.terms[0]].append(name)
    for names in found.values():
        names.sort(key=lambda name: -len(name.terms))
    return dict(found)


def territories(code: str) -> dict[str, str]:
    """Return a language's names of countries and regions by their codes; none where CLDR has none.

    As Babel's `Locale(code).territories`, which keeps all else of the language as well: six megabytes of English.
    """
    from babel import localedata  # only where it is needed: it takes a while to load

    if not localedata.exists(code):
        return {}
    with Path(localedata.resolve_locale_filename(code)).open("rb") as file:
        own: dict[str, str] = pickle.load(file).get("territories", {})  # noqa: S301  (Babel's own file)
    return own if code not in _PARENTS else territories(_PARENTS[code]) | own


def share_elsewhere(ours: Mapping[Countries, int], theirs: Mapping[Countries, int]) -> float:
    """Return of what share of all pairs of two sets of articles the titles name countries, and none in common.

    Each set is given by how many articles name which countries.
    """
    if not any(ours) or not any(theirs):
        return 0.0
    apart = sum(
        count * other
        for one, count in ours.items()
        for two, other in theirs.items()
        if one and two and not set(one) & set(two)
    )
    return apart / (sum(ours.values()) * sum(theirs.values()))


def shares_elsewhere(sets: list[Mapping[Countries, int]]) -> npt.NDArray[np.float64]:
    """Return what `share_elsewhere` does for each two of many."""
    kinds = sorted({countries for own in sets for countries in own if countries})
    if len(kinds) < 2:
        return np.zeros((len(sets), len(sets)))
    counts = np.array([[own.get(kind, 0) for kind in kinds] for own in sets], np.float64)
    differ = np.array([[not set(one) & set(two) for two in kinds] for one in kinds], np.float64)
    size = np.array([sum(own.values()) for own in sets], np.float64)
    found: npt.NDArray[np.float64] = counts @ differ @ counts.T / np.outer(size, size)
    return found
