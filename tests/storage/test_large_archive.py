"""Pages and metrics over a large archive: SQLite reads no whole table for them, whatever its statistics say."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from storage.engine import Database
from storage.stores.alerts.alert_pages import AlertFilter, alert_page
from storage.stores.feeds.outlet_figures import outlet_figures
from storage.stores.gauges import gauges
from storage.stores.outbox.deliveries import delivery_page
from storage.tables import Article, ArticleState
from tests.archive import add_article, put, watch
from tests.conftest import START
from tests.databases import on_sqlite
from tests.replay.test_statements import GROWING, statements

STATISTICS = (
    *(("alert", "ix_alert_came_out", "103356 1 1"), ("alert", "ix_alert_newest", "94656 1 1")),
    *(("alert", "ix_alert_of_list", "100440 2001 1 1"), ("alert", "ix_alert_story_id", "110403 1")),
    *(("alert", "ix_alert_article_id", "110403 1"), ("alert", "ix_alert_update_due", "111197 2001")),
    *(("article", "ix_article_to_fetch", "1104600 2001 2001"), ("article", "ix_article_found_at", "1056965 1 1")),
    *(("article", "ix_article_outlet_id", "1106368 2001"), ("article", "ix_article_host_lease", "1108224 1010 1010")),
    ("channel", "sqlite_autoindex_channel_1", "1 1"),
    ("notification", "ix_notification_channel_id", "111197 2001"),
    ("notification", "ix_notification_due", "95680 2001 2001 1"),
)  # fmt: skip
"""What ANALYZE, which looks at a part of each index, wrote of a million articles and 100,000 alerts."""
_READS_ALL = re.compile(r"SCAN (\w+)(?: USING INDEX (?!ix_article_to_)\w+)?$|USE TEMP B-TREE FOR ORDER BY")

Read = Callable[[Session], object]


@pytest.fixture
def large(database: Database) -> Database:
    """Return a database whose statistics are those of a large archive."""
    with database.write() as session:
        add_article(session, "Leila Benali", at=START, matched=True)
        put(session, "Courier", ["https://courier.example/rss"])
        watch(session, "Energy", actors=["Leila Benali"])
    with database.outside_transactions() as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(text("DELETE FROM sqlite_stat1"))
        for row in STATISTICS:
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)
    database.engine.dispose()  # each connection reads the statistics once
    return database


def _alerts(**wanted: object) -> Read:
    asked = AlertFilter(by_publication=True, **wanted)  # type: ignore[arg-type]
    return lambda session: alert_page(session, asked, limit=31)


@on_sqlite
@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda session: gauges(session, now=START), id="status and metrics"),
        pytest.param(_alerts(), id="alerts"),
        pytest.param(_alerts(watch_list="Energy"), id="alerts of a list"),
        pytest.param(_alerts(language="ar"), id="alerts in a language"),
        pytest.param(lambda session: delivery_page(session, limit=51), id="deliveries"),
        pytest.param(lambda session: outlet_figures(session, since=START), id="outlets"),
    ],
)
def test_nothing_is_read_whole_nor_sorted(large: Database, read: Read) -> None:
    with large.read() as session, statements() as seen:
        read(session)
    whole = []
    with large.engine.connect() as connection:
        for statement, parameters in seen.items():
            if not statement.startswith("SELECT"):
                continue
            for *_ids, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                match = _READS_ALL.match(step)
                is_bounded = "LIMIT" in statement  # read in its order up to there, where nothing sorts it
                if match and (match[1] is None or (match[1] in GROWING and not is_bounded)):
                    whole.append((step, statement))
    assert seen
    assert whole == []


def test_queue_of_matching_counts_each_article_once(database: Database) -> None:
    with database.write() as session:
        cases = product(ArticleState, ((0, 1), (1, 1), (1, 2)), (True, False))
        for number, (state, (matched, version), was_read) in enumerate(cases):
            article = session.get_one(
                Article, add_article(session, "A", at=START - timedelta(hours=number), matched=True)
            )
            article.state, article.matched_version, article.version = state, matched, version
            article.ready_at = START - timedelta(days=number) if was_read else None
    with database.read() as session:
        waiting = [
            article.ready_at or article.found_at
            for article in session.exec(select(Article))
            if article.state is ArticleState.READY or article.matched_version < article.version
        ]
        counted = gauges(session, now=START)
    assert (counted.queues["matching"], counted.oldest["matching"]) == (len(waiting), min(waiting))
    assert len(waiting) == 14
