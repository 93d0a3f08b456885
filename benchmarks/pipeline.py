"""What each stage costs: items per CPU-second through poll, parse, extract, match, store and deliver, measured in one run.

    python -m benchmarks.pipeline [--json] [--rounds 3] [--only stages|article] [--window 100000]

Reads real feeds and pages from the folder that TOCSIN_DATA names (else ../shared/data). Servers are on loopback, in a process of
their own, so that their work is not counted. The costliest stage is the one with the most CPU per article. `article` is the whole
way of one from "ready" to "notifications stored" (`benchmarks.pipeline_articles`).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlmodel import select

from alerts.delivery.channels.webhook.sending import WebhookChannel, WebhookConfig
from alerts.delivery.payload import ArticleFacts, Message, build_alert_data
from alerts.matching import compile_matcher
from alerts.values import Actor, Document, Topic, WatchList
from benchmarks.cost import cpu_seconds
from benchmarks.pipeline_articles import measure_articles
from benchmarks.real_data import data_folder, feed_bodies, news_pages
from benchmarks.report import options, report
from crawler.errors import FeedError
from crawler.extract import extract_page, warm_up
from crawler.fetch import Fetcher, FetcherOptions
from crawler.poll.identity import prepare
from crawler.poll.intake import take_in
from crawler.poll.same_article import FeedDocument
from crawler.sources.base import SourceDocument, settings_of
from crawler.sources.documents import parse_feed
from crawler.sources.lists.source import ListSource
from crawler.sources.lists.telling import telling_part
from crawler.urls import host_of
from crawler.values import ExtractedPage, FetchRequest, ParsedFeed
from storage.engine import Database
from storage.migrate import upgrade
from storage.rows import id_of
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet
from storage.tables import Feed, Outlet

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"),)
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


def serve(body: bytes, pipe: Connection) -> None:
    """Answer every request with `body`, on a port that it tells over the pipe."""

    async def run() -> None:
        async def answer(_request: web.BaseRequest) -> web.Response:
            return web.Response(body=body, content_type="application/rss+xml")

        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.get_running_loop().run_in_executor(None, pipe.poll, 600)

    asyncio.run(run())


async def poll(port: int, count: int) -> None:
    """Fetch `count` times, 32 at once."""
    options = FetcherOptions(user_agent="Tocsin/benchmark", concurrency=32, allow_networks=LOOPBACK)
    async with Fetcher(options) as fetcher:
        await asyncio.gather(
            *(fetcher.fetch(FetchRequest(f"http://127.0.0.1:{port}/{n}")) for n in range(count))
        )


async def deliver(port: int, messages: list[Message]) -> None:
    """Send webhooks, 4 at once."""
    channel = WebhookChannel(
        WebhookConfig(f"http://127.0.0.1:{port}/hook", secrets=(SECRET,), allow_networks=LOOPBACK)
    )
    room = asyncio.Semaphore(4)

    async def send(message: Message) -> None:
        async with room:
            await channel.send(message)

    try:
        await asyncio.gather(*(send(message) for message in messages))
    finally:
        await channel.aclose()


@contextmanager
def new_database() -> Iterator[Database]:
    """Give an empty database. What making it costs grows with its migrations, and is no entry's."""
    with tempfile.TemporaryDirectory() as folder, Database(f"sqlite:///{folder}/bench.db") as database:
        upgrade(database)
        yield database


def store(database: Database, feeds: list[ParsedFeed]) -> int:
    """Store the entries of all feeds, a transaction each; return how many articles were made."""
    made = 0
    for number, parsed in enumerate(feeds):
        with database.write() as session:
            url = f"https://outlet{number}.example/rss"
            values = OutletValues(url, feeds=(url,))
            number = put_outlet(
                session, values, {url: host_of(url)}, number=None, interval=NOW - NOW, now=NOW
            )
            outlet = session.get_one(Outlet, number)
            feed = session.exec(select(Feed).where(Feed.url == url)).one()
            document = FeedDocument(id_of(feed), id_of(outlet), url, "", None, prepare(parsed, name=url), NOW)
            made += len(take_in(session, [document], fetch_pages=True)[0].made)
    return made


