"""Migrations: they make exactly the tables that the code knows, once, keep what is stored, and refuse a newer database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel, select

import storage.migrations
from storage.engine import Database
from storage.errors import NewerDatabaseError
from storage.migrate import upgrade
from storage.queries.watch import WatchedActor, WatchedAlias, stream_actors
from storage.tables import Alert, AlertKind, Article, Attempt, Notification, Volume, VolumeUnit

MIGRATIONS = Path(storage.migrations.__file__).parent
ROWS_OF_0001 = """
INSERT INTO outlet (id, name, site, provisioned, active, created_at) VALUES (1, 'Gazette', '', 0, 1, '2026-03-02 12:00:00');
INSERT INTO host (id, name) VALUES (1, 'gazette.example');
INSERT INTO watch_list (id, name, languages, alert, provisioned, active, created_at)
    VALUES (1, 'W', '[]', 'story', 1, 1, '2026-03-02 12:00:00');
INSERT INTO actor (id, watch_list_id, name, surname, context, exclude) VALUES (1, 1, 'Nasser Bourita', 1, '["Rabat"]', '[]');
INSERT INTO alias (id, actor_id, text) VALUES (1, 1, 'Nasser Bourita'), (2, 1, 'Naser Burita');
INSERT INTO article (id, outlet_id, host_id, url, canonical_url, state, feed_title, feed_text, authors, lead, paywalled,
    text_source, version, found_at, fetch_attempts)
    VALUES (1, 1, 1, 'a', 'a', 'matched', '', '', '[]', '', 0, 'feed', 2, '2026-03-02 12:00:00', 0),
           (2, 1, 1, 'b', 'b', 'ready', '', '', '[]', '', 0, 'feed', 1, '2026-03-02 12:00:00', 0);
INSERT INTO story (id, created_at) VALUES (1, '2026-03-02 12:00:00');
INSERT INTO alert (id, watch_list_id, story_id, article_id, dedup_key, created_at)
    VALUES (1, 1, 1, 1, '1:article:1', '2026-03-02 12:00:00');
INSERT INTO alert_article (alert_id, article_id, attached_at) VALUES (1, 1, '2026-03-02 12:00:00');
INSERT INTO channel (id, name, type, send, provisioned, active, created_at)
    VALUES (1, 'desk', 'console', 'hourly', 1, 1, '2026-03-02 12:00:00');
INSERT INTO notification (id, uid, channel_id, alert_id, digest_id, kind, state, payload, created_at, due_at, attempts)
    VALUES (2, 'digest', 1, NULL, NULL, 'digest', 'sent', '{}', '2026-03-02 12:00:00', '2026-03-02 12:00:00', 1),
           (1, 'alert', 1, 1, 2, 'alert.created', 'sent', '{}', '2026-03-02 12:00:00', '2026-03-02 12:00:00', 0);
INSERT INTO attempt (id, notification_id, number, started_at, duration_ms, outcome, response)
    VALUES (1, 2, 1, '2026-03-02 12:00:00', 5, 'sent', '');
"""


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tells whether it is a table of the code: SQLite's index for search shows up as tables of its own."""
    return kind != "table" or not (name or "").startswith("article_search")


def test_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_second_upgrade_changes_nothing(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'tocsin.db'}") as database:
        before, after = upgrade(database)
        assert before is None
        assert upgrade(database) == (after, after)


def test_rows_of_the_first_revision_are_kept(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'tocsin.db'}") as database:
        _make_the_first(database)
        upgrade(database)
        with database.read() as session:
            names = (WatchedAlias("Nasser Bourita"), WatchedAlias("Naser Burita"))
            assert list(stream_actors(session, 1)) == [
                WatchedActor("Nasser Bourita", names, surname=True, context=("Rabat",))
            ]
            assert session.exec(select(Article.id, Article.matched_version)).all() == [(1, 2), (2, 0)]
            assert session.exec(select(Alert.kind, Alert.score)).all() == [(AlertKind.ARTICLE, 0.0)]
            digests = select(Notification.id, Notification.digest_id).order_by("id")
            assert session.exec(digests).all() == [(1, 2), (2, None)]
            assert session.exec(select(Attempt.notification_id, Attempt.duration_ms)).all() == [(2, 5)]
            assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_sources_of_what_was_found_before_are_counted(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'tocsin.db'}") as database:
        _make_the_first(database)
        upgrade(database)
        with database.read() as session:
            rows = session.exec(select(Volume).order_by(Volume.kind)).all()
    assert [(row.kind, row.name, row.unit, row.starts_at, row.articles) for row in rows] == [
        ("language", "", VolumeUnit.DAY, datetime(2026, 3, 2, tzinfo=UTC), 1),
        ("outlet", "Gazette", VolumeUnit.DAY, datetime(2026, 3, 2, tzinfo=UTC), 1),
    ]


def test_newer_database_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError, match=r"revision 9999.*Update Tocsin"):
        upgrade(database)


def _make_the_first(database: Database) -> None:
    """Makes a database of the first revision with rows."""
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in ROWS_OF_0001.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
