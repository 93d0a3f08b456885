"""A simulated day of 1,000 outlets with faults: memory, open files, the database's size, lines of the log, and the books.

    python -m benchmarks.faults_day [--outlets 1000] [--hours 24] [--seed 1] [--calm] [--json]

The clock is simulated and jumps to what is due next; requests, parsing, matching, delivery and storage are real, and the
service's stages run in one process of their own for the whole day. One in thirty of the outlets' answers is a fault (errors,
broken and cut off documents, connections that are closed), for an hour all of them are; the receivers refuse now and then; a
worker is killed and the database locked by another every hour. With --calm nothing of this happens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sqlite3
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import uvloop
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from benchmarks.cost import memory_of_family
from benchmarks.report import options, report
from service.demo.receivers import MailReceiver, WebhookReceiver
from service.logs import configure_logging
from service.process import Service, open_service
from service.settings import load_settings
from service.watchdog import Watchdog
from storage.tables import Article, ArticleState, Feed, FeedState, Notification, NotificationState
from tests.faults.books import count
from tests.faults.control import Control
from tests.faults.outlets import NAME, Planted
from tests.faults.world import SECRET, TELLING
from tests.replay.outlets import ReplayOutlets

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(seconds=30)
"""The clock's smallest jump: what falls due within it is done together."""
GAP = timedelta(hours=8)
"""Between two articles of an outlet."""
SHOWN = 8
FAULTY = 1 / 30
OUTAGE = (timedelta(hours=5), timedelta(hours=6))
SETTLING = timedelta(hours=36)
"""After the day nothing new is published, and what was put off is done: at most for so long."""

LOGGED = re.compile(r"\S+ \S+ \[\w+ *\] (.*?)(?=\s+\w+=|\s*$)")
"""A line of the log, with its event."""

SETTINGS = (
    """
[storage]
url = "sqlite:///{folder}/day.db"
[crawler]
proxy = "{proxy}"
interval = "3h"
min_interval = "1h"
timeout = "5s"
recheck = []
allow_networks = ["127.0.0.1/32"]
"""
    + TELLING
)


class Outlets(ReplayOutlets):
    """Outlets whose articles follow the simulated clock. Each carries its whole text in its feed."""

    def __init__(
        self, outlets: int, control: Control, end: datetime, dice: random.Random, *, calm: bool
    ) -> None:
        super().__init__()
        self.served: dict[str, Planted] = {}
        self.faults = 0
        self._control, self._end, self._dice, self._calm = control, end, dice, calm
        for host in range(outlets):
            self.script[f"http://outlet{host}.example/rss"] = [self._answer(host, host / outlets)]

    def _answer(self, host: int, phase: float):  # type: ignore[no-untyped-def]  # noqa: ANN202
        def answer(request: web.BaseRequest) -> web.StreamResponse | Awaitable[web.StreamResponse]:
            now = min(self._control.now(), self._end)
            faulty = OUTAGE[0] <= now - START < OUTAGE[1] or self._dice.random() < FAULTY
            if faulty and not self._calm:
                self.faults += 1
                return self._fault(request)
            last = int((now - START) / GAP + phase) + 1
            if request.headers.get("If-None-Match") == f'"{last}"':
                return web.Response(status=304)
            articles = [planted(host, number) for number in range(max(0, last - SHOWN), last)]
            self.served.update((article.url, article) for article in articles)
            dates = [START + (number - phase) * GAP for number in range(max(0, last - SHOWN), last)]
            return web.Response(body=document(host, articles, dates), headers={"ETag": f'"{last}"'})

        return answer

    def _fault(self, request: web.BaseRequest) -> web.Response:
        kind = self._dice.choice(["500", "503", "404", "closed", "cut", "noise", "empty"])
        if kind == "closed" and request.transport is not None:
            request.transport.close()
        if kind.isdigit():
            return web.Response(status=int(kind), headers={"Retry-After": "600"} if kind == "503" else {})
        return web.Response(
            body={"cut": b"<rss><channel><item><tit", "noise": self._dice.randbytes(900)}.get(kind, b"")
        )


