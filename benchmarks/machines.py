"""Many processes on one PostgreSQL: CPU per article by role, the database's CPU and statements, and who waits for locks.

    python -m benchmarks.machines [--json] [--processes 1,2,4,8] [--rounds 3] [--pages 181]

A process polls, groups and sends each; 1, 2, 4 and 8 processes read, and as many match. Each is `tocsin run --only ROLE`, over
a server on loopback that is the outlets, with real pages (from the folder that TOCSIN_DATA names), and the webhook. CPU is what
the processes and their workers were charged by the kernel, so that it means the same however busy the machine is; seconds on
the clock are told and mean little. Beside it the same pages are read by so many processes at once that do nothing else: on two
cores more processes take more CPU for the same work, since they drive each other out of the caches. Waits are what
`pg_stat_activity` says, looked at every 50 ms. Statements are counted in a batch of their own, since they are written into the
server's log for it. What is read again later, as where a busy machine let a robots.txt time out, is left out of the count.
"""

from __future__ import annotations

import asyncio
import html
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import psycopg
from aiohttp import web

from benchmarks.real_data import data_folder, news_pages
from benchmarks.report import options, report
from crawler.errors import ExtractionError
from crawler.urls import host_of
from crawler.worker import read_page
from storage.engine import Database
from storage.migrate import upgrade
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet
from tests.databases import patiently, start_postgres

ROLES = ("poll", "read", "match", "group", "send")
SHARED = ("read", "match")
"""The roles of which there are several processes."""
OUTLETS = 60
ALONE = 60
"""Pages that each process reads where reading is measured by itself."""
LOOK = 0.05
"""Seconds between two looks at who waits."""
CONNECTIONS = 400
"""Of the server: 19 processes have more than the 100 that it has by default."""
LONGEST = 1_800
"""Seconds until a batch is given up."""
SETTINGS = """
[storage]
url = "{url}"
[crawler]
proxy = "http://127.0.0.1:{port}"
interval = "6h"
min_interval = "6h"
max_interval = "6h"
per_host_delay = "0s"
allow_networks = ["127.0.0.0/8"]
timeout = "120s"
[[channels]]
name = "hook"
type = "webhook"
url = "http://127.0.0.1:{port}/hook"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
allow_networks = ["127.0.0.0/8"]
[[watch]]
name = "Benchmark"
channels = ["hook"]
actors = [{{ name = "Donald Trump", surname = true }}, {{ name = "Emmanuel Macron", surname = true }}]
topics = [{{ name = "Economy", query = "bank OR inflation OR market" }}, {{ name = "Justice", query = "court OR police" }}]
"""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Fleet:
    """The processes of one measurement, by role."""

    url: str
    port: int
    folder: Path
    pids: dict[str, list[int]]
    postmaster: int

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds of each role with its workers, and of the database, up to now."""
        children = _processes()
        found = {role: sum(_tree(pid, children) for pid in pids) for role, pids in self.pids.items()}
        return {**found, "database": _tree(self.postmaster, children)}


class Looker(threading.Thread):
    """Looks again and again at what each role's connections wait for."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url, self._over = url, threading.Event()
        self.looks = 0
        self.connections: Counter[str] = Counter()
        """The most that each role had at a time."""
        self.seen: Counter[tuple[str, str]] = Counter()

    def run(self) -> None:
        """Look until it is told to end."""
        query = """select split_part(application_name, '/', 1), coalesce(wait_event_type, 'CPU') from pg_stat_activity
                   where backend_type = 'client backend' and state = 'active' and pid <> pg_backend_pid()"""
        every = """select split_part(application_name, '/', 1), count(*) from pg_stat_activity
                   where backend_type = 'client backend' group by 1"""
        with psycopg.connect(self._url, autocommit=True, application_name="looker") as connection:
            while not self._over.wait(LOOK):
                self.looks += 1
                if self.looks % 20 == 1:
                    self.connections |= Counter(dict(connection.execute(every).fetchall()))
                self.seen.update((name, kind) for name, kind in connection.execute(query).fetchall())

    def end(self) -> None:
        """Stop looking."""
        self._over.set()
        self.join()


