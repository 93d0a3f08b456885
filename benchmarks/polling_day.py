"""A simulated day of 10,000 feeds at their own rhythm, in one process: CPU, requests, and memory as the polls add up.

    python -m benchmarks.polling_day [--json] [--feeds 10000] [--hours 24] [--most-polls 0]

The clock is simulated and jumps to the next feed that is due; requests, parsing and storage are real. Each feed has one new entry
an hour. With `--most-polls` the day ends early.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
from datetime import UTC, datetime, timedelta

import structlog
import uvloop
from sqlmodel import Session, col, func, select

from benchmarks.polling_cost import Meter, memory_of_family
from benchmarks.polling_fetch import OPTIONS
from benchmarks.polling_server import Answers, Server, feed_urls, server
from benchmarks.polling_whole import SETTINGS
from crawler.fetch import Fetcher
from crawler.polling import PollReport
from crawler.pool import CpuPool
from service.process import Watchers, assemble_crawler
from service.provision import add_outlet
from storage.engine import Database
from storage.migrate import upgrade
from storage.queries.leases import new_owner
from storage.tables import Feed, FeedState

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(seconds=20)
"""The clock's smallest jump: what falls due within it is polled together."""


class Day:
    """The feeds, the clock, and what was counted."""

    def __init__(self, served: Server, feeds: int, most_polls: int) -> None:
        self._served = served
        self._urls = feed_urls(served.port, feeds)
        self._most_polls = most_polls
        self._wake = asyncio.Event()
        self.now = START
        self.polls = self.failed = self.new = 0
        self.memory_mb: dict[int, float] = {}

    def note(self, report: PollReport) -> None:
        """Counts a poll, and the memory after each ten thousand."""
        self.polls += 1
        self.new += report.new_articles
        self.failed += report.error is not None
        if self.polls % 10_000 == 0:
            self.memory_mb[self.polls] = round(memory_of_family() / 1e6, 1)

    async def run(self, end: datetime, folder: str) -> None:
        """Lives the day."""
        with Database(f"sqlite:///{folder}/day.db") as database:
            upgrade(database)
            with database.write() as session:
                for number, url in enumerate(self._urls):
                    add_outlet(
                        session,
                        name=f"Office {number}",
                        site="",
                        feeds=[url],
                        language="en",
                        country=None,
                        interval=timedelta(minutes=15),
                        now=START,
                    )
            async with CpuPool() as pool, Fetcher(OPTIONS) as fetcher:
                poller, _pages = assemble_crawler(
                    SETTINGS,
                    database,
                    fetcher,
                    pool,
                    owner=new_owner(),
                    clock=lambda: self.now,
                    watchers=Watchers(on_poll=self.note),
                    hint=self._wake.set,
                )
                hour = -1
                while self.now < end and not 0 < self._most_polls <= self.polls:
                    if (since := int((self.now - START) / timedelta(hours=1))) != hour:
                        hour = since
                        self._served.answer(Answers(version=hour))
                    self._wake.clear()
                    if await poller.step():
                        await self._wake.wait()
                        continue
                    await poller.settle()
                    if not await poller.step():
                        due = await database.reading(_next_due)
                        self.now = max(self.now + STEP, due)
                await poller.settle()


def _next_due(session: Session) -> datetime:
    active = col(Feed.state) == FeedState.ACTIVE
    due = session.exec(select(func.min(Feed.next_poll_at)).where(active)).one()
    assert isinstance(due, datetime)
    return due


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--most-polls", type=int, default=0, help="end after so many polls")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with server() as served, tempfile.TemporaryDirectory() as folder:
        served.requests()
        day = Day(served, arguments.feeds, arguments.most_polls)
        end = START + timedelta(hours=arguments.hours)
        with Meter() as meter:
            uvloop.run(day.run(end, folder))
        figures = {
            "feeds": arguments.feeds,
            "simulated_hours": round((day.now - START) / timedelta(hours=1), 2),
            "polls": day.polls,
            "requests": served.requests(),
            "new_articles": day.new,
            "failed": day.failed,
            "seconds": round(meter.seconds, 1),
            "cpu_seconds": round(meter.cpu, 1),
            "memory_mb": day.memory_mb,
        }
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:16} {figure}")


if __name__ == "__main__":
    main()
