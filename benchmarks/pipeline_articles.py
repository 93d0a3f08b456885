"""What an article costs from "ready" to "notifications stored": CPU and statements, on SQLite and PostgreSQL, with a full window.

The database holds so many articles in the window of stories, a watch list of 1,000 actors and 20 topics, and two channels.
Statements are what the driver is given; one with many rows counts once. CPU is that of our process, not of PostgreSQL's.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event, insert
from sqlalchemy import text as sql
from sqlmodel import Session, SQLModel

from alerts.group_stage import GroupStage
from alerts.match_stage import MatchStage
from alerts.stories import StoryGrouper, read_traces
from alerts.stories.grouper import Change, Split
from benchmarks.stories_inputs import made_up
from service.actions.watch_lists import extend
from service.settings.watch_models import ActorSettings, ListSettings, RouteSettings, TopicSettings
from storage.engine import Database
from storage.migrate import upgrade
from storage.tables import (
    Article,
    ArticleState,
    ArticleVersion,
    ChannelRow,
    Host,
    Outlet,
    Story,
    StoryArticle,
    StoryKind,
    StoryShard,
)
from storage.upserts import table_of
from tests.databases import start_postgres

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WINDOW = timedelta(days=2)
SHARD = "en"
OUTLETS = 200
ACTORS, TOPICS = 1_000, 20
MEASURED = 500
"""Articles of each kind that are measured."""
AT_ONCE = 2_000
SEED = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """What an article costs, mean of the measured ones."""

    cpu_ms: float
    statements: float


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    text: str


def measure_articles(data: Path, *, window: int) -> dict[str, dict[str, Any]]:
    """Give the costs on each database: `article.cpu_ms_unmentioned` and its like, and how matching scales on PostgreSQL."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO)
    )  # as the service does
    texts = (_Text(title, text) for title, text in made_up(data, window + 4 * MEASURED, SEED))
    filling = _grouped(islice(texts, window))
    measured = list(texts)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        results["sqlite"] = _measure(f"sqlite:///{folder}/bench.db", filling, measured)
    with _postgres() as url:
        results["postgresql"] = _measure(url, filling, measured)
        results["postgresql"]["articles_per_s"] = _scale(url, measured)
    return results


def _measure(
    url: str, filling: dict[type[SQLModel], list[dict[str, Any]]], texts: Sequence[_Text]
) -> dict[str, Any]:
    with Database(url) as database:
        upgrade(database)
        fill(database, filling)
    # in a process of its own: a collection of garbage would go through the rows of the whole window, which no service holds
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_costs_of, (url, texts))


def _costs_of(url: str, texts: Sequence[_Text]) -> dict[str, Any]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with Database(url) as database:
        return asyncio.run(_costs(database, texts))


async def _costs(database: Database, texts: Sequence[_Text]) -> dict[str, Any]:
    draw = random.Random(SEED)
    matching = MatchStage(database, clock=lambda: NOW)
    grouping = GroupStage(database, clock=lambda: NOW)
    await matching.load()

    async def cost(some: Sequence[_Text]) -> Cost:
        add_ready(database, some)
        with _counting() as statements:
            start = time.process_time()
            done = 0
            while await matching.step():
                pass
            while count := await grouping.step():
                done += count
            spent = time.process_time() - start
        assert done == len(some), f"{done} of {len(some)} articles were grouped"
        return Cost(round(1000 * spent / done, 2), round(statements[0] / done, 2))

    mentioning = [_mentioning(text, draw) for text in texts[2 * MEASURED : 3 * MEASURED]]
    await cost(texts[:50])  # reads the window
    unmentioned = await cost(texts[50 : 50 + MEASURED])
    mentioned = await cost(mentioning)
    await matching.close()
    return {
        "cpu_ms_unmentioned": unmentioned.cpu_ms,
        "cpu_ms_mentioned": mentioned.cpu_ms,
        "statements_unmentioned": unmentioned.statements,
        "statements_mentioned": mentioned.statements,
    }


