"""A text as numbers: one hash a word, by which shingles and terms are told apart. Everything is done for all words at once.

Scripts written without spaces are folded to characters; what is a word there is a run of two characters (Han, Hangul) or three
(Thai, Lao, Khmer, Myanmar, whose letters say less), and a shingle is twice as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from alerts.stories.language_codes import CODES
from alerts.text.counted_words import is_counted
from alerts.text.fold import Folded, fold, fold_all

Hashes = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.uint32]

SHINGLE = 4
"""Words in a shingle; characters count half."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)
_HALF = np.uint64(32)
_INVERSE = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
_SPACE = 32
_USUAL_LENGTH = 1 << 16
"""Letters; for longer texts the table of powers is made anew."""
_SMALLER_FOR_LONG = 0.1
"""A word of a list ten times as long says so much less (as a power of ten): long lists hold foreign words, English ones first."""
_SMALLER_FOR_RARE = 0.8
"""And so much one of a language that wordfreq has no list of: few write in it."""
_NO_CHOICE = "Simple_English"
"""A list that is a part of another."""
_ALPHABETIC = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
_IDEOGRAPHIC = (
    (0x3041, 0x309F),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0x20000, 0x3134F),
)


def _powers(count: int, base: np.uint64 = _MULTIPLIER) -> Hashes:
    return np.cumprod(np.full(count, base, np.uint64), dtype=np.uint64)


_OF_SHINGLE = _powers(2 * SHINGLE)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in order: their hashes, which begin with a capital, and how many of them make a word (1, 2 or 3)."""

    hashes: Hashes
    capital: npt.NDArray[np.bool_]
    run: npt.NDArray[np.uint8]

    def head(self, count: int) -> Words:
        """Return the first words."""
        return Words(self.hashes[:count], self.capital[:count], self.run[:count])


def read_words(text: str) -> Words:
    """Return the words of a text, folded."""
    return words_of_folded(fold(text))


def shingle_hashes(words: Words) -> Hashes:
    """Return the hash of every run of four words, or of eight characters where a script has no spaces."""
    hashes = words.hashes
    if hashes.size < SHINGLE:
        return np.empty(0, np.uint64)
    short = _rolled(hashes, SHINGLE)
    if words.run.max() == 1:
        return _mixed(short)
    dense = words.run > 1
    kept = [short[~dense[: short.size]]]
    if hashes.size >= 2 * SHINGLE:
        long = _rolled(hashes, 2 * SHINGLE)
        kept.append(long[dense[: long.size]])
    return _mixed(np.concatenate(kept))


def term_ids(words: Words) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """Return one term a word, and whether it begins with a capital; a last character that makes no word is left out."""
    run = words.run
    if not run.size or run.max() == 1:
        return (words.hashes >> _HALF).astype(np.uint32), words.capital
    terms = words.hashes.copy()
    whole = np.ones(terms.size, np.bool_)
    for length in (2, 3):
        places = np.flatnonzero(run == length)
        follows = places[places + length <= run.size]
        for step in range(1, length):
            follows = follows[run[follows + step] == length]
        whole[places] = False
        whole[follows] = True
        joined = words.hashes[follows]
        for step in range(1, length):
            joined = joined * _MULTIPLIER + words.hashes[follows + step]
        terms[follows] = _mixed(joined)
    return (terms[whole] >> _HALF).astype(np.uint32), words.capital[whole]


def words_of_folded(folded: Folded) -> Words:
    """Return the words of a folded text."""
    codes = folded.codes
    starts = np.flatnonzero(codes == _SPACE) + 1
    starts = starts[starts < codes.size]
    if not starts.size:
        return Words(np.empty(0, np.uint64), np.empty(0, np.bool_), np.empty(0, np.uint8))
    powers, inverses = _usual_powers() if codes.size <= _USUAL_LENGTH else _letter_powers(codes.size)
    letters = codes * powers[: codes.size]
    letters[starts - 1] = 0  # the spaces
    # a letter's power is that of its place in the text; dividing by that of the word's makes it that of its place in the word
    hashes = _mixed(np.add.reduceat(letters, starts) * inverses[starts - 1])
    run = _runs().take(codes[starts], mode="clip")
    return Words(hashes, folded.capitals(starts), run)


@cache
def _runs() -> npt.NDArray[np.uint8]:
    """Return how many characters make a word, by the code of the first; for all codes beyond what it gives for the last."""
    runs = np.ones(max(high for _low, high in _IDEOGRAPHIC) + 2, np.uint8)
    for ranges, length in ((_IDEOGRAPHIC, 2), (_ALPHABETIC, 3)):
        for low, high in ranges:
            runs[low : high + 1] = length
    return runs


@cache
def _usual_powers() -> tuple[Hashes, Hashes]:
    """Return what texts of a usual length need, a megabyte; a book's would be many, and is not kept."""
    return _letter_powers(_USUAL_LENGTH)


