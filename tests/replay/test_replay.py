"""The whole service against replayed outlets, with a real mail server and webhook receiver at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import delete
from sqlmodel import col, select
from typer.testing import CliRunner

from alerts.delivery.journal import ReceiptNote, journals_of
from alerts.group_stage import MatchReport
from crawler.poll.poller import PollReport
from service.assembly import Watchers
from service.cli.app import app
from service.clock import utc_now
from service.process import Service
from service.settings import Settings
from service.troubles import trouble_words
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import newest_alerts
from storage.tables import Alert, Article, Attempt, Feed, FeedState, Notification, NotificationState
from tests.archive import watch
from tests.databases import KINDS, on_both, on_sqlite
from tests.replay.conftest import FEED, World, running
from tests.replay.outlets import feed, page, paragraphs, status, stuck, zipped

pytestmark = on_both


ARTICLE = "http://gazette.example/a/1"
TEXT = (
    "Minister Nasser Bourita received a delegation in Rabat on Monday to settle the calendar of the talks on fisheries.",
    "The working group will meet in Agadir before the summer, and is to report to both governments in the autumn of the year.",
    "Owners of boats on both sides of the strait have asked for a longer term, so that they can plan repairs and hire crews.",
)


@pytest.mark.databases(*KINDS)
async def test_article_becomes_one_mail_and_one_webhook_even_over_a_restart(world: World) -> None:
    world.outlets.script[FEED] = [feed((ARTICLE, "Talks in Rabat"))]
    world.outlets.script[ARTICLE] = [page("Talks in Rabat", paragraphs(*TEXT))]
    for _start in range(2):
        async with running(world.settings()):
            await world.mail.wait_for(lambda: len(world.mail.mails) >= 1, seconds=120)
            await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
            before = world.outlets.times(FEED)
            await world.outlets.wait_for(lambda: world.outlets.times(FEED) >= before + 3)  # noqa: B023
    assert len(world.mail.mails) == len(world.hook.webhooks) == 1
    assert world.outlets.times(ARTICLE) == 1
    assert {etag for url, etag in world.outlets.asked[2:] if url == FEED} == {'"1"'}
    (excerpt,) = world.hook.webhooks[0].data["excerpts"]
    (mark,) = excerpt["marks"]
    assert excerpt["text"] == TEXT[0]
    assert excerpt["text"][mark["start"] : mark["end"]] == "Nasser Bourita"
    assert world.mail.mails[0].message["Subject"] == "[W] Talks in Rabat"


@on_sqlite  # with others on its database, a service polls by ticks alone
async def test_each_stage_wakes_those_that_have_work_by_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.process.TICK", timedelta(hours=1))  # one tick, at the start
    started: asyncio.Future[Service] = asyncio.get_running_loop().create_future()
    matched: list[asyncio.Event] = []
    pages = {FEED: feed((ARTICLE, "Talks in Rabat")), ARTICLE: page("Talks in Rabat", paragraphs(*TEXT))}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        url = str(request.url)
        if url == FEED:  # nothing of it was matched yet, and the tick is over
            matched.append((await started).parts.hints.register(after=("matching",)))
        else:  # what the feed says was matched: the page is by a hint of its own
            await matched[0].wait()
        response = pages[url](request)
        assert isinstance(response, web.StreamResponse)
        return response

    world.outlets.script[FEED] = world.outlets.script[ARTICLE] = [answer]
    async with running(world.settings()) as service:
        started.set_result(service)
        await world.mail.wait_for(lambda: len(world.mail.mails) == 1, seconds=120)
        await world.hook.wait_for(lambda: len(world.hook.webhooks) == 1, seconds=120)


async def test_what_a_killed_service_had_sent_is_known_at_the_next_start(world: World) -> None:
    world.outlets.script[FEED] = [feed((ARTICLE, "Talks in Rabat"))]
    world.outlets.script[ARTICLE] = [page("Talks in Rabat", paragraphs(*TEXT))]
    settings = world.settings()
    with Database(settings.storage.url) as database:
        async with running(settings):
            await world.mail.wait_for(lambda: len(world.mail.mails) >= 1, seconds=120)
            await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        journal = journals_of(database).open()
        assert journal is not None
        with database.write() as session:  # as if the service had been killed before these commits
            for row in session.exec(select(Notification)):
                row.state, row.lease_owner = NotificationState.SENDING, "machine:1:a"
                row.lease_until, row.attempts = row.created_at + timedelta(days=1), 0
                session.exec(delete(Attempt).where(col(Attempt.notification_id) == row.id))
                journal.add(ReceiptNote(id_of(row), row.uid, row.created_at, row.created_at))
        journal.close()
        before = world.outlets.times(FEED)
        async with running(settings) as service:
            await world.outlets.wait_for(lambda: world.outlets.times(FEED) >= before + 3)
            own = journals_of(service.database)
            assert len(list(own.folder.glob(f"{own.prefix}*"))) == 1  # that of the one that runs
        with database.read() as session:
            states = session.exec(select(Notification.state, Notification.attempts)).all()
    assert states == [(NotificationState.SENT, 1)] * 2
    assert len(world.mail.mails) == len(world.hook.webhooks) == 1


async def test_copy_in_another_outlet_joins_the_alert(world: World) -> None:
    other = "http://ledger.example/x"
    world.outlets.script[FEED] = [feed((ARTICLE, "Talks in Rabat"))]
    world.outlets.script["http://ledger.example/rss"] = [feed((other, "Under another title"))]
    for url in (ARTICLE, other):
        world.outlets.script[url] = [page("Talks", paragraphs(*TEXT))]
    async with running(world.settings(FEED, "http://ledger.example/rss")) as service:
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        before = world.outlets.times(FEED)
        await world.outlets.wait_for(
            lambda: world.outlets.times(other) == 1 and world.outlets.times(FEED) > before + 3
        )
        alerts = await service.database.reading(lambda session: session.exec(select(Alert)).all())
    assert (len(alerts), len(world.hook.webhooks)) == (1, 1)


@pytest.mark.parametrize(
    ("encoding", "end", "title"),
    [
        pytest.param("utf-8", "", "Nasser Bourita in Madrid", id="feed cut off"),
        pytest.param(
            "windows-1256", "</channel></rss>", "ناصر بوريطة في مدريد في زيارة رسمية", id="wrong charset"
        ),
    ],
)
async def test_bad_feed_and_missing_page_still_alert_from_the_title(
    world: World, encoding: str, end: str, title: str
) -> None:
    world.outlets.script[FEED] = [feed((ARTICLE, title), encoding=encoding, end=end)]
    async with running(world.settings()) as service:
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        article = await service.database.reading(lambda session: session.exec(select(Article)).one())
    assert world.hook.webhooks[0].data["article"]["title"] == title
    assert "404" in trouble_words(article.fetch_error)


async def test_one_gone_is_a_failure_only_and_moved_feed_followed(world: World) -> None:
    """A feed is retired once it has been gone for days: tests/replay/test_field_feeds.py."""
    new = "http://gazette.example/new"
    world.outlets.script["http://gone.example/rss"] = [status(410)]
    world.outlets.script[FEED] = [status(301, Location=new)]
    world.outlets.script[new] = [feed((ARTICLE, "Talks"))]
    async with running(world.settings(FEED, "http://gone.example/rss")) as service:
        await world.outlets.wait_for(lambda: world.outlets.times(new) >= 4)
        feeds = await service.database.reading(
            lambda session: {row.url: row for row in session.exec(select(Feed))}
        )
    assert feeds["http://gone.example/rss"].state is FeedState.ACTIVE
    assert feeds["http://gone.example/rss"].failing_since is not None
    assert feeds[FEED].address == new
    assert world.outlets.times(FEED) == 2


async def test_retry_after_is_kept_for_the_whole_host(world: World) -> None:
    second = "http://gazette.example/second"
    settings = world.settings(FEED, "http://other.example/rss")
    outlets = [*settings.outlets]
    outlets[0] = outlets[0].model_copy(update={"feeds": (FEED, second)})
    world.outlets.script[FEED] = [status(429, Retry_After="3600")]
    world.outlets.script[second] = [status(429, Retry_After="3600")]
    world.outlets.script["http://other.example/rss"] = [feed()]
    async with running(settings.model_copy(update={"outlets": tuple(outlets)})):
        await world.outlets.wait_for(lambda: world.outlets.times("http://other.example/rss") >= 4)
    assert world.outlets.times(FEED) + world.outlets.times(second) == 1


async def test_watch_list_edited_by_another_process_counts_at_once(world: World) -> None:
    second = "http://gazette.example/a/2"
    world.outlets.script[FEED] = [feed((ARTICLE, "Weather"))]
    world.outlets.script[ARTICLE] = [page("Weather", paragraphs(*TEXT[1:]))]
    world.outlets.script[second] = [page("Ferries", paragraphs("Jane Example spoke of ferries.", *TEXT[1:]))]
    async with running(world.settings()) as service:
        await world.outlets.wait_for(lambda: world.outlets.times(ARTICLE) == 1)
        with Database(str(service.database.url)) as other, other.write() as session:
            watch(session, "Sea", actors=["Jane Example"], channels=["hook"], now=utc_now())
        world.outlets.script[FEED] = [feed((second, "Ferries"), (ARTICLE, "Weather"), etag='"2"')]
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
    (told,) = world.hook.webhooks
    assert (told.data["watch_list"], told.data["article"]["title"]) == ("Sea", "Ferries")
    assert [mention["name"] for mention in told.data["mentions"]] == ["Jane Example"]


async def test_edited_article_is_told_of_what_is_new_only(world: World) -> None:
    settings = world.settings()
    crawler = settings.crawler.model_copy(update={"full_text": False})
    world.outlets.script[FEED] = [feed((ARTICLE, "Weather in the north of the country"))]
    matched: list[MatchReport] = []
    async with running(
        settings.model_copy(update={"crawler": crawler}), Watchers(on_match=matched.append)
    ) as service:
        for edit, title in enumerate(("Nasser Bourita on the weather", "Nasser Bourita on weather"), start=2):
            before = world.outlets.times(FEED)
            await world.outlets.wait_for(lambda: world.outlets.times(FEED) >= before + 2)  # noqa: B023
            world.outlets.script[FEED] = [feed((ARTICLE, title), etag=f'"{edit}"')]
            await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        before = world.outlets.times(FEED)
        await world.outlets.wait_for(lambda: world.outlets.times(FEED) >= before + 4)
        article = await service.database.reading(lambda session: session.exec(select(Article)).one())
    assert article.version == 3
    assert [len(report.new_alerts) for report in matched] == [0, 1, 0]
    (told,) = world.hook.webhooks
    assert told.data["article"]["title"] == "Nasser Bourita on the weather"


async def test_compressed_feed_and_page_are_read(world: World) -> None:
    world.outlets.script[FEED] = [zipped(feed((ARTICLE, "Talks in Rabat")))]
    world.outlets.script[ARTICLE] = [zipped(page("Talks in Rabat", paragraphs(*TEXT)))]
    async with running(world.settings()):
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
    (excerpt,) = world.hook.webhooks[0].data["excerpts"]
    assert excerpt["text"] == TEXT[0]


async def test_body_that_never_ends_delays_no_one_and_is_given_up(world: World) -> None:
    stuck_feed, let_go, given_up = "http://stuck.example/rss", asyncio.Event(), asyncio.Event()
    world.outlets.script[stuck_feed] = [stuck(b"<rss><channel>", let_go)]
    world.outlets.script[FEED] = [feed((ARTICLE, "Nasser Bourita in Madrid"))]
    errors: list[str] = []

    def note(report: PollReport) -> None:
        if report.error is not None:
            errors.append(trouble_words(report.error))
            given_up.set()

    def settings(timeout: timedelta) -> Settings:
        made = world.settings(FEED, stuck_feed)
        return made.model_copy(update={"crawler": made.crawler.model_copy(update={"timeout": timeout})})

    try:
        async with running(settings(timedelta(minutes=5)), Watchers(on_poll=note)):
            await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
            assert not given_up.is_set()  # the other outlet was not waited for
        async with running(settings(timedelta(seconds=1)), Watchers(on_poll=note)), asyncio.timeout(300):
            await given_up.wait()
    finally:
        let_go.set()
    assert errors[0] == "http://stuck.example/rss: no whole answer within 1 s"


async def test_mail_waits_for_the_mail_server(world: World) -> None:
    world.outlets.script[FEED] = [feed((ARTICLE, "Nasser Bourita in Madrid"))]
    world.mail.answer = "451 try again"
    async with running(world.settings()) as service:
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        world.mail.answer = "250 OK"
        await world.mail.wait_for(lambda: len(world.mail.mails) >= 1, seconds=120)
        rows = await service.database.reading(lambda session: session.exec(select(Notification)).all())
    assert len(world.mail.mails) == 1
    assert len(rows) == 2


async def test_seed_article(world: World, data: Path) -> None:
    title, *lines = filter(None, (data / "seed-article.txt").read_text(encoding="utf-8").split("\n"))
    world.outlets.script[FEED] = [feed((ARTICLE, title))]
    world.outlets.script[ARTICLE] = [page(title, paragraphs(*lines))]
    watch = {
        "actors": [
            *(
                {"name": name, "surname": True}
                for name in ("Antony Blinken", "Nasser Bourita", "Matthew Miller")
            ),
            {"name": "King Mohammed VI", "aliases": ["Mohammed VI"]},
            {"name": "Staffan de Mistura"},
        ],
        "topics": [
            {"name": "Western Sahara autonomy plan", "query": '"Western Sahara" NEAR/30 autonomy'},
            {"name": "Negev Forum", "query": '"Negev Forum"'},
            {
                "name": "Security Council Resolution 2254",
                "query": '"Security Council" NEAR/5 "Resolution 2254"',
            },
            {"name": "Gaza ceasefire", "query": "ceasefire NEAR/10 Gaza"},
        ],
    }
    wanted = {
        "Antony Blinken": 4,
        "Nasser Bourita": 2,
        "King Mohammed VI": 3,
        "Matthew Miller": 1,
        "Staffan de Mistura": 1,
        "Western Sahara autonomy plan": 2,
        "Negev Forum": 1,
        "Security Council Resolution 2254": 2,
        "Gaza ceasefire": 2,
    }

    def told() -> dict[str, int]:
        """What the last message counts: the title alone is told first, where the page takes longer."""
        webhooks = world.hook.webhooks[-1:]
        return {row["name"]: row["count"] for webhook in webhooks for row in webhook.data["mentions"]}

    async with running(world.settings(watch=watch)) as service:
        await world.hook.wait_for(lambda: told() == wanted, seconds=120)
        await world.mail.wait_for(lambda: len(world.mail.mails) >= 1, seconds=120)
        (alert,) = await service.database.reading(lambda session: newest_alerts(session, limit=10))
    (article,) = alert.articles
    assert article.text.split("\n") == [line for line in lines if not line.startswith("AP/CAROL KASTER")]
    for mention in article.mentions:
        text = article.title if mention.field == "title" else article.text
        assert text[mention.start : mention.end] == mention.surface
    assert sum(wanted.values()) == len(article.mentions)
    mail = world.mail.mails[0].message
    assert mail["Subject"].startswith("[W] Secretary of State Antony Blinken")
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    assert all(body is not None and "Bourita" in body.get_content() for body in bodies)


@pytest.mark.thorough
def test_second_start_is_refused_and_sigterm_ends_the_first(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[storage]\nurl = "sqlite:///{tmp_path / "t.db"}"\n[web]\nlisten = "127.0.0.1:0"\n', encoding="utf-8"
    )
    added = ["watch", "add", "Desk", "--actor", "Nasser Bourita", "--settings", str(settings)]
    assert CliRunner().invoke(app, added).exit_code == 0
    command = ["run", "--settings", str(settings)]
    tocsin = [sys.executable, "-m", "service"]
    with subprocess.Popen([*tocsin, *command], stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr is not None
        try:
            said = next(line for line in first.stderr if "tocsin runs" in line)
            assert "watch_lists=1" in said
            second = subprocess.run(
                [*tocsin, *command], capture_output=True, text=True, check=False, timeout=300
            )
            assert second.returncode == 1
            assert f"in use by process {first.pid}" in second.stderr
            first.send_signal(signal.SIGTERM)
            assert first.wait(timeout=300) == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                first.kill()
