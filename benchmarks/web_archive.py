"""An archive as a service has it after months, written in bulk: articles over 90 days, some of them in alerts.

Every index but those of unique columns is made when the rows stand, the one for search by its own `rebuild`: a million articles
take two or three minutes. The words of a text come by Zipf's law, as words do.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from sqlmodel import Session

from alerts.text import FOLD_VERSION, fold_words
from service.actions.watch_lists import extend
from service.settings.watch_models import ActorSettings
from storage.engine import Database
from storage.migrate import upgrade
from storage.rows import id_of
from storage.stores.articles.search_index import place_of
from storage.stores.feeds.hosts import host_named
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleState,
    ArticleVersion,
    ArticleWords,
    ChannelRow,
    MentionRow,
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
"""The most frequent words: those that are searched for."""
RARE_WORDS, SENTENCES = 20_000, 20_000
"""Made-up words, and the sentences that articles are put together from."""
IN_SENTENCE, IN_ARTICLE = 14, 8
"""Words, and sentences."""

Row = tuple[Any, ...]

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
    """Write the database."""
    with Database(f"sqlite:///{path}") as database:
        upgrade(database)
        with database.write() as session:
            shapes = _shapes(session, now)
    choose = random.Random(1)
    start = now - timedelta(days=DAYS)
    times = _Times(start, timedelta(days=DAYS) / articles)
    sentences = _sentences(choose)
    with closing(sqlite3.connect(path)) as connection:
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -800000",
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        later = _take_away_indices(connection)
        for table, columns, rows in (
            ("story", ("id", "created_at"), ((n, times[n]) for n in range(2, articles + 1))),
            ("article", _ARTICLE, _articles(articles, times, choose)),
            ("article_version", _VERSION, _versions(articles, times, sentences)),
            ("article_words", ("article_id", "words", "place"), _words(articles, times, sentences)),
            ("alert", _ALERT, _alerts(articles, alerts, times, choose)),
            ("alert_article", ("alert_id", "article_id", "attached_at"), _joined(articles, alerts, times)),
            ("mention", _MENTION, _mentions(articles, alerts, choose)),
            ("notification", _NOTIFICATION, _notifications(articles, alerts, times)),
        ):
            _fill(connection, table, shapes[table], columns, rows)
        connection.execute("INSERT INTO article_search (article_search) VALUES ('rebuild')")
        for statement in (*later, *_VOLUME):
            connection.execute(statement)
        connection.execute("PRAGMA analysis_limit = 2000")
        connection.execute("ANALYZE")  # as the upkeep of each night does
        connection.commit()
        connection.execute("PRAGMA journal_mode = WAL")


class _Times:
    """When the article of a number came, as SQLite holds times."""

    def __init__(self, start: datetime, step: timedelta) -> None:
        self._start, self._step = start, step

    def moment(self, number: int) -> datetime:
        return self._start + number * self._step

    def __getitem__(self, number: int) -> str:
        return self.moment(number).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _take_away_indices(connection: sqlite3.Connection) -> list[str]:
    """Drop the indices and triggers that can be dropped; return the statements that make them again."""
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _sql in found:
        connection.execute(f'DROP {kind} "{name}"')
    return [sql for _kind, _name, sql in found]


def _sentences(choose: random.Random) -> list[str]:
    words = (
        *WORDS,
        *(f"{choose.choice(WORDS)[:4]}{choose.choice(WORDS)[-3:]}{n:x}" for n in range(RARE_WORDS)),
    )
    weights = list(accumulate(1 / (rank + 20) for rank in range(len(words))))
    return [
        " ".join(choose.choices(words, cum_weights=weights, k=IN_SENTENCE)) + "." for _ in range(SENTENCES)
    ]


def _shapes(session: Session, now: datetime) -> dict[str, Mapping[str, Any]]:
    """Add the outlets, lists and one row of each kind; gives those rows as they stand in the database."""
    outlets = [
        Outlet(name=f"Outlet {n:03}", language=LANGUAGES[n % 4], created_at=now) for n in range(OUTLETS)
    ]
    channel = ChannelRow(name="console", type="console", created_at=now)
    session.add_all([*outlets, channel])
    session.flush()
    for number in range(LISTS):
        per_list = ACTORS // LISTS
        actors = [ActorSettings(name=f"Actor {number * per_list + n:03}") for n in range(per_list)]
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
        grouped_version=1,
        shard="en",
        story_id=id_of(story),
        published_at=now,
        found_at=now,
        ready_at=now,
        matched_at=now,
    )
    session.add(article)
    session.flush()
    version = ArticleVersion(article_id=1, number=1, title="t", text="Actor 000 spoke.", seen_at=now)
    alert = Alert(watch_list_id=1, story_id=1, article_id=1, dedup_key="1", created_at=now, came_out_at=now)
    words = ArticleWords(article_id=1, version=1, fold_version=FOLD_VERSION, words="t")
    session.add_all([version, alert, words])
    session.flush()
    mention = MentionRow(
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
    return {
        table: dict(connection.exec_driver_sql(f"SELECT * FROM {table}").mappings().one())
        for table in (
            *("story", "article", "article_version", "article_words"),
            *("alert", "alert_article", "mention", "notification"),
        )
    }


def _fill(
    connection: sqlite3.Connection,
    table: str,
    shape: Mapping[str, Any],
    columns: tuple[str, ...],
    rows: Iterable[Row],
) -> None:
    """Write rows that differ from `shape` in these columns."""
    own = ", ".join(f'"{name}"' for name in columns)
    rest = [name for name in shape if name not in columns]
    same = ", ".join(f'"{name}"' for name in rest)
    values = [connection.execute("SELECT quote(?)", (shape[name],)).fetchone()[0] for name in rest]
    places = ", ".join(["?"] * len(columns) + values)
    statement = f"INSERT INTO {table} ({', '.join(filter(None, (own, same)))}) VALUES ({places})"
    connection.executemany(statement, rows)


_ARTICLE = (
    *("id", "outlet_id", "url", "canonical_url", "language", "story_id"),
    *("published_at", "found_at", "ready_at", "matched_at"),
)


def _articles(count: int, times: _Times, choose: random.Random) -> Iterator[Row]:
    for number in range(2, count + 1):
        at = times[number]
        url = f"https://gazette.example/{number:08}"
        outlet = choose.randrange(OUTLETS) + 1
        yield number, outlet, url, url, choose.choice(LANGUAGES), number, at, at, at, at


_VERSION = ("id", "article_id", "title", "text", "seen_at")


def _versions(count: int, times: _Times, sentences: list[str]) -> Iterator[Row]:
    for number in range(2, count + 1):
        title, text = _text(number, sentences)
        yield number, number, title, text, times[number]


def _text(number: int, sentences: list[str]) -> tuple[str, str]:
    """Return an article's title and text: the same for the same number."""
    choose = random.Random(number)
    first, *others = (sentences[int(choose.random() * SENTENCES)] for _ in range(IN_ARTICLE))
    half = len(others) // 2
    beginning, end = " ".join(others[:half]), " ".join(others[half:])
    return f"Day of {first[:60]}".rstrip("."), f"Actor {number % ACTORS:03} said: {beginning}\n{end}"


