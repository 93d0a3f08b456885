"""Folding: what is the same to a reader becomes the same to the matcher, with an exact way back to the text as stored.

Case, width, compatibility forms and diacritics are folded (Unicode NFKD and case folding, with a table for letters that do not
decompose); Arabic alef, ya and ta marbuta forms, tatweel and harakat too. Everything that is no letter or digit parts words: so
apostrophes and hyphens do ("l'accord", "Blinken's"). Characters of scripts written without spaces are words of their own,
with the marks on them.

The tables are numpy arrays over all code points that letters have; a text of the Basic Multilingual Plane is read as UTF-16, any
other as UTF-32.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

FOLD_VERSION = 2
"""Raised whenever folding changes, so that what was folded before can be told apart."""

Codes = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]

_DELETED, _DELETED_BYTE = 0, b"\0"
_EXPANDED, _EXPANDED_BYTE = 1, b"\1"
_SPACE = 32
_LINE_END = 10
_HYPHENS = frozenset(map(ord, "-‐\u00ad"))
_TATWEEL = "\u0640"
_FIRST_CASELESS = 0x0590
"""Scripts before Hebrew have capitals."""
_FIRST_UNSPACED = 0x0E00
"""No script written without spaces stands before Thai."""
_LAST_LETTER = 0x32000
"""No letter stands beyond: the tables end with it, and all that follows is what it is, a space."""
_LETTERS = str.maketrans(
    {
        **{"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"},
        **{"ŧ": "t", "ŋ": "n", "ς": "σ"},
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
    }
)
_MARKS = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05BD),
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
)
"""Marks that only modify a letter. Those of Indic scripts are letters' equals and stay."""
_APOSTROPHES = frozenset(range(0x02B9, 0x02C0)) | {0x02C8, 0x02EE, 0xA78B, 0xA78C}
"""Letters to Unicode, apostrophes to a reader: Hawai\u02bbi, Лук\u02bcянченко."""
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3041, 0x309F),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0x20000, 0x3134F),
)
"""Thai, Lao, Myanmar, Khmer, Hiragana, Han; and Hangul, whose particles are glued on."""
_KATAKANA = ((0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF))
"""Written in words, next to other scripts without a space."""
_GLUED, _ALONE, _ON_LETTER, _OWN_SCRIPT = range(4)
"""How a character joins the one before it: into one word; never; as a mark on it; if it is of the same kind."""
_ASCII_WORD = re.compile("[a-z0-9]+")
_AT_ONCE = 20_000


