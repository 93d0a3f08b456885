"""An outlet can't harm another: the honest outlet's alerts come as if its hostile neighbour were not there."""

from __future__ import annotations

import asyncio
import html
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from sqlmodel import Session, col, select

from service.settings import Settings
from service.troubles import trouble_words
from storage.stores.articles.page_lessons import page_quality
from storage.tables import Alert, AlertArticle, Article, ArticleState, ArticleVersion, Feed, Outlet
from storage.troubles import Trouble
from tests.databases import on_both, on_sqlite
from tests.replay.conftest import FEED, World, running
from tests.replay.outlets import Answer, page, paragraphs, stuck
from tests.replay.steps import NOON, Steps, stepped

pytestmark = on_sqlite

HOSTILE = "http://ledger.example/rss"
COMING = "http://gazette.example/a/9"
TITLE = "Nasser Bourita opens the talks on fisheries"
BODY = (
    "The delegates of nine towns met on Monday to settle the calendar of the talks on fisheries in the strait.",
    "Nasser Bourita told reporters that both sides had agreed on the names of the members of the commission.",
    "The working group will meet again before the summer, and is to report to both governments in the autumn.",
)
LONG = " ".join(
    f"Rain fell in the valley on day {number}, and nobody minded it much." for number in range(60)
)


def items(*entries: tuple[str, str, str, datetime]) -> Answer:
    """A feed of (link, title, description, published)."""
    told = "".join(
        f"<item><guid>{link}</guid><link>{link}</link><title>{html.escape(title)}</title>"
        f"<description>{html.escape(text)}</description><pubDate>{format_datetime(at)}</pubDate></item>"
        for link, title, text, at in entries
    )
    body = f"<rss version='2.0'><channel><title>Replay</title>{told}</channel></rss>"
    return lambda _request: web.Response(text=body, content_type="application/rss+xml")


