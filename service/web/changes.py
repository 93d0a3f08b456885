"""What an outlet edited: two versions of a text, paragraph by paragraph and, within those that changed, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

Kind = Literal["same", "added", "removed"]
AROUND = 1
"""So many unchanged paragraphs are shown around a change."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stands in both versions, or in one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the newer version, or one that it no longer has. Empty pieces: paragraphs left out here."""

    pieces: tuple[Piece, ...]


def changes(old: str, new: str) -> list[Paragraph]:
    """Return the paragraphs that changed, with one unchanged around them; empty where nothing changed."""
    before, after = old.split("\n"), new.split("\n")
    found: list[tuple[bool, Paragraph]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [(False, Paragraph((Piece("same", line),))) for line in after[c:d]]
        else:
            pairs = zip_longest(before[a:b], after[c:d])
            found += [(True, Paragraph(tuple(_pieces(was, now)))) for was, now in pairs]
    return _near(found)


def _pieces(was: str | None, now: str | None) -> Sequence[Piece]:
    if was is None or now is None:
        return [Piece("removed", was)] if was is not None else [Piece("added", now or "")]
    old, new = _WORDS.findall(was), _WORDS.findall(now)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < 0.4:  # another paragraph, not an edited one
        return [Piece("removed", was), Piece("added", now)]
    pieces: list[Piece] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[c:d])))
            continue
        if a < b:
            pieces.append(Piece("removed", "".join(old[a:b])))
        if c < d:
            pieces.append(Piece("added", "".join(new[c:d])))
    return pieces


def _near(found: Sequence[tuple[bool, Paragraph]]) -> list[Paragraph]:
    changed = {place for place, (is_change, _paragraph) in enumerate(found) if is_change}
    kept = {place + by for place in changed for by in range(-AROUND, AROUND + 1)}
    shown: list[Paragraph] = []
    for place, (_is_change, paragraph) in enumerate(found):
        if place in kept:
            shown.append(paragraph)
        elif changed and (not shown or shown[-1].pieces):
            shown.append(Paragraph(()))
    return shown
