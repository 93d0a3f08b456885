"""Two services, each a process of its own, on one PostgreSQL database: they share the work, and nothing is done twice."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import func
from sqlmodel import col, select

from service.demo.receivers import WebhookReceiver
from storage.engine import Database
from storage.tables import Alert, Article, ArticleState, Attempt, EntryRow, Notification, NotificationState
from tests.replay.conftest import SECRET
from tests.replay.outlets import Answer, ReplayOutlets, feed, page, paragraphs

pytestmark = pytest.mark.thorough  # two whole services; what they share: storage/test_claims.py


HOSTS = 4
ROUNDS = 6
EACH_ROUND = 2
"""Articles that a feed has more at each poll, for so many polls at least; the first of them is told of."""
MOST_AHEAD = 40
"""Articles that are published and not worked off."""
SHARED = ("articles found", "alert created", "notification sent")
"""What each of the two must have a share in."""
SLOW = ("the service has trouble", "the service's tick did not come: it is planned anew")
"""What a service says on a machine that is busy with other things."""
SETTINGS = """
[storage]
url = "{storage}"
[crawler]
proxy = "{proxy}"
interval = "300ms"
min_interval = "300ms"
max_interval = "1s"
per_host_delay = "0s"
allow_networks = ["127.0.0.1/32"]
[web]
listen = "127.0.0.1:0"
[[channels]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "{secret}"
[[watch]]
name = "W"
channels = ["hook"]
alert = "article"
[[watch.actors]]
name = "Nasser Bourita"
"""


@dataclass(slots=True)
class Running:
    """A service, and what it logged."""

    process: Process
    said: list[dict[str, Any]] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            try:
                self.said.append(json.loads(line))
            except ValueError:  # not of our own log
                self.said.append({"event": line.decode(), "level": "error"})
            if self.said[-1]["event"] == "tocsin runs":
                self.started.set()

    def count(self, event: str) -> int:
        return sum(said["event"] == event for said in self.said)

    @property
    def troubles(self) -> list[dict[str, Any]]:
        return [
            said for said in self.said if said["level"] in ("warning", "error") and said["event"] not in SLOW
        ]


@asynccontextmanager
async def service(settings: Path) -> AsyncIterator[Running]:
    command = (sys.executable, "-m", "service", "run", "--verbose", "--log-json", "--settings", str(settings))
    running = Running(await asyncio.create_subprocess_exec(*command, stderr=PIPE))
    listening = asyncio.create_task(running.listen())
    try:
        yield running
        running.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.process.wait(), 30) == 0
    finally:
        if running.process.returncode is None:
            running.process.kill()
            await running.process.wait()
        await listening


def address(host: int, number: int) -> str:
    return f"http://outlet{host}.example/a/{number}"


@dataclass(slots=True)
class Publishers:
    """Feeds that have articles more at each poll, until `enough` is set: one of the services may be slow to take its share."""

    outlets: ReplayOutlets
    hook: WebhookReceiver
    enough: bool = False
    pages: set[str] = field(default_factory=set)

    @property
    def planted(self) -> list[str]:
        """The articles that are told of."""
        return sorted(url for url in self.pages if int(url.rpartition("/")[2]) % EACH_ROUND == 0)

    def open(self, url: str, host: int) -> None:
        """Let a feed grow from now on."""
        self.outlets.script[url] = [self._growing(host)]

    def _growing(self, host: int) -> Answer:
        rounds = 0

        def answer(request: web.BaseRequest) -> web.StreamResponse | Awaitable[web.StreamResponse]:
            nonlocal rounds
            ahead = len(self.pages) - EACH_ROUND * len(self.hook.webhooks)
            if rounds < ROUNDS or (not self.enough and ahead < MOST_AHEAD):
                for number in range(rounds * EACH_ROUND, (rounds + 1) * EACH_ROUND):
                    self.pages.add(address(host, number))
                    self.outlets.script[address(host, number)] = [article(host, number)]
                rounds += 1
            items = [(address(host, number), f"Report {number}") for number in range(rounds * EACH_ROUND)]
            return feed(*reversed(items), etag=f'"{rounds} more"')(request)

        return answer


def article(host: int, number: int) -> Answer:
    name = "The minister" if number % EACH_ROUND else "Nasser Bourita"
    lines = (
        f"{name} opened meeting number {number} of commission {host} in Rabat, where delegations settle questions of trade.",
        f"Paper {number * 7} of the commission deals with the ports, and paper {number * 11} with the training of crews.",
    )
    return page(f"Report {number}", paragraphs(*lines))


async def test_two_services_share_the_work_and_neither_doubles_nor_starves(
    tmp_path: Path, upgraded_postgres_url: str
) -> None:
    async with ReplayOutlets() as outlets, WebhookReceiver(SECRET) as hook:
        settings = tmp_path / "settings.toml"
        text = SETTINGS.format(
            storage=upgraded_postgres_url, proxy=outlets.proxy, hook=hook.url, secret=SECRET
        )
        feeds = [f"http://outlet{host}.example/rss" for host in range(HOSTS)]
        for host, url in enumerate(feeds):
            text += f'[[outlets]]\nname = "O{host}"\nfeeds = ["{url}"]\n'
            outlets.script[url] = [feed()]
        settings.write_text(text, encoding="utf-8")
        settings.chmod(0o600)
        async with service(settings) as first, service(settings) as second:
            async with asyncio.timeout(180):
                await first.started.wait()
                await second.started.wait()
            publishers = Publishers(outlets, hook)
            for host, url in enumerate(feeds):
                publishers.open(url, host)
            await hook.wait_for(
                lambda: min(each.count(event) for each in (first, second) for event in SHARED) > 0,
                seconds=300,
            )
            publishers.enough = True
            least = HOSTS * ROUNDS
            await hook.wait_for(
                lambda: len(hook.webhooks) >= max(least, len(publishers.planted)), seconds=300
            )
            before = {url: outlets.times(url) for url in feeds}
            await outlets.wait_for(
                lambda: all(outlets.times(url) >= before[url] + 2 for url in feeds), seconds=120
            )
        asked = Counter(url for url, _etag in outlets.asked)
    assert first.troubles == second.troubles == []
    told = [each.data["article"]["url"] for each in hook.webhooks if each.type == "alert.created"]
    pages, planted = publishers.pages, publishers.planted
    assert sorted(told) == planted
    assert {asked[url] for url in pages} == {1}
    found = sum(said["new"] for said in first.said + second.said if said["event"] == "articles found")
    assert found == len(pages)
    with Database(upgraded_postgres_url) as database, database.read() as session:
        counts = [
            session.exec(select(func.count()).select_from(table)).one()
            for table in (Article, EntryRow, Alert, Notification, Attempt)
        ]
        assert counts == [len(pages), len(pages), *[len(planted)] * 3]
        assert set(session.exec(select(Article.state))) == {ArticleState.MATCHED}
        assert set(session.exec(select(Notification.state))) == {NotificationState.SENT}
        assert not session.exec(select(Article.id).where(col(Article.story_id).is_(None))).all()
