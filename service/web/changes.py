"""What an outlet edited: two versions of a text, paragraph by paragraph and, within those that changed, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from storage.diff import Change, compare_paragraphs

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
    return _near(
        [(isinstance(one, Change), Paragraph(tuple(_pieces(one)))) for one in compare_paragraphs(old, new)]
    )


def _pieces(change: Change | str) -> Sequence[Piece]:
    if isinstance(change, str):
        return [Piece("same", change)]
    if change.kind != "changed":
        return [Piece(change.kind, change.before or change.after)]
    old, new = _WORDS.findall(change.before), _WORDS.findall(change.after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
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
