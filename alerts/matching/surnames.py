"""Which words of a person's name are the surname: guessed by the habits of the languages that names come from. Pure."""

from __future__ import annotations

import re
from typing import Final

from alerts.text import fold_words

SHORTEST_SURNAME: Final = 3
SHORTEST_ARABIC_SURNAME: Final = 4
_JUNIORS: Final = frozenset(("jr", "sr", "junior", "senior", "ii", "iii", "iv", "phd", "md", "filho", "neto"))
_PARTICLES: Final = frozenset(
    [
        "bin",
        "ibn",
        "ben",
        "bint",
        "abu",
        "al",
        "el",
        "as",
        "ash",
        "an",
        "ad",
        "ar",
        "at",
        "de",
        "del",
        "della",
        "der",
        "den",
        "van",
        "von",
        "da",
        "dos",
        "das",
        "do",
        "di",
        "du",
        "le",
        "la",
        "af",
        "zu",
        "zur",
        "ter",
        "ten",
        "y",
        "e",
        "bar",
        "mac",
        "mc",
        "o",
        "بن",
        "ابن",
        "بنت",
        "ابو",
        "ال",
        "фон",
        "ван",
        "де",
    ]
)
_OPTIONAL: Final = frozenset(("al", "el", "as", "ash", "an", "ad", "ar", "at"))
"""Particles that a surname goes without, too: al-Sisi, Sisi."""
_CHINESE: Final = frozenset(
    """xi li wang zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng xie han
    tang feng yu dong xiao cheng cao yuan deng peng zeng xu fu shen lu jiang cai jia ding wei xue ye pan du dai
    xia zhong tian ren fan fang shi yao tan liao zou xiong jin hao kong bai cui kang mao qiu qin jiang shi gu hou
    shao meng long wan duan lei qian yin qi ai""".split()  # noqa: SIM905
)
_KOREAN: Final = frozenset(
    """kim park lee choi jung jeong kang cho yoon jang lim han oh seo shin kwon hwang ahn song yoo hong moon yun ban
    pak roh""".split()  # noqa: SIM905
)
_JAPANESE: Final = frozenset(
    """abe suga kishida ishiba takaichi koizumi aso hatoyama tanaka suzuki sato takahashi watanabe ito yamamoto
    nakamura kobayashi kato yoshida yamada sasaki matsumoto inoue kimura hayashi shimizu saito mori ikeda
    hashimoto ogawa okada kono noda kan fukuda""".split()  # noqa: SIM905
)
_VIETNAMESE: Final = frozenset(
    [
        "nguyen",
        "tran",
        "le",
        "pham",
        "huynh",
        "hoang",
        "phan",
        "vu",
        "vo",
        "dang",
        "bui",
        "do",
        "ho",
        "ngo",
        "duong",
        "ly",
        "to",
        "truong",
        "vuong",
    ]
)
_HUNGARIAN_GIVEN: Final = frozenset(
    """viktor peter janos laszlo jozsef istvan ferenc gabor zoltan attila tamas andras gyorgy imre bela sandor balazs
    katalin judit ildiko agnes zsuzsa zsuzsanna gergely miklos akos csaba tibor lajos karoly mihaly matyas marton
    zsolt geza erzsebet klara tunde aniko krisztina szilard levente bence mate pal klara dora bernadett agoston
    laszlone""".split()  # noqa: SIM905
)
_HUNGARIAN_LETTERS: Final = frozenset("áéíóöőúüű")
_SPANISH_GIVEN: Final = frozenset(
    """jose juan manuel luis carlos antonio francisco javier miguel jesus pedro pablo alberto fernando jorge ramon
    rafael angel enrique vicente andres joaquin santiago eduardo diego alejandro ignacio mariano felipe gustavo
    ricardo roberto sergio victor hugo nicolas rodrigo gabriel daniel david oscar ivan raul marcos arturo emilio
    ernesto guillermo salvador tomas gonzalo hector maria ana carmen isabel dolores pilar teresa rosa cristina
    marta lucia elena laura sara margarita yolanda irene nadia claudia michelle soraya ines alba ione begona""".split()  # noqa: SIM905
)
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
    while given < len(words) and folded[given] in _SPANISH_GIVEN:
        given += 1
    rest = words[given:]
    if not given or len(rest) != 2 or folded[given] in _PARTICLES or len(words) < 3:
        return None
    return rest[0], " ".join(rest)


def _is_long_enough(surname: str) -> bool:
    arabic = "\u0600" <= surname[0] <= "\u06ff"
    return len(fold_words(surname)) >= (SHORTEST_ARABIC_SURNAME if arabic else SHORTEST_SURNAME)
