"""An article whose page was read after it was matched on what its source said: what is new is told, and nothing twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.raising.deciding import StoredFacts, decide_alerts
from alerts.raising.found import ArticleFound
from alerts.values import Mention
from storage.reasons import NameJoined, UpdateReason
from storage.stores.articles.match_claims import Name
from storage.stores.stories.story_facts import MentionTimes
from storage.tables import AlertPolicy
from tests.alerts.raising.made import BOURITA, STORY, article, standing, watched
from tests.conftest import START

NOW = START + timedelta(minutes=5)
ACTOR, OTHER, TOPIC = (1, "actor", BOURITA), (1, "actor", "Leila Benali"), (1, "topic", "Fish")
ALERT = standing(key="1:article:7", article_id=7)
IN_TEXT = Mention("W", None, "Fish", "text", 500, 504, "fish", "clause fish")


def completed(
    *names: str,
    before: Collection[Name],
    topics: bool = False,
    policy: AlertPolicy = AlertPolicy.ARTICLE,
    min_score: float = 0,
) -> ArticleFound:
    """Article 7, its page read, that mentions these names and mentioned some before."""
    made = article(7, *names, of=watched(policy=policy, min_score=min_score), before=before, version=2)
    lists = made.lists
    if topics:
        lists = (replace(lists[0], mentions=(*lists[0].mentions, IN_TEXT)),)
    return replace(made, article=replace(made.article, is_edit=False, is_completed=True), lists=lists)


@pytest.mark.parametrize(
    ("found", "known_in_story", "told"),
    [
        pytest.param(completed(BOURITA, before=[ACTOR]), {ACTOR}, (), id="the same again"),
        pytest.param(completed(BOURITA, OTHER[2], before=[ACTOR]), {ACTOR}, (NameJoined(OTHER[2]),), id="another actor"),
        pytest.param(
            completed(BOURITA, OTHER[2], before=[ACTOR]), {ACTOR, OTHER}, (NameJoined(OTHER[2]),), id="known from elsewhere"
        ),
        pytest.param(completed(BOURITA, before=[ACTOR], topics=True), {ACTOR}, (NameJoined("Fish"),), id="a topic"),
        pytest.param(completed(OTHER[2], before=[ACTOR, OTHER]), {ACTOR, OTHER}, (), id="a name is gone"),
    ],
)  # fmt: skip
def test_update_of_the_alert_that_stands(
    found: ArticleFound, known_in_story: set[Name], told: tuple[UpdateReason, ...]
) -> None:
    names = {(STORY, name): MentionTimes(START, START) for name in known_in_story}
    facts = StoredFacts(alerts=[ALERT], alert_outlets={5: {1}}, names=names)
    decisions = decide_alerts(facts, [found], {1: watched(policy=AlertPolicy.ARTICLE)}, shard="en", now=NOW)
    assert not decisions.made
    assert [alert.update_reasons for alert in decisions.changed if alert.update_reasons] == [told] * bool(
        told
    )
    assert all(notice.alert.id == 5 for notice in decisions.notices)  # for channels that have not had it


def test_name_that_the_story_was_told_with_is_no_news_of_the_story() -> None:
    policy = AlertPolicy.STORY
    found = completed(BOURITA, OTHER[2], before=[ACTOR], policy=policy)
    names = {(STORY, name): MentionTimes(START, START) for name in (ACTOR, OTHER)}
    facts = StoredFacts(alerts=[standing(article_id=7)], alert_outlets={5: {1}}, names=names)
    decisions = decide_alerts(facts, [found], {1: watched()}, shard="en", now=NOW)
    assert [alert.update_reasons for alert in decisions.changed] in ([], [()])


@pytest.mark.parametrize(
    ("min_score", "is_made"),
    [pytest.param(20, True, id="enough now"), pytest.param(95, False, id="not enough yet")],
)
def test_alert_where_there_was_none(min_score: float, *, is_made: bool) -> None:
    found = completed(BOURITA, before=[ACTOR], min_score=min_score)
    names = {(STORY, ACTOR): MentionTimes(START, START)}
    decisions = decide_alerts(
        StoredFacts(names=names), [found], {1: found.lists[0].watched}, shard="en", now=NOW
    )
    assert bool(decisions.made) is is_made
    assert len(decisions.notices) == is_made


def test_article_is_counted_once_and_a_name_that_its_page_adds_once() -> None:
    found = completed(BOURITA, OTHER[2], before=[ACTOR])
    names = {(STORY, ACTOR): MentionTimes(START, START)}
    facts = StoredFacts(alerts=[ALERT], alert_outlets={5: {1}}, names=names)
    decisions = decide_alerts(facts, [found], {1: watched(policy=AlertPolicy.ARTICLE)}, shard="en", now=NOW)
    assert {key[1:3] for key in decisions.counts} == {("actor", OTHER[2])}
