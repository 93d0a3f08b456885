"""A service whose clock and stages are moved by hand, and what tells how its articles stand."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlmodel import Session, col, select
from typer.testing import CliRunner

from alerts.group_stage import MatchReport
from crawler.read.page_reader import PageReport
from service.assembly import Watchers
from service.cli.app import app
from service.process import Service, open_service
from service.settings import Settings
from storage.stores.articles.versions import StoredVersion, versions_of
from storage.tables import Article
from tests.replay import outlets
from tests.replay.conftest import FEED, World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
feed = partial(outlets.feed, at=NOON)
"""A feed whose entries are young when the clock starts."""


class Clock:
    """A clock that is set by the test."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

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
        """Poll, reads pages and matches what is due now."""
        await self.service.parts.poller.step()
        await self.service.parts.poller.settle()
        while await self.service.parts.pages.step():
            await self.service.parts.pages.settle()
        while await self.service.parts.matching.step():
            pass
        while await self.service.parts.grouping.step():
            pass

    async def at(self, moment: datetime) -> None:
        """Set the clock and works."""
        self.clock.now = moment
        await self.work()

    async def finish(self, count: int) -> None:
        """Work, a second at a time, until so many articles were matched: a host is asked for one page a turn."""
        await self.work()
        while len(self.matches) < count:
            await self.at(self.clock.now + timedelta(seconds=1))


@asynccontextmanager
async def stepped(world: World, settings: Settings, now: datetime = NOON) -> AsyncIterator[Steps]:
    clock = Clock(now)
    steps: list[Steps] = []
    watchers = Watchers(
        on_page=lambda report: steps[0].pages.append(report),
        on_match=lambda report: steps[0].matches.append(report),
    )
    async with open_service(settings, watchers=watchers, clock=clock) as service:
        await service.parts.matching.load()
        steps.append(Steps(service, clock))
        yield steps[0]


def articles(session: Session) -> list[tuple[Article, StoredVersion]]:
    """Return every article, in the order in which they were found, with its current text."""
    found = session.exec(select(Article).order_by(col(Article.id))).all()
    versions = versions_of(session, [article.id or 0 for article in found])
    return [(article, versions[article.id or 0][-1]) for article in found]


def versions(session: Session) -> list[StoredVersion]:
    """Return the versions of the one article, from that on which its page, or its feed, gave the text of."""
    number = session.exec(select(Article.id)).one() or 0
    return [version for version in versions_of(session, [number])[number] if version.text_source]


def command(world: World, *words: str) -> str:
    """Return what `tocsin` prints over the world's database."""
    file = world.folder / "settings.toml"
    outlet = f'[[outlets]]\nname = "gazette.example"\nfeeds = ["{FEED}"]\n'
    storage = f'[storage]\nurl = "{world.storage_url}"\n'
    file.write_text(storage + outlet, encoding="utf-8")
    result = CliRunner().invoke(app, [*words, "--settings", str(file)])
    assert result.exit_code == 0, result.output
    return result.stdout