def _words(count: int, times: _Times, sentences: list[str]) -> Iterator[Row]:
    for number in range(2, count + 1):
        words = " ".join(sorted(set(fold_words("\n".join(_text(number, sentences))).split())))
        yield number, words, place_of(times.moment(number), number)


def _first(articles: int, alerts: int, number: int) -> int:
    """Return the article that raised an alert."""
    return 2 + (number - 2) * (articles - 2 - PER_ALERT) // alerts


_ALERT = ("id", "watch_list_id", "story_id", "article_id", "dedup_key", "score", "created_at", "came_out_at")


def _alerts(articles: int, alerts: int, times: _Times, choose: random.Random) -> Iterator[Row]:
    for number in range(2, alerts + 1):
        article = _first(articles, alerts, number)
        watch = article % ACTORS // (ACTORS // LISTS) + 1
        at = times[article]
        yield number, watch, article, article, str(number), choose.random() * 100, at, at


def _joined(articles: int, alerts: int, times: _Times) -> Iterator[Row]:
    for number in range(2, alerts + 1):
        article = _first(articles, alerts, number)
        for more in range(PER_ALERT):
            yield number, article + more, times[article]


_MENTION = ("id", "version_id", "watch_list_id", "name", "start", "end")


def _mentions(articles: int, alerts: int, choose: random.Random) -> Iterator[Row]:
    ident = 1
    for number in range(2, alerts + 1):
        article = _first(articles, alerts, number)
        watch = article % ACTORS // (ACTORS // LISTS) + 1
        for more in range(3):
            ident += 1
            name = f"Actor {(article + more * choose.randint(0, 3)) % ACTORS:03}"
            yield ident, article, watch, name, more * 30, more * 30 + 9


_NOTIFICATION = ("id", "uid", "alert_id", "created_at", "due_at", "sent_at")


def _notifications(articles: int, alerts: int, times: _Times) -> Iterator[Row]:
    for number in range(2, alerts + 1):
        at = times[_first(articles, alerts, number)]
        yield number, str(number), number, at, at, at
