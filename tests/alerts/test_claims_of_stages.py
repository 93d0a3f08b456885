"""Several processes on one database: claims with fencing tokens, shards, windows that learn what others decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import pytest
from pydantic import JsonValue
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from alerts.enrich.base import Enricher, MentioningArticle
from alerts.enrich.runner import EnricherRunner
from alerts.group_stage import GroupStage
from alerts.match_stage import LEASE, MatchStage, match_claimed
from storage.engine import Database
from storage.stores.alerts.mentions import store_mentions
from storage.stores.articles.match_claims import MatchClaim, Matched, claim_to_match, store_matched
from storage.stores.stories.shards import add_shards, claim_shard, hold_shard
from storage.tables import (
    Alert,
    Article,
    ArticleState,
    ArticleVersion,
    Enrichment,
    MentionRow,
    Notification,
    Story,
    StoryArticle,
    StoryKind,
)
from tests.archive import AlertStages, add_article, add_channel, add_version, watch
from tests.conftest import START, Clock

TEXT = (
    "Minister Nasser Bourita received a delegation in Rabat on Monday to settle the calendar of the talks on fisheries.\n"
    "The working group will meet in Agadir before the summer, and is to report to both governments in the autumn."
)
RAIN = (
    "Nasser Bourita stayed at home, since heavy rain had closed the road over the pass and every school north of the river.\n"
    "Snow is expected above a thousand metres from Thursday, the weather office said, and frost in the valleys at night."
)


def claim(session: Session, clock: Clock, owner: str) -> list[MatchClaim]:
    return claim_to_match(session, now=clock.now, owner=owner, lease=LEASE, limit=100)


def test_claimed_articles_are_not_claimed_again_before_the_lease_ends(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        ids = [add_article(session, f"Title {number}", TEXT) for number in range(3)]
    with database.write() as session:
        first = claim(session, clock, "a")
    with database.write() as session:
        assert claim(session, clock, "b") == []
    clock.advance(LEASE + timedelta(seconds=1))
    with database.write() as session:
        second = claim(session, clock, "b")
    assert [one.article.id for one in first] == [one.article.id for one in second] == ids
    assert all(later.token > earlier.token for earlier, later in zip(first, second, strict=True))


def test_what_a_process_whose_lease_was_taken_over_would_store_changes_nothing(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        number = add_article(session, "Title", TEXT)
    with database.write() as session:
        (stale,) = claim(session, clock, "a")
    clock.advance(LEASE + timedelta(seconds=1))
    with database.write() as session:
        (current,) = claim(session, clock, "b")
    with database.write() as session:
        assert store_matched(session, [Matched(stale, "en")], now=clock.now) == []
        assert session.get_one(Article, number).matched_version == 0
    with database.write() as session:
        assert store_matched(session, [Matched(current, "en")], now=clock.now) == [Matched(current, "en")]
    with database.read() as session:
        article = session.get_one(Article, number)
        assert (article.matched_version, article.match_lease_until, article.shard) == (1, None, "en")


class Meddler(Enricher):
    """Has others claim the first of three articles anew, or delete it, once all are matched."""

    def __init__(self, database: Database, deletes: bool) -> None:
        self._database = database
        self._deletes = deletes
        self._has_meddled = False

    def facts(self, article: MentioningArticle) -> Mapping[str, JsonValue]:
        if not self._has_meddled:
            self._has_meddled = True
            with self._database.write() as session:
                first = session.exec(select(Article).order_by(col(Article.id))).all()[0]
                if self._deletes:
                    session.delete(first)
                else:
                    first.match_token += 1
        return {"read": article.title}


@pytest.mark.parametrize("deletes", [False, True], ids=["claimed", "deleted"])
async def test_of_a_batch_that_others_took_an_article_from_the_rest_is_stored(
    database: Database, clock: Clock, deletes: bool
) -> None:
    with database.write() as session:
        watch(session, "W", actors=["Nasser Bourita"])
        first, *rest = [add_article(session, f"Title {number}", TEXT) for number in range(3)]
    enrichers = EnricherRunner({"odd": lambda: Meddler(database, deletes)})
    matching = MatchStage(database, clock=clock, enrichers=enrichers)
    await matching.load()
    assert await matching.step() == 2
    await matching.close()
    with database.read() as session:
        matched = {article.id: article.matched_version for article in session.exec(select(Article))}
        mentioning = session.exec(select(ArticleVersion.article_id).join(MentionRow).distinct()).all()
        enriched = session.exec(select(Enrichment.article_id)).all()
    assert matched == dict.fromkeys(rest, 1) | ({} if deletes else {first: 0})
    assert sorted(mentioning) == sorted(enriched) == rest


def test_stale_shard_is_held_by_nobody(database: Database, clock: Clock) -> None:
    shards = partial(claim_shard, lease=timedelta(minutes=1))
    with database.write() as session:
        add_article(session, "Title", TEXT)
    with database.write() as session:
        store_matched(session, [Matched(one, "en") for one in claim(session, clock, "a")], now=clock.now)
        add_shards(session, ["en"])
    with database.write() as session:
        first = shards(session, now=clock.now, owner="a")
    with database.write() as session:
        assert first is not None
        assert shards(session, now=clock.now, owner="b") is None
    clock.advance(timedelta(minutes=2))
    with database.write() as session:
        second = shards(session, now=clock.now, owner="b")
    with database.write() as session:
        assert second is not None
        assert hold_shard(session, first) is None
        assert hold_shard(session, second) == 0


class Processes:
    """Two processes with stages of their own on one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.stages = [
            (MatchStage(database, clock=clock), GroupStage(database, clock=clock)) for _process in range(2)
        ]

    async def load(self) -> None:
        for matching, _grouping in self.stages:
            await matching.load()

    async def step(self, process: int) -> int:
        matching, grouping = self.stages[process]
        await matching.step()
        return await grouping.step()


