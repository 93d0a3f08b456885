"""A simulated day of 10,000 feeds at their own rhythm, in one process: CPU, requests, and memory as the polls add up.

    python -m benchmarks.polling_day [--json] [--feeds 10000] [--hours 24] [--polls 0] [--match]

The clock is simulated and jumps to the next feed that is due. The service is assembled whole; requests, parsing and storage are
real. The feeds publish as `polling_server` says, from every half hour to once a day; at first each shows its last thirty entries.
Ten thousand feeds are polled some 400,000 times a day; a line to standard error tells of each simulated hour. With `--polls` the
time goes on until there were so many. With `--match` every article is matched and indexed too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
import uvloop
from sqlmodel import Session, col, func, select

from benchmarks.polling_cost import Meter, cpu_of_family, in_own_process, memory_of_family
from benchmarks.polling_server import FIRST, Answers, Server, feed_urls, server
from benchmarks.polling_whole import add_feeds, settings_in
from crawler.poll.poller import PollReport
from service.assembly import Watchers
from service.process import BREATH, Service, open_service
from storage.tables import Feed, FeedState

STEP = timedelta(minutes=1)
"""The clock's smallest jump: what falls due within it is polled together."""
SAMPLE = 10_000
"""Polls between two looks at the memory."""


@dataclass(slots=True)
class Day:
    """The clock, and what was counted."""

    now: datetime = FIRST
    polls: int = 0
    unchanged: int = 0
    failed: int = 0
    new: int = 0
    matched: int = 0
    memory_mb: dict[int, float] = field(default_factory=dict)
    """The service's memory, its processes together, by the number of polls."""

    def note(self, report: PollReport) -> None:
        """Count a poll."""
        self.polls += 1
        self.new += report.new_articles
        self.unchanged += not report.entries
        self.failed += report.error is not None
        if self.polls % SAMPLE == 0:
            self.memory_mb[self.polls] = round(memory_of_family() / 1e6, 1)


async def live(
    day: Day, served: Server, feeds: int, hours: float, polls: int, match: bool, folder: str
) -> None:
    """Lives the day: so many hours, or until there were so many polls."""
    end, told = FIRST + timedelta(hours=hours), FIRST
    wake = asyncio.Event()

    def note(report: PollReport) -> None:
        day.note(report)
        wake.set()

    watchers = Watchers(on_poll=note)
    async with open_service(settings_in(folder), watchers=watchers, clock=lambda: day.now) as service:
        await service.database.writing(
            lambda session: add_feeds(session, feed_urls(served.port, feeds), now=FIRST)
        )
        while day.polls < polls if polls else day.now < end:
            if day.now >= told:
                print(
                    f"{day.now:%a %H:%M} {day.polls} polls, {cpu_of_family():.0f} s of CPU, "
                    f"{memory_of_family() / 1e6:.0f} MB",
                    file=sys.stderr,
                )
                told += timedelta(hours=1)
            served.answer(Answers(seconds=(day.now - FIRST).total_seconds()))
            await _poll_due(service, wake)
            while match and (
                done := await service.parts.matching.step()
                + await service.parts.grouping.step()
                + await service.parts.indexer.step()
            ):
                day.matched += done
            due = await service.database.reading(_next_due)
            day.now = max(day.now + STEP, due)


async def _poll_due(service: Service, wake: asyncio.Event) -> None:
    """Poll until nothing is due, as the running service does."""
    while True:
        wake.clear()
        if not await service.parts.poller.step():
            await service.parts.poller.settle()
            if not await service.parts.poller.step():
                return
        await wake.wait()
        await asyncio.sleep(BREATH.total_seconds())


def _next_due(session: Session) -> datetime:
    active = col(Feed.state) == FeedState.ACTIVE
    due = session.exec(select(func.min(Feed.next_poll_at)).where(active)).one()
    assert isinstance(due, datetime)
    return due


def measure(served: Server, feeds: int, hours: float, polls: int, match: bool) -> dict[str, object]:
    """Return the figures of a day."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    day = Day()
    with tempfile.TemporaryDirectory() as folder, Meter() as meter:
        uvloop.run(live(day, served, feeds, hours, polls, match, folder))
    if day.failed or served.requests() != day.polls:
        raise RuntimeError(f"{day.failed} polls failed; {served.requests()} requests for {day.polls} polls")
    return {
        "feeds": feeds,
        "simulated_hours": round((day.now - FIRST) / timedelta(hours=1), 2),
        "polls": day.polls,
        "unchanged": day.unchanged,
        "new_articles": day.new,
        "matched": day.matched,
        "seconds": round(meter.seconds, 1),
        "cpu_seconds": round(meter.cpu, 1),
        "memory_mb": day.memory_mb,
        "peak_memory_mb": max(day.memory_mb.values(), default=None),
    }


def main() -> None:
    """Measure and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument(
        "--polls", type=int, default=0, help="go on until there were so many polls, however long"
    )
    parser.add_argument("--match", action="store_true", help="match and index the articles too")
    arguments = parser.parse_args()
    with server() as served:
        figures = in_own_process(
            measure, served, arguments.feeds, arguments.hours, arguments.polls, arguments.match
        )
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:16} {figure}")


if __name__ == "__main__":
    main()