def _letter_powers(count: int) -> tuple[Hashes, Hashes]:
    """Return the multiplier's powers from the first on, and what divides by each (modulo 2 ** 64)."""
    return _powers(count), _powers(count, np.uint64(_INVERSE))


def _rolled(hashes: Hashes, length: int) -> Hashes:
    count = hashes.size - length + 1
    total: Hashes = hashes[:count] * _OF_SHINGLE[0]
    for step in range(1, length):
        total += hashes[step : step + count] * _OF_SHINGLE[step]
    return total


def _mixed(values: Hashes) -> Hashes:
    """Spread what differs in a few bits over all of them."""
    values = (values ^ (values >> _SHIFT)) * _SPREAD
    return values ^ (values >> _SHIFT)


@dataclass(frozen=True, slots=True)
class CommonWords:
    """The words that are common in a language, for a hundred languages (jusText's lists)."""

    languages: tuple[str, ...]
    ids: Ids
    """In order."""
    member: npt.NDArray[np.uint8]
    """For each of them, one bit a language."""
    says: npt.NDArray[np.float64]
    """How much a word of each language's list says."""

    def judge(self, terms: Ids) -> tuple[int, npt.NDArray[np.bool_]]:
        """Return the number of the language that the terms which are common in it speak for the most, and which these are.

        The number is `len(languages)` where none is.
        """
        places = np.minimum(self.ids.searchsorted(terms), self.ids.size - 1)
        known = self.ids[places] == terms
        bits = np.unpackbits(self.member[places[known]], axis=1, count=len(self.languages))
        counts = bits.sum(axis=0) * self.says
        common = np.zeros(terms.size, np.bool_)
        language = int(counts.argmax())
        if not counts[language]:
            return len(self.languages), common
        common[known] = bits[:, language].astype(np.bool_)
        return language, common

    def code(self, language: int) -> str | None:
        """Return the code (ISO 639-1) of a language by its number; None where it has none, or is not known."""
        return CODES.get(self.languages[language]) if language < len(self.languages) else None


@cache
def common_words() -> CommonWords:
    """Read the lists; about a third of a second, once."""
    files = sorted(
        (
            file
            for file in resources.files("justext").joinpath("stoplists").iterdir()
            if file.name.endswith(".txt")
        ),
        key=lambda file: file.name,
    )
    ids = [np.unique(term_ids(read_words(file.read_text("utf-8")))[0]) for file in files]
    every = np.unique(np.concatenate(ids))
    member = np.zeros((every.size, -(-len(files) // 8)), np.uint8)
    for number, found in enumerate(ids):
        member[every.searchsorted(found), number // 8] |= np.uint8(0x80 >> number % 8)
    languages = tuple(file.name.removesuffix(".txt") for file in files)
    return CommonWords(languages, every, member, _what_they_say(languages, [each.size for each in ids]))


def _what_they_say(languages: Sequence[str], sizes: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return how much a word of each list says, by how many it has, and by who writes the language."""
    usual = np.array([1.0 if is_counted(CODES.get(name, "")) else _SMALLER_FOR_RARE for name in languages])
    chosen = np.array([name != _NO_CHOICE for name in languages])
    found: npt.NDArray[np.float64] = usual * chosen / np.array(sizes, np.float64) ** _SMALLER_FOR_LONG
    return found


def terms_of_words(words: list[str]) -> tuple[Ids, npt.NDArray[np.intp]]:
    """Return the terms of single words, and the places of those that have one: not of scripts written without spaces."""
    folded = [word.strip() for word in fold_all(words)]
    kept = [place for place, word in enumerate(folded) if word and " " not in word]
    found = words_of_folded(fold("\n".join(folded[place] for place in kept)))
    if found.hashes.size != len(kept):  # characters that are words
        return np.empty(0, np.uint32), np.empty(0, np.intp)
    single = found.run == 1
    return (found.hashes[single] >> _HALF).astype(np.uint32), np.array(kept, np.intp)[single]
