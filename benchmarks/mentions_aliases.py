"""The usual ways of writing a name, from the name alone: general rules, none made for the answers that they are measured on.

A kind says how an alias came about; how much a kind is worth is learned from other documents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

Kind = Literal[
    "label",
    "spelling",
    "turned",
    "state",
    "no-form",
    "letters",
    "start",
    "short",
    "acronym",
    "person",
    "learned",
]

_BEFORE_NAME = re.compile(r"^https?://[^/]+(/resource|/notInWiki)?/?")
_PLACE_AFTER = re.compile(r", [A-Z][\w. ]+$")
_NOTE_AFTER = re.compile(r"\s*\([^()]*\)$")
_FORMS = {
    "Corporation": "Corp",
    "Incorporated": "Inc",
    "Company": "Co",
    "Companies": "Cos",
    "Limited": "Ltd",
    "Brothers": "Bros",
}
"""Words of a company's name, and how they are shortened."""
_LEGAL = frozenset(
    """inc incorporated corp corporation co company cos companies ltd limited plc llc lp nv sa ag gmbh spa ab oy as kk bhd pty
    group and &""".split()  # noqa: SIM905  (a list of words reads best as words)
)
_SMALL = frozenset(("of", "the", "and", "for", "de", "la", "du", "des", "&", "in", "on"))
_COUNTRIES = {
    "United States": "U.S.",
    "United Kingdom": "U.K.",
    "European Community": "EC",
    "United Nations": "U.N.",
}
_TURNED = (
    (re.compile(r"The (.+)"), r"\1"),
    (re.compile(r"Ministry of (.+)"), r"\1 Ministry"),
    (re.compile(r"(?:.+ )?Department of (?:the )?(.+)"), r"\1 Department"),
    (re.compile(r"Government of (?:the )?(.+)"), r"\1 government"),
    (re.compile(r"(.+) (?:Province|Prefecture|Region)"), r"\1"),
)
"""Names that are turned round, or lose their first or last word, in running text."""
_INITIAL = re.compile(r"(?<= )[A-Z]\. ?(?=[A-Z])")
_PERSON = re.compile(r"[A-Z][a-z]+( [A-Z]\.)*( [A-Z][a-z]+){1,2}")
"""What may be a person: two or three capitalised words, with initials between."""
_IN_CASE = frozenset(("acronym", "letters", "state"))
_LONGEST_ACRONYM = 3
"""A longer one may be read as a word, and written as one: NATO, Nato."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_STATES = {
    name: short.split(", ")
    for name, short in (
        line.split(": ")
        for line in """Alabama: Ala
Arizona: Ariz
Arkansas: Ark
California: Calif
Colorado: Colo
Connecticut: Conn
Delaware: Del
Florida: Fla
Georgia: Ga
Illinois: Ill
Indiana: Ind
Kansas: Kan
Kentucky: Ky
Louisiana: La
Maryland: Md
Massachusetts: Mass
Michigan: Mich
Minnesota: Minn
Mississippi: Miss
Missouri: Mo
Montana: Mont
Nebraska: Neb
Nevada: Nev
New Hampshire: N.H.
New Jersey: N.J.
New Mexico: N.M.
New York: N.Y.
North Carolina: N.C.
North Dakota: N.D.
Oklahoma: Okla
Oregon: Ore
Pennsylvania: Pa, Penn
Rhode Island: R.I.
South Carolina: S.C.
South Dakota: S.D.
Tennessee: Tenn
Texas: Tex
Vermont: Vt
Virginia: Va
Washington: Wash
West Virginia: W.Va.
Wisconsin: Wis
Wyoming: Wyo
United States: U.S., U.S.A., USA
United Kingdom: U.K., UK, Britain, Great Britain
Soviet Union: USSR, U.S.S.R.
Netherlands: Holland
European Union: EU, E.U.
United Nations: UN, U.N.""".splitlines()
    )
}
"""The Associated Press's short forms of states, and the usual ones of a few countries."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An alias that may be given to an actor."""

    text: str
    kind: Kind


def label(uri: str) -> str:
    """Return an entity's name: the last part of its URI, without a note in parentheses or the state that a town is in."""
    name = unquote(_BEFORE_NAME.sub("", uri)).replace("_", " ")
    return _PLACE_AFTER.sub("", _NOTE_AFTER.sub("", name)).strip()


def usual_aliases(name: str) -> list[Candidate]:
    """Return the name and its usual aliases, each once, the surest kind first."""
    found: dict[str, Candidate] = {}
    for candidate in _candidates(name):
        for spelling in _spellings(candidate.text):
            if len(spelling) > 1:
                found.setdefault(spelling, Candidate(spelling, candidate.kind))
    for candidate in list(found.values()):
        if candidate.kind in ("label", "short"):
            found.setdefault(f"{candidate.text}s", Candidate(f"{candidate.text}s", candidate.kind))
    return list(found.values())


def _candidates(name: str) -> Iterator[Candidate]:
    yield Candidate(name, "label")
    words = name.replace(",", "").split()
    yield Candidate(" ".join(_FORMS.get(word, word) for word in words), "spelling")
    for long, short in _COUNTRIES.items():
        if name.startswith(f"{long} ") or name.endswith(f" {long}"):
            yield Candidate(name.replace(long, short), "spelling")
    for pattern, other in _TURNED:
        if pattern.fullmatch(name):
            yield Candidate(pattern.sub(other, name), "turned")
    for short in _STATES.get(name, ()):
        yield Candidate(short, "state")
    bare = _without_legal_form(words)
    if bare != words:
        kind: Kind = "no-form" if len(bare) > 1 else "letters" if bare[0].isupper() else "short"
        yield Candidate(" ".join(bare), kind)
        if len(bare) > 2:
            yield Candidate(" ".join(bare[:2]), "start")
        if len(bare) > 1:
            yield Candidate(bare[0], "short")
    initials = "".join(word[0] for word in bare if word.lower() not in _SMALL)
    if len(initials) > 2 and initials.isupper() and initials.isalpha():
        yield Candidate(initials, "acronym")
    if is_person(name):
        yield Candidate(_INITIAL.sub("", name), "person")


def _spellings(name: str) -> tuple[str, ...]:
    """Return a name as it is, with & written out, without the apostrophe of a possessive, and with German ä as ae."""
    written_out = name.replace("&", "and")
    return tuple(
        dict.fromkeys((name, written_out, written_out.replace("'", ""), written_out.translate(_UMLAUTS)))
    )


def _without_legal_form(words: list[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and kept[-1].lower().strip(".") in _LEGAL:
        kept.pop()
    return kept


def needs_case(candidate: Candidate) -> bool:
    """Return whether an alias counts in its own case only: one word, or letters that stand for words."""
    return " " not in candidate.text or candidate.kind in _IN_CASE


def case_forms(candidate: Candidate) -> list[str]:
    """Return the forms of an alias whose case counts: without accents too, and a longer word also as "Asarco" and "ASARCO"."""
    text = candidate.text
    plain = "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))
    forms = [text, plain]
    if len(text) > _LONGEST_ACRONYM and text.isalpha():
        forms += [form for one in (text, plain) for form in (one.capitalize(), one.upper())]
    return list(dict.fromkeys(forms))


def is_person(name: str) -> bool:
    """Return whether a name may be a person's: two or three capitalised words, none of them a company's."""
    words = name.split()
    return _PERSON.fullmatch(name) is not None and _without_legal_form(words) == words
