"""An archive as a service has it after months, written in bulk: articles over 90 days, some of them in alerts."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from alerts.values import Actor
from service.watching import extend
from storage.engine import Database
from storage.migrate import upgrade
from storage.queries.hosts import host_named
from storage.rows import id_of
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleState,
    ArticleVersion,
    Channel,
    Mention,
    Notification,
    NotificationKind,
    NotificationState,
    Outlet,
    Story,
)

DAYS = 90
OUTLETS, LISTS, ACTORS = 200, 20, 400
PER_ALERT = 2
"""Articles of an alert."""
LANGUAGES = ("en", "fr", "es", "ar")
WORDS = (
    *("minister", "talks", "harbour", "ferry", "council", "budget", "election"),
    *("court", "storm", "bridge", "market", "union", "strike", "school"),
    *("water", "energy", "border", "treaty", "export", "wheat", "railway"),
)

Row = dict[str, Any]

_COLUMNS = "INSERT INTO volume (watch_list_id, kind, name, unit, starts_at, articles, stories) "
_DAY = "substr(attached_at, 1, 10) || ' 00:00:00.000000'"
_JOINED = "FROM alert JOIN alert_article ON alert_id = alert.id JOIN article ON article.id = alert_article.article_id "
_VOLUME = tuple(
    f"{_COLUMNS} SELECT alert.watch_list_id, '{kind}', {name}, 'day', {_DAY}, "
    "COUNT(DISTINCT article.id), COUNT(DISTINCT alert.id) "
    f"{_JOINED}{more} GROUP BY alert.watch_list_id, {name}, {_DAY}"
    for kind, name, more in (
        ("list", "''", ""),
        (
            "actor",
            "mention.name",
            "JOIN mention ON version_id = article.id AND mention.watch_list_id = alert.watch_list_id",
        ),
        ("outlet", "outlet.name", "JOIN outlet ON outlet.id = article.outlet_id"),
        ("language", "article.language", ""),
    )
)
"""What the matching stage counts of each day; the actors as they are mentioned in the articles."""


def build(path: Path, *, articles: int, alerts: int, now: datetime) -> None:
    """Writes the database."""
    with Database(f"sqlite:///{path}") as database:
        upgrade(database)
        with database.write() as session:
            shapes = _shapes(session, now)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    choose = random.Random(1)
    start = now - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / articles
    for table, rows in (
        ("story", ({"id": n, "created_at": _text(start + n * step)} for n in range(2, articles + 1))),
        ("article", _articles(articles, start, step, choose)),
        ("article_version", _versions(articles, start, step, choose)),
        ("alert", _alerts(articles, alerts, start, step, choose)),
        ("alert_article", _joined(articles, alerts, start, step)),
        ("mention", _mentions(articles, alerts, choose)),
        ("notification", _notifications(articles, alerts, start, step)),
    ):
        _fill(connection, table, shapes[table], rows)
    for statement in _VOLUME:
        connection.execute(statement)
    connection.commit()
    connection.close()


def _shapes(session: Session, now: datetime) -> dict[str, Row]:
    """Adds the outlets, lists and one row of each kind; gives those rows as they stand in the database."""
    outlets = [
        Outlet(name=f"Outlet {n:03}", language=LANGUAGES[n % 4], created_at=now) for n in range(OUTLETS)
    ]
    channel = Channel(name="console", type="console", created_at=now)
    session.add_all([*outlets, channel])
    session.flush()
    for number in range(LISTS):
        per_list = ACTORS // LISTS
        actors = [Actor(f"Actor {number * per_list + n:03}") for n in range(per_list)]
        extend(session, f"List {number:02}", actors=actors, now=now)
    story = Story(created_at=now)
    session.add(story)
    session.flush()
    article = Article(
        outlet_id=id_of(outlets[0]),
        host_id=id_of(host_named(session, "gazette.example")),
        url="u1",
        canonical_url="u1",
        state=ArticleState.MATCHED,
        language="en",
        text_source="feed",
        version=1,
        matched_version=1,
        story_id=id_of(story),
        published_at=now,
        found_at=now,
        ready_at=now,
        matched_at=now,
    )
    session.add(article)
    session.flush()
    version = ArticleVersion(article_id=1, number=1, title="t", text="t", seen_at=now)
    alert = Alert(watch_list_id=1, story_id=1, article_id=1, dedup_key="1", created_at=now)
    session.add_all([version, alert])
    session.flush()
    mention = Mention(
        version_id=1,
        watch_list_id=1,
        kind="actor",
        name="Actor 000",
        field="text",
        start=0,
        end=9,
        surface="",
        rule="",
    )
    joined = AlertArticle(alert_id=1, article_id=1, attached_at=now)
    notification = Notification(
        uid="1",
        channel_id=id_of(channel),
        alert_id=1,
        kind=NotificationKind.ALERT_CREATED,
        state=NotificationState.SENT,
        payload={},
        created_at=now,
        due_at=now,
        sent_at=now,
        attempts=1,
    )
    session.add_all([mention, joined, notification])
    session.flush()
    connection = session.connection()
    tables = ("story", "article", "article_version", "alert", "alert_article", "mention", "notification")
    return {
        table: dict(connection.exec_driver_sql(f"SELECT * FROM {table}").mappings().one()) for table in tables
    }


def _fill(connection: sqlite3.Connection, table: str, shape: Mapping[str, Any], rows: Iterator[Row]) -> None:
    columns = ", ".join(f'"{name}"' for name in shape)
    places = ", ".join("?" * len(shape))
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"
    connection.executemany(statement, (tuple({**shape, **row}.values()) for row in rows))


def _articles(count: int, start: datetime, step: timedelta, choose: random.Random) -> Iterator[Row]:
    for number in range(2, count + 1):
        at = _text(start + number * step)
        yield {
            "id": number,
            "outlet_id": number % OUTLETS + 1,
            "url": f"https://gazette.example/{number}",
            "canonical_url": f"https://gazette.example/{number}",
            "language": choose.choice(LANGUAGES),
            "story_id": number,
            **dict.fromkeys(("published_at", "found_at", "ready_at", "matched_at"), at),
        }


def _versions(count: int, start: datetime, step: timedelta, choose: random.Random) -> Iterator[Row]:
    for number in range(2, count + 1):
        words = choose.choices(WORDS, k=110)
        words[20] = f"Actor {number % ACTORS:03}"
        yield {
            "id": number,
            "article_id": number,
            "title": " ".join(words[:8]).capitalize(),
            "text": f"{' '.join(words[8:60])}.\n{' '.join(words[60:])}.",
            "seen_at": _text(start + number * step),
        }


def _first(articles: int, alerts: int, number: int) -> int:
    """Gives the article that raised an alert."""
    return 2 + (number - 2) * (articles - 2 - PER_ALERT) // alerts


def _alerts(
    articles: int, alerts: int, start: datetime, step: timedelta, choose: random.Random
) -> Iterator[Row]:
    for number in range(2, alerts + 1):
        article = _first(articles, alerts, number)
        yield {
            "id": number,
            "watch_list_id": article % ACTORS // (ACTORS // LISTS) + 1,
            "story_id": article,
            "article_id": article,
            "dedup_key": str(number),
            "score": choose.random() * 100,
            "created_at": _text(start + article * step),
        }


def _joined(articles: int, alerts: int, start: datetime, step: timedelta) -> Iterator[Row]:
    for number in range(2, alerts + 1):
        article = _first(articles, alerts, number)
        for more in range(PER_ALERT):
            yield {
                "alert_id": number,
                "article_id": article + more,
                "attached_at": _text(start + article * step),
            }


def _mentions(articles: int, alerts: int, choose: random.Random) -> Iterator[Row]:
    ident = 1
    for number in range(2, alerts + 1):
        article = _first(articles, alerts, number)
        for more in range(3):
            ident += 1
            yield {
                "id": ident,
                "version_id": article,
                "watch_list_id": article % ACTORS // (ACTORS // LISTS) + 1,
                "name": f"Actor {(article + more * choose.randint(0, 3)) % ACTORS:03}",
                "start": more * 30,
                "end": more * 30 + 9,
            }


def _notifications(articles: int, alerts: int, start: datetime, step: timedelta) -> Iterator[Row]:
    for number in range(2, alerts + 1):
        at = _text(start + _first(articles, alerts, number) * step)
        yield {
            "id": number,
            "uid": str(number),
            "alert_id": number,
            **dict.fromkeys(("created_at", "due_at", "sent_at"), at),
        }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
