"""Which words of a person's name are the surname: guessed by the habits of the languages that names come from. Pure."""

from __future__ import annotations

import re
from typing import Final

from alerts.matching.name_words import name_words
from alerts.text import fold_words

SHORTEST_SURNAME: Final = 3
SHORTEST_ARABIC_SURNAME: Final = 4
_JUNIORS: Final = frozenset(("jr", "sr", "junior", "senior", "ii", "iii", "iv", "phd", "md", "filho", "neto"))
_PARTICLES: Final = frozenset(name_words("particles"))
_OPTIONAL: Final = frozenset(("al", "el", "as", "ash", "an", "ad", "ar", "at"))
"""Particles that a surname goes without, too: al-Sisi, Sisi."""
_CHINESE: Final = frozenset(name_words("chinese_surnames"))
_KOREAN: Final = frozenset(name_words("korean_surnames"))
_JAPANESE: Final = frozenset(name_words("japanese_surnames"))
_VIETNAMESE: Final = frozenset(name_words("vietnamese_surnames"))
_HUNGARIAN_GIVEN: Final = frozenset(name_words("hungarian_given_names"))
_HUNGARIAN_LETTERS: Final = frozenset("áéíóöőúüű")
_GIVEN: Final = frozenset(name_words("given_names"))
_SPANISH_GIVEN: Final = frozenset(name_words("spanish_given_names"))
_SYLLABLE: Final = re.compile(r"(?:[bcdfghjklmnpqrstwxyz]{0,2}[aeiouwy]{1,3}(?:ng|n|r|k|l|m|p|t)?){1,2}")


def surnames_of(name: str) -> tuple[str, ...]:
    """Return the surnames by which a person of this full name is called, likeliest first; none of a name of one word."""
    words = [word.strip(",") for word in name.split()]
    while len(words) > 2 and fold_words(words[-1]) in _JUNIORS:
        words.pop()
    if len(words) < 2:
        return ()
    folded = [fold_words(word) for word in words]
    if _is_family_first(words, folded):
        return (words[0],)
    if (spanish := _spanish(words, folded)) is not None:
        return spanish
    first = len(words) - 1
    while first > 1 and folded[first - 1] in _PARTICLES:
        first -= 1
    surname = " ".join(words[first:])
    found = [surname]
    head, hyphen, rest = surname.partition("-")
    if hyphen and fold_words(head) in _OPTIONAL:
        found.append(rest)
    elif first < len(words) - 1 and all(part in _OPTIONAL for part in folded[first:-1]):
        found.append(words[-1])
    if first >= 3 and folded[first] in ("da", "dos", "das", "do"):
        found.append(words[first - 1])
    return tuple(surname for surname in found if _is_long_enough(surname))


def _is_family_first(words: list[str], folded: list[str]) -> bool:
    first, given = folded[0], " ".join(folded[1:]).split()
    if not 2 <= len(words) <= 4:
        return False
    if first in _CHINESE | _KOREAN and len(given) <= 2:
        return all(_SYLLABLE.fullmatch(part) for part in given) and folded[-1] not in _CHINESE
    if first in _JAPANESE:
        return folded[-1] not in _JAPANESE and len(words) == 2
    if first in _VIETNAMESE and len(words) >= 3:
        return True
    return (
        folded[-1] in _HUNGARIAN_GIVEN
        and first not in _HUNGARIAN_GIVEN
        and (
            not _HUNGARIAN_LETTERS.isdisjoint(words[0].lower() + words[-1].lower())
            or folded[-1] in ("viktor",)
        )
    )


def _spanish(words: list[str], folded: list[str]) -> tuple[str, ...] | None:
    """Return the first of two surnames after Spanish given names."""
    given = 0
    while given < len(words) and (folded[given] in _SPANISH_GIVEN or (given and folded[given] in _GIVEN)):
        given += 1
    rest = words[given:]
    if not given or len(rest) != 2 or folded[given] in _PARTICLES or len(words) < 3:
        return None
    return rest[0], " ".join(rest)


def _is_long_enough(surname: str) -> bool:
    arabic = "\u0600" <= surname[0] <= "\u06ff"
    return len(fold_words(surname)) >= (SHORTEST_ARABIC_SURNAME if arabic else SHORTEST_SURNAME)