def planted(host: int, number: int) -> Planted:
    """Return an article; one in three names the tracked person."""
    named = (host + number) % 3 == 0
    title = f"{NAME} at meeting {number}" if named else f"Report {number}"
    return Planted(f"http://outlet{host}.example/a/{number}", f"{title} of office {host}", in_title=named)


def document(host: int, articles: list[Planted], dates: list[datetime]) -> bytes:
    """Return the feed of articles that were published then."""
    items = "".join(
        f"<item><guid>{article.url}</guid><link>{article.url}</link><title>{article.title}</title><description>"
        + f"Round {article.url}: he spoke of fisheries, of ports and of talks. " * 30
        + f"</description><pubDate>{format_datetime(date)}</pubDate></item>"
        for article, date in reversed(list(zip(articles, dates, strict=True)))
    )
    return f"<rss version='2.0'><channel><title>Outlet {host}</title>{items}</channel></rss>".encode()


async def drive(settings_file: Path, control: Control, day: datetime) -> None:
    """Lives the day in this process; prints what it measures, an object an hour."""
    settings, _warnings = load_settings(settings_file)
    configure_logging()
    failed = 0
    end = day + SETTLING
    async with open_service(settings, clock=control.now) as service:
        watchdog = Watchdog(
            service.database, service.parts.site.pulse, service.parts.site.metrics, clock=control.now
        )
        hour = looked = control.now() - timedelta(days=1)
        while control.now() < end:
            try:
                if control.now() >= day and not await service.database.reading(is_open):
                    break
                if control.now() - hour >= timedelta(hours=1):
                    hour = control.now()
                    measure(service, hour, failed)
                    await watchdog.sum_up()
                if control.now() - looked >= timedelta(minutes=10):
                    looked = control.now()
                    await watchdog.look()
                done = await step(service)
                if not done:
                    due = await service.database.reading(next_due)
                    control.offset += max(STEP, due - control.now())
            except SQLAlchemyError:  # as the service does: it is tried again
                failed += 1
        measure(service, control.now(), failed)


async def step(service: Service) -> int:
    """Has each stage do what is due; return how much it was."""
    done = 0
    for stage in (service.parts.poller, service.parts.pages):
        done += await stage.step()
        await stage.settle()
    for each in (service.parts.matching, service.parts.grouping, service.parts.indexer, service.parts.health):
        done += await each.step()
    done += await service.parts.sender.step()
    await service.parts.sender.drain(timedelta(seconds=30))
    return done


def is_open(session: Session) -> bool:
    """Return whether an article or a notification still waits."""
    waiting = (NotificationState.QUEUED, NotificationState.SENDING)
    articles = session.exec(
        select(Article.id).where(col(Article.state) != ArticleState.MATCHED).limit(1)
    ).first()
    unsent = session.exec(
        select(Notification.id).where(col(Notification.state).in_(waiting)).limit(1)
    ).first()
    return articles is not None or unsent is not None


def next_due(session: Session) -> datetime:
    """Return when something is due next."""
    times = [
        session.exec(select(func.min(Feed.next_poll_at)).where(col(Feed.state) == FeedState.ACTIVE)).one(),
        session.exec(
            select(func.min(Article.next_fetch_at)).where(col(Article.state) == ArticleState.FOUND)
        ).one(),
        session.exec(
            select(func.min(Notification.due_at)).where(col(Notification.state) == NotificationState.QUEUED)
        ).one(),
    ]
    return min(time for time in times if time is not None)


def own_memory_mb() -> float:
    """Return the resident memory of this process alone: workers are renewed."""
    status = Path("/proc/self/status").read_text()
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1e3, 1)


def measure(service: Service, now: datetime, failed: int) -> None:
    """Print one line for the harness."""
    path = service.database.path
    assert path is not None
    figures = {
        "hour": round((now - START) / timedelta(hours=1), 2),
        "memory_mb": own_memory_mb(),
        "with_workers_mb": round(memory_of_family() / 1e6, 1),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "database_mb": round(sum(file.stat().st_size for file in path.parent.glob("day.db*")) / 1e6, 1),
        "steps_that_the_database_failed": failed,
    }
    print(json.dumps(figures), flush=True)


