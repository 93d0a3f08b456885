"""What articles become, decided on values: alerts, attachments, updates, spikes, relations, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.raising.deciding import StoredFacts, decide_alerts, decide_backfill, want_update
from alerts.raising.found import ArticleFound
from alerts.raising.volume import rhythm_days
from storage.reasons import (
    ArticleEdited,
    MoreOutlets,
    NameGone,
    NameJoined,
    RelatedFound,
    Spike,
    UpdateReason,
)
from storage.stores.alerts.standing import AlertState
from storage.stores.articles.match_claims import Name
from storage.stores.stories.story_facts import MentioningStory, MentionTimes, StoryText
from storage.tables import AlertKind, AlertPolicy, VolumeUnit
from tests.alerts.raising.made import BOURITA, MISTURA, STORY, article, standing, watched
from tests.conftest import START

NOW = START + timedelta(minutes=10)
ACTOR = (1, "actor", BOURITA)
EVERY_ARTICLE = watched(policy=AlertPolicy.ARTICLE)


@pytest.mark.parametrize(
    ("articles", "stored", "made", "attached"),
    [
        pytest.param([article(1)], [], [], [], id="nobody is mentioned"),
        pytest.param([article(1, BOURITA)], [], ["1:story:7"], [1], id="the first of its story"),
        pytest.param(
            [article(1, BOURITA), article(2, BOURITA, outlet=2)],
            [],
            ["1:story:7"],
            [1, 2],
            id="two of one story",
        ),
        pytest.param([article(1, BOURITA)], [standing()], [], [1], id="an alert stands"),
        pytest.param(
            [article(n, BOURITA, of=EVERY_ARTICLE) for n in (1, 2)],
            [],
            ["1:article:1", "1:article:2"],
            [1, 2],
            id="a list that asks for every article",
        ),
        pytest.param(
            [article(1, BOURITA, of=watched(min_score=60))],
            [],
            [],
            [],
            id="less relevant than the list asks for",
        ),
        pytest.param(
            [article(1, BOURITA, before=[ACTOR], version=2)], [], [], [], id="an edit that says nothing new"
        ),
        pytest.param(
            [article(1, BOURITA, MISTURA, before=[ACTOR], version=2)],
            [],
            ["1:story:7"],
            [1],
            id="an edit that does",
        ),
    ],
)
def test_alerts_made_and_attached_to(
    articles: Sequence[ArticleFound],
    stored: Sequence[AlertState],
    made: Sequence[str],
    attached: Sequence[int],
) -> None:
    decided = decide_alerts(
        StoredFacts(alerts=stored, alert_outlets={5: {1}}), articles, {1: watched()}, shard="en", now=NOW
    )
    assert [alert.key for alert in decided.made] == made
    assert [number for _key, number in decided.attached] == attached
    assert [notice.alert.key for notice in decided.notices] == made


@pytest.mark.parametrize(
    ("found", "outlets", "names", "reasons"),
    [
        pytest.param(article(1, BOURITA), {1}, {ACTOR}, (), id="the same outlet once more"),
        pytest.param(
            article(1, BOURITA, outlet=2), {1}, {ACTOR}, (MoreOutlets(2, 1),), id="twice as many outlets"
        ),
        pytest.param(
            article(1, BOURITA, MISTURA),
            {1},
            {ACTOR},
            (NameJoined(MISTURA),),
            id="an actor that is new to the story",
        ),
        pytest.param(
            article(1, BOURITA, before=[ACTOR], version=2),
            {1},
            {ACTOR},
            (ArticleEdited("Outlet 1"),),
            id="an edited article",
        ),
        pytest.param(
            article(1, before=[ACTOR], version=2),
            {1},
            {ACTOR},
            (NameGone(BOURITA, "Outlet 1"),),
            id="an edit that takes the name out",
        ),
    ],
)
def test_reasons_for_an_update(
    found: ArticleFound,
    outlets: set[int],
    names: set[tuple[int, str, str]],
    reasons: tuple[UpdateReason, ...],
) -> None:
    times = {(STORY, name): MentionTimes(START, START) for name in names}
    stored = StoredFacts(alerts=[standing()], alert_outlets={5: outlets}, names=times)
    (alert,) = decide_alerts(stored, [found], {1: watched()}, shard="en", now=NOW).changed
    assert (alert.id, alert.updated_at, alert.update_reasons) == (5, NOW, reasons)
    joins = any(isinstance(reason, NameJoined) for reason in reasons)
    assert alert.update_due_at == (NOW if joins else START + timedelta(hours=1) if reasons else None)


@pytest.mark.parametrize(
    ("notified", "due"),
    [
        pytest.param(timedelta(0), NOW, id="the first update"),
        pytest.param(timedelta(minutes=5), START + timedelta(minutes=65), id="a later one"),
    ],
)
def test_name_that_joins_is_told_at_once_the_first_time(notified: timedelta, due: datetime) -> None:
    alert = standing(notified_at=START + notified)
    wanted = want_update(alert, [NameJoined(MISTURA)], outlets=1, watched=watched(), now=NOW)
    assert wanted.update_due_at == due


def test_doubling_is_said_once_with_the_latest_count() -> None:
    alert = standing(update_reasons=(MoreOutlets(2, 1), NameJoined(MISTURA)), update_due_at=NOW)
    wanted = want_update(alert, [NameJoined(MISTURA)], outlets=5, watched=watched(), now=NOW)
    assert wanted.update_reasons == (NameJoined(MISTURA), MoreOutlets(5, 1))
    assert wanted.update_due_at == NOW


def test_related_story_updates_the_alert_that_stands_and_makes_none() -> None:
    other = standing(key="1:story:3", story_id=3)
    stored = StoredFacts(
        alerts=[other],
        alert_outlets={5: {9}},
        mentioning=[MentioningStory(3, "en", 1, name) for name in (BOURITA, MISTURA)],
        first_texts={3: StoryText(99, "Gazette", "Talks", "https://gazette.example/99", "en")},
    )
    found = article(1, BOURITA, MISTURA, language="fr")
    decided = decide_alerts(stored, [found], {1: watched()}, shard="fr", now=NOW)
    assert (decided.made, decided.attached) == ([], [])
    assert [link.key for link in decided.links] == [(3, STORY)]
    (alert,) = decided.changed
    assert alert.update_reasons == (RelatedFound("fr", "Outlet 1", "Title 1"),)


def test_one_shared_actor_relates_nothing() -> None:
    stored = StoredFacts(mentioning=[MentioningStory(3, "en", 1, BOURITA)])
    found = article(1, BOURITA, MISTURA, language="fr")
    decided = decide_alerts(stored, [found], {1: watched()}, shard="fr", now=NOW)
    assert decided.links == []
    assert len(decided.made) == 1


@pytest.mark.parametrize(
    ("marks", "shared"),
    [
        pytest.param(("1200", "dakhla"), ("1200", "dakhla"), id="a number and a name"),
        pytest.param(("1200", "2026-03-01"), ("1200", "2026-03-01"), id="a number and a date"),
        pytest.param(("2026-03-01", "2026-03-02"), None, id="dates alone"),
        pytest.param(("1200",), None, id="one number"),
        pytest.param(("1200", "bourita"), None, id="whom is tracked counts once"),
    ],
)
def test_one_actor_and_what_is_said_of_it_relate_and_take_no_alert_away(
    marks: tuple[str, ...], shared: tuple[str, ...] | None
) -> None:
    stored = StoredFacts(
        alerts=[standing(key="1:story:3", story_id=3)],
        mentioning=[MentioningStory(3, "en", 1, BOURITA)],
        marks={3: frozenset({*marks, "77"})},
    )
    found = replace(article(1, BOURITA, language="fr"), marks=("99", *marks))
    decided = decide_alerts(stored, [found], {1: watched()}, shard="fr", now=NOW)
    assert [(link.key, link.marks) for link in decided.links] == (
        [] if shared is None else [((3, STORY), shared)]
    )
    assert len(decided.made) == 1, "in doubt, a second alert"


def test_spike_is_an_alert_of_its_own_once_a_day() -> None:
    spiking = watched(spikes=True)
    days = {(1, BOURITA, day): 2 for day in rhythm_days(START)[1:]}
    days[1, BOURITA, rhythm_days(START)[0]] = 9
    stored = StoredFacts(days=days, counted_since={1: rhythm_days(START)[-1].date()})
    found = [article(number, BOURITA, of=spiking) for number in (1, 2)]
    decided = decide_alerts(stored, found, {1: spiking}, shard="en", now=NOW)
    (spike,) = [alert for alert in decided.made if alert.kind is AlertKind.SPIKE]
    assert spike.spike == Spike(BOURITA, 10, 2.0)
    assert decided.new_of[1] == [spike.key, f"1:story:{STORY}"]
    assert decided.new_of[2] == []


def test_articles_and_stories_are_counted_by_hour_and_day() -> None:
    decided = decide_alerts(
        StoredFacts(), [article(1, BOURITA), article(2, BOURITA)], {1: watched()}, shard="en", now=NOW
    )
    day, hour = START.replace(hour=0), START
    assert decided.counts[1, "actor", BOURITA, VolumeUnit.DAY, day] == (2, 1)
    assert decided.counts[1, "list", "", VolumeUnit.HOUR, hour] == (2, 1)
    assert decided.counts[1, "outlet", "Outlet 1", VolumeUnit.DAY, day] == (2, 0)
    assert decided.counts[1, "language", "en", VolumeUnit.DAY, day] == (2, 0)
    edited = decide_alerts(
        StoredFacts(), [article(1, BOURITA, version=2)], {1: watched()}, shard="en", now=NOW
    )
    assert edited.counts == {}


def test_articles_are_counted_when_they_came_out() -> None:
    day = START.replace(hour=0)
    found = [
        article(number, BOURITA, published_at=START - timedelta(days=days))
        for number, days in enumerate((3, 1, 3, 0), start=1)
    ]
    decided = decide_alerts(StoredFacts(), found, {1: watched()}, shard="en", now=NOW)
    counted = {
        (day - key[4]).days: count
        for key, count in decided.counts.items()
        if key[1:4] == ("actor", BOURITA, VolumeUnit.DAY)
    }
    assert counted == {3: (2, 1), 1: (1, 1), 0: (1, 1)}


def test_old_article_that_comes_late_is_no_spike_of_today() -> None:
    spiking, then = watched(spikes=True), START - timedelta(days=5)
    days = {(1, BOURITA, day): 2 for day in rhythm_days(then)[1:]}
    days[1, BOURITA, rhythm_days(then)[0]] = 9
    stored = StoredFacts(days=days, counted_since={1: rhythm_days(then)[-1].date()})
    found = [article(1, BOURITA, of=spiking, published_at=then)]
    decided = decide_alerts(stored, found, {1: spiking}, shard="en", now=NOW)
    assert [alert.kind for alert in decided.made] == [AlertKind.STORY]


@pytest.mark.parametrize(
    ("before", "send", "alerts", "counted", "notices"),
    [
        pytest.param([], True, [], {"list", "actor", "outlet", "language"}, 1, id="new to the list"),
        pytest.param(
            [], False, [], {"list", "actor", "outlet", "language"}, 0, id="nobody is to be notified"
        ),
        pytest.param(
            [ACTOR], True, [standing(article_id=1)], set(), 1, id="made by an earlier run, not sent"
        ),
        pytest.param([ACTOR], True, [standing(article_id=99)], set(), 0, id="attached to another's alert"),
        pytest.param(
            [(1, "actor", MISTURA)], True, [standing(article_id=99)], {"actor"}, 0, id="an actor added since"
        ),
    ],
)
def test_backfill(
    before: list[Name], send: bool, alerts: list[AlertState], counted: set[str], notices: int
) -> None:
    decided = decide_backfill(
        StoredFacts(alerts=alerts), [article(1, BOURITA, before=before)], send=send, now=NOW
    )
    assert len(decided.made) == (not alerts)
    assert {kind for _list, kind, *_rest in decided.counts} == counted
    assert len(decided.notices) == notices
    assert all(not alert.update_reasons for alert in decided.changed)