def serve(pages: Sequence[bytes], pipe: Connection) -> None:
    """Be the outlets and the webhook, as the crawler's proxy: the feeds are told by batches that come over the pipe."""
    feeds: dict[str, bytes] = {}

    async def answer(request: web.BaseRequest) -> web.Response:
        host, path = request.headers["Host"], request.url.path
        if path == "/rss":
            return web.Response(body=feeds.get(host, _feed(host, ())), content_type="application/rss+xml")
        if path.startswith("/a/"):
            return web.Response(
                body=pages[int(path.rpartition("/")[2]) % len(pages)], content_type="text/html"
            )
        return web.Response(status=204 if path == "/hook" else 404)

    async def run() -> None:
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        while (batch := await asyncio.get_running_loop().run_in_executor(None, pipe.recv)) is not None:
            feeds.update({host: _feed(host, numbers) for host, numbers in batch.items()})
            pipe.send(None)

    asyncio.run(run())


def _feed(host: str, numbers: Sequence[int]) -> bytes:
    now = format_datetime(datetime.now(UTC))
    items = "".join(
        f"<item><title>Article {number} of {html.escape(host)}</title><link>http://{host}/a/{number}</link>"
        f"<guid>{number}</guid><pubDate>{now}</pubDate></item>"
        for number in numbers
    )
    return f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'.encode()


def read_alone(pages: Sequence[bytes], begin: Barrier, answer: Connection) -> None:
    """Read pages as a worker does, and nothing else, at the same time as others; answer the CPU milliseconds of a page."""
    for body in pages:  # the first time each loads what it needs
        _read(body)
    begin.wait()
    before = time.process_time()
    for body in pages:
        _read(body)
    answer.send(1000 * (time.process_time() - before) / len(pages))


def _read(body: bytes) -> None:
    with suppress(ExtractionError):
        read_page(body, "http://outlet0.example/a/0", "text/html")


def _alone(pages: Sequence[bytes], count: int) -> float:
    """Return the CPU milliseconds of a page in so many processes at once: what the machine itself takes for their being many."""
    spawn = multiprocessing.get_context("spawn")
    begin, answers = spawn.Barrier(count), [spawn.Pipe() for _process in range(count)]
    processes = [
        spawn.Process(target=read_alone, args=(pages[:ALONE], begin, answer), daemon=True)
        for _ours, answer in answers
    ]
    for process in processes:
        process.start()
    found = [float(ours.recv()) for ours, _answer in answers]
    for process in processes:
        process.join()
    return sum(found) / count


def measure(counts: Sequence[int], rounds: int, most: int) -> dict[str, Any]:
    """Return the figures for each number of reading and of matching processes, with so many pages a batch at most."""
    pages = [body for body, _url in news_pages(data_folder())][:most]
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(pages, theirs), daemon=True)
    server.start()
    port = int(ours.recv())
    results = {}
    with _postgres() as (address, postmaster, log), tempfile.TemporaryDirectory() as folder:
        with Database(address("template")) as database:
            upgrade(database)
        for count in counts:
            name = f"machines_{count}"
            with psycopg.connect(address("postgres", plain=True), autocommit=True) as connection:
                connection.execute(f"create database {name} template template_tocsin")
            with _fleet(address(name), port, Path(folder), count, postmaster) as fleet:
                found = _measured(fleet, address(name, plain=True), ours, len(pages), rounds, log)
            found["cpu_ms_per_page_of_reading_alone"] = round(_alone(pages, count), 2)
            results[str(count)] = found
            print(f"{count}: {results[str(count)]}", file=sys.stderr, flush=True)
    ours.send(None)
    server.join(5)
    return results


