"""The second look: what is near is grouped anew, so that stories part where they have two centres, whatever came first."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from alerts.stories import StoryGrouper, read_traces
from alerts.stories.grouper import Merged, Split, rearrange
from alerts.stories.likeness import least_alike, least_alike_each
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import alert_articles
from storage.tables import Alert, Article, ChannelRow, Notification
from tests.archive import AlertStages, add_article, add_channel, watch
from tests.conftest import START, Clock
from tests.databases import on_both

pytestmark = on_both


WORDS = [
    f"{first}{second}{last}"
    for first in ("ba", "ko", "mi", "tu")
    for second in ("lan", "dor", "ves")
    for last in ("ik", "um", "ost", "ea", "yr", "alo", "ent", "iz")
]
FLOOD, FIRE = WORDS[:44], WORDS[44:88]


def told(words: Sequence[str], seed: int) -> str:
    """Return a text of most of these words, in an order of its own."""
    return " ".join(random.Random(seed).sample(words, len(words) - 4))


BOTH = " ".join(word for pair in zip(FLOOD[:34], FIRE[:34], strict=True) for word in pair)
FLOODS, FIRES = [told(FLOOD, seed) for seed in range(4)], [told(FIRE, seed) for seed in range(4)]
IN_TURN = [BOTH, FLOODS[0], FIRES[0], *FLOODS[1:], *FIRES[1:]]


def test_a_story_with_two_centres_is_split_once_it_has_them() -> None:
    grouper = StoryGrouper()
    decided = [grouper.decide(read_traces("", text), at=START)[0] for text in IN_TURN]
    assert [one.story for one in decided[:3]] == [1, 1, 1], (
        "the first of the fire came by the text that tells both"
    )
    splits = [change for one in decided for change in one.changes if isinstance(change, Split)]
    assert splits, "it was seen that there are two"
    stories = {text: grouper.story_of(one.number) for text, one in zip(IN_TURN, decided, strict=True)}
    assert len({stories[text] for text in FLOODS}) == 1
    assert len({stories[text] for text in FIRES}) == 1
    assert stories[FLOODS[0]] != stories[FIRES[0]]


def test_the_order_of_arrival_changes_nothing() -> None:
    found = set()
    for order in permutations([FLOODS[0], FLOODS[1], FIRES[0], FIRES[1], FIRES[2]]):
        grouper = StoryGrouper()
        numbers = {text: grouper.decide(read_traces("", text), at=START)[0].number for text in order}
        stories = {text: grouper.story_of(number) for text, number in numbers.items()}
        found.add(frozenset(frozenset(t for t in order if stories[t] == stories[text]) for text in order))
    assert found == {frozenset({frozenset(FLOODS[:2]), frozenset(FIRES[:3])})}


def test_what_a_reader_said_holds_at_the_second_look() -> None:
    grouper = StoryGrouper()
    numbers = [grouper.decide(read_traces("", text), at=START)[0].number for text in FLOODS[:3]]
    grouper.place(numbers[0], 99, numbers[0])
    for other in numbers[1:]:
        grouper.rule(numbers[0], other, together=False)
    last = grouper.decide(read_traces("", FLOODS[3]), at=START)[0]
    assert grouper.story_of(numbers[0]) not in {grouper.story_of(number) for number in numbers[1:]}
    grouper.rule(numbers[0], numbers[1], together=True)  # the last word counts
    grouper.rule(numbers[0], numbers[2], together=True)
    grouper.merge(grouper.story_of(numbers[1]) or 0, grouper.story_of(numbers[0]) or 0)
    for text in FIRES:
        grouper.decide(read_traces("", text), at=START)
    assert len({grouper.story_of(number) for number in [*numbers, last.number]}) == 1


def test_what_is_put_together_stays_so_though_it_is_not_alike() -> None:
    grouper = StoryGrouper()
    flood, fire = (grouper.decide(read_traces("", text), at=START)[0] for text in (FLOODS[0], FIRES[0]))
    grouper.rule(flood.number, fire.number, together=True)
    grouper.merge(flood.story, fire.story)
    more = [grouper.decide(read_traces("", text), at=START)[0] for text in (*FLOODS[1:], *FIRES[1:])]
    assert grouper.story_of(flood.number) == grouper.story_of(fire.number)
    assert any(grouper.story_of(one.number) == grouper.story_of(flood.number) for one in more)


@pytest.mark.parametrize(
    ("groups", "stories", "changes"),
    [
        pytest.param([[1, 2], [3]], {1: 1, 2: 1, 3: 3}, [], id="as it is"),
        pytest.param([[1, 2, 3]], {1: 1, 2: 1, 3: 3}, [Merged(1, 3)], id="two are one"),
        pytest.param([[1, 2], [3]], {1: 1, 2: 1, 3: 1}, [Split(1, 100, (3,))], id="one is two"),
        pytest.param(
            [[1], [2, 3, 4]],
            {1: 1, 2: 1, 3: 3, 4: 3},
            [Split(1, 100, (2,)), Merged(3, 100)],
            id="an article goes over: it is split off, and joins",
        ),
        pytest.param(
            [[3], [1, 2]],
            {1: 1, 2: 2, 3: 2},
            [Split(2, 100, (3,)), Merged(1, 2)],
            id="the first goes over, and its story is called by what is left",
        ),
    ],
)
def test_groups_become_stories_by_the_fewest_changes(
    groups: list[list[int]], stories: dict[int, int], changes: list[Merged | Split]
) -> None:
    assert rearrange(groups, stories, lambda _numbers: 100) == changes


@given(st.lists(st.tuples(st.integers(1, 1_000), st.floats(1, 200)), min_size=1, max_size=20))
def test_one_threshold_is_that_of_many(cases: list[tuple[int, float]]) -> None:
    pairs, terms = (np.array(column, np.float64) for column in zip(*cases, strict=True))
    assert list(least_alike_each(pairs, terms)) == pytest.approx([least_alike(*case) for case in cases])


async def test_what_stood_behind_an_alert_of_another_event_is_told_once(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        add_channel(session)
        session.add(ChannelRow(name="hook", type="webhook", created_at=START))
        session.flush()
        watch(session, "Zatamo", actors=["Zatamo"], channels=["desk", "hook"])
    stages = AlertStages(database, clock)
    await stages.load()
    for place, text in enumerate([*IN_TURN, told(FIRE, 9), told(FLOOD, 9)]):
        if place == len(IN_TURN):  # a process that begins afresh knows the same
            await stages.close()
            stages = AlertStages(database, clock)
            await stages.load()
        with database.write() as session:
            add_article(session, "", f"{text} Zatamo", at=clock.now, outlet=f"Outlet {place}")
        await stages.step()
        clock.advance(timedelta(minutes=1))
    await stages.close()
    with database.read() as session:
        texts = {
            article.id: place
            for place, article in enumerate(session.exec(select(Article).order_by(col(Article.id))))
        }
        fires = {2, 6, 7, 8, 9}
        alerts = session.exec(select(Alert).where(col(Alert.merged_into_id).is_(None))).all()
        found = [{texts[one.id] for one in alert_articles(session, id_of(alert))} for alert in alerts]
        assert sorted(map(sorted, found)) == [[0, 1, 3, 4, 5, 10], sorted(fires)]
        kinds = [
            row.kind.value
            for row in session.exec(
                select(Notification)
                .join(ChannelRow, col(ChannelRow.id) == col(Notification.channel_id))
                .where(ChannelRow.name == "hook")
                .order_by(col(Notification.id))
            )
        ]
        assert [kind for kind in kinds if kind != "alert.updated"] == [
            "alert.created",
            "alert.created",
            "story.split",
        ]
