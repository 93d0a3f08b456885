"""Outlets that ask who reads: a login, a password, and who must never get them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import encode_basic_auth, web
from sqlmodel import Session, select

from service.actions.outlet_access import set_access
from service.actions.outlets import add_outlet
from service.actions.sources import read_sources
from service.settings import OutletSettings, Settings
from service.troubles import trouble_words
from storage.stores.feeds.feed_claims import make_due
from storage.stores.feeds.outlet_edits import OutletValues
from storage.tables import Article, Feed
from tests.crawler.sources.layouts import LAYOUTS, items_of
from tests.crawler.sources.layouts import page as layout
from tests.databases import on_sqlite
from tests.replay.conftest import World
from tests.replay.outlets import Answer, raw, status
from tests.replay.steps import NOON, Steps, feed, stepped

pytestmark = on_sqlite

SITE = "http://members.example"
RSS, PRESS, LOGIN, ENTER = (f"{SITE}/{path}" for path in ("rss", "press", "login", "enter"))
PASSWORD = "open sesame"
HOUR = timedelta(hours=1)
WORDS = (
    "The ministry of fisheries said on Monday that the talks resume in Rabat next week, after a long pause. "
)
FORM = (
    "<form method=post action=/enter><input type=hidden name=token value=t1><input name=user>"
    "<input type=password name=password></form>"
)


class Club:
    """A site for members: who has logged in has a cookie, until `throw_out`."""

    def __init__(self, world: World, site: str = SITE) -> None:
        self.script = world.outlets.script
        self.times = world.outlets.times
        self.password = PASSWORD
        self.sessions: set[str] = set()
        self.entered: list[dict[str, str]] = []
        """Every form that was sent."""
        self.script[f"{site}/login"] = [self._html(FORM)]
        self.script[f"{site}/enter"] = [self._enter]

    def members(self, url: str, answer: Answer, *, stranger: Answer | None = None) -> None:
        """Give this answer to members; to strangers the login page, or another."""

        def check(request: web.BaseRequest) -> web.StreamResponse:
            chosen = answer if request.cookies.get("sid") in self.sessions else stranger or self._html(FORM)
            response = chosen(request)
            assert isinstance(response, web.StreamResponse)
            return response

        self.script[url] = [check]

    def throw_out(self) -> None:
        self.sessions.clear()

    def _html(self, body: str) -> Answer:
        return lambda _request: web.Response(
            text=f"<html><body>{body}</body></html>", content_type="text/html"
        )

    async def _enter(self, request: web.BaseRequest) -> web.StreamResponse:
        sent = dict(parse_qsl(await request.text()))
        self.entered.append(sent)
        if sent != {"token": "t1", "user": "desk", "password": self.password}:
            return web.Response(text=f"<p>Wrong.</p>{FORM}", content_type="text/html")
        sid = f"s{len(self.entered)}"
        self.sessions.add(sid)
        return web.Response(status=303, headers={"Location": "/home", "Set-Cookie": f"sid={sid}; Path=/"})


@pytest.fixture
def club(world: World) -> Club:
    made = Club(world)
    made.members(RSS, feed((f"{SITE}/n/1", "Fisheries talks resume")))
    items = [(url, title, "2 March 2026") for url, title, _date in items_of("en", "slugs")]
    made.members(PRESS, raw(layout("en", LAYOUTS["blog"](items)).encode(), Content_Type="text/html"))
    for path in ("/n/1", "/n/2", *(url for url, _title, _date in items)):
        text = f"<html><head><title>T</title></head><body><article><h1>T</h1><p>{WORDS * 4}</p></article></body></html>"
        made.members(f"{SITE}{path}", raw(text.encode(), Content_Type="text/html"))
    made.members(f"{SITE}/home", raw(b"<html><body>Welcome</body></html>", Content_Type="text/html"))
    return made


def login(**more: str) -> dict[str, Any]:
    return {"login": {"url": LOGIN, "form": {"user": "desk", "password": PASSWORD}, **more}}


@asynccontextmanager
async def followed(
    world: World, access: Mapping[str, Any], sources: tuple[str, ...] = (), *, declared: bool = False
) -> AsyncIterator[Steps]:
    """Run a service that follows the site with this access, which the file declares, or somebody gave it later."""
    settings = world.settings()
    values = {"name": "Members", "site": SITE, "feeds": [RSS]}
    outlets = (OutletSettings.model_validate({**values, **access}),) if declared else ()
    settings = Settings(**{**dict(settings), "outlets": outlets})
    async with stepped(world, settings) as steps:
        if not declared:
            wanted = OutletValues("Members", SITE, (RSS,), sources=read_sources(sources))
            await steps.service.database.writing(
                add_outlet, wanted=wanted, interval=timedelta(minutes=15), now=NOON
            )
            await give(steps, access)
        yield steps


async def give(steps: Steps, access: Mapping[str, Any]) -> None:
    await steps.service.database.writing(set_access, which="Members", wanted=access, files_in=None)


async def poll(steps: Steps, after: timedelta = timedelta(minutes=1)) -> None:
    """Go on by so much, polls everything and reads every page that waits for its turn."""
    steps.clock.now += after
    await steps.service.database.writing(make_due, now=steps.clock.now)
    for _turn in range(12):
        await steps.at(steps.clock.now + timedelta(seconds=1))


async def health(steps: Steps) -> list[str]:
    """Return what is wrong with each feed that fails, in words."""

    def read(session: Session) -> list[str]:
        feeds = session.exec(select(Feed).where(Feed.failures > 0)).all()
        return [trouble_words(feed.last_error) for feed in feeds]

    return await steps.service.database.reading(read)


async def read_pages(steps: Steps) -> list[tuple[str, str]]:
    """Return the articles whose pages were read, and what went wrong with those that were not."""

    def read(session: Session) -> list[tuple[str, str]]:
        return [
            (article.url.removeprefix(SITE), trouble_words(article.fetch_error))
            for article in session.exec(select(Article).order_by(Article.url))
        ]

    return await steps.service.database.reading(read)


@pytest.mark.parametrize("declared", [True, False], ids=["by the file", "by hand"])
async def test_feed_and_pages_are_read_after_one_login(world: World, club: Club, declared: bool) -> None:
    async with followed(world, login(), declared=declared) as steps:
        await poll(steps)
        await poll(steps)
        assert await health(steps) == []
        assert await read_pages(steps) == [("/n/1", "")]
        assert [report.characters > 300 for report in steps.pages] == [True]
    assert club.entered == [{"token": "t1", "user": "desk", "password": PASSWORD}]


@pytest.mark.thorough
async def test_list_behind_a_login_is_read(world: World, club: Club) -> None:
    source = f'{{ kind = "list", url = "{PRESS}" }}'
    async with followed(world, login(success="Welcome"), (source,)) as steps:
        club.members(f"{SITE}/home", raw(b"Welcome"))
        await poll(steps)
        assert await health(steps) == []
        found = await read_pages(steps)
    assert len(found) == 8
    assert [report.characters > 300 for report in steps.pages] == [True] * 8
    assert all(trouble == "" for _url, trouble in found)
    assert (
        len(club.entered) == 2
    )  # the feed does not say Welcome, nor does the list: that was tried once more


@pytest.mark.thorough
@pytest.mark.parametrize(
    "stranger", [None, status(401), status(302, Location="/login")], ids=["its form", "401", "sent to login"]
)
async def test_session_that_ends_is_begun_again_before_anything_fails(
    world: World, club: Club, stranger: Answer | None
) -> None:
    async with followed(world, login()) as steps:
        await poll(steps)
        club.throw_out()
        club.members(
            RSS,
            feed((f"{SITE}/n/2", "Harbour reopens"), (f"{SITE}/n/1", "Fisheries talks resume"), etag='"2"'),
            stranger=stranger,
        )
        await poll(steps)
        assert await health(steps) == []
        assert [url for url, _trouble in await read_pages(steps)] == ["/n/1", "/n/2"]
    assert len(club.entered) == 2


SPIDER = """
import scrapy

