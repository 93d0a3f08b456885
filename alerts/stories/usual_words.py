"""How usual the words of a language are (wordfreq's lists): what is usual everywhere tells no events apart. Pure."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import wordfreq

from alerts.stories.words import Ids, common_words, terms_of_words

Shares = npt.NDArray[np.float32]

MOST = 0.5
"""However usual a word is, it counts as standing in no more of the articles."""
COMMON = 0.5
"""The common words of a language that wordfreq has no list of count as standing in so many."""
_SPREAD = 10.0
"""A word that makes up one in a thousand of all words stands in so many of a thousand leads for each of a lead's words."""
_CODES = {
    "Arabic": "ar",
    "Bengali": "bn",
    "Bosnian": "sh",
    "Bulgarian": "bg",
    "Catalan": "ca",
    "Croatian": "sh",
    "Czech": "cs",
    "Danish": "da",
    "Dutch": "nl",
    "English": "en",
    "Finnish": "fi",
    "French": "fr",
    "German": "de",
    "Greek": "el",
    "Hebrew": "he",
    "Hindi": "hi",
    "Hungarian": "hu",
    "Icelandic": "is",
    "Indonesian": "id",
    "Italian": "it",
    "Latvian": "lv",
    "Lithuanian": "lt",
    "Macedonian": "mk",
    "Malay": "ms",
    "Norwegian_Bokmal": "nb",
    "Persian": "fa",
    "Polish": "pl",
    "Portuguese": "pt",
    "Romanian": "ro",
    "Russian": "ru",
    "Serbo_Croatian": "sh",
    "Simple_English": "en",
    "Slovak": "sk",
    "Slovenian": "sl",
    "Spanish": "es",
    "Swedish": "sv",
    "Tagalog": "fil",
    "Tamil": "ta",
    "Turkish": "tr",
    "Ukrainian": "uk",
    "Urdu": "ur",
    "Vietnamese": "vi",
}
"""jusText's names of languages, and wordfreq's."""


def usual_shares(terms: Ids, common: npt.NDArray[np.bool_], language: int) -> Shares:
    """Return for each term in what share of leads of so many terms it usually stands.

    `language` is a number in `words.common_words`, and `common` says which terms are common in it.
    """
    names = common_words().languages
    code = _CODES.get(names[language]) if language < len(names) else None
    if code is None:
        return np.where(common, np.float32(COMMON), np.float32(0))
    ids, shares = _list(code)
    places = np.minimum(ids.searchsorted(terms), ids.size - 1)
    found = np.where(ids[places] == terms, shares[places], np.float32(0))
    return np.minimum(found * np.float32(_SPREAD * terms.size), np.float32(MOST))


@cache
def _list(code: str) -> tuple[Ids, Shares]:
    """Read a language's list: its terms in order, and their shares. A tenth of a second, once."""
    frequencies = wordfreq.get_frequency_dict(code, wordlist="small")
    terms, kept = terms_of_words(list(frequencies))
    ids, places = np.unique(terms, return_inverse=True)
    shares = np.bincount(places, np.array(list(frequencies.values()))[kept])
    wordfreq.get_frequency_dict.cache_clear()  # some megabytes
    return ids, shares.astype(np.float32)
