"""A loopback server for the polling benchmark: 500 hosts (addresses of 127.x) with four feeds each, in a process of its own.

It speaks just enough HTTP/1.1 to cost little, so that the clients are what is measured. What it answers is set over a pipe.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from multiprocessing.connection import Connection
from typing import cast

import uvloop

from benchmarks.polling_real import RealFeed, real_feeds
from benchmarks.real_data import data_folder

HOSTS = 500
FEEDS = 2_000
ITEMS = 30
_PARAGRAPH = (
    "The committee met on Tuesday and heard the report on water, roads and schools. Its chair said that the figures of the last "
    "quarter were better than those of the year before, and that the next meeting will look at what has been left undone. Those "
    "present asked about costs; the answer is expected in writing before the end of the month. "
)


FIRST = datetime(2026, 3, 2, tzinfo=UTC)
"""When the first item was published, the next an hour later and so on."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the server says from now on. Each version of a feed has one item more at the top, and one less at the end."""

    version: int = 0
    validators: bool = True
    """Whether an ETag is sent, and a request with it answered 304."""
    slow_hosts: frozenset[int] = frozenset()
    hung_hosts: frozenset[int] = frozenset()
    slow_seconds: float = 10.0
    real: tuple[int, ...] = ()
    """Which of the real feeds (`benchmarks.polling_real`) the feeds are made of, in turn; none: they are made up."""


def host_of_feed(number: int) -> int:
    """Return the number of the host that a feed is on."""
    return number % HOSTS


def address(host: int) -> str:
    """Return a host's address."""
    return f"127.1.{host // 250}.{host % 250 + 1}"


def feed_urls(port: int, count: int = FEEDS) -> list[str]:
    """Return the feeds' URLs; neighbours are on different hosts."""
    return [f"http://{address(host_of_feed(number))}:{port}/{number}" for number in range(count)]


def feed_body(number: int, version: int) -> bytes:
    """Return a feed of 30 items in about 23 kB."""
    host = f"https://outlet{number}.example"
    items = "".join(
        f"<item><title>Report {item} of office {number}: water, roads and schools &amp; more</title>"
        f"<link>{host}/news/{item}</link><guid isPermaLink='true'>{host}/news/{item}</guid>"
        f"<pubDate>{format_datetime(FIRST + timedelta(hours=item - ITEMS))}</pubDate>"
        f"<category>Council</category><description>&lt;p&gt;{item}. {_PARAGRAPH}&lt;/p&gt;</description></item>"
        for item in range(version + ITEMS, version, -1)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>Office {number}</title><link>{host}/</link><description>Reports</description><language>en</language>"
        f"{items}</channel></rss>"
    ).encode()


@dataclass
class _State:
    answers: Answers = field(default_factory=Answers)
    cache: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    @cached_property
    def real_feeds(self) -> list[RealFeed]:
        return real_feeds(data_folder())

    def body(self, number: int) -> bytes:
        version, real = self.answers.version, self.answers.real
        if real:
            return self.real_feeds[real[number % len(real)]].body(number, version)
        cached = self.cache.get(number)
        if cached is None or cached[0] != version:
            cached = self.cache[number] = (version, feed_body(number, version))
        return cached[1]


class _Connection(asyncio.Protocol):
    def __init__(self, state: _State) -> None:
        self._state = state
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class, not derived from it
        third, fourth = transport.get_extra_info("sockname")[0].split(".")[2:]
        self._host = int(third) * 250 + int(fourth) - 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head, self._received = self._received[:end], self._received[end + 4 :]
            answers = self._state.answers
            if self._host in answers.hung_hosts:
                continue
            if self._host in answers.slow_hosts:
                asyncio.get_running_loop().call_later(answers.slow_seconds, self._answer, head)
                continue
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        answers = self._state.answers
        if self._transport.is_closing():
            return
        path = head.split(b" ", 2)[1]
        if not path[1:].isdigit():
            self._transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        number = int(path[1:])
        etag = b'"%d-%d"' % (number, answers.version)
        if answers.validators and etag in head:
            self._transport.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n")
            return
        body = self._state.body(number)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nServer: bench\r\n"
            b"Date: Mon, 02 Mar 2026 12:00:00 GMT\r\nCache-Control: max-age=60\r\n"
            + (b"ETag: " + etag + b"\r\n" if answers.validators else b"")
            + b"Content-Length: %d\r\n\r\n" % len(body)
            + body
        )


def _serve(pipe: Connection) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        state = _State()
        server = await loop.create_server(lambda: _Connection(state), "0.0.0.0", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        while True:
            message = await loop.run_in_executor(None, pipe.recv)
            if message is None:
                return
            state.answers = message
            pipe.send(True)

    uvloop.run(run())


class Server:
    """The running server: `port`, and what it answers."""

    def __init__(self, pipe: Connection, port: int) -> None:
        self._pipe = pipe
        self.port = port

    def answer(self, answers: Answers) -> None:
        """Has it answer so from now on."""
        self._pipe.send(answers)
        self._pipe.recv()


@contextmanager
def server() -> Iterator[Server]:
    """Run a server while the block lasts."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Server(ours, int(ours.recv()))
    finally:
        ours.send(None)
        process.join(5)