class Members(scrapy.Spider):
    name = "members"
    start_urls = ["http://members.example/press"]

    async def parse(self, response):
        for link in response.css("li a"):
            yield response.follow(link, self.parse_notice)

    async def parse_notice(self, response):
        yield {"url": response.url, "title": response.css("h1::text").get()}
"""


@pytest.mark.thorough
@pytest.mark.parametrize(
    "stranger", [None, status(401), status(302, Location="/login?to=press")], ids=["form", "401", "sent on"]
)
async def test_spider_is_logged_in_and_again_when_the_session_ends(
    world: World,
    club: Club,
    tmp_path: Path,
    stranger: Answer | None,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def press(*numbers: int) -> None:
        links = "".join(f"<li><a href='/n/{number}'>Notice</a></li>" for number in numbers)
        club.members(PRESS, raw(links.encode(), Content_Type="text/html"), stranger=stranger)

    (tmp_path / "spiders_of_members.py").write_text(SPIDER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    press(1)
    async with followed(
        world, login(), ('{ kind = "spider", spider = "spiders_of_members:Members" }',)
    ) as steps:
        await poll(steps)
        assert (await health(steps), len(club.entered)) == ([], 1)  # one login for the feed and the spider
        club.throw_out()
        press(2, 1)
        await poll(steps, HOUR)
        assert (await health(steps), len(club.entered)) == ([], 2)
        assert await read_pages(steps) == [("/n/1", ""), ("/n/2", "")]
        club.throw_out()
        club.password = "another"
        await poll(steps, HOUR)
        refused = f"the login at {LOGIN} was refused: name or password is wrong"
        assert [refused in words for words in await health(steps)] == [True, True]
        assert len(club.entered) == 3
    assert "sesame" not in "".join(capfd.readouterr())


@pytest.mark.thorough
async def test_wrong_password_is_one_clear_error_and_is_left_alone(
    world: World, club: Club, capfd: pytest.CaptureFixture[str]
) -> None:
    club.password = "another"
    async with followed(world, login()) as steps:
        for _poll in range(6):
            await poll(steps)
        (words,) = await health(steps)
        assert words == (
            f"{RSS}: the login at {LOGIN} was refused: name or password is wrong. "
            f"It is not tried again before {NOON + timedelta(minutes=16):%Y-%m-%d %H:%M} UTC"
        )
        assert (len(club.entered), club.times(RSS)) == (1, 0)
        await poll(steps, timedelta(minutes=16))
        await poll(steps, timedelta(minutes=16))  # twice as long now
        assert len(club.entered) == 2
        await give(steps, {"login": {**login()["login"], "form": {"user": "desk", "password": "another"}}})
        await poll(steps)  # what is new is tried at once
        assert await health(steps) == []
        assert len(club.entered) == 3
    assert "sesame" not in "".join(capfd.readouterr())


@pytest.mark.thorough
async def test_changed_file_with_the_password_is_tried_at_once(
    world: World, club: Club, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("old one\n")
    access = {"login": {"url": LOGIN, "form": {"user": "desk", "password_file": str(file)}}}
    async with followed(world, access) as steps:
        await poll(steps)
        assert len(await health(steps)) == 1
        file.write_text(f"{PASSWORD}\n")
        await poll(steps)
        assert await health(steps) == []
        file.unlink()
        await poll(steps)
        assert f"{file} can't be read" in (await health(steps))[0]


def sends_on(code: int) -> Callable[[Club], None]:
    def script(club: Club) -> None:
        club.script[ENTER] = [status(code, Location="http://thief.example/take")]

    return script


def has_form(action: str, method: str = "post") -> Callable[[Club], None]:
    def script(club: Club) -> None:
        body = f"<form method={method} action={action}><input name=user><input name=password></form>"
        club.script[LOGIN] = [raw(body.encode(), Content_Type="text/html")]

    return script


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(sends_on(307), "would send the password on to thief.example: not sent", id="by 307"),
        pytest.param(sends_on(308), "would send the password on to thief.example: not sent", id="by 308"),
        pytest.param(
            has_form("http://thief.example/take"), "on to thief.example: not sent", id="by its form"
        ),
        pytest.param(has_form("/enter", "get"), "would send the password in an address", id="in an address"),
    ],
)
async def test_password_goes_to_no_other_host(
    world: World, club: Club, script: Callable[[Club], None], words: str
) -> None:
    taken: list[str] = []

    async def take(request: web.BaseRequest) -> web.Response:
        taken.append(f"{request.url} {dict(request.headers)} {await request.text()}")
        return web.Response()

    club.script["http://thief.example/take"] = [take]
    script(club)
    async with followed(world, login()) as steps:
        await poll(steps)
        assert words in (await health(steps))[0]
    assert "sesame" not in " ".join(taken)


async def test_basic_goes_to_the_outlets_hosts_alone(world: World) -> None:
    seen: list[tuple[str, str | None]] = []

    def noting(answer: Answer) -> Answer:
        def note(request: web.BaseRequest) -> web.StreamResponse:
            seen.append((request.headers["Host"], request.headers.get("Authorization")))
            response = answer(request)
            assert isinstance(response, web.StreamResponse)
            return response

        return note

    world.outlets.script[RSS] = [noting(status(302, Location="http://mirror.example/rss"))]
    world.outlets.script["http://mirror.example/rss"] = [noting(feed((f"{SITE}/n/1", "News")))]
    access = {"basic": {"user": "desk", "password": PASSWORD}}
    async with followed(world, access) as steps:
        await poll(steps)
        assert await health(steps) == []
    expected = encode_basic_auth("desk", PASSWORD)
    assert next(auth for host, auth in seen if host == "members.example") == expected
    assert {auth for host, auth in seen if host == "mirror.example"} == {None}


@pytest.mark.thorough
async def test_basic_that_is_refused_is_left_alone(world: World) -> None:
    world.outlets.script[RSS] = [status(401)]
    async with followed(world, {"basic": {"user": "desk", "password": PASSWORD}}) as steps:
        for _poll in range(4):
            await poll(steps)
        assert "members.example refused the user name and password of basic" in (await health(steps))[0]
    assert world.outlets.times(RSS) == 1


@pytest.mark.thorough
async def test_robots_txt_is_asked_about_the_login(world: World, club: Club) -> None:
    club.script[f"{SITE}/robots.txt"] = [raw(b"User-agent: *\nDisallow: /login\n")]
    async with followed(world, login()) as steps:
        await poll(steps)
        assert "robots.txt of its host does not allow to log in there" in (await health(steps))[0]
    assert club.times(LOGIN) == 0


@pytest.mark.thorough
async def test_login_page_in_trouble_is_its_hosts_trouble(world: World, club: Club) -> None:
    club.script[LOGIN] = [status(503, Retry_After="7200")]
    async with followed(world, login()) as steps:
        for _poll in range(3):
            await poll(steps)
        assert f"{LOGIN} answered HTTP 503" in (await health(steps))[0]
        assert club.times(LOGIN) == 1  # the host rests
        club.script[LOGIN] = [club._html(FORM)]
        await poll(steps, 3 * HOUR)
        assert await health(steps) == []


@pytest.mark.thorough
async def test_page_that_stays_closed_to_members_does_not_log_in_for_ever(world: World, club: Club) -> None:
    club.script[f"{SITE}/n/1"] = [status(403)]
    async with followed(world, login()) as steps:
        for _poll in range(6):
            await poll(steps, timedelta(minutes=4))
        assert await health(steps) == []
    assert len(club.entered) <= 3  # the first, and one in half an hour
