"""Upkeep: what is old or too much goes, oldest and least needed first; what is compared, waits or was told stays whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select
from typer.testing import CliRunner

from alerts.search import Indexer, needs_of
from crawler.sources.documents import parse_feed
from service.cli.app import app
from service.process import open_service
from service.upkeep import Pruned, Upkeep, UpkeepOptions
from storage.backup import backup
from storage.engine import Database
from storage.maintenance import give_back, optimize, rewrite
from storage.rows import id_of
from storage.stores.articles.forgotten import REMEMBERED, forgotten, remember
from storage.stores.articles.page_lessons import lock_lessons, read_lessons, write_lessons
from storage.stores.articles.search_index import holding
from storage.stores.feeds.hosts import HostRecord, host_named, write_hosts
from storage.stores.stats import rows_by_table, size_bytes, used_bytes
from storage.tables import (
    Alert,
    Article,
    ArticleState,
    ArticleWords,
    BoilerplateLine,
    EntryRow,
    Feed,
    ForgottenArticle,
    HostRest,
    MentionRow,
    Notification,
    NotificationKind,
    NotificationState,
    Outlet,
    Silence,
    Story,
    StoryArticle,
)
from storage.troubles import Trouble
from tests.archive import AlertStages, add_article, add_channel, watch
from tests.conftest import START, Clock
from tests.databases import on_both
from tests.service.web.served import settings_on
from tests.storage.test_claims import add_feed
from tests.taking_in import take_in_one

pytestmark = on_both


HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
FILLER = "The ferry left the port of Agadir in the morning and came back in the evening of the same day. "


def upkeep(database: Database, clock: Clock, **options: object) -> Upkeep:
    return Upkeep(database, UpkeepOptions(**options), clock=clock)  # type: ignore[arg-type]


async def matched(database: Database, clock: Clock, *articles: tuple[str, datetime]) -> list[int]:
    """Add articles of these titles and times, and has the stage match each at its time; gives their ids."""
    stage = AlertStages(database, clock)
    await stage.load()
    numbers: list[int] = []
    for title, at in articles:
        clock.now = at
        text = " ".join(f"{title.split()[0]}{len(numbers)}{word}" for word in FILLER.split())  # like no other
        with database.write() as session:
            numbers.append(add_article(session, title, text, at=at))
        await stage.step()
    await stage.close()
    return numbers


@pytest.fixture
def watched(database: Database) -> Database:
    with database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Nasser Bourita"], channels=["desk"])
    return database


def sent(session: Session) -> None:
    for row in session.exec(select(Notification)):
        row.state = NotificationState.SENT


def titles(session: Session) -> list[str]:
    rows = session.exec(select(Article).order_by(col(Article.id)))
    return [row.url.rpartition("/")[2] for row in rows]


async def test_old_articles_go_and_those_with_alerts_stay(watched: Database, clock: Clock) -> None:
    old, alerted, young, newest = await matched(
        watched,
        clock,
        ("Ferries", START),
        ("Nasser Bourita", START + DAY),
        ("Ports", START + 300 * DAY),
        ("Rain", START + 400 * DAY),
    )
    assert await upkeep(watched, clock, keep_articles=YEAR).due() == Pruned(articles=1)
    assert await upkeep(watched, clock, keep_articles=YEAR).prune() == Pruned(articles=1)
    with watched.read() as session:
        assert set(session.exec(select(Article.id))) == {alerted, young, newest}
        for table, column in (
            (ArticleWords, ArticleWords.article_id),
            (StoryArticle, StoryArticle.article_id),
        ):
            assert old not in session.exec(select(column).select_from(table)).all()
        assert len(session.exec(select(Story)).all()) == 3
        assert holding(session, needs_of("Ferries"), limit=9) == []
        assert holding(session, needs_of("Ports"), limit=9) == [young]
        assert len(session.exec(select(MentionRow)).all()) >= 1
    assert await upkeep(watched, clock, keep_articles=YEAR).prune() == Pruned()


async def test_what_is_still_compared_stays_whatever_the_settings_say(
    watched: Database, clock: Clock
) -> None:
    compared = timedelta(days=14)
    await matched(watched, clock, ("Ferries", START), ("Rain", START + DAY))
    clock.now = START + compared + DAY  # the margin, in figures: to change it should be noticed
    brief = upkeep(watched, clock, keep_articles=DAY, compared=compared, max_bytes=1)
    assert await brief.prune() == Pruned(is_still_too_large=True)
    clock.advance(timedelta(seconds=1))
    assert (await brief.prune()).articles == 1  # the newest always stays


async def test_matching_goes_on_after_pruning_as_if_nothing_had_gone(watched: Database, clock: Clock) -> None:
    """The stage that runs meanwhile holds traces of what is deleted."""
    stage = AlertStages(watched, clock)
    await stage.load()
    indexer = Indexer(watched)
    text = "Nasser Bourita received the delegation in Rabat, and spoke of fisheries and of the ports. " * 4
    with watched.write() as session:
        add_article(session, "Talks", FILLER * 3)
    assert await stage.step() == 1
    clock.now = START + 20 * DAY
    with watched.write() as session:
        add_article(session, "Other", "Rain in the north.", at=clock.now)
    assert await stage.step() == 1
    assert (await upkeep(watched, clock, keep_articles=DAY).prune()).articles == 1
    with watched.write() as session:
        again = add_article(session, "Talks", FILLER * 3, at=clock.now)  # a copy of what is gone
        told = add_article(session, "Talks in Rabat", text, at=clock.now)
    assert await stage.step() == 2
    await stage.close()
    while await indexer.step():
        pass
    with watched.read() as session:
        copies = session.exec(select(StoryArticle).where(col(StoryArticle.article_id) == again)).one()
        assert copies.copy_of_id is None
        assert holding(session, needs_of("ferry"), limit=9) == [again]
        assert session.exec(select(Alert.article_id)).all() == [told]


async def test_old_alerts_go_with_what_was_sent_unless_something_waits(
    watched: Database, clock: Clock
) -> None:
    numbers = await matched(
        watched,
        clock,
        ("Ferries of Nasser Bourita", START),
        ("Meeting with Nasser Bourita", START + DAY),
        ("Ports and Nasser Bourita", START + 2 * YEAR),
    )
    with watched.write() as session:
        first, second, third = session.exec(select(Alert.id).order_by(col(Alert.id))).all()
        sent(session)
        waiting = session.exec(select(Notification).where(Notification.alert_id == second)).one()
        waiting.state = NotificationState.QUEUED
        for kind, state in (
            (NotificationKind.DIGEST, NotificationState.SENT),
            (NotificationKind.SERVICE, NotificationState.QUEUED),
        ):
            session.add(
                Notification(
                    uid=kind, channel_id=1, kind=kind, state=state, payload={}, created_at=START, due_at=START
                )
            )
    pruned = await upkeep(watched, clock, keep_alerts=YEAR, keep_articles=YEAR).prune()
    assert pruned == Pruned(articles=1, alerts=1, told=1)
    with watched.read() as session:
        assert set(session.exec(select(Alert.id))) == {second, third}
        assert set(session.exec(select(Article.id))) == set(numbers[1:])
        assert {row.alert_id for row in session.exec(select(Notification))} == {second, third, None}
    assert first not in (second, third)


async def test_stories_that_became_one_go_together(watched: Database, clock: Clock) -> None:
    await matched(watched, clock, ("Ferries", START), ("Rain", START + 2 * YEAR))
    with watched.write() as session:
        kept = session.exec(select(Article.story_id).where(Article.id == 1)).one()
        chain = kept
        for _ in range(3):
            gone = Story(created_at=START, merged_into_id=chain)
            session.add(gone)
            session.flush()
            chain = gone.id
        session.add(Story(created_at=START))
    await upkeep(watched, clock, keep_articles=YEAR).prune()
    with watched.read() as session:
        assert len(session.exec(select(Story)).all()) == 2  # that of the rain, and the newest


async def test_silenced_story_stays(watched: Database, clock: Clock) -> None:
    await matched(watched, clock, ("Ferries", START), ("Rain", START + 2 * YEAR))
    with watched.write() as session:
        story = session.exec(select(Article.story_id).where(Article.id == 1)).one()
        session.add(Silence(story_id=story, starts_at=START, ends_at=START + 3 * YEAR))
    assert (await upkeep(watched, clock, keep_articles=YEAR).prune()).articles == 1
    with watched.read() as session:
        assert session.exec(select(Silence.story_id)).one() == story


@pytest.mark.thorough
async def test_too_much_is_brought_below_the_limit_articles_without_alerts_first(
    watched: Database, clock: Clock
) -> None:
    with watched.write() as session:
        for number in range(400):
            add_article(session, f"Number {number}", f"{number} " + FILLER * 40, matched=True)
    (alerted, newest) = await matched(
        watched, clock, ("Nasser Bourita", START + DAY), ("Rain", START + 100 * DAY)
    )
    with watched.write() as session:
        sent(session)
    await watched.maintaining(lambda database: optimize(database, vacuum=True))
    with watched.read() as session:
        before = used_bytes(session)
    limit = before // 2
    pruned = await upkeep(watched, clock, max_bytes=limit).prune()
    with (
        watched.read() as session
    ):  # at once: PostgreSQL's own vacuum moves the share of indexes by some hundredths
        left = session.exec(select(Article.id).order_by(col(Article.id))).all()
        assert used_bytes(session) <= limit
    assert pruned.alerts == 0
    assert 100 < pruned.articles < 400
    assert left[-2:] == [alerted, newest]
    assert left[0] == pruned.articles + 1  # the oldest went
    assert await upkeep(watched, clock, max_bytes=limit).prune() == Pruned()
    everything = await upkeep(watched, clock, max_bytes=1).prune()
    assert (everything.alerts, everything.is_still_too_large) == (0, True)  # the newest alert always stays


def rss(*numbers: int) -> bytes:
    items = "".join(
        f"<item><guid>g{n}</guid><link>https://a.example/{n}</link><title>Title {n}</title></item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()


async def test_entry_that_still_stands_in_its_feed_is_not_found_again(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        feed_id = add_feed(session, "https://a.example/rss", host="a.example").id

    def poll(*numbers: int) -> int:
        with database.write() as session:
            feed = session.get_one(Feed, feed_id)
            outlet = session.get_one(Outlet, feed.outlet_id)
            parsed = parse_feed(rss(*numbers), url=feed.url)
            made = take_in_one(session, feed, outlet, parsed, now=clock.now).made
            for article in session.exec(select(Article)):
                article.state = ArticleState.MATCHED
            return len(made)

    assert poll(1, 2) == 2
    clock.now = START + 2 * YEAR
    assert poll(1, 2, 3) == 1
    assert (await upkeep(database, clock, keep_articles=YEAR).prune()).articles == 2
    assert poll(1, 2, 3) == 0
    assert poll(1, 2, 3, 4) == 1
    with database.read() as session:
        assert len(session.exec(select(EntryRow)).all()) == 2


def test_addresses_are_remembered_for_a_year_after_they_last_stood_in_a_feed(
    database: Database, clock: Clock
) -> None:
    urls = {"https://a.example/1", "https://a.example/2"}
    with database.write() as session:
        remember(session, urls, now=START)
        remember(session, urls, now=START)
        later = START + 100 * DAY
        assert forgotten(session, {"https://a.example/1", "https://a.example/3"}, now=later) == {
            "https://a.example/1"
        }
        session.flush()
        assert sorted(session.exec(select(ForgottenArticle.met_at))) == [START, later]
    from storage.stores.articles.forgotten import expire

    with database.write() as session:
        expire(session, now=START + REMEMBERED + DAY)
        assert forgotten(session, urls, now=later) == {"https://a.example/1"}


@pytest.mark.thorough
def test_free_space_is_given_back(sqlite_database: Database) -> None:
    def fill_and_empty() -> None:
        with sqlite_database.write() as session:
            for number in range(200):
                add_article(session, f"Number {number}", FILLER * 300)
        with sqlite_database.write() as session:
            for article in session.exec(select(Article)).all():
                session.connection().exec_driver_sql("DELETE FROM article WHERE id = ?", (article.id,))

    fill_and_empty()
    with sqlite_database.read() as session:
        large, used = size_bytes(session), used_bytes(session)
    assert used < large / 2
    while True:
        with sqlite_database.write() as session:
            if not give_back(session):
                break
    with sqlite_database.read() as session:
        assert size_bytes(session) < used / 0.85
    fill_and_empty()
    rewrite(sqlite_database)
    with sqlite_database.read() as session:
        assert size_bytes(session) == used_bytes(session)


def test_postgresql_is_written_anew(postgres_database: Database) -> None:
    with postgres_database.write() as session:
        for number in range(200):
            add_article(session, f"Number {number}", FILLER * 300)
    with postgres_database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM article")
    with postgres_database.read() as session:
        before = size_bytes(session)
    rewrite(postgres_database)
    with postgres_database.read() as session:
        assert size_bytes(session) < before


async def test_service_does_it_on_its_schedule(watched: Database, clock: Clock) -> None:
    await matched(watched, clock, ("Ferries", START), ("Rain", START + 2 * YEAR))
    url = watched.url.render_as_string(hide_password=False)
    settings = settings_on(url, storage={"url": url, "keep_articles": "365d"})
    async with open_service(settings, clock=clock) as service:
        await service.parts.upkeep.run()
        assert await service.database.reading(lambda session: titles(session)) == ["2"]


async def test_backup_is_restored_and_the_service_starts_on_it(
    sqlite_database: Database, tmp_path: Path, clock: Clock
) -> None:
    with sqlite_database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Nasser Bourita"], channels=["desk"])
    async with open_service(settings_on(sqlite_database.url.render_as_string()), clock=clock) as service:
        with sqlite_database.write() as session:
            add_article(session, "Nasser Bourita", "In Rabat.")
        assert await service.parts.matching.step() == 1
        assert await service.parts.grouping.step() == 1
        backup(sqlite_database, tmp_path / "copy.db")  # while the service works
        with sqlite_database.read() as session:
            before = rows_by_table(session)
    async with open_service(settings_on(f"sqlite:///{tmp_path / 'copy.db'}"), clock=clock) as restored:
        assert await restored.database.reading(rows_by_table) == before
        with restored.database.write() as session:
            add_article(session, "Nasser Bourita speaks of ferries", "In Agadir, of something else.")
        assert await restored.parts.matching.step() == 1
        assert await restored.parts.grouping.step() == 1
        alerts = await restored.database.reading(
            lambda session: session.exec(select(func.count()).select_from(Alert)).one()
        )
    assert alerts == before["alert"] + 1


def test_command_prunes_and_tells(database: Database, storage_url: str, tmp_path: Path) -> None:
    with database.write() as session:
        for number in range(3):
            add_article(session, f"Number {number}", FILLER, at=START - 10 * YEAR, matched=True)
    file = tmp_path / "settings.toml"

    def call(*words: str) -> str:
        result = CliRunner().invoke(app, ["db", *words, "--settings", str(file)])
        assert result.exit_code == 0, result.output
        return result.stdout

    file.write_text(f'[storage]\nurl = "{storage_url}"\n', encoding="utf-8")
    file.chmod(0o600)
    assert call("prune").startswith("0 articles and 0 alerts deleted")
    file.write_text(f'[storage]\nurl = "{storage_url}"\nkeep_articles = "365d"\n', encoding="utf-8")
    assert "2 articles and 0 alerts would be deleted" in call("prune", "--dry-run")
    assert json.loads(call("prune", "--vacuum", "--json"))["articles"] == 2
    stats = json.loads(call("stats", "--json"))
    assert (stats["rows"]["article"], stats["rows"]["forgotten_article"]) == (1, 2)
    assert stats["oldest_article"].startswith("2016-")
    assert 0 < stats["used_bytes"] <= stats["bytes"]
    assert "are used" in call("stats")


async def test_what_an_outlet_met_at_anothers_host_is_forgotten_a_day_after(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        feeds = [
            add_feed(session, f"https://{name}.example/rss", host="a.example", outlet=name) for name in "bc"
        ]
        numbers = [feed.outlet_id for feed in feeds]
        host = id_of(host_named(session, "a.example"))
        for feed, until in zip(feeds, (START, START + DAY), strict=True):
            write_hosts(
                session, [HostRecord(host, "a.example", 1, until, Trouble("host-rests"), feed.outlet_id)]
            )
    clock.now = START + DAY + timedelta(minutes=1)
    await upkeep(database, clock).prune()
    with database.read() as session:
        assert session.exec(select(HostRest.outlet_id)).all() == [numbers[1]]


async def test_boilerplate_is_noted_once_a_day_and_forgotten_after_a_month(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        host = id_of(host_named(session, "gazette.example"))
        outlet = Outlet(name="Gazette", created_at=START)
        session.add(outlet)
        session.flush()
        outlet_id = id_of(outlet)

    def seen(text: str) -> None:
        with database.write() as session:
            before = read_lessons(session, outlet_id=outlet_id, host_id=host, now=clock.now)
            locked = lock_lessons(session, before, outlet_id=outlet_id, host_id=host)
            write_lessons(session, locked, replace(locked.known, seen=frozenset({text})), now=clock.now)

    def noted() -> dict[str, datetime]:
        with database.read() as session:
            return dict(session.exec(select(BoilerplateLine.text, BoilerplateLine.last_seen_at)).all())

    seen("Share this")
    clock.now += HOUR
    seen("Share this")
    assert noted() == {"Share this": START}
    clock.now += DAY
    seen("Share this")
    seen("Read on")
    assert noted() == {"Share this": START + HOUR + DAY, "Read on": START + HOUR + DAY}
    clock.now += 29 * DAY
    seen("Read on")
    clock.now += 2 * DAY
    await upkeep(database, clock).prune()
    assert noted() == {"Read on": START + HOUR + 30 * DAY}
