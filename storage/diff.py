"""What an edit changed: the paragraphs of two versions beside each other.

On the ground floor because reading decides by it, and command line, page and API show it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

ALIKE = 0.5
"""Two paragraphs with so large a share of words in common are one that was changed, not one taken out and another put in."""

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One paragraph that an edit touched. `place` counts from 1: in the newer text, or where a removed one stood before."""

    kind: Kind
    before: str
    after: str
    place: int


def diff_paragraphs(before: str, after: str) -> tuple[Change, ...]:
    """Return what changed from one text to the next, paragraph by paragraph, in order. Spaces alone are no change."""
    return tuple(one for one in compare_paragraphs(before, after) if isinstance(one, Change))


def compare_paragraphs(before: str, after: str) -> list[Change | str]:
    """Return the paragraphs of two texts beside each other, in order: a change, or a paragraph that stands in both."""
    old = [line for line in before.split("\n") if line.strip()]
    new = [line for line in after.split("\n") if line.strip()]
    matcher = SequenceMatcher(
        None, [_plain(line) for line in old], [_plain(line) for line in new], autojunk=False
    )
    found: list[Change | str] = []
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            found += new[new_start:new_end]
        else:
            found += _between(old[old_start:old_end], new[new_start:new_end], old_start, new_start)
    return found


def _between(old: list[str], new: list[str], old_start: int, new_start: int) -> list[Change]:
    """Pairs the paragraphs of a stretch that are alike, keeping their order."""
    changes: list[Change] = []
    taken = 0
    for offset, line in enumerate(new):
        partner = next((place for place in range(taken, len(old)) if _alike(old[place], line)), None)
        if partner is None:
            changes.append(Change("added", "", line, new_start + offset + 1))
            continue
        changes += [
            Change("removed", old[place], "", old_start + place + 1) for place in range(taken, partner)
        ]
        changes.append(Change("changed", old[partner], line, new_start + offset + 1))
        taken = partner + 1
    changes += [Change("removed", old[place], "", old_start + place + 1) for place in range(taken, len(old))]
    return changes


def _alike(old: str, new: str) -> bool:
    words, others = _words(old), _words(new)
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _words(text: str) -> list[str]:
    """Words; characters where a script has no spaces between them."""
    words = text.split()
    return words if len(words) > len(text) / 12 else list(text)


def _plain(text: str) -> str:
    return " ".join(text.split())
