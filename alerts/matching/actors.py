"""Actors: their aliases as literals, and which of the places found count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alerts.matching.literals import Literals
from alerts.matching.scan import Hit, Scan
from alerts.text import fold_words
from alerts.values import Actor

SHORTEST_ARABIC_SURNAME = 4
SHORTEST_SURNAME = 3
_TITLES = frozenset(
    """mr mrs ms dr sir lord lady president king queen prince princess minister secretary ambassador senator governor general
    colonel chancellor chairman chairwoman director envoy diplomat judge justice professor pope imam state affairs m mme le la
    monsieur madame ministre roi reine président secrétaire ambassadeur señor señora sr sra rey reina presidente ministro ministra
    secretario secretaria embajador canciller el los""".split()  # noqa: SIM905  (a list of words reads best as words)
)
"""Words that stand before a surname without being another first name."""
_WORD_BEFORE = re.compile(r"([^\W\d_][\w'’.-]*)[ \u00a0]$")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;\n\"“”«»(—–]\s*)$")


@dataclass(frozen=True, slots=True)
class CompiledActor:
    """An actor that can be matched."""

    watch: str
    actor: Actor
    aliases: tuple[tuple[str, tuple[int, ...]], ...]
    surnames: tuple[tuple[str, tuple[int, ...]], ...]
    """Each bare surname with the literals that find it."""
    first_names: frozenset[str]
    context: tuple[int, ...]
    exclude: tuple[int, ...]

    @property
    def triggers(self) -> frozenset[int]:
        """Literals one of which every match holds."""
        return frozenset(literal for _alias, ids in self.aliases for literal in ids)


def compile_actor(watch: str, actor: Actor, literals: Literals) -> CompiledActor:
    """Compiles an actor."""
    names = [name for name in dict.fromkeys((actor.name, *actor.aliases)) if fold_words(name)]
    surnames = {surname: None for name in names if actor.surname and (surname := _surname(name)) is not None}
    return CompiledActor(
        watch=watch,
        actor=actor,
        aliases=tuple((name, literals.add(name)) for name in names),
        surnames=tuple((surname, literals.add(surname)) for surname in surnames),
        first_names=frozenset(word for name in names for word in fold_words(name).split()[:-1]),
        context=tuple(
            literal for term in actor.context if fold_words(term) for literal in literals.add(term)
        ),
        exclude=tuple(
            literal for term in actor.exclude if fold_words(term) for literal in literals.add(term)
        ),
    )


def match_actor(compiled: CompiledActor, scans: Sequence[Scan]) -> Iterator[tuple[Scan, Hit, str]]:
    """Gives the places where the actor is meant, each with its reason."""
    if compiled.context and not any(scan.find(compiled.context) for scan in scans):
        return
    full_name: str | None = None
    for scan in scans:
        excluded = scan.find(compiled.exclude)
        full = [
            (hit, name)
            for name, ids in compiled.aliases
            for hit in scan.find(ids)
            if not _inside(hit, excluded)
        ]
        full = _longest_first(full)
        first_full = min((hit.start for hit, _name in full), default=None)
        if full_name is None and full:
            full_name = min(full)[1]
            known_from = first_full or 0
        else:
            known_from = 0
        yield from ((scan, hit, f'alias "{name}"') for hit, name in full)
        if full_name is None:
            continue
        taken = [hit for hit, _name in full]
        for _surname_text, ids in compiled.surnames:
            for hit in scan.find(ids):
                if (
                    hit.start > known_from
                    and not _inside(hit, [*taken, *excluded])
                    and not _is_another(scan, hit, compiled)
                ):
                    yield scan, hit, f'surname after "{full_name}"'


def _surname(name: str) -> str | None:
    words = name.split()
    if len(words) < 2:
        return None
    arabic = "\u0600" <= words[-1][0] <= "\u06ff"
    shortest = SHORTEST_ARABIC_SURNAME if arabic else SHORTEST_SURNAME
    return words[-1] if len(fold_words(words[-1])) >= shortest else None


def _inside(hit: Hit, others: Sequence[Hit]) -> bool:
    return any(other.start <= hit.start and hit.end <= other.end for other in others)


def _longest_first(found: list[tuple[Hit, str]]) -> list[tuple[Hit, str]]:
    """Of aliases that overlap, the longest is the one that is meant."""
    kept: list[tuple[Hit, str]] = []
    for hit, name in sorted(found, key=lambda item: (item[0].start - item[0].end, item[0].start)):
        if not any(hit.start < other.end and other.start < hit.end for other, _name in kept):
            kept.append((hit, name))
    return sorted(kept)


def _is_another(scan: Scan, hit: Hit, compiled: CompiledActor) -> bool:
    """Tells whether another person's first name stands right before the surname ("Stephen Miller" is not Matthew Miller)."""
    start, _end = scan.span(hit)
    text = scan.folded.original
    match = _WORD_BEFORE.search(text, max(0, start - 60), start)
    if match is None or not match[1][0].isupper() or (match[1].isupper() and len(match[1].strip(".")) > 1):
        return False
    word = fold_words(match[1])
    if word in _TITLES or any(part in compiled.first_names for part in word.split()):
        return False
    return _SENTENCE_START.search(text, max(0, match.start() - 10), match.start()) is None
