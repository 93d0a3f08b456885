"""How usual the words of a language are (wordfreq's lists): what is usual everywhere tells no events apart. Pure."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from alerts.stories.language_codes import CODES
from alerts.stories.words import Ids, common_words, terms_of_words
from alerts.text.counted_words import counted_words, is_counted

Shares = npt.NDArray[np.float32]

MOST = 0.5
"""However usual a word is, it counts as standing in no more of the articles."""
COMMON = 0.5
"""The common words of a language that wordfreq has no list of count as standing in so many."""
_SPREAD = 10.0
"""A word that makes up one in a thousand of all words stands in so many of a thousand leads for each of a lead's words."""
_LISTED_AS = {"Serbo_Croatian": "sh", "Simple_English": "en"}
"""Languages of jusText without a code of their own, and whose words are counted for them."""
_NOT_LISTED = frozenset({"Korean", "Serbian"})
"""Those whose counted words are none of theirs: runs of characters are words in ours, and the others are in Latin letters."""


def usual_shares(terms: Ids, common: npt.NDArray[np.bool_], language: int) -> Shares:
    """Return for each term in what share of leads of so many terms it usually stands.

    `language` is a number in `words.common_words`, and `common` says which terms are common in it.
    """
    names = common_words().languages
    code = _code(names[language]) if language < len(names) else ""
    if not is_counted(code):
        return np.where(common, np.float32(COMMON), np.float32(0))
    ids, shares = _list(code)
    places = np.minimum(ids.searchsorted(terms), ids.size - 1)
    found = np.where(ids[places] == terms, shares[places], np.float32(0))
    return np.minimum(found * np.float32(_SPREAD * terms.size), np.float32(MOST))


def _code(name: str) -> str:
    """Return the code by which the words of a language of jusText are counted, if they are."""
    return "" if name in _NOT_LISTED else _LISTED_AS.get(name, CODES.get(name, ""))


@cache
def _list(code: str) -> tuple[Ids, Shares]:
    """Read a language's list: its terms in order, and their shares. A tenth of a second, once."""
    counted = counted_words(code)
    terms, kept = terms_of_words([word for _share, words in counted for word in words])
    ids, places = np.unique(terms, return_inverse=True)
    each = np.repeat([share for share, _words in counted], [len(words) for _share, words in counted])
    return ids, np.bincount(places, each[kept]).astype(np.float32)
