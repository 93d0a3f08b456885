"""Watch lists on the archive: trial, warnings, explanation, backfill."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from alerts.search import Indexer
from alerts.values import Actor, Alias, Topic, WatchList
from service.actions.backfill import backfill
from service.actions.errors import ActionError
from service.actions.trends import read_trends
from service.actions.trials import try_rule, try_stored, try_watch_list
from service.actions.warnings import FEWEST, overbroad, warnings_of
from service.actions.why import explain_article
from storage.engine import Database
from storage.stores.alerts.alert_details import newest_alerts
from storage.stores.stories.counting import add_counts
from storage.stores.stories.volumes import counted_since
from storage.stores.watch.watch_lists import facts_named
from storage.tables import Alert, AlertPolicy, Article, MentionRow, Notification, VolumeUnit
from tests.archive import AlertStages, add_article, add_articles, add_channel, watch
from tests.conftest import START, Clock
from tests.databases import on_both, on_sqlite

pytestmark = on_sqlite

DAY = timedelta(days=1)
BOURITA = WatchList("Morocco", (Actor("Nasser Bourita", ("Bourita",)),), (Topic("Ports", "port OR ferries"),))


@pytest.fixture
def archive(database: Database) -> Database:
    """Five matched articles: a story of two, two alone, one too old; then one that mentions nothing."""
    with database.write() as session:
        first = add_article(
            session, "One", "Nasser Bourita spoke. He left.", at=START - 3 * DAY, matched=True
        )
        copy = add_article(session, "Two", "Nasser Bourita spoke again.", at=START - 2 * DAY, matched=True)
        add_article(session, "Three", "Mr Bourita and the ferries.", at=START - DAY, matched=True)
        add_article(session, "Old", "Nasser Bourita was young.", at=START - 40 * DAY, matched=True)
        add_article(session, "None", "Rain in the north.", at=START - DAY, matched=True)
        session.get_one(Article, copy).story_id = session.get_one(Article, first).story_id
    return database


def test_trial_counts_alerts_by_story(archive: Database) -> None:
    with archive.read() as session:
        trial = try_watch_list(session, BOURITA, AlertPolicy.STORY, days=30, now=START)
    assert (trial.searched, trial.articles, trial.alerts) == (4, 3, 2)
    assert [(day, count) for day, count in trial.per_day if count] == [
        ((START - 3 * DAY).date(), 1),
        ((START - DAY).date(), 1),
    ]
    assert sum(count for _day, count in trial.per_day) == trial.alerts
    assert trial.rules[0].name == "Nasser Bourita"
    assert (trial.rules[0].rule, trial.rules[0].articles) == ('alias "Nasser Bourita"', 2)
    assert {rule.name for rule in trial.rules} == {"Nasser Bourita", "Ports"}
    example = trial.examples[0]
    assert (example.sentence, example.sentence[example.start : example.end]) == (
        "Nasser Bourita spoke.",
        "Nasser Bourita",
    )
    assert trial.warnings == ()


def test_trial_counts_every_article_where_the_policy_says_so(archive: Database) -> None:
    with archive.read() as session:
        assert try_watch_list(session, BOURITA, AlertPolicy.ARTICLE, days=30, now=START).alerts == 3
        assert try_watch_list(session, BOURITA, AlertPolicy.ARTICLE, days=60, now=START).alerts == 4


def test_trial_of_a_stored_list_that_refers_to_another(archive: Database) -> None:
    with archive.write() as session:
        watch(session, "Morocco", actors=["Nasser Bourita"])
        watch(session, "Sea", topics=[Topic("Bourita at sea", '@actor:"Nasser Bourita" NEAR/3 again')])
    with archive.read() as session:
        facts = facts_named(session, "Sea")
        assert facts is not None
        trial = try_stored(session, facts, days=30, now=START)
    assert (trial.alerts, {example.title for example in trial.examples}) == (1, {"Two"})


@on_both
@pytest.mark.parametrize(
    "watch_list",
    [
        pytest.param(WatchList("W", (), (Topic("Ports", "port OR ferries"),)), id="topic"),
        pytest.param(WatchList("W", (), (Topic("Nothing", "unheardofword"),)), id="nothing"),
        pytest.param(WatchList("W", (), (Topic("All", "url:example"),)), id="no words to look up"),
        pytest.param(WatchList("W", (Actor("Nasser Bourita", ("Bourita",)),)), id="actor"),
        pytest.param(WatchList("W", (Actor("Bourita Nasser", any_order=True),)), id="any order"),
        pytest.param(
            WatchList("W", (Actor("Nasser Bourita", ("Bourita",), surname=True, exclude=("Mr Bourita",)),)),
            id="with options",
        ),
    ],
)
async def test_trial_by_the_index_is_the_trial_of_all(archive: Database, watch_list: WatchList) -> None:
    indexer = Indexer(archive)
    while await indexer.step():
        pass
    with archive.read() as session:
        whole = try_watch_list(session, watch_list, AlertPolicy.STORY, days=30, now=START)
        assert try_rule(session, watch_list, AlertPolicy.STORY, days=30, now=START, most=100) == whole


async def test_trial_by_the_index_finds_other_forms(database: Database) -> None:
    with database.write() as session:
        for text in ("Он говорил с Владимиром Путиным.", "Владимир Путин приехал.", "Никто."):
            add_article(session, text, text, at=START - DAY, matched=True, language="ru")
    indexer = Indexer(database)
    while await indexer.step():
        pass
    tracked = WatchList("W", (Actor("Владимир Путин"),))
    with database.read() as session:
        trial = try_rule(session, tracked, AlertPolicy.ARTICLE, days=30, now=START, most=100)
    assert trial.alerts == 2


async def test_trial_by_the_index_of_many_articles_is_of_fewer_days(database: Database) -> None:
    with database.write() as session:
        for back in range(9, 0, -1):
            at = START - back * DAY - timedelta(hours=1)
            add_article(session, f"{back} days ago", "Bourita." if back != 2 else "No.", at=at, matched=True)
    indexer = Indexer(database)
    while await indexer.step():
        pass
    with database.read() as session:
        trial = try_rule(
            session, WatchList("W", (Actor("Bourita"),)), AlertPolicy.STORY, days=30, now=START, most=3
        )
    assert (trial.days, trial.searched, trial.articles) == (
        5,
        4,
        3,
    )  # of 4 days, and the fifth without the one left out


def test_trial_stores_nothing(archive: Database) -> None:
    with archive.read() as session:
        try_watch_list(session, BOURITA, AlertPolicy.STORY, days=30, now=START)
        assert session.exec(select(Alert)).all() == []
        assert session.exec(select(MentionRow)).all() == []


def test_names_inside_others_names_are_warned_of(database: Database) -> None:
    with database.write() as session:
        fill(session, FEWEST)
        for number in range(4):
            add_article(session, f"Visit {number}", "Yesterday Ali Hassan Khan came to see Omar Sharif.")
    tracked = WatchList("W", (Actor("Ali Hassan"), Actor("Omar Sharif")))
    with database.read() as session:
        (warning,) = overbroad(session, [tracked])
        assert "actor 'Ali Hassan': 4 of 4 places" in warning
        assert "'Yesterday Ali Hassan Khan'" in warning


def test_a_longer_name_that_one_word_is_left_out_of_is_asked_about(database: Database) -> None:
    with database.write() as session:
        fill(session, 2 * FEWEST)
        for number in range(4):
            add_article(session, f"Visit {number}", "The president, Omar Sharif, came.")
            add_article(session, f"Match {number}", f"Here {['Ali', 'Amir', 'Omar'][number % 3]} Jordan ran.")
            add_article(session, f"Run {number}", "Here Kim Novak ran, and Anna Ferrier.")
        add_article(session, "Talks", "Sharif spoke. " + "So did Ferrier. " * 20)
    names = (Actor("Sharif"), Actor("Jordan"), Actor("Novak", alone=True), Actor("Ferrier"))
    tracked = WatchList("W", names)
    with database.read() as session:
        (warning,) = overbroad(session, [tracked])
        assert "actor 'Sharif': 4 of 5 places" in warning
        assert "('Omar Sharif')" in warning
        told = replace(tracked, actors=(Actor("Sharif", ("Omar Sharif",)), *tracked.actors[1:]))
        assert overbroad(session, [told]) == []


def fill(session: Session, count: int) -> None:
    texts = [
        (f"Title {number}", f"Report {number} on {'Mango fruit' if number % 10 == 0 else 'weather'}.")
        for number in range(count)
    ]
    add_articles(session, texts)


@pytest.mark.parametrize(
    ("watched", "found"),
    [
        pytest.param(
            WatchList("W", (Actor("Mango"),)), ["'Mango' is one common word, found in 10%"], id="alias"
        ),
        pytest.param(WatchList("W", (Actor("Kumquat"),)), [], id="rare alias"),
        pytest.param(WatchList("W", (Actor("May"),)), ["'May' is one common word:"], id="common everywhere"),
        pytest.param(
            WatchList("W", (Actor("May", context=("-spring",)),)),
            ["'May' is one common word:"],
            id="unwanted context",
        ),
        pytest.param(WatchList("W", (Actor("May", context=("minister",)),)), [], id="wanted context"),
        pytest.param(WatchList("W", (Actor("Mango Ltd", (Alias("Mango", exact=True),)),)), [], id="narrowed"),
        pytest.param(WatchList("W", (Actor("Mango", context=("shoes",)),)), [], id="with context"),
        pytest.param(
            WatchList("W", (), (Topic("T", "weather"), Topic("U", "kumquat"))),
            ["topic 'T': the query matches 90% of the last 200 articles"],
            id="query",
        ),
    ],
)
def test_overbroad_rules_are_warned_of(database: Database, watched: WatchList, found: list[str]) -> None:
    with database.write() as session:
        fill(session, FEWEST)
        warnings = overbroad(session, [watched])
    assert len(warnings) == len(found)
    for warning, words in zip(warnings, found, strict=True):
        assert words in warning


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        pytest.param('@actor:"nasser BOURITA" AND fish', None, id="actor"),
        pytest.param('@list:Ports NEAR/3 "x y"', None, id="list"),
        pytest.param("@list:W", None, id="itself"),
        pytest.param(
            '@actor:"Naser Bourita"',
            "'W', topic 'T': @actor:'Naser Bourita' finds nothing, as no actor of that name is tracked: "
            "did you mean 'Nasser Bourita'?",
            id="unknown actor",
        ),
        pytest.param(
            "min:2(fish OR (a1 NEAR/2 @list:Zzz))",
            "'W', topic 'T': @list:'Zzz' finds nothing, as no watch list of that name is tracked: "
            "add it, or correct the name",
            id="unknown list, nested",
        ),
    ],
)
def test_references_to_nothing_are_warned_of(database: Database, query: str, warning: str | None) -> None:
    with database.write() as session:
        watch(session, "Ports", actors=["Nasser Bourita"])
        assert warnings_of(session, [WatchList("W", (), (Topic("T", query),))]) == (
            [] if warning is None else [warning]
        )


def test_small_archive_says_nothing(database: Database) -> None:
    with database.write() as session:
        fill(session, FEWEST - 1)
        assert overbroad(session, [WatchList("W", (Actor("Mango"),), (Topic("T", "weather"),))]) == []


def test_why_by_number_and_by_address(archive: Database) -> None:
    with archive.write() as session:
        watch(session, "Morocco", actors=["Nasser Bourita"], topics=[Topic("Ports", "port AND spoke")])
        watch(session, "Other", actors=["Jane Example"])
    with archive.read() as session:
        found = explain_article(session, "1")
        assert {item.watch: item.true for item in found.explanations if item.actor} == {
            "Morocco": True,
            "Other": False,
        }
        same = explain_article(session, "https://gazette.example/1#top", watch="Morocco")
    actor, topic = same.explanations
    assert same.article.id == 1
    assert (actor.true, topic.true) == (True, False)
    places = [place for part in actor.clause.parts for place in part.places]
    assert [same.document.text[place.start : place.end] for place in places] == ["Nasser Bourita"]
    assert [part.true for part in topic.clause.parts] == [False, True]


@on_both
@pytest.mark.parametrize(
    ("article", "watched", "message"),
    [
        pytest.param("99", None, "no article 99", id="no number"),
        pytest.param("https://x.example/1", None, "no article https", id="no address"),
        pytest.param("gazette", None, "neither an article's number nor its address", id="neither"),
        pytest.param("1", "Nothing", "no watch list 'Nothing'", id="no list"),
    ],
)
def test_why_of_nothing_says_so(archive: Database, article: str, watched: str | None, message: str) -> None:
    with archive.read() as session, pytest.raises(ActionError, match=message):
        explain_article(session, article, watch=watched)


def rows(database: Database) -> tuple[int, int, int]:
    """How many alerts, mentions and notifications there are."""
    with database.read() as session:
        return (
            len(session.exec(select(Alert)).all()),
            len(session.exec(select(MentionRow)).all()),
            len(session.exec(select(Notification)).all()),
        )


@pytest.fixture
def watched(archive: Database) -> Database:
    """The archive, and a list that came after it."""
    with archive.write() as session:
        add_channel(session)
        watch(session, "Morocco", actors=list(BOURITA.actors), channels=["desk"])
        watch(session, "Other", actors=["Rain"])
    return archive


def test_backfill_makes_alerts_once_and_tells_nobody(watched: Database) -> None:
    report = backfill(watched, "Morocco", days=30, send=False, now=START)
    assert (report.searched, report.articles, report.new_alerts, report.notifications) == (4, 3, 2, 0)
    assert rows(watched) == (2, 3, 0)
    assert backfill(watched, "Morocco", days=30, send=False, now=START).new_alerts == 0
    assert rows(watched) == (2, 3, 0)
    with watched.read() as session:
        alerts = newest_alerts(session, limit=10)
    assert [[article.title for article in alert.articles] for alert in alerts] == [["Three"], ["One", "Two"]]


def test_backfill_with_send_tells_each_alert_once_in_the_order_of_publication(watched: Database) -> None:
    backfill(watched, "Morocco", days=30, send=False, now=START)
    assert backfill(watched, "Morocco", days=60, send=True, now=START).notifications == 3
    assert backfill(watched, "Morocco", days=60, send=True, now=START).notifications == 0
    assert rows(watched) == (3, 4, 3)
    with watched.read() as session:
        payloads = [row.payload for row in session.exec(select(Notification).order_by("id"))]
    assert [payload["article"]["title"] for payload in payloads] == ["Old", "One", "Three"]
    assert Counter(mention["name"] for payload in payloads for mention in payload["mentions"]) == {
        "Nasser Bourita": 3
    }


async def test_backfill_leaves_to_the_service_what_it_has_not_matched(
    watched: Database, clock: Clock
) -> None:
    with watched.write() as session:
        add_article(session, "New", "Nasser Bourita is back.", at=START)
    backfill(watched, "Morocco", days=30, send=False, now=START)
    assert rows(watched)[0] == 2
    stage = AlertStages(watched, clock)
    await stage.load()
    await stage.step()
    assert rows(watched) == (3, 4, 1)
    assert backfill(watched, "Morocco", days=30, send=True, now=START).notifications == 2
    assert rows(watched) == (3, 4, 3)


def test_backfill_counts_each_article_once_on_the_day_it_came_out(watched: Database) -> None:
    backfill(watched, "Morocco", days=60, send=False, now=START)
    with watched.write() as session:
        watch(session, "Morocco", actors=["Rain"])
    for _again in range(2):
        backfill(watched, "Morocco", days=60, send=False, now=START)
    with watched.read() as session:
        trends = read_trends(session, days=45, now=START, most=10, watch_list="Morocco")
    days = {
        (trend.kind, trend.name): [
            ((START.date() - day.day).days, day.articles) for day in trend.days if day.articles
        ]
        for trend in (*trends.lists, *trends.names)
    }
    assert days["actor", "Nasser Bourita"] == [(40, 1), (3, 1), (2, 1), (1, 1)]
    assert days["actor", "Rain"] == [(1, 1)]
    assert days["list", "Morocco"] == [(40, 1), (3, 1), (2, 1), (1, 2)]


def test_list_is_counted_from_when_it_was_made_or_its_backfill_began(watched: Database) -> None:
    number = add_counted_article(watched, START - 9 * DAY)
    with watched.read() as session:
        assert counted_since(session, [number]) == {number: START.date()}
    backfill(watched, "Morocco", days=60, send=False, now=START)
    with watched.read() as session:
        assert counted_since(session, [number]) == {number: (START - 40 * DAY).date()}


def add_counted_article(database: Database, at: datetime) -> int:
    """Count an article that came out before its list was made; give the list's id."""
    with database.write() as session:
        facts = facts_named(session, "Morocco")
        assert facts is not None
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        add_counts(session, {(facts.id, "list", "", VolumeUnit.DAY, day): (1, 1)})
        return facts.id


def test_backfill_of_no_list(watched: Database) -> None:
    with pytest.raises(ActionError, match=r"no watch list 'Marocco'; did you mean 'Morocco'\?"):
        backfill(watched, "Marocco", days=30, send=False, now=START)
