"""Pages read again while they are warm: edits are versions, with what changed; and what is learned on the way."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from aiohttp import web
from sqlmodel import Session, select
from typer.testing import CliRunner

from alerts.stage import MatchReport
from crawler.pages import PageReport
from service.cli.app import app
from service.process import Service, Watchers, open_service
from service.settings import Settings
from storage.diff import diff_paragraphs
from storage.queries.articles import FoundVersion, versions_of
from storage.queries.pages import furniture_of, page_quality
from storage.tables import Article
from tests.replay.conftest import FEED, World
from tests.replay.outlets import Answer, feed, page, paragraphs

URL = "http://gazette.example/talks"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEGINNING = "The foreign ministry said on Monday that talks on fisheries will resume in Rabat next week, after a pause."
MIDDLE = "Both delegations are expected to settle the number of licences, the ports and the share of the catch soon."
END = "The previous agreement ran out in the summer, and the boats have stayed in port since, a spokesperson said."
BOURITA = (
    "Nasser Bourita will lead one of the delegations, the ministry said in a statement on Monday evening."
)


class Clock:
    """A clock that is set by the test."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Steps:
    """The stages of a service, stepped by hand until nothing is due."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service = service
        self.clock = clock
        self.pages: deque[PageReport] = deque()
        self.matches: deque[MatchReport] = deque()

    async def work(self) -> None:
        """Polls, reads pages and matches what is due now."""
        await self.service.poller.step()
        await self.service.poller.settle()
        while await self.service.pages.step():
            await self.service.pages.settle()
        while await self.service.matching.step():
            pass

    async def at(self, moment: datetime) -> None:
        """Sets the clock and works."""
        self.clock.now = moment
        await self.work()


@asynccontextmanager
async def stepped(world: World, settings: Settings) -> AsyncIterator[Steps]:
    clock = Clock()
    steps: list[Steps] = []
    watchers = Watchers(
        on_page=lambda report: steps[0].pages.append(report),
        on_match=lambda report: steps[0].matches.append(report),
    )
    async with open_service(settings, watchers=watchers, clock=clock) as service:
        await service.matching.load()
        steps.append(Steps(service, clock))
        yield steps[0]


def versions(session: Session) -> list[FoundVersion]:
    return versions_of(session, session.exec(select(Article.id)).one() or 0)


def tagged(body: str, etag: str, asked: list[str | None], title: str = "Talks resume") -> Answer:
    """A page that answers 304 to its ETag."""
    document = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"

    def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request.headers.get("If-None-Match"))
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(text=document, content_type="text/html", headers={"ETag": etag})

    return answer


async def test_three_edits_are_three_versions_with_what_changed(world: World) -> None:
    asked: list[str | None] = []
    changed = MIDDLE.replace("expected to settle", "said to have settled")
    texts = [
        paragraphs(BEGINNING, MIDDLE, END),
        paragraphs(BEGINNING, MIDDLE, BOURITA, END),
        paragraphs(BEGINNING, changed, BOURITA, END),
        paragraphs(BEGINNING, changed, END),
    ]
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [tagged(text, f'"{number}"', asked) for number, text in enumerate(texts)]
    async with stepped(world, world.settings()) as steps:
        for hours in (0, 0.5, 1, 6, 24, 72, 100, 200):
            await steps.at(NOON + hours * HOUR)
        found = await steps.service.database.reading(versions)
    assert asked == [None, '"0"', '"1"', '"2"', '"3"']
    assert [version.number for version in found] == [1, 2, 3, 4]
    assert [version.seen_at - NOON for version in found] == [0 * HOUR, 1 * HOUR, 6 * HOUR, 24 * HOUR]
    edits = [
        [(change.kind, change.before, change.after) for change in diff_paragraphs(old.text, new.text)]
        for old, new in pairwise(found)
    ]
    assert edits == [[("added", "", BOURITA)], [("changed", MIDDLE, changed)], [("removed", BOURITA, "")]]
    assert [report.is_edit for report in steps.pages] == [False, True, True, True]
    assert [len(report.new_alerts) for report in steps.matches] == [0, 1, 0, 0]
    assert_told(world, edits)


def command(world: World, *words: str) -> str:
    """Gives what `tocsin` prints over the world's database."""
    file = world.folder / "settings.toml"
    outlet = f'[[outlets]]\nname = "gazette.example"\nfeeds = ["{FEED}"]\n'
    storage = f'[storage]\nurl = "{world.storage_url}"\n'
    file.write_text(storage + outlet, encoding="utf-8")
    result = CliRunner().invoke(app, [*words, "--settings", str(file)])
    assert result.exit_code == 0, result.output
    return result.stdout


def assert_told(world: World, edits: Sequence[Sequence[tuple[str, str, str]]]) -> None:
    told: dict[str, list[dict[str, Any]]] = json.loads(command(world, "alerts", "show", "1", "--json"))[
        "edits"
    ]
    (article,) = told.values()
    assert [
        [(change["kind"], change["before"], change["after"]) for change in edit["changes"]]
        for edit in article
    ] == list(edits)
    plain = command(world, "alerts", "show", "1")
    assert "Version 2" in plain
    assert "Version 4" in plain


async def test_an_edited_headline_is_a_version(world: World) -> None:
    text = paragraphs(BEGINNING, MIDDLE, END)
    world.outlets.script[FEED] = [feed((URL, "Talks"))]
    world.outlets.script[URL] = [page("Talks resume in Rabat", text), page("Talks fail in Rabat", text)]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        await steps.at(NOON + 2 * HOUR)
        found = await steps.service.database.reading(versions)
    assert [version.title for version in found] == ["Talks", "Talks fail in Rabat"]