async def spoil(
    process: Process, folder: Path, hook: WebhookReceiver, mail: MailReceiver, dice: random.Random
) -> None:
    """An hour's faults: a worker is killed, the database locked by another, receivers refuse."""
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for parent in (await asyncio.to_thread(found.read_text)).split():
        below = Path(f"/proc/{parent}/task/{parent}/children")
        for worker in (await asyncio.to_thread(below.read_text)).split()[:1]:
            with suppress(ProcessLookupError):
                os.kill(int(worker), signal.SIGKILL)
    connection = sqlite3.connect(folder / "day.db", isolation_level=None, timeout=30, check_same_thread=False)
    with suppress(sqlite3.OperationalError):
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        await asyncio.sleep(0.5)
        connection.execute("ROLLBACK")
    connection.close()
    hook.statuses = [dice.choice([204, 500, 503, 429]) for _ in range(20)]
    mail.answer = dice.choice(["250 OK", "250 OK", "451 try again"])


async def run(outlets: int, hours: float, seed: int, *, calm: bool) -> dict[str, object]:
    """Run it; return the figures."""
    dice = random.Random(seed)
    end = START + timedelta(hours=hours)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        control = Control(folder / "control")
        control.offset = START - datetime.now(UTC)
        served = Outlets(outlets, control, end, dice, calm=calm)
        async with served, MailReceiver() as mail, WebhookReceiver(SECRET) as hook:
            settings = folder / "settings.toml"
            text = SETTINGS.format(
                folder=folder, proxy=served.proxy, smtp=mail.port, hook=hook.url, secret=SECRET, name=NAME
            )
            text += "".join(
                f'[[outlets]]\nname = "O{host}"\nfeeds = ["http://outlet{host}.example/rss"]\n'
                for host in range(outlets)
            )
            settings.write_text(text, encoding="utf-8")
            log = folder / "log"
            with log.open("wb") as lines:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "benchmarks.faults_day", "--drive", str(folder)),
                    *("--hours", str(hours)),
                    stdout=PIPE,
                    stderr=lines,
                )
                measured = []
                assert process.stdout is not None
                async for line in process.stdout:
                    measured.append(json.loads(line))
                    if measured[-1]["hour"] >= hours:
                        hook.statuses, mail.answer = [], "250 OK"
                    elif not calm:
                        await spoil(process, folder, hook, mail, dice)
                await process.wait()
            books = count(f"sqlite:///{folder}/day.db", served.served, hook, mail)
            written = log.read_text(errors="replace").splitlines()
        first = next(row for row in measured if row["hour"] >= 1)
        return {
            "outlets": outlets,
            "simulated_hours": measured[-1]["hour"],
            "seed": seed,
            "exit": process.returncode,
            "requests": len(served.asked),
            "faulty_answers": served.faults,
            "memory_mb": [first["memory_mb"], measured[-1]["memory_mb"]],
            "with_workers_mb": [first["with_workers_mb"], measured[-1]["with_workers_mb"]],
            "files": [first["files"], measured[-1]["files"]],
            "database_mb": [first["database_mb"], measured[-1]["database_mb"]],
            "steps_that_the_database_failed": measured[-1]["steps_that_the_database_failed"],
            "log_lines": len(written),
            "log": dict(Counter(match[1] for match in map(LOGGED.match, written) if match).most_common()),
            "tracebacks": sum("Traceback" in line for line in written),
            **asdict(books),
        }


def main() -> None:
    """Measure and print."""
    parser = options(__doc__)
    parser.add_argument("--outlets", type=int, default=1_000)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calm", action="store_true", help="without faults: what a normal day's log holds")
    parser.add_argument("--drive", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.drive is not None:
        control = Control(arguments.drive / "control")
        end = START + timedelta(hours=arguments.hours)
        uvloop.run(drive(arguments.drive / "settings.toml", control, end))
        return
    figures = asyncio.run(run(arguments.outlets, arguments.hours, arguments.seed, calm=arguments.calm))
    report(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
