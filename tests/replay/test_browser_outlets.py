"""An outlet whose list and pages are made by scripts: read like any other, once its browser is on; proposed before that."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from service.actions.outlet_access import browser_proposal, set_access, set_browser
from service.actions.outlets import add_outlet, outlet_shown
from service.actions.sources import read_sources
from service.settings import Settings
from service.settings.models import OutletSettings
from service.troubles import trouble_words
from storage.stores.feeds.feed_claims import make_due
from storage.stores.feeds.outlet_edits import OutletValues
from storage.tables import Article, Feed
from tests.crawler.fetch.test_browser import chromium
from tests.crawler.sources.layouts import LAYOUTS, items_of
from tests.databases import on_sqlite
from tests.replay.conftest import World
from tests.replay.outlets import Answer, raw, status
from tests.replay.steps import NOON, Steps, feed, stepped
from tests.replay.test_own_access import PASSWORD, Club
from tests.replay.test_spider_sources import SPIDER

# The browser by itself: crawler/fetch/test_browser.py.
pytestmark = [on_sqlite, pytest.mark.thorough]

__all__ = ["chromium"]

SITE = "http://portal.example"
PRESS = f"{SITE}/press"
WORDS = (
    "The ministry of fisheries said on Monday that the talks resume in Rabat next week, after a long pause. "
)


def shell(path: str) -> Answer:
    """A page without text, whose script fetches it."""
    script = (
        f"fetch('{path}').then(r => r.json()).then(t => {{ document.getElementById('root').innerHTML = t; }})"
    )
    text = f"<html><head><title>Portal</title></head><body><div id=root></div><script>{script}</script></body></html>"
    return raw(text.encode(), Content_Type="text/html")


@pytest.fixture
def portal(world: World) -> list[str]:
    """A site made of scripts; gives the paths of its articles."""
    items = [(url, title, "2 March 2026") for url, title, _date in items_of("en", "slugs")]
    script = world.outlets.script
    script[PRESS] = [shell("/api/list")]
    script[f"{SITE}/api/list"] = [
        raw(json.dumps(LAYOUTS["blog"](items)).encode(), Content_Type="application/json")
    ]
    for number, (url, title, _date) in enumerate(items):
        body = f"<article><h1>{title}</h1><p>{WORDS * 3} This is report {number}.</p></article>"
        script[f"{SITE}{url}"] = [shell(f"/api{url}")]
        script[f"{SITE}/api{url}"] = [raw(json.dumps(body).encode(), Content_Type="application/json")]
    return [url for url, _title, _date in items]


async def follow(steps: Steps, *, browser: bool) -> None:
    source = read_sources([f'{{ kind = "list", url = "{PRESS}" }}'])
    wanted = OutletValues("Portal", SITE, sources=source)
    await steps.service.database.writing(add_outlet, wanted=wanted, interval=timedelta(minutes=15), now=NOON)
    access = {"browser": True} if browser else {}
    await steps.service.database.writing(set_access, which="Portal", wanted=access, files_in=None)


async def test_list_and_pages_made_by_scripts_are_read_by_the_browser(
    world: World, portal: list[str]
) -> None:
    settings = world.settings()
    crawler = settings.crawler.model_copy(
        update={"browser": settings.crawler.browser.model_copy(update={"timeout": timedelta(minutes=3)})}
    )
    settings = Settings(**{**dict(settings), "crawler": crawler, "outlets": ()})
    async with stepped(world, settings) as steps:
        await follow(steps, browser=True)
        await steps.service.database.writing(make_due, now=steps.clock.now)
        for _turn in range(10):
            await steps.at(steps.clock.now + timedelta(seconds=1))

        def read(session: Session) -> tuple[list[str], list[int]]:
            articles = session.exec(select(Article)).all()
            failures = session.exec(select(Feed.failures)).all()
            return sorted(article.url.removeprefix(SITE) for article in articles), list(failures)

        assert await steps.service.database.reading(read) == (sorted(portal), [0])
        assert [report.characters > 250 for report in steps.pages] == [True] * len(portal)


async def test_spider_of_an_outlet_with_a_browser_sees_what_scripts_make(
    world: World, tmp_path: Path
) -> None:
    spider = SPIDER.replace("http://fisheries.example", SITE)
    (tmp_path / "press.py").write_text(spider, encoding="utf-8")
    script = "document.body.innerHTML = '<ul><li><a href=/press/1>Made by a script</a></li></ul>'"
    led = f"{SITE}/press/all"
    world.outlets.script[PRESS] = [status(302, Location=led)]
    world.outlets.script[led] = [
        raw(f"<body><script>{script}</script></body>".encode(), Content_Type="text/html")
    ]
    declared = {"name": "Ministry", "site": SITE, "browser": True}
    declared["sources"] = [{"kind": "spider", "spider": str(tmp_path / "press.py"), "timeout": "5m"}]
    settings = world.settings()
    browser = settings.crawler.browser.model_copy(update={"timeout": timedelta(minutes=3)})
    crawler = settings.crawler.model_copy(update={"browser": browser})
    outlets = (OutletSettings.model_validate(declared),)
    settings = settings.model_copy(update={"crawler": crawler, "outlets": outlets})
    async with stepped(world, settings) as steps:
        await steps.work()
        with steps.service.database.read() as session:
            feed = session.exec(select(Feed)).one()
            found = [article.url for article in session.exec(select(Article))]
    assert (trouble_words(feed.last_error), found) == ("", [f"{SITE}/press/1"])
    assert world.outlets.times(f"{SITE}/robots.txt") == 1


async def test_browser_is_proposed_where_the_text_comes_by_scripts(world: World, portal: list[str]) -> None:
    items = [(f"{SITE}{url}", f"Report {number}") for number, url in enumerate(portal)]
    world.outlets.script[f"{SITE}/rss"] = [feed(*items)]
    settings = Settings(**{**dict(world.settings()), "outlets": ()})
    async with stepped(world, settings) as steps:
        database = steps.service.database
        wanted = OutletValues("Portal", SITE, (f"{SITE}/rss",))
        await database.writing(add_outlet, wanted=wanted, interval=timedelta(minutes=15), now=NOON)

        def proposed(session: Session) -> str:
            outlet = outlet_shown(session, "Portal", now=NOON)
            found = browser_proposal(session, outlet, settings)
            return f"{found.outcomes} of {found.host}" if found is not None else ""

        assert await database.reading(proposed) == ""
        for _turn in range(10):
            await steps.at(steps.clock.now + timedelta(seconds=1))
        assert await database.reading(proposed) == "{'no text': 7} of portal.example"
        (words, *_others) = [trouble_words(report.error) for report in steps.pages]
        assert "its text needs JavaScript; turn the outlet's browser on" in words
        access = {"user_agent": "Mozilla/5.0"}
        await database.writing(set_access, which="Portal", wanted=access, files_in=None)
        assert await database.writing(set_browser, which="Portal", on=True) == {**access, "browser": True}
        assert await database.reading(proposed) == ""
        assert await database.writing(set_browser, which="Portal", on=False) == access
        assert await database.reading(proposed) != ""


async def test_session_that_ends_is_begun_again_for_the_browser_too(world: World, portal: list[str]) -> None:
    """Its cookies are the browser's as well: the page, and what its script asks for, is for members alone."""
    club = Club(world, SITE)
    script = world.outlets.script
    for url in (f"{SITE}/rss", *(f"{SITE}{kind}{path}" for path in portal[:2] for kind in ("", "/api"))):
        if url.endswith("/rss"):
            items = [(f"{SITE}{path}", f"Report {number}") for number, path in enumerate(portal[:2])]
            club.members(url, feed(*items))
        else:
            club.members(url, script[url][0])
    club.members(f"{SITE}/home", raw(b"Welcome"))
    settings = world.settings()
    browser = settings.crawler.browser.model_copy(update={"timeout": timedelta(minutes=3)})
    crawler = settings.crawler.model_copy(update={"browser": browser})
    settings = Settings(**{**dict(settings), "crawler": crawler, "outlets": ()})
    async with stepped(world, settings) as steps:
        database = steps.service.database
        wanted = OutletValues("Portal", SITE, (f"{SITE}/rss",))
        await database.writing(add_outlet, wanted=wanted, interval=timedelta(minutes=15), now=NOON)
        form = {"user": "desk", "password": PASSWORD}
        access = {"browser": True, "login": {"url": f"{SITE}/login", "form": form}}
        await database.writing(set_access, which="Portal", wanted=access, files_in=None)
        await steps.service.parts.poller.step()
        await steps.service.parts.poller.settle()
        club.throw_out()
        for _turn in range(4):
            await steps.at(steps.clock.now + timedelta(seconds=1))
        assert [report.characters > 250 for report in steps.pages] == [True, True]
    assert len(club.entered) == 2
