"""When pages are read again, and how well they are read against the others of their host."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.read.quality import REMEMBERED_PAGES, judge
from crawler.read.recheck import next_recheck
from crawler.values import ExtractedPage

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SCHEDULE = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


@pytest.mark.parametrize(
    ("after", "due"),
    [
        pytest.param(timedelta(0), timedelta(hours=1), id="just read"),
        pytest.param(timedelta(hours=1), timedelta(hours=6), id="read again once"),
        pytest.param(timedelta(hours=10), timedelta(hours=24), id="one missed while the service was down"),
        pytest.param(timedelta(hours=24), None, id="cooled"),
    ],
)
def test_recheck(after: timedelta, due: timedelta | None) -> None:
    assert next_recheck(NOON, SCHEDULE, now=NOON + after) == (None if due is None else NOON + due)


def test_no_schedule_no_recheck() -> None:
    assert next_recheck(NOON, (), now=NOON) is None


def page(text: str, *, kind: str = "article", problem: str | None = None) -> ExtractedPage:
    return ExtractedPage(url="https://gazette.example/x", title="T", text=text, kind=kind, problem=problem)


def good_pages(count: int) -> list[list[Any]]:
    recent: list[list[Any]] = []
    for number in range(count):
        recent = judge(page(f"{number} " * 500), recent, url=f"https://gazette.example/{number}").recent
    return recent


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param(page("x " * 500), "read", id="as the others"),
        pytest.param(page(""), "empty", id="empty"),
        pytest.param(page("x " * 100), "short", id="a fifth of the median"),
        pytest.param(page("x " * 100, kind="video"), "read", id="a video has few words"),
        pytest.param(page("3 " * 500), "same text", id="text of another address"),
        pytest.param(page("", problem="consent wall"), "consent wall", id="wall"),
    ],
)
def test_verdict(found: ExtractedPage, outcome: str) -> None:
    assert judge(found, good_pages(10), url="https://gazette.example/new").outcome == outcome


def test_the_same_page_again_is_not_the_text_of_another() -> None:
    verdict = judge(page("3 " * 500), good_pages(10), url="https://gazette.example/3")
    assert (verdict.outcome, len(verdict.recent)) == ("read", 10)


def test_what_is_remembered_is_bounded() -> None:
    assert len(good_pages(REMEMBERED_PAGES + 20)) == REMEMBERED_PAGES


def test_first_pages_are_not_called_short() -> None:
    assert judge(page("x"), good_pages(2), url="https://gazette.example/new").outcome == "read"
