"""What stands around a place that makes another name of it, or none: neighbours, sentence ends, addresses, capitals."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from alerts.matching.name_words import name_words
from alerts.matching.reading import Reading
from alerts.text import fold_words
from alerts.text.counted_words import counted_words
from alerts.text.exact import signs_after
from alerts.text.places import Place
from storage.language import N_

TITLES: Final = frozenset(name_words("titles"))
"""Folded words that stand before a name, or after it, without making another name of it."""
GERMAN_OFFICES: Final = name_words("german_offices")
"""German writes offices in one word, and all nouns with a capital: Außenministerin Baerbock."""
_DEMONYMS: Final = frozenset(name_words("demonyms"))
_COUNTRIES: Final = frozenset(name_words("countries"))
_DAYS: Final = frozenset(name_words("days"))
_JUNIORS: Final = frozenset(name_words("juniors"))
_HEADS: Final = frozenset(name_words("heads"))
"""Words after a name that make another of it whatever the headline's capitals."""
_ABBREVIATIONS: Final = frozenset(name_words("abbreviations"))
_PARTED: Final = re.compile(r"[.,:;!?()\[\]{}/|…—–。、，：；！？（）،؛؟।]")
_GAP: Final = re.compile(r"(?<=[\w'’ʼ)\]])[^\w'’ʼ]+(?=[\w'’ʼ])")
_BEFORE: Final = re.compile(r"([^\W\d_][\w'’.\-]*)[ \u00a0]\Z")
_AFTER: Final = re.compile(r"[ \u00a0]([^\W\d_][\w'’\-]*)")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?…:;\n\"“”«»„•–—\-(]\s*|[.!?…][\"”’»)]?\s+)\Z")
_ADDRESS: Final = re.compile(
    r"(?:\w+://|www\.)\S+|[\w.+\-]+@[\w\-]+\.[\w.\-]+|\b[\w\-]+(?:\.[\w\-]+)*\.[a-z]{2,6}\b(?:/\S*)?"
)
_SIGNS_OF_ADDRESSES: Final = frozenset(".@/")
_ENDS: Final = frozenset(("", " ", "\n"))
"""What parts addresses from what stands around them."""
_COMPANY: Final = re.compile(r" ?& ?[^\W\d_a-z]\w+")
_CAPITALISED: Final = re.compile(r"(?<!\w)[^\W\d_a-z]\w+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_TWO_INITIALS: Final = re.compile(r"[A-Z]\.[A-Z]\.?")
_WORDS_OF_ONE_LETTER: Final = frozenset("AIEOYU")
_FUNCTION_WORDS: Final = frozenset(("على", "إلى", "الى", "حتى", "متى", "لدى", "مدى"))
_GIVEN_NAMES: Final = frozenset(name_words("given_names"))
"""A sentence that begins with one of these, and not with a word of its own: Michael Jordan played."""
_CHINESE_SURNAMES: Final = frozenset(name_words("chinese_surname_signs"))
_CHINESE_WORDS: Final = frozenset(name_words("chinese_words"))
_OVER_NAMES: Final = name_words("words_over_names")
_CASELESS: Final = "\u0590"
COMMON: Final = 5e-4
"""Such a share of a language's words: Spanish más has it, García and José have not."""


def why_no_name(reading: Reading, place: Place, alias: str, *, turned: bool = False) -> str | None:
    """Return why what stands at a place is no name as written: it goes over a sentence's end, is another word, an address."""
    surface = reading.surface(place)
    if surface != alias:
        if _PARTED.search(surface) and _is_parted(surface, alias, turned=turned):
            return N_("goes over a full stop, a comma or a bracket")
        if is_another_word(surface, alias) or _begins_as_word(reading, place, alias):
            return N_("another word, by its accents or small letters")
        if (signs := signs_after(alias)) and not reading.original.startswith(signs, reading.span(place)[1]):
            return N_("without the sign at its end")
    if surface[0] >= "\u3400" and _is_inside_word(reading, place):
        return N_("inside another word")
    if _in_address(reading, place):
        return N_("inside an address")
    return None


def is_another_word(surface: str, alias: str) -> bool:
    """Return whether accents, or an initial in small letters, make another word of the alias: más is not Mas."""
    if "\u0600" <= surface[0] <= "\u06ff":
        words = surface.split()
        return (words[-1] in _FUNCTION_WORDS and words[-1] not in alias) or _is_glued_otherwise(
            fold_words(words[0]), fold_words(alias)
        )
    if surface == alias or (not alias[0].isupper() and len(alias) > 1):
        return False
    if surface[0].islower() and alias[0].isupper() and _marks(surface) - _marks(alias):
        return True
    if " " in surface and _TWO_INITIALS.fullmatch(alias):
        return True  # U. S. Grant
    ours, theirs = _WORD.findall(alias), _WORD.findall(surface)
    if len(ours) != len(theirs):
        return False
    is_word = len(ours) > 1 and ours[0] in _WORDS_OF_ONE_LETTER and alias[1:2] == "." != surface[1:2]
    return is_word or any(
        len(one) == 1 and one.isupper() and other.islower() for one, other in zip(ours, theirs, strict=True)
    )


def _begins_as_word(reading: Reading, place: Place, alias: str) -> bool:
    """Return whether its capital is that of a sentence or headline, and its accents make a word of it: Más is not Mas.

    It is a word where the language is full of it, or where it stands in small letters in the same article.
    """
    surface = reading.surface(place)
    if not (surface.isalpha() and surface[0].isupper() and _marks(surface) - _marks(alias)):
        return False
    start, _end = reading.span(place)
    line = reading.line(place)
    is_capital_of_place = line.is_in_capitals or line.is_in_title_case
    if (
        not is_capital_of_place
        and _SENTENCE_START.search(reading.original, max(0, start - 10), start) is None
    ):
        return False
    word = surface.lower()
    return (
        word in _common_words((reading.document.language or "").split("-")[0])
        or re.search(rf"\b{re.escape(word)}\b", reading.original) is not None
    )


@cache
def _common_words(language: str) -> frozenset[str]:
    """Return the words that a language's texts are full of; none where they were not counted."""
    return frozenset(word for share, words in counted_words(language) if share >= COMMON for word in words)


def why_another_name(reading: Reading, place: Place, own: frozenset[str] = frozenset()) -> str | None:
    """Return why a capitalised neighbour makes another name of it; `own` are folded words of the actor's names."""
    line = reading.line(place)
    if line.is_in_capitals:
        return None
    surface = reading.surface(place)
    if surface[0] >= _CASELESS or not surface[0].isupper():
        return None
    language = (reading.document.language or "").split("-")[0]
    in_title_case = reading.is_in_title(place) and line.is_in_title_case
    start, end = reading.span(place)
    if (word := _word_before(reading, start)) is not None and not in_title_case and language != "de":
        folded = fold_words(word)
        if folded not in own and not set(folded.split()) & TITLES and folded not in _DAYS:
            return f'part of a longer name: "{word} {surface}"'
    after = _AFTER.match(reading.original, end)
    if after is not None and after[1][0].isupper():
        folded = fold_words(after[1].removesuffix("'s").removesuffix("’s"))
        if folded in _HEADS or folded in _JUNIORS:
            return f'part of a longer name: "{surface} {after[1]}"'
        if not (
            in_title_case
            or language == "de"
            or folded in own
            or folded in TITLES
            or folded in _DAYS
            or folded in _COUNTRIES
            or _is_bare_genitive(folded)
            or (after[1].isupper() and len(after[1]) > 1)
        ):
            return f'part of a longer name: "{surface} {after[1]}"'
    return None


def is_given_name(word: str) -> bool:
    """Return whether a capitalised word is a given name wherever it stands: Michael, Jean-Marie."""
    parts = fold_words(word).split()
    return parts[0] in _GIVEN_NAMES and len(parts) == len(_CAPITALISED.findall(word))


def why_surname_goes_on(reading: Reading, place: Place, own: frozenset[str]) -> str | None:
    """Return why a word after a surname makes another name of it: "Trump Tower", "Trump Jr."."""
    line = reading.line(place)
    start, end = reading.span(place)
    if _COMPANY.match(reading.original, end) or reading.original[max(0, start - 2) : start].rstrip().endswith(
        "&"
    ):
        return N_("a part of a company's name")
    after = _AFTER.match(reading.original, end)
    if after is None or not after[1][0].isupper() or line.is_in_capitals:
        return None
    folded = fold_words(after[1].removesuffix("'s").removesuffix("’s"))
    language = (reading.document.language or "").split("-")[0]
    in_title_case = reading.is_in_title(place) and line.is_in_title_case
    if folded in _HEADS or folded in _JUNIORS:
        return f"another word stands after it: {after[1]}"
    if (
        in_title_case
        or language == "de"
        or folded in own | TITLES | _DAYS
        or (after[1].isupper() and len(after[1]) > 1)
    ):
        return None
    return f"another word stands after it: {after[1]}"


def says_nothing(reading: Reading, place: Place, alias: str) -> bool:
    """Return whether the capitals of an exact alias say nothing, since all around it are written so."""
    line = reading.line(place)
    letters = "".join(_WORD.findall(alias))
    if letters.isupper():
        return line.is_in_capitals
    return " " not in alias and reading.is_in_title(place) and line.is_in_title_case


def _is_parted(surface: str, alias: str, *, turned: bool) -> bool:
    for gap in _GAP.finditer(surface):
        signs = set(gap[0].replace("\u00a0", " ").strip())
        if not signs or signs <= set(alias):
            continue
        before = re.search(r"[\w'’]+$", surface[: gap.start()])
        after = re.match(r"\w+", surface[gap.end() :])
        word = fold_words(before[0]) if before else ""
        following = after[0] if after else ""
        if "." in signs and (len(word) <= 1 or word in _ABBREVIATIONS):
            signs.discard(".")
        if "," in signs and (
            turned or fold_words(following) in (*_JUNIORS, "inc", "ltd", "llc", "corp", "co")
        ):
            signs.discard(",")
        if signs & set("([") and following[:1].isdigit():
            signs -= set("([")
        if _PARTED.search("".join(signs)):
            return True
    return False


def _is_glued_otherwise(word: str, alias: str) -> bool:
    """Return whether an Arabic word that ends like a name is another: كريم is not ك + ريم, المالي is financial, not Mali."""
    glued = word.removesuffix(first := alias.split(" ")[0])
    if not glued or not word.endswith(first):
        return False
    if " " not in alias and (word in _ARABIC_NAMES or (word[0] in "وف" and word[1:] in _ARABIC_NAMES)):
        return True
    return glued.endswith(("ال", "لل")) and " " not in alias and first[-1] == "ي"


_ARABIC_NAMES: Final = frozenset(map(fold_words, name_words("arabic_names")))
"""Names and words that begin like a glued letter."""


def _is_inside_word(reading: Reading, place: Place) -> bool:
    """Return whether it stands inside another word of a script without spaces: 이란 in 사랑이란, 京都 in 東京都."""
    start, end = reading.span(place)
    surface, before = reading.original[start:end], reading.original[max(0, start - 1) : start]
    after = reading.original[end : end + 1]
    if "가" <= surface[0] <= "힣":
        return "가" <= before <= "힣" and before not in "대반친주전탈북남"
    if len(surface) == 2 and surface[0] in _CHINESE_SURNAMES and surface[-1] + after in _CHINESE_WORDS:
        return True
    return any(
        at > 0 and reading.original.startswith(word, max(0, start - at))
        for word in _OVER_NAMES
        for at in [word.find(surface)]
    )


@cache
def _marks(text: str) -> frozenset[tuple[str, str]]:
    """Return the accents of a text, each with its letter."""
    composed = unicodedata.normalize("NFD", text.casefold())
    return frozenset(
        (composed[at - 1], mark) for at, mark in enumerate(composed) if at and unicodedata.combining(mark)
    )


def _in_address(reading: Reading, place: Place) -> bool:
    start, end = reading.span(place)
    original = reading.original
    if (
        original[end : end + 1] in _ENDS
        and original[start - 1 : start] in _ENDS
        and _SIGNS_OF_ADDRESSES.isdisjoint(original[start:end])
    ):
        return False
    first = max(original.rfind(" ", 0, start), original.rfind("\n", 0, start)) + 1
    ends = [at for at in (original.find(" ", end), original.find("\n", end)) if at >= 0]
    written = original[first : min(ends, default=len(original))]
    if _SIGNS_OF_ADDRESSES.isdisjoint(written):
        return False
    return any(
        first + match.start() <= start and end <= first + match.end() for match in _ADDRESS.finditer(written)
    )


def _is_bare_genitive(folded: str) -> bool:
    """Return whether a word is a country's genitive without its apostrophe, as wires and old archives write it: Irans."""
    return folded.endswith("s") and folded.removesuffix("s") in _COUNTRIES


def _word_before(reading: Reading, start: int) -> str | None:
    """Return the capitalised word right before a place, where it may be of a name."""
    text = reading.original
    match = _BEFORE.search(text, max(0, start - 60), start)
    if match is None or not match[1][0].isupper():
        return None
    word = match[1]
    if word.endswith(".") and len(word) > 2:
        return None
    if word.isupper() and len(word.strip(".")) > 1:
        return None
    if word.endswith(("'s", "’s")) or word.rpartition("-")[2][:1].islower():
        return None  # GAF's Heyman, Montreal-based Dominion
    folded = fold_words(word)
    if folded in _DEMONYMS or _is_bare_genitive(folded):
        return None  # American Hoechst, Irans Ahvaz
    begins = _SENTENCE_START.search(text, max(0, match.start() - 10), match.start()) is not None
    return None if begins and not is_given_name(word) else word
