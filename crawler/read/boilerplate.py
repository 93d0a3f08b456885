"""Boilerplate that is learned: a line on three or more pages of one outlet is no part of its articles. Pure.

An outlet is remembered by the lines of its last pages, each line as a number of 64 bits. A page that mostly repeats another one
(the same article under a second address) teaches nothing: else all its lines would be boilerplate at the third address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

from storage.number_sets import number_of, pack, unpack

LEAST_PAGES = 3
REMEMBERED_PAGES = 60
"""The window in which a line must come again."""
LONGEST_LINE = 600
"""Longer ones are prose: no box of an outlet says so much in one line."""
SAME_SHARE = 0.5
HEAD_LINES = 3
"""A page that shares so many of its lines, and of its first three, with one page before is that article again."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a page taught: what to remember of the outlet from now on, and the lines that turn out to be boilerplate."""

    recent: bytes
    boilerplate: tuple[str, ...]


def learn(recent: bytes, text: str, *, known: Set[str] = frozenset()) -> Lesson:
    """Take a page's text in; `recent` is what the last lesson gave (b"" at first), `known` the boilerplate known already."""
    pages = unpack(recent)
    lines = {number_of(line): line for line in text.split("\n") if line and len(line) <= LONGEST_LINE}
    if not lines:
        return Lesson(recent, ())
    fresh = [number for number, line in lines.items() if line not in known]
    if any(_is_again(fresh, page) for page in pages):
        return Lesson(recent, ())
    pages = [*pages, frozenset(lines)][-REMEMBERED_PAGES:]
    times = Counter(number for page in pages for number in page)
    boilerplate = tuple(line for number, line in lines.items() if times[number] >= LEAST_PAGES)
    return Lesson(pack(pages), boilerplate)


def _is_again(lines: list[int], page: frozenset[int]) -> bool:
    """Most lines are the same, and those at the head too: pages of two articles may share more boxes than they have prose."""
    head = lines[:HEAD_LINES]
    return sum(number in page for number in lines) > SAME_SHARE * len(lines) and sum(
        number in page for number in head
    ) > SAME_SHARE * len(head)


def without_boilerplate(text: str, known: Set[str]) -> str:
    """Return the text without the lines that are known to be boilerplate."""
    if not known:
        return text
    return "\n".join(line for line in text.split("\n") if line not in known)
