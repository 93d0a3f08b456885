"""Which outlets of the catalogue a text names as where it has something from: "told Le Monde", "selon l'AFP". Pure.

A name counts only after words of attribution, with at most three words between ("according to the French daily Le Monde"): many
outlets are called as other things are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ahocorasick_rs import AhoCorasick, MatchKind

from service.catalogue.entries import CatalogueEntry, catalogue

_SAID = (
    r"(?:according to|told|quoted by|cited by|citing|quoting|reported by|first reported (?:by|in)|(?:an )?interview with|"
    r"published (?:by|in)|in remarks to|"
    r"selon|d['’]après|rapporté(?:e|es|s)? par|cité(?:e|es|s)? par|publié(?:e|es|s)? (?:par|dans)|"
    r"(?:confié|déclaré|indiqué|affirmé|expliqué|assuré|précisé) (?:à|au|aux)|une? (?:entretien|interview) (?:à|au|avec)|"
    r"según|de acuerdo con|citado por|publicado (?:por|en)|(?:declaró|dijo|explicó|aseguró) a|declaraciones a|"
    r"entrevista (?:con|a)|"
    r"laut|nach Angaben (?:der|des|von)|gegenüber|berichtet(?:e|en)?|sagte (?:der|dem)|"
    r"secondo|intervista a|ha detto a|riportato da|segundo|entrevista (?:ao|à)|disse (?:ao|à)|"
    r"по данным|сообщает|сообщило|передает|пишет|со ссылкой на|за даними|повідомляє|"
    r"نقلا عن|نقلاً عن|بحسب|وفق|وفقا ل|وفقاً ل|حسب|ذكرت|أفادت|أوردت|كشفت|في حوار مع|في تصريح ل)"
)
"""What attributes, in ten languages."""
_BEFORE = re.compile(
    rf"(?<!\w){_SAID}\W*(?:(?<!\w)[\w'’&-]+\W+){{0,3}}(?:\w{{1,2}}['’])?[لبو]{{0,2}}$", re.IGNORECASE
)
"""What stands before a name: words of attribution, at most three others, and what is written together with the name."""
_SENTENCE_END = re.compile(r"[.!?;؟]\s|\n")
_OF_OTHERS_TOO = frozenset({"ABC", "Metro", "G1", "R7", "2M", "SME", "NV", "444", "Ara"})
"""Names that other outlets have, or that are words."""
_FAR = 90
"""Characters that are looked at before a name."""
_PERSON = re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Dr|M|Mme|Sr|Sra|Herr|Frau|Sig|г-н)\.?\s+$")
_JOINED = "لبو"
"""What Arabic writes together with the word that follows."""


def named_in(text: str) -> frozenset[str]:
    """Return the names of the entries that a text names as its sources."""
    return frozenset(_named(text))


def _named(text: str) -> Iterator[str]:
    finder, names = _finder()
    for index, start, end in finder.find_matches_as_indexes(text):
        before = text[max(0, start - _FAR) : start]
        if text[end : end + 1].isalnum() or before.rstrip(_JOINED)[-1:].isalnum():
            continue
        if not _PERSON.search(before) and _BEFORE.search(_SENTENCE_END.split(before)[-1]):
            yield names[index]


@cache
def _finder() -> tuple[AhoCorasick, tuple[str, ...]]:
    """Return what finds all that outlets are called, the longest first, and whose each of these is."""
    called = {said: entry.name for entry in catalogue() for said in _called(entry)}
    return AhoCorasick(list(called), matchkind=MatchKind.LeftmostLongest), tuple(called.values())


def _called(entry: CatalogueEntry) -> Iterator[str]:
    """Yield what an entry is called in running text; one whose name needs an explanation in brackets is not called by it."""
    if "(" not in entry.name and entry.name not in _OF_OTHERS_TOO:
        yield entry.name
        if entry.name.startswith("The "):
            yield entry.name.removeprefix("The ")
    yield from entry.also