def alerted(session: Session) -> list[tuple[str, str]]:
    """Return the outlet and the address of each article that an alert has."""
    rows = session.exec(
        select(Outlet.name, Article.url)
        .join(AlertArticle, col(AlertArticle.article_id) == col(Article.id))
        .join(Alert, col(Alert.id) == col(AlertArticle.alert_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .order_by(col(Article.id))
    )
    return list(rows)


def of_outlet(session: Session, name: str) -> list[tuple[Article, ArticleVersion]]:
    """Return an outlet's articles, each with its current version."""
    rows = session.exec(
        select(Article, ArticleVersion)
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .join(ArticleVersion, col(ArticleVersion.article_id) == col(Article.id))
        .where(Outlet.name == name, col(ArticleVersion.number) == col(Article.version))
        .order_by(col(Article.id))
    )
    return list(rows)


async def minutes(steps: Steps, count: int) -> None:
    """Let the service work once a minute: feeds are polled, and pages that are due read, each time."""
    for _minute in range(count):
        await steps.at(steps.clock.now + timedelta(minutes=1))


@on_both
@pytest.mark.parametrize(
    ("title", "text", "at"),
    [
        pytest.param("Rain in the valley", LONG, NOON, id="a whole text"),
        pytest.param("Rain in the valley", "It rains.", NOON, id="a summary"),
        pytest.param("", LONG, NOON, id="no title"),
        pytest.param(TITLE, LONG, NOON, id="the coming title"),
        pytest.param(TITLE, "", NOON - timedelta(days=60), id="as old news"),
    ],
)
async def test_coming_article_that_a_neighbour_names_first_is_read_and_told(
    world: World, title: str, text: str, at: datetime
) -> None:
    world.outlets.script[HOSTILE] = [items((COMING, title, text, at))]
    world.outlets.script[FEED] = [items()]
    async with stepped(world, world.settings(HOSTILE, FEED)) as steps:
        await minutes(
            steps, 2
        )  # its page is not there yet: the neighbour's article ends with the neighbour's words
        world.outlets.script[COMING] = [page(TITLE, paragraphs(*BODY))]
        world.outlets.script[FEED] = [items((COMING, TITLE, "", NOON))]
        await minutes(steps, 2)
        mine = await steps.service.database.reading(lambda session: of_outlet(session, "gazette.example"))
        told = await steps.service.database.reading(alerted)
        before = world.outlets.times(COMING)
        await minutes(steps, 2)
        again = await steps.service.database.reading(alerted)
    ((article, version),) = mine
    assert (article.canonical_url, article.text_source) == ("https://gazette.example/a/9", "page")
    assert (version.title, version.text) == (TITLE, "\n".join(BODY))
    assert ("gazette.example", COMING) in told
    assert (again, world.outlets.times(COMING)) == (told, before)
    assert article.state is ArticleState.MATCHED


@pytest.mark.thorough
async def test_aggregators_entry_stays_its_own_and_joins_what_was_there_before(world: World) -> None:
    first, second = "http://gazette.example/a/1", "http://gazette.example/a/2"
    for link in (first, second):
        world.outlets.script[link] = [page(f"{TITLE} {link[-1]}", paragraphs(f"Report {link[-1]}.", *BODY))]
    seen = (first, f"Read this: {TITLE} 1", "Worth your time.", NOON)
    world.outlets.script[HOSTILE] = [items(seen)]
    world.outlets.script[FEED] = [items()]
    async with stepped(world, world.settings(HOSTILE, FEED)) as steps:
        await minutes(steps, 2)
        world.outlets.script[FEED] = [
            items((first, f"{TITLE} 1", "", NOON), (second, f"{TITLE} 2", "", NOON))
        ]
        await minutes(steps, 2)
        world.outlets.script[HOSTILE] = [items(seen, (second, f"{TITLE} 2", "", NOON))]
        await minutes(steps, 2)
        theirs = await steps.service.database.reading(lambda session: of_outlet(session, "ledger.example"))
        mine = await steps.service.database.reading(lambda session: of_outlet(session, "gazette.example"))
    ((article, version),) = theirs
    assert (article.url, article.text_source, version.source_title) == (first, "page", seen[1])
    assert version.text.startswith("Report 1.")
    assert sorted(article.url for article, _version in mine) == [first, second]


def led(url: str) -> Answer:
    return lambda _request: web.Response(status=302, headers={"Location": url})


def throttled(_request: web.BaseRequest) -> web.Response:
    return web.Response(status=429, headers={"Retry-After": "86400"})


def hasty(world: World, *feeds: str) -> Settings:
    """Settings under which what hangs is given up after three seconds: more than a busy machine lets the others wait."""
    settings = world.settings(*feeds)
    crawler = settings.crawler.model_copy(update={"timeout": timedelta(seconds=3)})
    return settings.model_copy(update={"crawler": crawler})


@on_both
@pytest.mark.parametrize("way", ["the feed leads there", "a page leads there", "the feed links there"])
@pytest.mark.parametrize("kind", ["slow", "throttled"])
async def test_what_a_neighbour_meets_at_a_host_rests_nothing_of_its_own(
    world: World, way: str, kind: str
) -> None:
    trap, own = "http://gazette.example/trap", "http://ledger.example/a/1"
    over = asyncio.Event()
    world.outlets.script[trap] = [stuck(b"<html>", over) if kind == "slow" else throttled]
    world.outlets.script[own] = [led(trap)]
    link = own if way == "a page leads there" else trap
    world.outlets.script[HOSTILE] = [
        led(trap) if way == "the feed leads there" else items((link, "Rain", "It rains.", NOON))
    ]
    world.outlets.script[FEED] = [items()]
    world.outlets.script[COMING] = [page(TITLE, paragraphs(*BODY))]
    async with stepped(world, hasty(world, HOSTILE, FEED)) as steps:
        await steps.work()
        assert world.outlets.times(trap) == 1
        world.outlets.script[FEED] = [items((COMING, "Talks", "", NOON))]
        before = world.outlets.times(FEED)
        await steps.at(steps.clock.now + timedelta(seconds=2))
        assert world.outlets.times(FEED) == before + 1
        told = await steps.service.database.reading(alerted)
        await steps.at(steps.clock.now + timedelta(seconds=40))  # the neighbour itself keeps away
        assert world.outlets.times(trap) == 1
        over.set()
    assert told == [("gazette.example", COMING)]


@pytest.mark.thorough
async def test_feed_that_redirects_to_where_another_is_polled_waits_for_it(world: World) -> None:
    """A request that a redirect led there is under way at the host all the time: its own feed and pages come nevertheless."""
    trap, over, begun = "http://gazette.example/trap", asyncio.Event(), asyncio.Event()

    async def hold(_request: web.BaseRequest) -> web.Response:
        begun.set()
        await over.wait()
        return web.Response(status=404)

    world.outlets.script[trap] = [hold]
    world.outlets.script[HOSTILE] = [led(trap)]
    world.outlets.script[FEED] = [items((COMING, "Talks", "", datetime.now(UTC)))]
    world.outlets.script[COMING] = [page(TITLE, paragraphs(*BODY))]
    async with running(world.settings(HOSTILE, FEED)):
        await begun.wait()
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        polls = world.outlets.times(FEED)
        await world.outlets.wait_for(lambda: world.outlets.times(FEED) >= polls + 3)
        over.set()


@pytest.mark.thorough
@on_both
async def test_hundreds_of_links_to_a_host_leave_its_own_pages_their_turns(world: World) -> None:
    flood = [(f"http://gazette.example/x/{n}", f"Nasser Bourita {n}", "So it is.", NOON) for n in range(500)]
    world.outlets.script[HOSTILE] = [items(*flood)]
    world.outlets.script[FEED] = [items()]
    world.outlets.script[COMING] = [page(TITLE, paragraphs(*BODY))]
    settings = world.settings(HOSTILE, FEED)
    crawler = settings.crawler.model_copy(update={"per_host_delay": timedelta(seconds=1)})
    settings = settings.model_copy(update={"crawler": crawler})
    async with stepped(world, settings) as steps:
        parts = steps.service.parts
        await parts.poller.step()
        await parts.poller.settle()
        world.outlets.script[FEED] = [items((COMING, "Talks", "", NOON - timedelta(hours=2)))]
        for _second in range(8):
            steps.clock.now += timedelta(seconds=1)
            await parts.pages.step()  # first, as whoever has the luck
            await parts.pages.settle()
            await parts.poller.step()
            await parts.poller.settle()
        asked = [url for url, _etag in world.outlets.asked if url.startswith("http://gazette.example/")]
        while await parts.matching.step():
            pass
        while await parts.grouping.step():
            pass
        told = await steps.service.database.reading(alerted)
    assert COMING in asked, asked
    assert asked.count(FEED) >= 3, asked
    assert ("gazette.example", COMING) in told


@pytest.mark.thorough
async def test_feed_that_makes_all_anew_at_each_poll_waits_and_no_other_does(world: World) -> None:
    served = 0

    def flood(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal served
        served += 1
        made = [
            (f"http://ledger.example/{served}/{n}", f"Weather {served} {n}", "Rain.", NOON)
            for n in range(1500)
        ]
        answer = items(*made)(request)
        assert isinstance(answer, web.StreamResponse)
        return answer

    world.outlets.script[HOSTILE] = [flood]
    world.outlets.script[FEED] = [items()]
    settings = world.settings(HOSTILE, FEED)
    crawler = settings.crawler.model_copy(update={"full_text": False, "max_articles_a_day": 700})
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        await steps.work()
        world.outlets.script[FEED] = [items((COMING, TITLE, "", NOON))]
        await minutes(steps, 2)
        flooded = await steps.service.database.reading(lambda session: of_outlet(session, "ledger.example"))
        told = await steps.service.database.reading(alerted)
        problem = await steps.service.database.reading(
            lambda session: session.exec(select(Feed).where(Feed.url == HOSTILE)).one().problem
        )
    assert served == 3
    assert len(flooded) == 700
    assert told == [("gazette.example", COMING)]
    assert problem == Trouble("over-budget", {"waiting": 1500})
    assert "1,500 of its new entries wait" in trouble_words(problem)


@pytest.mark.thorough
async def test_what_a_neighbour_has_read_at_a_host_says_nothing_of_how_the_host_is_read(world: World) -> None:
    own, foreign = "http://gazette.example/own", "http://gazette.example/nothing"
    world.outlets.script[own] = [page(TITLE, paragraphs(*BODY))]
    world.outlets.script[foreign] = [page("", "")]
    world.outlets.script[FEED] = [items((own, TITLE, "", NOON))]
    world.outlets.script[HOSTILE] = [items((foreign, "Rain in the valley", "It rains.", NOON))]
    async with stepped(world, world.settings(HOSTILE, FEED)) as steps:
        await minutes(steps, 3)
        (quality,) = await steps.service.database.reading(page_quality)
    assert world.outlets.times(foreign) >= 1
    assert (quality.host, quality.pages, quality.read) == ("gazette.example", 1, 1)
