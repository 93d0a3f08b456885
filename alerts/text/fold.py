"""Folding: what is the same to a reader becomes the same to the matcher, with an exact way back to the text as stored.

Case, width, compatibility forms and diacritics are folded (Unicode NFKD and case folding, with a table for letters that do not
decompose); Arabic alef, ya and ta marbuta forms, tatweel and harakat too. Everything that is no letter or digit is a space, runs
of them one: so an apostrophe or hyphen parts words ("l'accord", "Blinken's"). Characters of scripts written without spaces stand
as words of their own. The folded text begins and ends with a space, so that " word " is a whole word wherever it is found.

The tables are numpy arrays over all code points: folding costs about as much as one scan of an automaton over the text.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

FOLD_VERSION = 1
"""Raised whenever folding changes, so that what was folded before can be told apart."""

_SPACE = 32
_LAST_LETTER = 0x32000
"""No letter stands beyond; the rest of the table are spaces."""
_LETTERS = str.maketrans(
    {
        **{
            "ø": "o",
            "ł": "l",
            "đ": "d",
            "ħ": "h",
            "ı": "i",
            "æ": "ae",
            "œ": "oe",
            "þ": "th",
            "ð": "d",
            "ŧ": "t",
            "ŋ": "n",
        },
        **{
            "ى": "ي",
            "ی": "ي",
            "ې": "ي",
            "ة": "ه",
            "ٱ": "ا",
            "ک": "ك",
            "ڪ": "ك",
            "ہ": "ه",
            "ھ": "ه",
            "ە": "ه",
        },
        "ς": "σ",
    }
)
_MARKS = (
    *(
        (0x0300, 0x036F),
        (0x0483, 0x0489),
        (0x0591, 0x05C7),
        (0x0610, 0x061A),
        (0x064B, 0x065F),
        (0x0670, 0x0670),
    ),
    *(
        (0x06D6, 0x06ED),
        (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF),
        (0x20D0, 0x20FF),
        (0xFE00, 0xFE0F),
        (0xFE20, 0xFE2F),
    ),
)
"""Marks that only modify a letter. Those of Indic scripts are letters' equals and stay."""
_UNSPACED = (
    *(
        (0x0E00, 0x0EFF),
        (0x1000, 0x109F),
        (0x1780, 0x17FF),
        (0x3041, 0x309F),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
    ),
    *((0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3134F)),
)
"""Thai, Lao, Myanmar, Khmer, Hiragana, Han; and Hangul, whose particles are glued on."""


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` folded; `origin[i]` is the place in the original of the character that `text[i]` comes from."""

    text: str
    origin: npt.NDArray[np.int32]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Gives where `text[start:end]`, without spaces around it, stands in the original, marks on its last letter included."""
        first, last = int(self.origin[start]), int(self.origin[end - 1]) + 1
        kinds = _tables().lengths
        while last < len(self.original) and kinds[ord(self.original[last])] == 0:
            last += 1
        return first, last


@dataclass(frozen=True, slots=True)
class _Tables:
    codes: npt.NDArray[np.uint32]
    lengths: npt.NDArray[np.uint8]
    unspaced: npt.NDArray[np.bool_]
    expansions: dict[int, npt.NDArray[np.uint32]]


def fold(text: str) -> Folded:
    """Gives the folded text."""
    tables = _tables()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = tables.lengths[codes]
    folded = tables.codes[codes]
    if lengths.size and lengths.max() > 1:
        folded, origin = _expand(tables, codes, lengths, folded)
    else:
        origin = np.flatnonzero(lengths).astype(np.int32)
        folded = folded[origin]
    spaces = folded == _SPACE
    keep = ~spaces
    keep[1:] |= ~spaces[:-1]  # of a run of spaces the first stays
    kept = np.flatnonzero(keep)
    kept = kept[1:] if kept.size and spaces[kept[0]] else kept
    kept = kept[:-1] if kept.size and spaces[kept[-1]] else kept
    padded = np.full(kept.size + 2, _SPACE, dtype=np.uint32)
    padded[1:-1] = folded[kept]
    places = np.zeros(kept.size + 2, dtype=np.int32)
    places[1:-1] = origin[kept]
    places[-1] = len(text)
    return Folded(padded.tobytes().decode("utf-32-le", "surrogatepass"), places, text)


def fold_words(text: str) -> str:
    """Gives the folded text without the spaces at its ends, as the matcher looks for it; empty if no letter is in it."""
    return fold(text).text.strip()


def _expand(
    tables: _Tables,
    codes: npt.NDArray[np.uint32],
    lengths: npt.NDArray[np.uint8],
    folded: npt.NDArray[np.uint32],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Folds characters that become several: ß is ss, a Han character stands between spaces."""
    origin = np.repeat(np.arange(codes.size, dtype=np.int32), lengths)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    within = np.arange(origin.size) - np.repeat(starts, lengths)
    out = folded[origin]
    out[tables.unspaced[codes][origin] & (within != 1)] = _SPACE
    for place in np.flatnonzero((lengths > 1) & ~tables.unspaced[codes]):
        expansion = tables.expansions[int(codes[place])]
        out[starts[place] : starts[place] + expansion.size] = expansion
    return out, origin


@cache
def _tables() -> _Tables:
    size = sys.maxunicode + 1
    codes = np.full(size, _SPACE, dtype=np.uint32)
    lengths = np.ones(size, dtype=np.uint8)
    unspaced = np.zeros(size, dtype=np.bool_)
    for first, last in _UNSPACED:
        unspaced[first : last + 1] = True
    expansions: dict[int, npt.NDArray[np.uint32]] = {}
    for code in range(_LAST_LETTER):
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cn", "Co", "Cs"):
            continue
        if code == 0x0640 or category == "Cf" or any(first <= code <= last for first, last in _MARKS):
            lengths[code] = 0
        elif category[0] in "LNM":
            folded = _fold_letter(character)
            if unspaced[code] and len(folded) == 1:
                codes[code], lengths[code] = ord(folded), 3
            elif len(folded) == 1:
                codes[code] = ord(folded)
            elif folded:
                expansions[code] = np.array([ord(part) for part in folded], dtype=np.uint32)
                lengths[code] = len(folded)
    unspaced &= lengths == 3
    return _Tables(codes, lengths, unspaced, expansions)


def _fold_letter(character: str) -> str:
    """Gives the folded form of one letter, mark or digit."""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold()).casefold()
    if "가" <= character <= "힣":
        return character
    kept = [
        part
        for part in parts.translate(_LETTERS)
        if not any(first <= ord(part) <= last for first, last in _MARKS)
    ]
    return "".join(
        part if part.isalnum() or unicodedata.category(part)[0] == "M" else " " for part in kept
    ).strip()