@pytest.fixture
async def processes(database: Database, clock: Clock) -> Processes:
    with database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Nasser Bourita"], channels=["desk"])
    opened = Processes(database, clock)
    await opened.load()
    return opened


async def test_processes_that_take_turns_find_one_story_and_make_one_alert(
    database: Database, processes: Processes
) -> None:
    for turn in range(6):
        with database.write() as session:
            add_article(session, "Talks in Rabat", TEXT, outlet=f"Outlet {turn}")
        assert await processes.step(turn % 2) == 1
    with database.read() as session:
        assert len(session.exec(select(Alert)).all()) == 1
        assert len(session.exec(select(Story)).all()) == 1
        kinds = [row.kind for row in session.exec(select(StoryArticle).order_by("id"))]
    assert kinds == [StoryKind.NEW, *[StoryKind.COPY] * 5]


async def test_story_is_forgotten_after_a_failed_commit(
    database: Database, clock: Clock, processes: Processes
) -> None:
    with database.write() as session:
        first = add_article(session, "Talks in Rabat", TEXT, outlet="Outlet 1")
    decided: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO story_article"):
            decided.append(statement)

    def fail(_connection: object) -> None:
        if decided:  # not the claim of the shard, which is committed before
            raise RuntimeError("the disk is full")

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", fail)
    try:
        with pytest.raises(RuntimeError, match="disk"):
            await processes.step(0)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "commit", fail)
    clock.advance(timedelta(minutes=2))  # the claim of the shard ends
    with database.write() as session:
        add_version(session, first, title="Rain in the north", text=RAIN)
    assert await processes.step(1) == 1
    with database.write() as session:
        add_article(session, "Talks in Rabat", TEXT, outlet="Outlet 2")
    assert await processes.step(0) == 1
    with database.read() as session:
        kinds = [row.kind for row in session.exec(select(StoryArticle).order_by("id"))]
    assert kinds == [StoryKind.NEW, StoryKind.NEW]  # the first's text of before was never in a story


async def test_very_many_mentions_are_counted_and_a_hundred_stored(
    database: Database, processes: Processes
) -> None:
    with database.write() as session:
        number = add_article(session, "Talks", "Nasser Bourita spoke. " * 500)
    assert await processes.step(0) == 1
    with database.read() as session:
        assert session.get_one(Article, number).state is ArticleState.MATCHED
        mentions = session.exec(select(MentionRow)).all()
        assert (len(mentions), len(mentions) + sum(one.more for one in mentions)) == (100, 500)


async def test_page_that_is_matched_before_what_the_source_said_is_grouped_tells_nothing_twice(
    database: Database,
) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Ilse Marrow"], channels=["desk"], alert="article", update_interval="0s")
        number = add_article(session, "Ilse Marrow resigns")
    stages = AlertStages(database, lambda: START)
    await stages.load()
    await stages.matching.step()
    with database.write() as session:  # its page was read
        add_version(session, number, text="Ilse Marrow resigned on Monday.")
        session.exec(select(ArticleVersion).where(ArticleVersion.number == 2)).one().text_source = "page"
    with database.write() as session:
        (of_page,) = claim_to_match(session, now=START, owner="a", lease=LEASE, limit=5)
    with database.write() as session:  # and what was matched first is grouped meanwhile
        session.get_one(Article, number).match_lease_until = None
    await stages.grouping.step()
    compiled = stages.matching.watch_lists.current
    result = match_claimed(compiled.matcher, compiled.lists, of_page)
    with database.write() as session:
        assert store_matched(session, [result.matched], now=START)
        store_mentions(session, result.mentions)
    await stages.step()
    await stages.close()
    with database.read() as session:
        assert session.get_one(Article, number).grouped_version == 2
        assert len(session.exec(select(Notification)).all()) == 1


