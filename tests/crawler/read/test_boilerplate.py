"""Boilerplate that is learned: what stands on three pages of an outlet is no part of its articles."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from crawler.read.boilerplate import REMEMBERED_PAGES, learn, without_boilerplate

BOX = "Sign up for our newsletter and get the day's news by mail."


def article(number: int, *extra: str) -> str:
    lines = [f"Paragraph {part} of article {number} says what happened there." for part in range(5)]
    return "\n".join([*lines, *extra])


def test_a_line_on_the_third_page_is_boilerplate() -> None:
    first = learn(b"", article(1, BOX))
    second = learn(first.recent, article(2, BOX))
    third = learn(second.recent, article(3, BOX))
    assert (first.boilerplate, second.boilerplate, third.boilerplate) == ((), (), (BOX,))
    assert without_boilerplate(article(4, BOX), {BOX}) == article(4)


def test_the_same_article_under_other_addresses_teaches_nothing() -> None:
    recent = b""
    for _ in range(5):
        lesson = learn(recent, article(1, BOX))
        assert lesson.boilerplate == ()
        recent = lesson.recent


def test_an_edited_article_teaches_nothing() -> None:
    recent = learn(b"", article(1)).recent
    for number in range(5):
        lesson = learn(recent, article(1, f"Update {number}: more is known now."))
        assert lesson.boilerplate == ()
        recent = lesson.recent


def test_a_page_of_known_boilerplate_still_counts_by_its_own_lines() -> None:
    boxes = [f"Box {number} of the outlet, on all of its pages." for number in range(20)]
    recent = b""
    known: set[str] = set()
    for number in range(6):
        lesson = learn(recent, article(number, *boxes), known=known)
        known.update(lesson.boilerplate)
        recent = lesson.recent
    new = "A new box that is on all pages from now on."
    for number in range(10, 13):
        lesson = learn(recent, article(number, *boxes, new), known=known)
        recent = lesson.recent
    assert new in lesson.boilerplate


@given(st.lists(st.text(alphabet="abc\n", max_size=30), max_size=100))
def test_memory_is_bounded(texts: list[str]) -> None:
    recent = b""
    for text in texts:
        recent = learn(recent, text).recent
    assert len(recent) <= REMEMBERED_PAGES * 31 * 8


def test_injected_boilerplate_goes_and_true_lines_stay() -> None:
    """Twelve outlets of eighty pages: three boxes of each stand on most pages, and every hundredth line is told twice."""
    chance = random.Random(5)
    injected = removed = true = lost = 0
    for outlet in range(12):
        boxes = [f"Outlet {outlet}: box {number}, on most pages." for number in range(3)]
        known: set[str] = set()
        recent = b""
        refrains = [f"Outlet {outlet}: background that is told again, {number}." for number in range(10)]
        for number in range(80):
            prose = [f"Outlet {outlet}, article {number}, line {place}." for place in range(12)]
            if chance.random() < 0.12:
                prose.insert(6, refrains[number // 8])
            shown = [box for box in boxes if chance.random() < 0.9]
            text = "\n".join([*prose, *shown])
            lesson = learn(recent, text, known=known)
            known.update(lesson.boilerplate)
            recent = lesson.recent
            kept = without_boilerplate(text, known).split("\n")
            injected += len(shown)
            removed += sum(box not in kept for box in shown)
            true += len(prose)
            lost += sum(line not in kept for line in prose)
    assert removed / injected >= 0.95
    assert lost / true < 0.005
