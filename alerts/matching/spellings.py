"""Other spellings of a name, looked for beside it: ae for ä, without an apostrophe, عبدالله for عبد الله. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from alerts.matching.name_words import name_words

_PEOPLES: Final = frozenset(name_words("peoples"))
MOST: Final = 12
"""Of one name."""

_UMLAUTS: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ø": "oe",
        "å": "aa",
        "đ": "dj",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "Ø": "Oe",
        "Å": "Aa",
        "Đ": "Dj",
    }
)
_APOSTROPHE: Final = re.compile(r"(?<=\w)['’ʼ‘`](?=\w)")
_AND: Final = re.compile(r"\s*&\s*|\s+(?:and|und|et|och|og|en|и|та|і)\s+")
_AMPERSANDS: Final = (" & ", " and ", " und ", " et ", " y ", " e ", " en ", " och ", " og ")
_PAIRS: Final = (
    ("Ltd", "Limited"),
    ("Inc", "Incorporated"),
    ("Corp", "Corporation"),
    ("Co", "Company"),
    ("Bros", "Brothers"),
    ("St", "Saint"),
    ("Ste", "Sainte"),
    ("Mt", "Mount"),
    ("Ft", "Fort"),
)
_SHORT: Final = re.compile(rf"\b({'|'.join(short for short, _long in _PAIRS)})\b\.?(?=\s|$)")
_LONG: Final = re.compile(rf"\b({'|'.join(long for _short, long in _PAIRS)})\b")
_LONG_OF: Final = dict(_PAIRS)
_SHORT_OF: Final = {long: short for short, long in _PAIRS}
_LETTERS_NUMBER: Final = re.compile(r"(?<=\b[A-Z])(?=\d)|(?<=\b[A-Z][A-Za-z])(?=\d)|(?<=[A-Z]{3})(?=\d)")
_LETTERS_HYPHEN_NUMBER: Final = re.compile(r"(?<=[A-Za-z])[-‐‑](?=\d)")
_DOTTED: Final = re.compile(r"\b(?:[A-Z]\.){2,}(?=[\s,]|$)")
_ACRONYM: Final = re.compile(r"\b[A-Z]{2,6}\b(?![.\d'’&-])")
_PLUS: Final = re.compile(r"(?<=\w{3})\+$")
_NUMBER: Final = re.compile(r"\d{4,}")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[., ]\d{3})+\b")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])")
_MAC: Final = re.compile(r"\b(Mc|Mac|JP|De|Le|La|Van|O) (?=[A-Z][a-z])")
_ARABIC_APART: Final = re.compile(r"\b(عبد|أبو|ابو|ابي|أبي) (?=\w{2})|(?<=\w{2}) (?=الدين\b|الله\b)")
_ARABIC_JOINED: Final = re.compile(r"\b(عبد)(?=ال\w{2})|\b(أبو|ابو)(?=\w{3})")
_ARABIC_DIN: Final = re.compile(r"(?<=\w{2})(?=الدين\b)")
_ANUSVARA: Final = "\u0902"
_CLASSES: Final = (("कखगघङ", "ङ"), ("चछजझञ", "ञ"), ("टठडढण", "ण"), ("तथदधन", "न"), ("पफबभम", "म"))
_NASAL: Final = re.compile("([ङञणनम])\u094d(?=[क-म])")
_VARIES: Final = re.compile(
    r"[äöüøåđÄÖÜØÅĐ&'’ʼ‘`ئؤأँंङञणनम]|\d{3}|[a-z][A-Z]|[A-Z]{3}[a-z]|\b(?:and|und|et|Ltd|Limited|Inc|Corp|Corporation|Incorporated|Co|Company|"
    r"Bros|Brothers|St|Ste|Saint|Sainte|Mt|Mount|Ft|Fort|Mc|Mac|JP|De|Le|La|Van)\b|عبد|أبو|ابو|الدين|\+$|[A-Z]\.[A-Z]\.|\b[A-Z]{2,6}\b|[A-Za-z]-?\d"
)


def spellings(name: str, *, plural: bool = True) -> tuple[str, ...]:
    """Return the other spellings of a name, without the name itself; `plural`: with the s of a plural or genitive written on."""
    found = [name]
    if _VARIES.search(name):
        for vary in _WAYS:
            for known in tuple(found):
                found += [other for other in vary(known) if other not in found][: MOST - len(found)]
    if plural and name.isalpha() and name.istitle() and _is_people(name.lower()):
        found.append(f"{name}s")
    return tuple(found[1:])


def _is_people(word: str) -> bool:
    """Return whether a word names one of a people or party, who are many by an s: a Houthi, a Kurd."""
    return word in _PEOPLES or (len(word) > 4 and word.endswith(("i", "ist", "ite", "ian")))


def _umlauts(name: str) -> Iterator[str]:
    yield name.translate(_UMLAUTS)


def _apostrophes(name: str) -> Iterator[str]:
    yield _APOSTROPHE.sub("", name)


def _ampersands(name: str) -> Iterator[str]:
    if _AND.search(name):
        for sign in _AMPERSANDS:
            yield _AND.sub(sign, name)


def _legal_forms(name: str) -> Iterator[str]:
    yield _SHORT.sub(lambda match: _LONG_OF[match[1]], name)
    yield _LONG.sub(lambda match: _SHORT_OF[match[1]], name)


def _plus(name: str) -> Iterator[str]:
    yield _PLUS.sub(" Plus", name)


def _designations(name: str) -> Iterator[str]:
    yield _LETTERS_NUMBER.sub("-", name)
    yield _LETTERS_HYPHEN_NUMBER.sub("", name)


def _acronyms(name: str) -> Iterator[str]:
    if " " in name.strip():  # U.S. alone would be "us"
        yield _DOTTED.sub(lambda match: match[0].replace(".", ""), name)
    yield _ACRONYM.sub(lambda match: "".join(f"{letter}." for letter in match[0]), name)


def _numbers(name: str) -> Iterator[str]:
    yield _NUMBER.sub(lambda match: f"{int(match[0]):,}", name)
    yield _GROUPED.sub(lambda match: re.sub(r"[., ]", "", match[0]), name)


def _spaces(name: str) -> Iterator[str]:
    yield _CAMEL.sub(" ", name)
    yield _MAC.sub(r"\1", name)


def _arabic(name: str) -> Iterator[str]:
    yield _ARABIC_APART.sub(lambda match: match[0].rstrip(" "), name)
    yield _ARABIC_JOINED.sub(lambda match: f"{match[0]} ", name)
    yield _ARABIC_DIN.sub(" ", name) if " الدين" not in name else name


def _hamza(name: str) -> Iterator[str]:
    for one, other in (("ئ", "ؤ"), ("ؤ", "ئ"), ("ئ", "أ")):
        yield name.replace(one, other)
    yield re.sub("(?<=\\w)أ(?=\\w)", "ئ", name)


def _nasals(name: str) -> Iterator[str]:
    yield _NASAL.sub(_ANUSVARA, name)
    yield re.sub(f"{_ANUSVARA}(?=(.))", lambda match: _nasal_before(match[1]), name)
    yield name.replace("\u0901", _ANUSVARA)
    yield name.replace(_ANUSVARA, "\u0901")


def _nasal_before(letter: str) -> str:
    return next((f"{nasal}\u094d" for letters, nasal in _CLASSES if letter in letters), _ANUSVARA)


_WAYS: Final[tuple[Callable[[str], Iterator[str]], ...]] = (
    *(
        _umlauts,
        _apostrophes,
        _ampersands,
        _legal_forms,
        _plus,
        _acronyms,
        _designations,
        _numbers,
        _spaces,
        _arabic,
        _hamza,
        _nasals,
    ),
)
