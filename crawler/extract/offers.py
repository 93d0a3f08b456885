"""Offers within an article ("Subscribe now", "Réservé aux abonnés", "会員限定"): the outlet's words to its readers, not its news.

A line is one if it is short and has such a phrase, or has two; a small block of which most lines are goes as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import lxml.html

from crawler.extract.lines import Line
from crawler.extract.phrases import phrases_in

LONGEST_WITH_ONE = 160
LONGEST_WITH_TWO = 600
LONGEST_BLOCK = 1_200
MOST_LEVELS = 3


def without_offers(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that are no offers."""
    offers = {number for number, line in enumerate(lines) if is_offer(line.text)}
    if not offers:
        return list(lines)
    for numbers in _small_blocks(lines, offers):
        if 2 * len(offers.intersection(numbers)) >= len(numbers):
            offers.update(numbers)
    return [line for number, line in enumerate(lines) if number not in offers]


def is_offer(text: str) -> bool:
    """Tell whether a line is an offer."""
    if len(text) > LONGEST_WITH_TWO:
        return False
    found = set(phrases_in(text, "offers"))
    return len(found) >= 2 or (bool(found) and len(text) <= LONGEST_WITH_ONE)


def _small_blocks(lines: Sequence[Line], offers: set[int]) -> list[list[int]]:
    """Return the lines of each element, a few levels around an offer, that is small and not the whole article."""
    around: set[lxml.html.HtmlElement] = set()
    for number in offers:
        for level, outer in enumerate(lines[number].block.iterancestors()):
            if level == MOST_LEVELS:
                break
            around.add(outer)
    within: dict[lxml.html.HtmlElement, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        for outer in line.block.iterancestors():
            if outer in around:
                within[outer].append(number)
    return [
        numbers
        for numbers in within.values()
        if len(numbers) < len(lines) and sum(len(lines[number].text) for number in numbers) <= LONGEST_BLOCK
    ]