def _measured(fleet: Fleet, url: str, pipe: Connection, pages: int, rounds: int, log: Path) -> dict[str, Any]:
    """Measure a fleet: a batch warms it, one is measured, and of one the statements are counted."""
    _publish(fleet, pipe, range(pages), first=True)
    _until(lambda: _is_done(url, pages), "the first batch")
    idle_from = fleet.cpu()
    began = time.monotonic()
    time.sleep(5)  # how much they spend where nothing comes
    idle_for = time.monotonic() - began
    before, looker, read_before = fleet.cpu(), Looker(url), _finished(url)
    idle = {role: (before[role] - idle_from[role]) / idle_for for role in before}
    looker.start()
    began = time.monotonic()
    _publish(fleet, pipe, range(pages, pages * (1 + rounds)))
    _until(lambda: _is_done(url, pages * (1 + rounds)), "the measured batch")
    seconds = time.monotonic() - began
    spent = {role: cpu - before[role] for role, cpu in fleet.cpu().items()}
    looker.end()
    articles = _finished(url) - read_before
    sent = _ask(url, "select count(*) from notification where state = 'sent'")
    statements = _statements(fleet, url, pipe, pages, rounds, log)
    for role in ROLES:
        if not (looker.connections[role] and statements[role]):
            raise SystemExit(f"no connection or statement of {role} was seen: its figures would mean nothing")
    active = Counter[str]()
    for (role, _kind), count in looker.seen.items():
        active[role] += count
    return {
        "articles": articles,
        "notifications_sent_in_all": sent,
        "clock_seconds": round(seconds, 1),
        "cpu_ms_per_article": {role: round(1000 * cpu / articles, 2) for role, cpu in spent.items()},
        "idle_cpu_ms_per_second": {role: round(1000 * cpu, 1) for role, cpu in idle.items()},
        "cpu_ms_per_article_without_idle": {
            role: round(1000 * (cpu - idle[role] * seconds) / articles, 2) for role, cpu in spent.items()
        },
        "statements_per_article": {role: round(n / pages, 2) for role, n in statements.items()},
        "connections": {role: looker.connections[role] for role in ROLES},
        "looks": looker.looks,
        "lock_wait_of_the_time": {
            role: round(looker.seen[role, "Lock"] / (looker.looks * len(fleet.pids[role])), 5)
            for role in ROLES
        },
        "lock_wait_of_active": {
            role: round(looker.seen[role, "Lock"] / active[role], 5) if active[role] else 0.0
            for role in ROLES
        },
    }