def _scale(url: str, texts: Sequence[_Text]) -> dict[str, float]:
    """Give how many articles 1 and 2 processes match a second of CPU that each has, added up."""
    rates = {}
    for count in (1, 2):
        with Database(url) as database:
            add_ready(database, texts)
        context = multiprocessing.get_context("spawn")
        barrier = context.Barrier(count)
        with context.Pool(count, initializer=_begin, initargs=(barrier,)) as pool:
            done = pool.map(_match_all, [url] * count, chunksize=1)
        assert sum(matched for matched, _cpu in done) == len(texts)
        rates[str(count)] = round(sum(matched / cpu for matched, cpu in done if matched), 1)
    return rates


_barrier: Any = None


def _begin(barrier: Any) -> None:  # noqa: ANN401  (multiprocessing's own type is private)
    global _barrier
    _barrier = barrier


def _match_all(url: str) -> tuple[int, float]:
    """Match until nothing is left; give how many, and the CPU seconds that took."""

    async def run() -> tuple[int, float]:
        with Database(url) as database:
            stage = MatchStage(database, clock=lambda: NOW)
            await stage.load()
            _barrier.wait(120)
            start, matched = time.process_time(), 0
            while count := await stage.step():
                matched += count
            spent = time.process_time() - start
            await stage.close()
            return matched, spent

    return asyncio.run(run())


def fill(database: Database, filling: dict[type[SQLModel], list[dict[str, Any]]]) -> None:
    """Put the watch list, channels, outlets and the window into a database."""
    draw = random.Random(SEED)
    with database.write() as session:
        session.add(Host(name="bench.example"))
        session.add_all(Outlet(name=f"Outlet {number}", created_at=NOW) for number in range(OUTLETS))
        for name in ("desk", "hook"):
            session.add(ChannelRow(name=name, type="console", created_at=NOW))
        session.flush()
        extend(
            session,
            "Benchmark",
            actors=[ActorSettings(name=name) for name in _names()],
            topics=[TopicSettings(name=f"Topic {n}", query=_query(draw)) for n in range(TOPICS)],
            wanted=ListSettings(channels=(RouteSettings(channel="desk"), RouteSettings(channel="hook"))),
            now=NOW,
        )
    for table, rows in filling.items():
        for start in range(0, len(rows), AT_ONCE):
            with database.write() as session:
                if table is StoryShard:
                    session.add_all(StoryShard(**row) for row in rows)
                else:
                    insert_rows(session, table, rows[start : start + AT_ONCE])
    if not database.is_sqlite:  # what was numbered by hand
        with database.write() as session:
            for table in (Story, Article, StoryArticle):
                name, last = str(table.__tablename__), len(filling[Article])
                session.execute(sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))


def add_ready(database: Database, texts: Sequence[_Text]) -> None:
    """Add articles with their texts, ready to be matched."""
    draw = random.Random(SEED + len(texts))
    with database.write() as session:
        stamp = time.monotonic_ns()
        rows = [
            _article(f"https://bench.example/{stamp}/{number}", draw, state=ArticleState.READY)
            for number in range(len(texts))
        ]
        ids = insert_rows(session, Article, rows)
        insert_rows(
            session,
            ArticleVersion,
            [_version(number, text.title, text.text) for number, text in zip(ids, texts, strict=True)],
        )


