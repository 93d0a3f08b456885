"""Editions drafted: one article of each story, each story once, what is not licensed left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.review.drafting import cut_to, draft_edition
from alerts.review.values import DraftItem, ReviewCandidate, ReviewPlan, ReviewSection, Rights, RightsTable

SIX = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ALL = RightsTable()


def found(article_id: int, story_id: int | None = None, **changes: object) -> ReviewCandidate:
    values: dict[str, Any] = {
        "section": 0,
        "article_id": article_id,
        "story_id": story_id,
        "outlet": f"Outlet {article_id}",
        "headline": f"Headline {article_id}",
        "excerpt": "It was said in Rabat.",
        "url": f"https://outlet{article_id}.example/",
        "language": "en",
        "authors": (),
        "at": SIX + timedelta(minutes=article_id),
        "score": 50.0,
        **changes,
    }
    return ReviewCandidate(**values)


def plan(*sections: ReviewSection, **changes: Any) -> ReviewPlan:  # noqa: ANN401
    return replace(ReviewPlan(sections or (ReviewSection("Diplomacy"),), event=False, brief=0), **changes)


def draft(
    candidates: list[ReviewCandidate],
    wanted: ReviewPlan,
    outlets_of: dict[int, int] | None = None,
    rights: RightsTable = ALL,
) -> list[tuple[str, int | None]]:
    return [(item.section, item.article_id) for item in items(candidates, wanted, outlets_of, rights)]


def items(
    candidates: list[ReviewCandidate],
    wanted: ReviewPlan,
    outlets_of: dict[int, int] | None = None,
    rights: RightsTable = ALL,
) -> tuple[DraftItem, ...]:
    return draft_edition(candidates, wanted, outlets_of=outlets_of or {}, rights=rights)


@pytest.mark.parametrize(
    ("candidates", "wanted", "outlets_of", "drafted"),
    [
        pytest.param([], plan(), {}, [], id="nothing"),
        pytest.param(
            [found(1, 7), found(2, 7, score=80.0)], plan(), {7: 2}, [("0", 2)], id="the most relevant"
        ),
        pytest.param(
            [found(1, 7, outlet="Le Monde"), found(2, 7, score=80.0)],
            plan(prefer=("le monde",)),
            {7: 2},
            [("0", 1)],
            id="the preferred outlet before the more relevant article",
        ),
        pytest.param([found(2, 7), found(1, 7)], plan(), {7: 2}, [("0", 1)], id="else the first"),
        pytest.param([found(1), found(2)], plan(), {}, [("0", 1), ("0", 2)][::-1], id="two without a story"),
        pytest.param(
            [found(1, 7), found(1, 7, section=1), found(2, 8, section=1)],
            plan(ReviewSection("A"), ReviewSection("B")),
            {},
            [("0", 1), ("1", 2)],
            id="a story stands in the first of its sections alone",
        ),
        pytest.param(
            [found(1, 7), found(2, 8), found(3, 8)],
            plan(event=True),
            {7: 1, 8: 2},
            [("event", 2), ("0", 1)],
            id="the story with most outlets is the event, and no more in its section",
        ),
        pytest.param([found(1, 7)], plan(event=True), {7: 1}, [("0", 1)], id="one outlet makes no event"),
        pytest.param(
            [found(number, number, score=100.0 - number) for number in (1, 2, 3, 4)],
            plan(ReviewSection("A", most=2), brief=1),
            {},
            [("0", 1), ("0", 2), ("brief", 3)],
            id="what finds no place is told in brief, the most relevant first",
        ),
        pytest.param(
            [found(1, 7, score=90.0), found(2, 8, score=40.0)],
            plan(ReviewSection("A", order="newest")),
            {},
            [("0", 2), ("0", 1)],
            id="newest first",
        ),
        pytest.param(
            [found(1, 7, score=90.0), found(2, 8, score=40.0)],
            plan(ReviewSection("A", order="outlets")),
            {7: 1, 8: 5},
            [("0", 2), ("0", 1)],
            id="most outlets first",
        ),
    ],
)
def test_edition_is_drafted(
    candidates: list[ReviewCandidate],
    wanted: ReviewPlan,
    outlets_of: dict[int, int],
    drafted: list[tuple[str, int | None]],
) -> None:
    assert draft(candidates, wanted, outlets_of) == drafted


def test_what_may_not_be_reproduced_gives_way_to_another_article_of_the_story() -> None:
    rights = RightsTable({"Outlet 1": Rights("nothing")})
    assert draft([found(1, 7, score=99.0), found(2, 7)], plan(), {7: 2}, rights) == [("0", 2)]


@pytest.mark.parametrize(
    ("rights", "excerpt"),
    [
        pytest.param(Rights("full"), "It was said in Rabat.", id="full"),
        pytest.param(Rights("excerpt", 12), "It was …", id="excerpt"),
        pytest.param(Rights("link"), "", id="link"),
    ],
)
def test_excerpt_is_as_long_as_the_licence_allows(rights: Rights, excerpt: str) -> None:
    (item,) = items([found(1)], plan(), rights=RightsTable({}, rights))
    assert item.excerpt == excerpt


@given(st.text(max_size=200), st.integers(0, 100))
def test_cut_text_is_no_longer_and_begins_as_before(text: str, most: int) -> None:
    cut = cut_to(text, most)
    assert len(cut) <= most
    assert text.strip().startswith(cut.removesuffix("…").rstrip())


STORIES = st.one_of(st.none(), st.integers(1, 6))


@given(
    st.lists(st.tuples(st.integers(0, 2), STORIES, st.floats(0, 100)), max_size=30),
    st.integers(1, 4),
    st.integers(0, 4),
    st.booleans(),
)
def test_no_story_is_told_twice(
    rows: list[tuple[int, int | None, float]], most: int, brief: int, event: bool
) -> None:
    candidates = [
        found(number, story, section=section, score=score)
        for number, (section, story, score) in enumerate(rows, 1)
    ]
    sections = tuple(ReviewSection(title, most=most) for title in "ABC")
    outlets = dict.fromkeys(range(1, 7), 2)
    drafted = items(candidates, ReviewPlan(sections, brief=brief, event=event), outlets)
    stories = [item.story_id or -(item.article_id or 0) for item in drafted]
    assert len(set(stories)) == len(stories)
    for section in "012":
        assert sum(item.section == section for item in drafted) <= most