class Folded:
    """A text folded: " words parted by one space "; `text[i]` comes from the character `origin[i] - 1` of the original."""

    __slots__ = ("_line_ends", "_spaces", "_unfolded", "codes", "origin", "original", "text")

    def __init__(self, original: str, text: str, unfolded: Codes, codes: Codes, origin: Places) -> None:
        self.original = original
        self.text = text
        self._unfolded = unfolded
        """The codes of the original, with a line end before and after."""
        self.codes = codes
        """The codes of `text`, without the last space."""
        self.origin = origin
        """Where each character of `text` comes from."""
        self._spaces: Places | None = None
        self._line_ends: Places | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]`, without spaces around it, stands in the original, marks on its last letter included."""
        origin, original = self.origin, self.original
        first, last = origin.item(start) - 1, origin.item(end - 1)
        while last < len(original) and original[last] > "\x7f" and _is_deleted(original[last]):
            last += 1
        return first, last

    def between(self, left: int, right: int) -> str:
        """Return what stands in the original between the characters of two places, marks and invisible characters left out."""
        parted = self.original[self.origin.item(left) : self.origin.item(right) - 1]
        if parted.isascii():
            return parted
        return "".join(character for character in parted if not _is_deleted(character))

    def is_capital(self, place: int) -> bool:
        """Return whether the character that `text[place]` comes from is a capital letter."""
        number = self.origin.item(place)
        character = self.original[number - 1 : number]
        return character.isupper() or character.istitle()

    def capitals(self, places: Places) -> npt.NDArray[np.bool_]:
        """Tells of each of many places what `is_capital` tells of one."""
        return _tables().capital.take(self._unfolded.take(self.origin.take(places)), mode="clip")

    def initials(self) -> list[int]:
        """Return the places of capital letters that stand alone before a word with a capital: "J" of "Antony J. Blinken".

        Words of scripts without capitals count as if they had one.
        """
        spaces = self.spaces
        alone = spaces[:-1][spaces[1:] - spaces[:-1] == 2]
        if not alone.size:
            return []
        alone += 1
        places = alone[self.capitals(alone)]
        if not places.size:
            return []
        following = self._unfolded.take(self.origin.take(places + 2, mode="clip"))
        capital = _tables().capital.take(following, mode="clip")
        found: list[int] = places[capital | (following >= _FIRST_CASELESS)].tolist()
        return found

    @property
    def spaces(self) -> Places:
        """The places of the spaces: before each word, and after the last."""
        if self._spaces is None:
            inside = (self.codes == _SPACE).nonzero()[0]
            self._spaces = np.empty(inside.size + 1, np.intp)
            self._spaces[:-1] = inside
            self._spaces[-1] = self.codes.size
        return self._spaces

    def has_hyphen_at_line_end(self) -> bool:
        """Return whether a word may be parted at the end of a line."""
        return not _HYPHENS.isdisjoint(self._unfolded.take(self.line_ends).tolist())

    def lines(self) -> list[int]:
        """Return the place where each line of the original begins, the first left out."""
        found: list[int] = self.origin.searchsorted(self.line_ends + 2).tolist()
        return found

    @property
    def line_ends(self) -> Places:
        """Where the lines of the original end, the last left out."""
        if self._line_ends is None:
            self._line_ends = (self._unfolded[1:-1] == _LINE_END).nonzero()[0]
        return self._line_ends


@dataclass(frozen=True, slots=True)
class _Tables:
    short: npt.NDArray[np.uint8]
    """For texts that become Latin letters; what doesn't is `_EXPANDED`."""
    narrow: npt.NDArray[np.uint16]
    wide: npt.NDArray[np.uint32]
    joins: npt.NDArray[np.uint8]
    capital: npt.NDArray[np.bool_]
    expansions: dict[int, tuple[int, ...]]


def fold(text: str) -> Folded:
    """Return the folded text."""
    tables = _tables()
    raw = f"\n{text}\n"
    encoded, encoding = raw.encode("utf-16-le", "surrogatepass"), "utf-16-le"
    unfolded: Codes
    codes: Codes
    if len(encoded) == 2 * len(raw):
        unfolded = np.frombuffer(encoded, np.uint16)
        short = tables.short.take(unfolded)
        found = short.tobytes()
        if _DELETED_BYTE not in found and _EXPANDED_BYTE not in found:
            origin = _words_and_spaces(short != _SPACE).nonzero()[0]
            codes = short.take(origin)
            return Folded(text, codes.tobytes().decode("latin-1") + " ", unfolded, codes, origin)
        codes = tables.narrow.take(unfolded)
    else:
        encoded, encoding = raw.encode("utf-32-le", "surrogatepass"), "utf-32-le"
        unfolded = np.frombuffer(encoded, np.uint32)
        codes = tables.wide.take(unfolded, mode="clip")
    resized: Places | None = None
    if codes.min() <= _EXPANDED:
        codes, resized = _resize(tables, raw, codes)
    letters = codes != _SPACE
    if codes.max() >= _FIRST_UNSPACED:
        places = _spaced(letters, tables.joins[codes])
        words = codes[places]
        words[np.flatnonzero(places[1:] == places[:-1])] = _SPACE
    else:
        places = _words_and_spaces(letters).nonzero()[0]
        words = codes.take(places)
    origin = places if resized is None else resized.take(places)
    return Folded(text, words.tobytes().decode(encoding, "surrogatepass") + " ", unfolded, words, origin)


def fold_words(text: str) -> str:
    """Return the folded words with spaces between; empty if no letter or digit is in the text."""
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.lower()))
    return fold(text).text.strip()


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return the folded words of many texts, much faster than one by one."""
    folded: list[str] = []
    for start in range(0, len(texts), _AT_ONCE):
        folded += _fold_some(texts[start : start + _AT_ONCE])
    return folded


def _fold_some(texts: Sequence[str]) -> list[str]:
    together = fold("\n".join(texts))
    bounds = np.cumsum([len(text) + 1 for text in texts])  # of each text's end in the unfolded text
    ends = np.searchsorted(together.origin, bounds).tolist()
    starts = [0, *ends[:-1]]
    return [together.text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _words_and_spaces(letters: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tells of each character but the last whether it stays: words do, and of the spaces before one the last."""
    kept: npt.NDArray[np.bool_] = letters[1:] | letters[:-1]
    return kept


def _resize(tables: _Tables, raw: str, codes: Codes) -> tuple[Codes, Places]:
    """Take out what is deleted, and puts in what a character becomes: ß is ss."""
    origin = (codes != _DELETED).nonzero()[0]
    resized = codes.take(origin)
    places = (resized == _EXPANDED).nonzero()[0]
    if not places.size:
        return resized, origin
    expansions = [tables.expansions[ord(raw[place])] for place in origin[places].tolist()]
    resized[places] = [expansion[0] for expansion in expansions]
    behind = np.repeat(places, [len(expansion) - 1 for expansion in expansions])
    rest = [code for expansion in expansions for code in expansion[1:]]
    return np.insert(resized, behind + 1, rest), np.insert(origin, behind + 1, origin[behind])


def _spaced(letters: npt.NDArray[np.bool_], joins: npt.NDArray[np.uint8]) -> Places:
    """Return the places to keep where scripts without spaces are among them; a word's first is there twice, once for a space."""
    marks = joins == _ON_LETTER
    kinds = joins
    if marks.any():  # a mark is of its letter's kind
        kinds = joins[np.maximum.accumulate(np.where(marks, 0, np.arange(joins.size)))]
    parted = (joins[1:] == _ALONE) | ((kinds[1:] != kinds[:-1]) & ~marks[1:])
    starts = np.flatnonzero(letters[1:] & (parted | ~letters[:-1])) + 1
    count = letters.astype(np.intp)
    count[starts] += 1
    return np.repeat(np.arange(letters.size), count)


@cache
def _tables() -> _Tables:
    wide = np.full(_LAST_LETTER + 1, _SPACE, np.uint32)
    joins = np.full(_LAST_LETTER + 1, _GLUED, np.uint8)
    capital = np.zeros(_LAST_LETTER + 1, np.bool_)
    for first, last in _KATAKANA:
        joins[first : last + 1] = _OWN_SCRIPT
    for first, last in _UNSPACED:
        joins[first : last + 1] = _ALONE
    for first, last in _MARKS:
        wide[first : last + 1] = _DELETED
    expansions: dict[int, tuple[int, ...]] = {}
    for code in range(_LAST_LETTER):
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Lo" and not unicodedata.decomposition(character) and code not in _LETTERS:
            wide[code] = code  # Han, most of them
        elif category == "Cf" or character == _TATWEEL:
            wide[code] = _DELETED
        elif category[0] in "LNM" and code not in _APOSTROPHES and wide[code] != _DELETED:
            capital[code] = category in ("Lu", "Lt")
            if category[0] == "M" and joins[code] == _ALONE:
                joins[code] = _ON_LETTER
            folded = _fold_letter(character)
            if len(folded) == 1:
                wide[code] = ord(folded)
            elif folded:
                wide[code] = _EXPANDED
                expansions[code] = tuple(map(ord, folded))
            elif _TATWEEL in unicodedata.normalize("NFKD", character):
                wide[code] = _DELETED
    narrow = wide[: 1 << 16].astype(np.uint16)
    short = np.where(narrow <= 0xFF, narrow, _EXPANDED).astype(np.uint8)
    return _Tables(short, narrow, wide, joins, capital, expansions)


def _is_deleted(character: str) -> bool:
    return bool(_tables().wide[min(ord(character), _LAST_LETTER)] == _DELETED)


def _is_mark(code: int) -> bool:
    return any(first <= code <= last for first, last in _MARKS)


def _fold_letter(character: str) -> str:
    """Return the folded form of one letter, mark or digit."""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if "가" <= character <= "힣":
        return character
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold()).casefold()
    kept = [part for part in parts.translate(_LETTERS) if part != _TATWEEL and not _is_mark(ord(part))]
    folded = "".join(part if _is_of_word(part) else " " for part in kept).strip()
    # what a character of the Basic Multilingual Plane becomes must be of it too
    return character if ord(character) <= 0xFFFF and max(folded, default="") > "\uffff" else folded


def _is_of_word(character: str) -> bool:
    return ord(character) not in _APOSTROPHES and (
        character.isalnum() or unicodedata.category(character)[0] == "M"
    )