async def test_few_words_that_were_matched_while_the_page_was_read_get_no_story_of_their_own(
    database: Database,
) -> None:
    with database.write() as session:
        watch(session, "W", actors=["Ilse Marrow"])
        number = add_article(session, "A minister resigns")
        session.get_one(Article, number).state = ArticleState.FOUND
    stages = AlertStages(database, lambda: START)
    await stages.load()
    with database.write() as session:
        (of_feed,) = claim_to_match(session, now=START, owner="a", lease=LEASE, limit=5)
    with database.write() as session:  # its page was read meanwhile
        add_version(session, number, text="Ilse Marrow resigned on Monday.")
    compiled = stages.matching.watch_lists.current
    result = match_claimed(compiled.matcher, compiled.lists, of_feed)
    with database.write() as session:
        assert store_matched(session, [result.matched], now=START)
    with database.read() as session:
        assert session.get_one(Article, number).shard is None
    await stages.step()
    await stages.close()
    with database.read() as session:
        assert session.get_one(Article, number).grouped_version == 2
        assert len(session.exec(select(Alert)).all()) == 1


async def test_story_of_few_words_becomes_one_with_the_story_that_the_page_tells(database: Database) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Nasser Bourita"], channels=["desk"])
        first = add_article(session, "Talks on fisheries go on", TEXT, outlet="Gazette")
        flash = add_article(session, "Nasser Bourita opens talks", outlet="Herald")
        other = add_article(session, "Nasser Bourita at home", outlet="Courier")
    stages = AlertStages(database, lambda: START)
    await stages.load()
    await stages.step()
    with database.write() as session:
        assert len(session.exec(select(Alert)).all()) == 3
        add_version(session, flash, text=TEXT)  # a copy: its page was read
        add_version(session, other, text=RAIN.partition(", since ")[2])
        for version in session.exec(select(ArticleVersion).where(ArticleVersion.number == 2)):
            version.text_source = "page"
    await stages.step()
    await stages.close()
    with database.read() as session:
        stories = [session.get_one(Article, number).story_id for number in (first, flash, other)]
        assert stories[0] == stories[1] != stories[2]
        kept, gone, alone = session.exec(select(Alert).order_by("id"))
        assert (kept.merged_into_id, gone.merged_into_id, alone.merged_into_id) == (None, kept.id, None)
        joined = session.exec(select(StoryArticle).where(StoryArticle.article_id == flash)).one()
        assert (joined.kind, joined.copy_of_id) == (StoryKind.COPY, first)


async def test_article_goes_into_the_story_that_another_process_has_made_of_two(
    database: Database, processes: Processes
) -> None:
    """The first process remembers both; the second finds them to be one; the first has the next article."""
    with database.write() as session:
        kept = add_article(session, "Talks on fisheries go on", TEXT, outlet="Gazette")
        flash = add_article(session, "Nasser Bourita opens talks", RAIN, outlet="Herald")
        add_article(session, "Nasser Bourita opens talks", RAIN, outlet="Courier")
    assert await processes.step(0) == 3
    with database.write() as session:
        gone = session.get_one(Article, flash).story_id
        assert gone != session.get_one(Article, kept).story_id
        add_version(session, flash, text=TEXT)  # its page was read, and is a copy of the other
        session.exec(select(ArticleVersion).where(ArticleVersion.number == 2)).one().text_source = "page"
    assert await processes.step(1) == 1
    with database.write() as session:
        assert session.get_one(Story, gone).merged_into_id == session.get_one(Article, kept).story_id
        later = add_article(session, "Nasser Bourita opens talks", RAIN, outlet="Post")
    assert await processes.step(0) == 1
    with database.read() as session:
        assert session.get_one(Article, later).story_id == session.get_one(Article, kept).story_id
        alerts = session.exec(select(Alert).order_by("id")).all()
        assert [alert.merged_into_id for alert in alerts] == [None, alerts[0].id]
