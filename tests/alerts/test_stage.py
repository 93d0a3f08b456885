"""The matching stage: alerts are made once, edited articles tell only what is new, edited watch lists count from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select
from structlog.testing import capture_logs
from typing_extensions import override

from alerts.enrich.base import Enricher, MentioningArticle
from alerts.enrich.runner import EnricherRunner
from alerts.group_stage import MatchReport
from alerts.match_stage import BATCH, LONG_ONES_WAIT
from alerts.values import Actor, Topic
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import newest_alerts
from storage.stores.articles.match_claims import is_any_to_match
from storage.tables import (
    ActorRow,
    Alert,
    AlertPolicy,
    Article,
    ArticleState,
    Enrichment,
    MentionRow,
    Notification,
    WatchListRow,
)
from tests.archive import AlertStages, add_article, add_channel, add_version, watch
from tests.conftest import Clock
from tests.databases import rename

TEXT = "Minister Nasser Bourita spoke in Rabat on Monday about the ports of the north and their owners."


@pytest.fixture
def reports() -> list[MatchReport]:
    return []


@pytest.fixture
async def stage(database: Database, clock: Clock, reports: list[MatchReport]) -> AlertStages:
    with database.write() as session:
        add_channel(session)
        watch(session, "Morocco", actors=["Nasser Bourita"], channels=["desk"])
    opened = AlertStages(database, clock, reports.append)
    await opened.load()
    return opened


def counts(database: Database) -> tuple[int, int]:
    """How many alerts and notifications there are."""
    with database.read() as session:
        return len(session.exec(select(Alert)).all()), len(session.exec(select(Notification)).all())


async def test_article_is_matched_once_and_told(database: Database, stage: AlertStages) -> None:
    with database.write() as session:
        number = add_article(session, "In Rabat", TEXT)
    assert await stage.step() == 1
    assert await stage.step() == 0
    assert counts(database) == (1, 1)
    with database.read() as session:
        article = session.get_one(Article, number)
        assert (article.state, article.matched_version) == (ArticleState.MATCHED, 1)
        (mention,) = session.exec(select(MentionRow)).all()
        actor = session.exec(select(ActorRow)).one()
    assert TEXT[mention.start : mention.end] == mention.surface == "Nasser Bourita"
    assert (mention.actor_id, mention.topic_id) == (actor.id, None)


class Interrupted(Database):
    """A database in which something is committed right before the stage looks whether there is work."""

    between: Callable[[], None] | None = None

    @override
    async def reading(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        if work is is_any_to_match and self.between is not None:
            between, self.between = self.between, None
            between()
        return await super().reading(work, *args, **kwargs)


async def test_a_list_saved_with_an_article_counts_for_it_however_close(
    storage_url: str, clock: Clock
) -> None:
    database = Interrupted(storage_url)
    with database:
        stage = AlertStages(database, clock)
        await stage.load()

        def save() -> None:
            with database.write() as session:
                add_channel(session)
                watch(session, "Morocco", actors=["Nasser Bourita"], channels=["desk"])
                add_article(session, "In Rabat", TEXT)

        database.between = save
        assert await stage.step() == 1
        assert counts(database) == (1, 1)


async def test_stage_that_matched_as_many_as_it_may_says_that_more_may_wait(
    database: Database, stage: AlertStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.match_stage.BATCH", 2)
    with database.write() as session:
        for number in range(3):
            add_article(session, f"In Rabat {number}", TEXT)
    steps = [(await stage.matching.step(), stage.matching.has_more) for _step in range(3)]
    assert steps == [(2, True), (1, False), (0, False)]


async def test_endless_articles_let_the_others_pass(
    database: Database, stage: AlertStages, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.match_stage.MOST_AT_ONCE", 25_000)
    with database.write() as session:
        for number in range(BATCH - 1):
            add_article(session, f"Endless {number}", "word " * (6_000 + number), language="en")
        short = [add_article(session, f"In Rabat {number}", TEXT) for number in range(2)]

    def matched() -> list[int]:
        with database.read() as session:
            return sorted(
                id_of(one) for one in session.exec(select(Article).where(col(Article.matched_version) == 1))
            )

    assert await stage.matching.step() == 1
    assert matched() == short[:1]
    assert await stage.matching.step() == 1  # what came after the batch does not wait for the endless ones
    assert matched() == short
    clock.advance(LONG_ONES_WAIT)
    assert await stage.matching.step() == 1  # one, though it is longer than a batch may be
    clock.advance(LONG_ONES_WAIT)
    assert await stage.matching.step() == 1
    assert len(matched()) == 4


async def test_of_an_article_without_end_the_beginning_is_matched(
    database: Database, stage: AlertStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.documents.LONGEST_TEXT", len(TEXT))
    monkeypatch.setattr("alerts.match_stage.LONGEST_TEXT", len(TEXT))
    with database.write() as session:
        number = add_article(session, "In Rabat", f"{TEXT} Nasser Bourita again.")
    with capture_logs() as logged:
        assert await stage.step() == 1
    assert [(one["event"], one["article"]) for one in logged if "article" in one][:1] == [
        ("only the beginning of a long article is matched", number)
    ]
    with database.read() as session:
        assert [one.start for one in session.exec(select(MentionRow))] == [TEXT.index("Nasser")]


class Wordy(Enricher):
    """Says who is mentioned; fails at articles that are about a storm."""

    def facts(self, article: MentioningArticle) -> Mapping[str, Any]:
        if "storm" in article.text:
            raise LookupError("no facts about the weather")
        return {"names": list(article.names), "characters": len(article.text)}


async def test_facts_of_enrichers_stand_with_the_article_and_never_lose_an_alert(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "Morocco", actors=["Nasser Bourita"], channels=["desk"])
        calm = add_article(session, "In Rabat", TEXT)
        add_article(
            session, "A storm closes the ports", "Nasser Bourita spoke of the storm and of the ports."
        )
        add_article(
            session, "Elsewhere", "Nobody was there, and nothing of note was said on that day at all."
        )
    stage = AlertStages(database, clock, enrichers=EnricherRunner({"wordy": Wordy}))
    await stage.load()
    with capture_logs() as logs:
        await stage.step()
    assert [log["enricher"] for log in logs if "enricher" in log] == ["wordy"]
    with database.read() as session:
        facts = {
            article.title: article.facts
            for alert in newest_alerts(session, limit=9)
            for article in alert.articles
        }
        stored = session.exec(select(Enrichment)).all()
    known = {"wordy": {"names": ["Nasser Bourita"], "characters": len(TEXT)}}
    assert facts == {"In Rabat": known, "A storm closes the ports": {}}
    assert [row.article_id for row in stored] == [calm], "of what nobody watches for, no enricher is asked"
    with database.write() as session:
        add_version(session, calm, text=f"{TEXT} It rained.")
    await stage.step()
    with database.read() as session:
        (row,) = session.exec(select(Enrichment)).all()
    assert row.facts["characters"] == len(TEXT) + len(" It rained."), "an edited article is enriched anew"


async def test_what_a_failing_database_did_not_store_is_done_as_soon_as_it_works_again(
    sqlite_database: Database, clock: Clock
) -> None:
    with sqlite_database.write() as session:
        add_channel(session)
        watch(session, "Morocco", actors=["Nasser Bourita"], channels=["desk"])
        add_article(session, "In Rabat", TEXT)
    stage = AlertStages(sqlite_database, clock)
    await stage.load()
    for table, step in (("article_words", stage.matching.step), ("notification", stage.grouping.step)):
        rename(sqlite_database, table, "away")
        with pytest.raises(OperationalError):
            await step()
        rename(sqlite_database, "away", table)
        assert await step() == 1, "no lease keeps it waiting"
    assert counts(sqlite_database) == (1, 1)


async def test_article_of_less_relevance_than_the_list_asks_for_makes_no_alert(
    database: Database, clock: Clock
) -> None:
    aside = f"{'The ports of the north were closed by a storm. ' * 30} Nasser Bourita was not there."
    with database.write() as session:
        add_channel(session)
        watch(session, "All", actors=["Nasser Bourita"], channels=["desk"])
        watch(session, "Most relevant", actors=["Nasser Bourita"], channels=["desk"])
        session.exec(select(WatchListRow).where(WatchListRow.name == "Most relevant")).one().min_score = 40
        add_article(session, "A storm closes the ports", aside)
    stage = AlertStages(database, clock)
    await stage.load()
    await stage.step()

    def told() -> list[tuple[str, float]]:
        with database.read() as session:
            found = session.exec(select(WatchListRow.name, Alert.score).join(Alert).order_by("name"))
            return [(name, score) for name, score in found]

    assert told() == [("All", 10.0)]
    with database.write() as session:
        add_article(session, "Nasser Bourita visits the ports", aside)
    await stage.step()
    assert told() == [("All", 55.0), ("Most relevant", 55.0)]


async def test_edited_article_is_not_told_again(
    database: Database, stage: AlertStages, reports: Sequence[MatchReport]
) -> None:
    with database.write() as session:
        number = add_article(session, "In Rabat", TEXT)
    await stage.step()
    with database.write() as session:
        add_version(session, number, text=f"Correction.\n{TEXT}")
    await stage.step()
    assert counts(database) == (1, 1)
    assert [len(report.new_alerts) for report in reports] == [1, 0]
    with database.read() as session:
        (alert,) = newest_alerts(session, limit=10)
        mentions = session.exec(select(MentionRow).order_by("id")).all()
    assert [mention.start for mention in mentions] == [9, 21]
    (article,) = alert.articles
    (shown,) = article.mentions
    assert article.text[shown.start : shown.end] == "Nasser Bourita"


async def test_edited_article_is_told_to_the_list_that_finds_something_new(
    database: Database, stage: AlertStages
) -> None:
    with database.write() as session:
        watch(session, "Energy", actors=["Leila Benali"], channels=["desk"])
        number = add_article(session, "In Rabat", TEXT)
    await stage.step()
    with database.write() as session:
        add_version(session, number, text=f"{TEXT}\nLeila Benali was there.")
    await stage.step()
    with database.read() as session:
        assert [alert.watch_list for alert in newest_alerts(session, limit=10)] == ["Energy", "Morocco"]
    assert counts(database) == (2, 2)


async def test_new_name_where_an_alert_stands_is_an_update_and_no_alert(
    database: Database, stage: AlertStages
) -> None:
    with database.write() as session:
        watch(session, "Morocco", actors=["Leila Benali"])
        number = add_article(session, "In Rabat", TEXT)
    await stage.step()
    with database.write() as session:
        add_version(session, number, text=f"{TEXT}\nLeila Benali was there.")
    await stage.step()
    assert counts(database) == (1, 2)
    with database.read() as session:
        names = [mention.name for mention in session.exec(select(MentionRow))]
    assert sorted(names) == ["Leila Benali", "Nasser Bourita", "Nasser Bourita"]


async def test_edited_watch_list_makes_no_old_text_new(database: Database, stage: AlertStages) -> None:
    with database.write() as session:
        number = add_article(session, "In Rabat", f"{TEXT}\nLeila Benali was there.")
    await stage.step()
    with database.write() as session:
        watch(session, "Energy", actors=["Leila Benali"], topics=[Topic("Ports", "port*")], channels=["desk"])
    await stage.step()
    assert counts(database) == (1, 1)
    with database.write() as session:
        add_version(session, number, title="Again in Rabat")
    await stage.step()
    assert counts(database) == (1, 1)
    with database.write() as session:
        add_version(session, number, title="Leila Benali in Rabat", text=f"{TEXT}\nFerries.")
        watch(session, "Energy", topics=[Topic("Ferries", "ferries")])
    await stage.step()
    with database.read() as session:
        assert [alert.watch_list for alert in newest_alerts(session, limit=10)] == ["Energy", "Morocco"]


async def test_versions_that_were_not_matched_in_between_hide_nothing(
    database: Database, stage: AlertStages
) -> None:
    with database.write() as session:
        number = add_article(session, "Weather", "Rain in the north and wind in the south on Monday.")
    await stage.step()
    with database.write() as session:
        add_version(session, number, text=TEXT)
        add_version(session, number, text=f"{TEXT} He left.")
    await stage.step()
    assert counts(database) == (1, 1)


async def test_every_article_policy_tells_an_edited_article_once(
    database: Database, stage: AlertStages
) -> None:
    with database.write() as session:
        watch(session, "Morocco", alert=AlertPolicy.ARTICLE)
        number = add_article(session, "In Rabat", TEXT)
        add_article(session, "In Rabat", TEXT)
    await stage.step()
    with database.write() as session:
        add_version(session, number, text=f"{TEXT} He left.")
    await stage.step()
    assert counts(database) == (2, 2)


async def test_list_that_another_process_adds_counts_for_the_next_article(
    database: Database, stage: AlertStages
) -> None:
    with database.write() as session:
        watch(session, "Persons", actors=[Actor("Jane Example", surname=True)], channels=["desk"])
        add_article(session, "Jane Example speaks", "Later Example left.")
    await stage.step()
    with database.read() as session:
        (alert,) = newest_alerts(session, limit=10)
    assert alert.watch_list == "Persons"
    assert [mention.surface for mention in alert.articles[0].mentions] == ["Jane Example", "Example"]