def _statements(fleet: Fleet, url: str, pipe: Connection, pages: int, rounds: int, log: Path) -> Counter[str]:
    """Return how many statements each role gives the database for so many articles as there are pages."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in (("log_line_prefix", "%a|"), ("log_statement", "all")):
            connection.execute(f"alter system set {name} = '{value}'")
        connection.execute("select pg_reload_conf()")
        start = log.stat().st_size
        first = pages * (1 + rounds)
        _publish(fleet, pipe, range(first, first + pages))
        _until(lambda: _is_done(url, first + pages), "the batch whose statements are counted")
        connection.execute("alter system reset log_statement")
        connection.execute("select pg_reload_conf()")
    found = Counter[str]()
    with log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(start)
        for line in lines:
            name, _bar, rest = line.partition("|LOG:  ")
            role = name.partition("/")[0]  # a service says which one it is after its name
            if role in ROLES and rest.startswith(("execute ", "statement: ")):
                words = rest.partition(": ")[2].split(maxsplit=1)
                found[role] += bool(words) and words[0].upper() not in ("BEGIN", "COMMIT", "ROLLBACK")
    return found


def _publish(fleet: Fleet, pipe: Connection, numbers: range, *, first: bool = False) -> None:
    """Put articles into the feeds, which are due at once."""
    batch = {f"outlet{place}.example": list(numbers[place::OUTLETS]) for place in range(OUTLETS)}
    pipe.send(batch)
    pipe.recv()
    now = datetime.now(UTC)
    with Database(fleet.url) as database, database.write() as session:
        if first:
            for host in batch:
                address = f"http://{host}/rss"
                values = OutletValues(host, feeds=(address,))
                put_outlet(
                    session,
                    values,
                    {address: host_of(address)},
                    number=None,
                    interval=timedelta(hours=6),
                    now=now,
                )
        else:
            session.connection().exec_driver_sql("update feed set next_poll_at = now()")


def _is_done(url: str, articles: int) -> bool:
    """Return whether nine in ten of so many articles were found, and nothing is left to do with any but what is put off."""
    waiting = """select (select count(*) from article),
                        (select count(*) from article where (state = 'found' and coalesce(next_fetch_at, now()) <= now())
                         or lease_until > now() or matched_version < version or grouped_version < matched_version)
                        + (select count(*) from feed where next_poll_at <= now() or lease_until > now()),
                        (select count(*) from notification where state in ('queued', 'sending'))"""
    with psycopg.connect(url, autocommit=True) as connection:
        found, unfinished, queued = connection.execute(waiting).fetchone() or (0, 1, 1)
    return bool(found >= 0.9 * articles and unfinished == 0 and queued == 0)


def _finished(url: str) -> int:
    return _ask(url, "select count(*) from article where read_at is not null and state = 'matched'")


def _ask(url: str, query: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        return int((connection.execute(query).fetchone() or (0,))[0])


def _until(condition: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > ends:
            raise SystemExit(f"{what} was not done within {LONGEST} s")
        time.sleep(0.5)


@contextmanager
def _fleet(url: str, port: int, folder: Path, count: int, postmaster: int) -> Iterator[Fleet]:
    """Run the processes of one measurement, until each has said that it is there."""
    started: list[subprocess.Popen[bytes]] = []
    pids: dict[str, list[int]] = {role: [] for role in ROLES}
    try:
        for role in ROLES:
            file = folder / f"{count}-{role}.toml"
            file.write_text(
                SETTINGS.format(url=f"{url}&application_name={role}", port=port), encoding="utf-8"
            )
            file.chmod(0o600)
            for _number in range(count if role in SHARED else 1):
                command = [sys.executable, "-m", "service", "run", "--settings", str(file), "--only", role]
                with (folder / f"{count}-{role}.log").open("ab") as log:
                    process = subprocess.Popen(command, stdout=log, stderr=log)
                started.append(process)
                pids[role].append(process.pid)
        plain = url.replace("postgresql+psycopg", "postgresql")
        wanted = len(started)
        _until(lambda: _ask(plain, "select count(*) from running_service") >= wanted, "the start")
        yield Fleet(url, port, folder, pids, postmaster)
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(60)


@contextmanager
def _postgres() -> Iterator[tuple[Callable[..., str], int, Path]]:
    """Run a server; give what says a database's address, its first process, and its log."""
    folder = tempfile.mkdtemp(prefix="tocsin-bench-")  # not in ours: its server may run as another user
    server = start_postgres(folder)

    def address(name: str, *, plain: bool = False) -> str:
        database = "template_tocsin" if name == "template" else name
        return f"postgresql{'' if plain else '+psycopg'}://postgres:@/{database}?host={folder}"

    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("create database template_tocsin")
            connection.execute(f"alter system set max_connections = {CONNECTIONS}")
        server.stop()
        patiently(server.start)
        yield address, int(server.get_pid() or 0), Path(folder) / "log"
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _processes() -> Mapping[int, tuple[list[int], float]]:
    """Return of each process its children, and the CPU seconds of it and of those of its children that ended."""
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(") ")[2].split()
        except OSError:  # it ended
            continue
        spent[int(entry.name)] = sum(map(int, fields[11:15])) / _TICKS
        children.setdefault(int(fields[1]), []).append(int(entry.name))
    return {pid: (children.get(pid, []), cpu) for pid, cpu in spent.items()}


def _tree(pid: int, processes: Mapping[int, tuple[list[int], float]]) -> float:
    if pid not in processes:
        raise SystemExit(f"process {pid} ended; see its log")
    children, cpu = processes[pid]
    return cpu + sum(_tree(child, processes) for child in children)


def main() -> None:
    """Measure and print."""
    parser = options(__doc__, rounds=3)
    parser.add_argument("--processes", default="1,2,4,8", help="how many read, and how many match")
    parser.add_argument("--pages", type=int, default=181, help="pages in a batch")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_what: sys.exit(1))  # the processes are ended all the same
    counts = [int(part) for part in arguments.processes.split(",")]
    found = measure(counts, arguments.rounds, arguments.pages)
    rates = {count: one["cpu_ms_per_article_without_idle"]["read"] for count, one in found.items()}
    alone = {count: one["cpu_ms_per_page_of_reading_alone"] for count, one in found.items()}
    first, bare = next(iter(rates.values())), next(iter(alone.values()))
    figures = {
        "processes": found,
        "reading_to_one_process": {count: round(rate / first, 3) for count, rate in rates.items()},
        "reading_alone_to_one_process": {count: round(rate / bare, 3) for count, rate in alone.items()},
        "longest_lock_wait_of_the_time": max(
            share for one in found.values() for share in one["lock_wait_of_the_time"].values()
        ),
    }
    report(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