async def test_what_is_no_edit_makes_no_version(world: World) -> None:
    text = paragraphs(*(f"{BEGINNING} {number}" for number in range(12)))
    gone: Callable[[web.BaseRequest], web.Response] = lambda _request: web.Response(status=404)  # noqa: E731
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [
        page("Talks resume", text),
        page("Talks resume", text.replace(" on ", "  on ")),
        page(
            "Talks resume", paragraphs("Subscribe to read on: this text is for those who pay for it, sorry.")
        ),
        gone,
    ]
    async with stepped(world, world.settings()) as steps:
        for hours in (0, 1, 6, 24, 72, 100):
            await steps.at(NOON + hours * HOUR)
        assert len(await steps.service.database.reading(versions)) == 1
    assert world.outlets.times(URL) == 4  # a page that is gone is not asked for again


async def test_no_rechecks_where_the_settings_want_none(world: World) -> None:
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", paragraphs(BEGINNING, MIDDLE, END))]
    settings = world.settings()
    crawler = settings.crawler.model_copy(update={"recheck": ()})
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        for hours in (0, 1, 100):
            await steps.at(NOON + hours * HOUR)
    assert world.outlets.times(URL) == 1


async def test_furniture_of_an_outlet_is_learned(world: World) -> None:
    box = "Sign up for our letter of the morning, and have the day's news before all others do."
    urls = [f"http://gazette.example/{number}" for number in range(40)]
    own = [
        [f"{line} This is what article {number} knows." for line in (BEGINNING, MIDDLE, END)]
        for number in range(40)
    ]
    world.outlets.script[FEED] = [feed(*((url, f"News {number}") for number, url in enumerate(urls)))]
    for number, url in enumerate(urls):
        world.outlets.script[url] = [
            page(f"News {number}", paragraphs(*own[number][:2], box, own[number][2]))
        ]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        while len(steps.pages) < len(urls):
            await steps.at(steps.clock.now + timedelta(seconds=1))
        database = steps.service.database
        texts = await database.reading(
            lambda session: [
                versions_of(session, number)[0].text for number in session.exec(select(Article.id)) if number
            ]
        )
        known = await database.reading(lambda session: furniture_of(session, 1))
        (quality,) = await database.reading(page_quality)
        await steps.at(steps.clock.now + 2 * HOUR)
        assert not any(report.is_edit for report in steps.pages)  # what was learned since is no edit
    assert known == {box}
    kept = sum(box in text for text in texts)
    assert kept / len(texts) <= 0.05  # the first two pages can't tell
    lines = {line for text in texts for line in text.split("\n")}
    assert all(line in lines for article in own for line in article)
    assert (quality.pages, quality.read, quality.is_worrying) == (40, 40, False)


async def test_an_article_in_pages_is_read_whole(world: World) -> None:
    def part(number: int) -> str:
        link = f'<a rel="next" href="/talks?page={number + 1}">Next page</a>' if number < 8 else ""
        return paragraphs(*(f"{line} Part {number}." for line in (BEGINNING, MIDDLE, END))) + link

    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    asked: list[str] = []

    def answer(request: web.BaseRequest) -> web.Response:
        number = int(request.query.get("page", "1"))
        asked.append(str(number))
        body = f"<html><head><title>Talks resume</title></head><body><article>{part(number)}</article></body></html>"
        return web.Response(text=body, content_type="text/html")

    world.outlets.script[URL] = [answer]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        (version,) = await steps.service.database.reading(versions)
    assert asked == ["1", "2", "3", "4", "5"]
    assert [number for number in range(1, 9) if f"Part {number}." in version.text] == [1, 2, 3, 4, 5]


async def test_walls_are_counted_and_the_feed_stands_in(world: World) -> None:
    wall = (
        "<html><head><title>Before you continue</title></head><body><h1>Before you continue</h1>"
        "<p>We value your privacy. We and our 812 partners store and/or access information on a device.</p>"
        "<button>Reject all</button><p>Accept all or manage preferences.</p></body></html>"
    )
    urls = [f"http://gazette.example/{number}" for number in range(6)]
    world.outlets.script[FEED] = [feed(*((url, f"News {number}") for number, url in enumerate(urls)))]
    for url in urls:
        world.outlets.script[url] = [lambda _request: web.Response(text=wall, content_type="text/html")]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        while len(steps.pages) < len(urls):
            await steps.at(steps.clock.now + timedelta(seconds=1))
        (quality,) = await steps.service.database.reading(page_quality)
    assert all("consent wall" in (report.error or "") for report in steps.pages)
    assert (quality.is_worrying, quality.outcomes) == (True, {"consent wall": 6})
    assert quality.words == "6 of the last 6 pages were not read well: 6 consent wall"
    told = command(world, "outlets", "health")
    assert "Pages of gazette.example: 6 of the last 6 pages were not read well" in " ".join(told.split())
    (report,) = json.loads(command(world, "outlets", "health", "--json"))
    assert report["pages"][0]["outcomes"] == {"consent wall": 6}


async def test_pages_are_kept_as_evidence(world: World) -> None:
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", paragraphs(BEGINNING, MIDDLE, END))]
    settings = world.settings()
    update = {"keep_pages": "warc", "keep_pages_in": str(world.folder / "kept")}
    crawler = settings.crawler.model_copy(update=update)
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        await steps.at(NOON)
    (file,) = await asyncio.to_thread(lambda: list((world.folder / "kept").iterdir()))
    assert file.name == "tocsin-20260302.warc.gz"