def _grouped(texts: Iterator[_Text]) -> dict[type[SQLModel], list[dict[str, Any]]]:
    """Give the rows of a window's articles, as grouping leaves them."""
    draw, grouper = random.Random(SEED), StoryGrouper()
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        Story: [], Article: [], ArticleVersion: [], StoryArticle: [],
        StoryShard: [{"name": SHARD, "version": 1, "token": 0}],
    }  # fmt: skip
    for number, text in enumerate(texts, start=1):
        row = _article(f"https://bench.example/window/{number}", draw, state=ArticleState.MATCHED)
        at = row["found_at"]
        decision, kept = grouper.decide(
            read_traces(text.title, text.text), at=at, seen_at=NOW, host=str(row["outlet_id"]), number=number
        )
        rows[Article].append({**row, "id": number, "story_id": decision.story, "shard": SHARD})
        rows[Article][-1].update(matched_version=1, grouped_version=1)
        for change in decision.changes:
            _change(rows[Article], change)
        rows[ArticleVersion].append(_version(number, text.title, ""))
        rows[StoryArticle].append(
            {
                "id": number,
                "article_id": number,
                "shard": SHARD,
                "kind": StoryKind(decision.kind),
                "copy_group": kept.group,
                "at": at,
                "seen_at": NOW,
                "exact": kept.exact,
                "shingles": kept.shingles,
                "terms": kept.terms,
            }
        )
    rows[Story] = [
        {"id": story, "created_at": rows[Article][story - 1]["found_at"], "shard": SHARD}
        for story in sorted({row["story_id"] for row in rows[Article]})
    ]
    return rows


def _change(articles: list[dict[str, Any]], change: Change) -> None:
    """Bring the window's articles, numbered from 1 on, to what a decision made of stories."""
    if isinstance(change, Split):
        for number in change.numbers:
            articles[number - 1]["story_id"] = change.new
    else:
        for row in articles:
            if row["story_id"] == change.gone:
                row["story_id"] = change.kept


def _article(url: str, draw: random.Random, *, state: ArticleState) -> dict[str, Any]:
    at = NOW - timedelta(seconds=draw.random() * WINDOW.total_seconds())
    return {
        "outlet_id": draw.randint(1, OUTLETS),
        "host_id": 1,
        "url": url,
        "canonical_url": url,
        "state": state,
        "feed_title": "",
        "feed_text": "",
        "authors": [],
        "language": SHARD,
        "lead": "",
        "paywalled": False,
        "text_source": "page",
        "version": 1,
        "matched_version": 0,
        "grouped_version": 0,
        "names_before": [],
        "match_token": 0,
        "published_at": at,
        "found_at": at,
        "ready_at": NOW,
        "fetch_attempts": 0,
    }


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows past the object mapper; return their ids, in their order."""
    if not rows:
        return []
    table = table_of(model)
    wanted = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.connection().execute(wanted, list(rows)).scalars())


def _version(article_id: int, title: str, text: str) -> dict[str, Any]:
    return {"article_id": article_id, "number": 1, "title": title, "text": text, "seen_at": NOW}


def _names() -> list[str]:
    draw = random.Random(SEED)
    letters = "bcdfghjklmnprstvz"

    def part() -> str:
        return "".join(draw.choice(letters) + draw.choice("aeiou") for _ in range(3)).capitalize()

    names: dict[str, None] = {}
    while len(names) < ACTORS:
        names[f"{part()} {part()}"] = None
    return list(names)


def _query(draw: random.Random) -> str:
    first, second, third = draw.sample(_names(), 3)
    return f'("{first.split()[0]}" OR "{second}") NEAR/20 ("{third.split()[1]}" OR "{third}")'


def _mentioning(text: _Text, draw: random.Random) -> _Text:
    """Put an actor into the title and at three places of the text."""
    name = draw.choice(_names())
    words = text.text.split()
    for place in sorted(draw.sample(range(len(words)), 3), reverse=True):
        words.insert(place, name)
    return _Text(f"{name} {text.title}", " ".join(words))


@contextmanager
def _counting() -> Iterator[list[int]]:
    """Count what is executed meanwhile."""
    count = [0]

    def note(*_what: object) -> None:
        count[0] += 1

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield count
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def _postgres() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="tocsin-bench-")  # not in ours: its server may run as another user
    server = start_postgres(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