def measure(data: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Give, for each stage, the items, and the median CPU milliseconds of one."""
    warm_up()
    bodies, pages = feed_bodies(data), list(news_pages(data))
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(bodies[0], theirs), daemon=True)
    server.start()
    port = int(ours.recv())
    matcher = compile_matcher(
        [
            WatchList(
                "W",
                actors=tuple(
                    Actor(name, surname=True)
                    for name in ("Nasser Bourita", "Antony Blinken", "Emmanuel Macron")
                ),
                topics=(Topic("T", '("Western Sahara" OR Morocco) NEAR/30 (autonom* OR talks)'),),
            )
        ]
    )
    lists = learned_lists(pages)
    results: dict[str, list[float]] = {}
    counts: dict[str, int] = {}

    def note(stage: str, count: int, work: Callable[[], object]) -> None:
        counts[stage] = count
        results.setdefault(stage, []).append(cpu_seconds(work) / count)

    def one_round() -> None:
        feeds: list[ParsedFeed] = []
        extracted: list[ExtractedPage] = []
        note("poll (a feed)", 500, lambda: asyncio.run(poll(port, 500)))
        note(
            "parse (a feed)",
            len(bodies),
            lambda: feeds.extend(parse_feed(b, url="https://a.example/") for b in bodies),
        )
        note("read (a list)", len(lists), lambda: [read_page_list(*one) for one in lists])
        note(
            "tell (an unchanged list)",
            len(lists),
            lambda: [blake2b(telling_part(body)).digest() for body, _url, _state in lists],
        )
        note(
            "extract (a page)", len(pages), lambda: extracted.extend(extract_page(b, url=u) for b, u in pages)
        )
        documents = [Document(page.title, page.text, page.language) for page in extracted]
        note(
            "match (an article)", len(documents), lambda: [matcher.match(document) for document in documents]
        )
        with new_database() as database:
            note("store (an entry)", sum(len(feed.entries) for feed in feeds), lambda: store(database, feeds))
        messages = [message(number, page) for number, page in enumerate(extracted)]
        note("deliver (a webhook)", len(messages), lambda: asyncio.run(deliver(port, messages)))

    for _round in range(rounds):
        one_round()
    ours.send("stop")
    server.join(5)
    return {
        stage: {
            "items": counts[stage],
            "cpu_ms": round(1000 * statistics.median(times), 3),
            "per_cpu_second": round(1 / statistics.median(times), 1),
        }
        for stage, times in results.items()
    }


def read_page_list(body: bytes, url: str, state: Mapping[str, Any]) -> ParsedFeed:
    """Read a page's list as a poll does, by the rule that is its state."""
    source = ListSource()
    settings = settings_of(source, url, {"url": url})
    return source.read(SourceDocument(body, url, "text/html", settings, state, "", NOW))


def learned_lists(pages: Sequence[tuple[bytes, str]]) -> list[tuple[bytes, str, Mapping[str, Any]]]:
    """Return those of the pages that list articles, with the rules that were learned."""
    found: list[tuple[bytes, str, Mapping[str, Any]]] = []
    for body, url in pages:
        try:
            state = read_page_list(body, url, {}).state
        except FeedError:
            continue
        found.append((body, url, state or {}))
    return found


def message(number: int, page: ExtractedPage) -> Message:
    """Return a webhook about a page."""
    facts = ArticleFacts(id=number, url=page.url, title=page.title, outlet="Example Gazette")
    data = build_alert_data(
        alert_id=number,
        watch_list="W",
        story_id=number,
        created_at=NOW,
        article=facts,
        document=Document(page.title, page.text),
        mentions=(),
    )
    return Message(f"msg_{number}", "alert.created", NOW, "hook", data)


def _ratio(stages: Mapping[str, Mapping[str, float]], stage: str) -> float | None:
    """Return how many times the poll of a feed that is read whole that of a list costs, by what is done of the list."""
    if not stages:
        return None
    fetch, feed, page = (stages[name]["cpu_ms"] for name in ("poll (a feed)", "parse (a feed)", stage))
    return round((fetch + page) / (fetch + feed), 2)


def main() -> None:
    """Measure and print."""
    parser = options(__doc__, rounds=3)
    parser.add_argument("--only", choices=["stages", "article"], help="one of the two parts")
    parser.add_argument("--window", type=int, default=100_000, help="articles in the window of stories")
    arguments = parser.parse_args()
    data = data_folder()
    stages = measure(data, arguments.rounds) if arguments.only != "article" else {}
    figures = {
        "stages": stages,
        "list_to_feed": _ratio(stages, "tell (an unchanged list)"),
        "read_list_to_feed": _ratio(stages, "read (a list)"),
        "costliest": max(stages, key=lambda stage: stages[stage]["cpu_ms"], default=None),
        "article": measure_articles(data, window=arguments.window) if arguments.only != "stages" else {},
        "rounds": arguments.rounds,
    }
    report(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
