"""Matched on everything, at once: an alert goes out with what the source said, and what the page adds is told as an update."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from sqlmodel import Session, col, select

from service.settings import Settings
from storage.engine import Database
from storage.tables import Alert, Article, ArticleState, ArticleVersion, MentionRow, Notification
from tests.databases import on_both, on_sqlite
from tests.replay.conftest import FEED, World, running
from tests.replay.outlets import Answer, paragraphs, stuck
from tests.replay.steps import NOON, stepped

pytestmark = on_sqlite

ARTICLE = "http://gazette.example/a/1"
NOBODY = (
    "The delegates of nine towns met on Monday to settle the calendar of the talks on fisheries in the strait.",
    "The working group will meet again before the summer, and is to report to both governments in the autumn of the year.",
)
TRACKED: dict[str, Any] = {
    "actors": [{"name": "Ilse Marrow"}, {"name": "Tomas Quill"}],
    "topics": [{"name": "Ferries", "query": "ferries"}],
    "alert": "article",
    "update_interval": "0s",
}


def rss(*items: tuple[str, str, str], etag: str = '"1"', at: datetime | None = None) -> Answer:
    """A feed of (link, title, summary)."""
    date = format_datetime(at or datetime.now(UTC))
    entries = "".join(
        f"<item><guid>{link}</guid><link>{link}</link><title>{html.escape(title)}</title>"
        f"<description>{html.escape(summary)}</description><pubDate>{date}</pubDate></item>"
        for link, title, summary in items
    )
    body = f"<rss version='2.0'><channel><title>Replay</title>{entries}</channel></rss>"

    def answer(request: web.BaseRequest) -> web.Response:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(text=body, headers={"ETag": etag, "Content-Type": "application/rss+xml"})

    return answer


def document(headline: str, *lines: str, standfirst: str = "", description: str = "") -> Answer:
    """A page with a standfirst below its headline, and a description in its head."""
    lead = f'<p class="standfirst">{standfirst}</p>' if standfirst else ""
    text = (
        f'<html><head><title>{headline}</title><meta name="description" content="{description}"></head>'
        f"<body><article><h1>{headline}</h1>{lead}{paragraphs(*lines)}</article></body></html>"
    )
    return lambda _request: web.Response(text=text, content_type="text/html")


def held(answer: Answer, until: asyncio.Event) -> Answer:
    """The same answer, once the event has happened."""

    async def wait(request: web.BaseRequest) -> web.StreamResponse:
        await until.wait()
        response = answer(request)
        return response if isinstance(response, web.StreamResponse) else await response

    return wait


def settings(world: World, **watch: object) -> Settings:
    return world.settings(watch={**TRACKED, **watch})


async def until(world: World, holds: Callable[[Session], bool]) -> None:
    """Wait until what is stored is so."""
    with Database(world.storage_url) as database:
        async with asyncio.timeout(120):
            while not await database.reading(holds):
                before = world.outlets.times(FEED)
                await world.outlets.wait_for(lambda: world.outlets.times(FEED) > before)  # noqa: B023


def is_told_whole(session: Session) -> bool:
    """Return whether every article has come its whole way, its page read."""
    rows = session.exec(select(Article.state, Article.version, Article.grouped_version)).all()
    return bool(rows) and all(state is ArticleState.MATCHED and one == two for state, one, two in rows)


@pytest.mark.parametrize(
    ("title", "summary", "field"),
    [
        pytest.param("Ilse Marrow resigns", "", "title", id="title"),
        pytest.param("A minister resigns", "Ilse Marrow said so on Monday.", "text", id="summary"),
    ],
)
async def test_what_the_feed_says_is_told_while_the_page_hangs(
    world: World, title: str, summary: str, field: str
) -> None:
    over = asyncio.Event()
    world.outlets.script[FEED] = [rss((ARTICLE, title, summary))]
    world.outlets.script[ARTICLE] = [stuck(b"<html>", over)]
    async with running(settings(world)) as service:
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        state, *_ = await service.database.reading(lambda session: session.exec(select(Article.state)).all())
        over.set()
    assert state is ArticleState.FOUND
    (excerpt,) = world.hook.webhooks[0].data["excerpts"]
    assert (excerpt["field"], excerpt["text"]) == (field, title if field == "title" else summary)


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        pytest.param(document("Ilse Marrow meets nine towns", *NOBODY), "headline", id="headline"),
        pytest.param(document("Talks", *NOBODY, standfirst="Ilse Marrow was there, and said little."), "text", id="standfirst"),
        pytest.param(document("Talks", *NOBODY, description="Ilse Marrow at the talks"), "description", id="description"),
        pytest.param(document("Talks", *NOBODY, "Ilse Marrow was there."), "text", id="text"),
    ],
)  # fmt: skip
async def test_what_only_the_page_says_is_told_when_it_was_read(
    world: World, answer: Answer, field: str
) -> None:
    world.outlets.script[FEED] = [rss((ARTICLE, "Talks", "Nine towns talked."))]
    world.outlets.script[ARTICLE] = [answer]
    async with running(settings(world)):
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
    (message,) = world.hook.webhooks
    assert message.type == "alert.created"
    assert [excerpt["field"] for excerpt in message.data["excerpts"]] == [field]


@pytest.mark.thorough
@on_both
async def test_name_that_stands_in_the_summary_only_is_told_though_the_page_has_another_text(
    world: World,
) -> None:
    world.outlets.script[FEED] = [rss((ARTICLE, "Talks", "Ilse Marrow talked to nine towns."))]
    world.outlets.script[ARTICLE] = [document("Talks", *NOBODY)]
    async with running(settings(world)) as service:
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        await until(world, is_told_whole)
        found = await service.database.reading(
            lambda session: session.exec(
                select(MentionRow.field, MentionRow.start, MentionRow.end, ArticleVersion.summary)
                .join(ArticleVersion, col(ArticleVersion.id) == col(MentionRow.version_id))
                .where(col(ArticleVersion.text_source) == "page")
            ).all()
        )
    assert len(world.hook.webhooks) == 1
    ((field, start, end, summary),) = found
    assert (field, summary[start:end]) == ("summary", "Ilse Marrow")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("added", "changes"),
    [
        pytest.param("Tomas Quill was there, too.", ["Tomas Quill is mentioned now"], id="another actor"),
        pytest.param("They spoke of ferries.", ["Ferries is mentioned now"], id="a topic"),
        pytest.param("Ilse Marrow, again Ilse Marrow.", [], id="the same name again"),
        pytest.param("Nothing else.", [], id="nothing"),
    ],
)
async def test_what_the_page_adds_is_an_update_and_what_it_repeats_is_not(
    world: World, added: str, changes: list[str]
) -> None:
    read = asyncio.Event()
    world.outlets.script[FEED] = [rss((ARTICLE, "Ilse Marrow resigns", "She said so on Monday."))]
    world.outlets.script[ARTICLE] = [held(document("Ilse Marrow goes", *NOBODY, added), read)]
    async with running(settings(world)) as service:
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        read.set()
        await until(world, is_told_whole)
        if changes:
            await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 2, seconds=120)
        alerts, told = await service.database.reading(
            lambda session: (
                len(session.exec(select(Alert)).all()),
                len(session.exec(select(Notification)).all()),
            )
        )
    assert (alerts, told) == (1, 4 if changes else 2)
    created, *updated = world.hook.webhooks
    assert created.type == "alert.created"
    assert [(message.type, message.data["changes"]) for message in updated] == [
        ("alert.updated", changes)
    ] * bool(changes)


@pytest.mark.thorough
@on_both
async def test_edited_entry_is_matched_again_and_its_page_asked_for_at_once(world: World) -> None:
    world.outlets.script[FEED] = [rss((ARTICLE, "Talks", "Nine towns talked."))]
    world.outlets.script[ARTICLE] = [document("Talks", *NOBODY)]
    async with running(settings(world)):
        await until(world, is_told_whole)
        assert world.hook.webhooks == []
        world.outlets.script[FEED] = [
            rss((ARTICLE, "Talks", "Nine towns talked to Ilse Marrow."), etag='"2"')
        ]
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        await world.outlets.wait_for(lambda: world.outlets.times(ARTICLE) >= 2)
    (message,) = world.hook.webhooks
    assert [excerpt["field"] for excerpt in message.data["excerpts"]] == ["summary"]


@pytest.mark.thorough
async def test_low_score_at_once_becomes_an_alert_when_the_page_makes_it_enough(world: World) -> None:
    read = asyncio.Event()
    world.outlets.script[FEED] = [rss((ARTICLE, "Ilse Marrow resigns", ""))]
    world.outlets.script[ARTICLE] = [
        held(document("Ilse Marrow resigns", "Ilse Marrow resigned.", *NOBODY), read)
    ]
    async with running(settings(world, min_score=60)) as service:
        await until(world, lambda session: session.exec(select(Article.grouped_version)).first() == 1)
        assert world.hook.webhooks == []
        read.set()
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        await until(world, is_told_whole)
        alerts = await service.database.reading(lambda session: session.exec(select(Alert.score)).all())
    assert len(alerts) == len(world.hook.webhooks) == 1
    assert alerts[0] >= 60


@pytest.mark.thorough
@on_both
async def test_channel_for_high_scores_is_told_when_the_page_gives_one_and_the_other_not_again(
    world: World,
) -> None:
    read = asyncio.Event()
    world.outlets.script[FEED] = [rss((ARTICLE, "Ilse Marrow resigns", ""))]
    world.outlets.script[ARTICLE] = [
        held(document("Ilse Marrow resigns", "Ilse Marrow resigned.", *NOBODY), read)
    ]
    channels = ["hook", {"channel": "desk", "min_score": 60}]
    async with running(settings(world, channels=channels)):
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        assert world.mail.mails == []
        read.set()
        await world.mail.wait_for(lambda: len(world.mail.mails) >= 1, seconds=120)
        await until(world, is_told_whole)
    assert len(world.mail.mails) == len(world.hook.webhooks) == 1


SITEMAP = "http://gazette.example/sitemap.xml"


@pytest.mark.thorough
@on_both
async def test_page_of_what_alerts_is_read_first_and_then_the_newest(world: World) -> None:
    urls = [f"http://gazette.example/a/{number}" for number in range(1_000)]
    entries = "".join(
        f"<url><loc>{url}</loc><news:news><news:publication_date>{(NOON - timedelta(minutes=number)).isoformat()}"
        f"</news:publication_date><news:title>{'Ilse Marrow resigns' if number == 700 else f'Report {number}'}</news:title>"
        "</news:news></url>"
        for number, url in enumerate(urls)
    )  # fmt: skip
    text = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{entries}</urlset>'
    )
    world.outlets.script[SITEMAP] = [lambda _request: web.Response(text=text, content_type="application/xml")]
    wanted = world.settings(SITEMAP, watch=TRACKED)
    crawler = wanted.crawler.model_copy(update={"per_host_delay": timedelta(seconds=1)})
    async with stepped(world, wanted.model_copy(update={"crawler": crawler})) as steps:
        parts = steps.service.parts
        await parts.poller.step()
        await parts.poller.settle()
        while await parts.matching.step():
            pass
        while await parts.grouping.step():
            pass
        while sum(url in urls for url, _etag in world.outlets.asked) < 3:
            steps.clock.now += timedelta(seconds=1)
            await parts.pages.step()
            await parts.pages.settle()
    asked = [url for url, _etag in world.outlets.asked if url in urls]
    assert asked == [urls[700], urls[0], urls[1]]


@pytest.mark.thorough
async def test_language_is_decided_again_when_the_page_gives_another(world: World) -> None:
    french = (
        "Les délégués de neuf villes se sont réunis lundi pour fixer le calendrier des pourparlers sur la pêche dans le détroit.",
        "Le groupe de travail se réunira de nouveau avant l'été, et Ilse Marrow doit faire rapport aux deux gouvernements.",
    )
    world.outlets.script[FEED] = [rss((ARTICLE, "Ilse Marrow", ""))]
    read = asyncio.Event()
    world.outlets.script[ARTICLE] = [held(document("Ilse Marrow", *french), read)]
    base = settings(world)
    lists = [
        settings(world, languages=[code], channels=["hook"]).watch[0].model_copy(update={"name": code})
        for code in ("en", "fr")
    ]
    outlets = [base.outlets[0].model_copy(update={"language": "en"})]
    wanted = base.model_copy(update={"watch": lists, "outlets": outlets})
    async with running(wanted):
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        read.set()
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 2, seconds=120)
        await until(world, is_told_whole)
    told = [(message.type, message.data["watch_list"]) for message in world.hook.webhooks]
    assert told == [("alert.created", "en"), ("alert.created", "fr")]
