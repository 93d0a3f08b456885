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

from aiohttp import web
from sqlalchemy import func
from sqlmodel import col, select

from service.demo.receivers import WebhookReceiver
from storage.engine import Database
from storage.tables import Alert, Article, ArticleState, Attempt, Entry, Notification, NotificationState
from tests.replay.conftest import SECRET
from tests.replay.outlets import Answer, ReplayOutlets, feed, page, paragraphs

HOSTS = 4
ROUNDS = 6
EACH_ROUND = 2
"""Articles that a feed has more at each poll; the first of them is told of."""
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
        return [said for said in self.said if said["level"] in ("warning", "error")]


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


def growing(host: int) -> Answer:
    """A feed that has two articles more at each poll, until it has all."""
    polls = 0

    def answer(request: web.BaseRequest) -> web.StreamResponse | Awaitable[web.StreamResponse]:
        nonlocal polls
        polls = min(polls + 1, ROUNDS)
        items = [(address(host, number), f"Report {number}") for number in range(polls * EACH_ROUND)]
        return feed(*reversed(items), etag=f'"{polls} more"')(request)

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
    numbers = range(ROUNDS * EACH_ROUND)
    pages = {address(host, number): article(host, number) for host in range(HOSTS) for number in numbers}
    planted = {url for url in pages if int(url.rpartition("/")[2]) % EACH_ROUND == 0}
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
        for url, answer in pages.items():
            outlets.script[url] = [answer]
        async with service(settings) as first, service(settings) as second:
            async with asyncio.timeout(180):
                await first.started.wait()
                await second.started.wait()
            for host, url in enumerate(feeds):
                outlets.script[url] = [growing(host)]
            await hook.wait_for(lambda: len(hook.webhooks) >= len(planted), seconds=300)
            before = {url: outlets.times(url) for url in feeds}
            await outlets.wait_for(
                lambda: all(outlets.times(url) >= before[url] + 2 for url in feeds), seconds=120
            )
        asked = Counter(url for url, _etag in outlets.asked)
    assert first.troubles == second.troubles == []
    told = [webhook.data["article"]["url"] for webhook in hook.webhooks]
    assert sorted(told) == sorted(planted)
    assert {asked[url] for url in pages} == {1}
    for events in ("articles found", "alert created", "notification sent"):
        assert min(first.count(events), second.count(events)) > 0, events
    found = sum(said["new"] for said in first.said + second.said if said["event"] == "articles found")
    assert found == len(pages)
    with Database(upgraded_postgres_url) as database, database.read() as session:
        counts = [
            session.exec(select(func.count()).select_from(table)).one()
            for table in (Article, Entry, Alert, Notification, Attempt)
        ]
        assert counts == [len(pages), len(pages), *[len(planted)] * 3]
        assert set(session.exec(select(Article.state))) == {ArticleState.MATCHED}
        assert set(session.exec(select(Notification.state))) == {NotificationState.SENT}
        assert not session.exec(select(Article.id).where(col(Article.story_id).is_(None))).all()
