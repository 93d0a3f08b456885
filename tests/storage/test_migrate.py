"""Migrations: they make exactly the tables that the code knows, once, keep what is stored, and refuse a newer database."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, types
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select
from typer.testing import CliRunner

import storage.migrate
import storage.migrations
import storage.tables
from service.cli.app import app
from storage.engine import Database
from storage.errors import NewerDatabaseError, OlderServicesError
from storage.migrate import newest_revision, oldest_that_works, upgrade
from storage.postgres import wait_for_others
from storage.reasons import ArticleEdited, MoreOutlets, Note, ScorePart, Spike
from storage.stores.watch.watch_lists import WatchedActor, stream_actors
from storage.tables import Alert, AlertKind, Article, Attempt, Feed, Host, Notification, Volume, VolumeUnit
from storage.watched import Alias

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MIGRATIONS = Path(storage.migrations.__file__).parent
ROWS_OF_0001 = """
INSERT INTO outlet (id, name, site, provisioned, active, created_at)
    VALUES (1, 'Gazette', '', false, true, '2026-03-02 12:00:00');
INSERT INTO host (id, name) VALUES (1, 'gazette.example');
INSERT INTO watch_list (id, name, languages, alert, provisioned, active, created_at)
    VALUES (1, 'W', '[]', 'story', true, true, '2026-03-02 12:00:00');
INSERT INTO actor (id, watch_list_id, name, surname, context, exclude) VALUES (1, 1, 'Nasser Bourita', true, '["Rabat"]', '[]');
INSERT INTO alias (id, actor_id, text) VALUES (1, 1, 'Nasser Bourita'), (2, 1, 'Naser Burita');
INSERT INTO article (id, outlet_id, host_id, url, canonical_url, state, feed_title, feed_text, authors, lead, paywalled,
    text_source, version, found_at, fetch_attempts)
    VALUES (1, 1, 1, 'a', 'a', 'matched', '', '', '[]', '', false, 'feed', 2, '2026-03-02 12:00:00', 0),
           (2, 1, 1, 'b', 'b', 'ready', '', '', '[]', '', false, 'feed', 1, '2026-03-02 12:00:00', 0);
INSERT INTO story (id, created_at) VALUES (1, '2026-03-02 12:00:00');
INSERT INTO alert (id, watch_list_id, story_id, article_id, dedup_key, created_at)
    VALUES (1, 1, 1, 1, '1:article:1', '2026-03-02 12:00:00');
INSERT INTO alert_article (alert_id, article_id, attached_at) VALUES (1, 1, '2026-03-02 12:00:00');
INSERT INTO channel (id, name, type, send, provisioned, active, created_at)
    VALUES (1, 'desk', 'console', 'hourly', true, true, '2026-03-02 12:00:00');
INSERT INTO notification (id, uid, channel_id, alert_id, digest_id, kind, state, payload, created_at, due_at, attempts)
    VALUES (2, 'digest', 1, NULL, NULL, 'digest', 'sent', '{}', '2026-03-02 12:00:00', '2026-03-02 12:00:00', 1),
           (1, 'alert', 1, 1, 2, 'alert.created', 'sent', '{}', '2026-03-02 12:00:00', '2026-03-02 12:00:00', 0);
INSERT INTO attempt (id, notification_id, number, started_at, duration_ms, outcome, response)
    VALUES (1, 2, 1, '2026-03-02 12:00:00', 5, 'sent', '');
"""

ROWS_OF_0020 = f"""
    INSERT INTO outlet (id, name, site, provisioned, active, created_at)
        VALUES (1, 'Gazette', '', false, true, '{NOON}');
    INSERT INTO host (id, name) VALUES (1, 'gazette.example');
    INSERT INTO watch_list (id, name, languages, alert, provisioned, active, created_at)
        VALUES (1, 'W', '[]', 'story', true, true, '{NOON}');
    INSERT INTO article (id, outlet_id, host_id, url, canonical_url, state, feed_title, feed_text, page_title, read_at, authors,
        lead, paywalled, text_source, version, matched_version, grouped_version, found_at, fetch_attempts)
        VALUES
        (1, 1, 1, 'a', 'a', 'matched', 'Talks', 'Ilse Marrow talked.', 'Marrow talks', '{NOON}', '[]',
            'A standfirst', false, 'page', 2, 2, 2, '{NOON}', 0),
        (2, 1, 1, 'b', 'b', 'matched', 'Boats', 'Boats came home.', NULL, NULL, '[]',
            'A teaser', false, 'feed', 1, 1, 1, '{NOON}', 0),
        (3, 1, 1, 'c', 'c', 'matched', 'Fish', 'Fish, in short.', 'Fish', '{NOON}', '[]',
            '', false, 'page', 1, 1, 1, '{NOON}', 0);
    INSERT INTO article_version (id, article_id, number, title, text, seen_at) VALUES
        (1, 1, 1, 'Talks', 'Old text.', '{NOON}'), (2, 1, 2, 'Talks', 'The page.', '{NOON}'),
        (3, 2, 1, 'Boats', 'Boats came home.', '{NOON}'), (4, 3, 1, 'Fish', 'Fish, in short. And more.', '{NOON}');
    INSERT INTO article_words (article_id, version, fold_version, words) VALUES
        (1, 2, 1, 'talks'), (2, 1, 1, 'boats'), (3, 1, 1, 'fish')
"""


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Return whether the code declares it. What search needs is the migrations' own: tables on SQLite, an index on PostgreSQL."""
    return not (name or "").startswith(("article_search", "ix_article_words_search"))


def test_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(context, SQLModel.metadata) == []


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def revisions() -> list[str]:
    return [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()][::-1]


Rows = dict[str, list[dict[str, Any]]]

COUNTED = {"volume"}
"""What a migration counts up from what is stored."""
VALUES = {
    "alert.kind": "story", "article.state": "matched", "dismissal.kind": "another", "attempt.outcome": "sent",
    "edition.state": "draft", "triage.state": "new", "folder_item.kind": "article", "feed.health": "ok", "feed.state": "active",
    "mention.field": "title", "mention.kind": "actor", "notification.kind": "alert.created", "notification.state": "sent",
    "story_article.kind": "new", "subscription.state": "active", "user_account.role": "admin", "volume.kind": "list",
    "volume.unit": "day", "watch_change.kind": "list", "watch_list.alert": "story", "review_recipient.form": "html",
    "watch_list_share.role": "editor", "item_picture.state": "wanted",
}  # fmt: skip
"""Where a column takes not everything."""


REWRITTEN = {
    "feed": {"last_error": "0017", "problem": "0024"}, "article": {"fetch_error": "0017"}, "host": {"blocked_reason": "0017"},
    "channel": {"disabled_reason": "0022"}, "notification": {"last_error": "0022"}, "attempt": {"error": "0022"},
    "subscription": {"last_error": "0022"}, "edition": {"trouble": "0038"}, "host_rest": {"blocked_reason": "0047"},
    "item_picture": {"trouble": "0057"},
}  # fmt: skip
"""Words that became kind and facts, and when: a note that says the same."""


DECLARED = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
    "postgresql": """
        SELECT relname, concat_ws(';',
            (SELECT string_agg(concat_ws(' ', attnum, attname, format_type(atttypid, atttypmod), attnotnull), ',' ORDER BY attnum)
                FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped),
            (SELECT string_agg(pg_get_constraintdef(oid), ',' ORDER BY conname) FROM pg_constraint WHERE conrelid = pg_class.oid))
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace""",
}
"""Asks for each table by name, and for what it declares: columns and constraints, among them the keys."""


INDEXED_ANEW = {"article_words": {"version"}}
"""What 0023 takes back so that words are indexed anew."""


def made_up(table: Table, number: int, revision: str = "0001") -> dict[str, Any]:
    """Return a row of a table as it is there: an even one points to the one before where a table points into itself."""
    row: dict[str, Any] = {}
    for column in table.columns:
        name = f"{table.name}.{column.name}"
        keys = [key.column.table for key in column.foreign_keys]
        if table in keys:
            row[column.name] = None if number % 2 else number - 1
        elif keys or (column.primary_key and isinstance(column.type, types.Integer)):
            row[column.name] = number
        elif name in VALUES:
            row[column.name] = VALUES[name]
        elif isinstance(column.type, types.JSON):
            row[column.name] = []
        elif isinstance(column.type, types.DateTime):
            row[column.name] = NOON + timedelta(hours=number)
        elif isinstance(column.type, types.Date):
            row[column.name] = NOON.date() + timedelta(days=number)
        elif isinstance(column.type, types.LargeBinary):
            row[column.name] = bytes([0, number])
        elif isinstance(column.type, types.Boolean):
            row[column.name] = bool(number % 2)
        elif isinstance(column.type, types.Integer | types.Float):
            row[column.name] = number
        else:
            row[column.name] = f"{column.name} {number} é"
            if revision >= REWRITTEN.get(table.name, {}).get(column.name, "9999"):
                row[column.name] = json.dumps({"kind": "note", "text": row[column.name]})
    return row


@pytest.fixture
def scripts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Alembic read its fifty scripts once, not at each step."""
    read = ScriptDirectory.from_config(config())
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _config: read)


class Tables:
    """The tables as they are there: those that a step changed are read anew, and those that point to them."""

    def __init__(self) -> None:
        self.there = MetaData()
        self._declared: dict[str, str] = {}

    def read(self, connection: Connection) -> MetaData:
        declared: dict[str, str] = dict(
            connection.exec_driver_sql(DECLARED[connection.dialect.name]).tuples().all()
        )
        stale = {
            name for name in {*declared, *self._declared} if declared.get(name) != self._declared.get(name)
        }
        while more := {
            table.name
            for table in self.there.tables.values()
            if table.name not in stale and stale & {key.column.table.name for key in table.foreign_keys}
        }:
            stale |= more
        for name in stale & self.there.tables.keys():
            self.there.remove(self.there.tables[name])
        self.there.reflect(connection, only=sorted(stale & declared.keys()))
        self._declared = declared
        return self.there


def stored(connection: Connection, there: MetaData) -> Rows:
    """Return the rows of every table."""
    return {
        table.name: [
            dict(zip(table.columns.keys(), row, strict=True)) for row in connection.execute(table.select())
        ]
        for table in there.sorted_tables
        if is_ours(table.name, "table", None) and table.name != "alembic_version"
    }


def fill(connection: Connection, there: MetaData, numbers: tuple[int, ...], revision: str) -> None:
    """Put a row with every column of each number into every table."""
    for table in there.sorted_tables:
        if is_ours(table.name, "table", None) and table.name != "alembic_version":
            if table.name in COUNTED:
                connection.execute(table.delete())  # its rows may have these numbers
            connection.execute(table.insert(), [made_up(table, number, revision) for number in numbers])
            if connection.dialect.name == "postgresql" and "id" in table.columns:
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                connection.exec_driver_sql(
                    f"SELECT setval({sequence}, {numbers[-1]}) WHERE {sequence} IS NOT NULL"
                )


def kept(before: Rows, after: Rows, revision: str) -> None:
    """Hold that the step to a revision kept the rows of every table."""
    for name, rows in before.items():
        rewritten = {column for column, since in REWRITTEN.get(name, {}).items() if since == revision}
        for column in rewritten & rows[0].keys():
            notes = [{"kind": "note", "text": row[column]} for row in rows]
            assert [json.loads(row[column]) for row in after[name]] == notes, f"{name}.{column} at {revision}"
        anew = INDEXED_ANEW[name] if name in INDEXED_ANEW and revision == "0023" else set()
        columns = (rows[0].keys() & after[name][0].keys()) - rewritten - anew
        was, now = ([{c: row[c] for c in columns} for row in some] for some in (rows, after[name]))
        if was == now:  # as nearly always; each row looked for among all took most of the test's time
            continue
        made = [row for row in now if row not in was]
        assert sorted(was, key=str) == sorted((row for row in now if row in was), key=str), (
            f"{name} at {revision}"
        )
        assert not made or name in COUNTED, f"{name} at {revision}"


@pytest.mark.thorough
@pytest.mark.usefixtures("scripts_once")
def test_rows_of_every_revision_are_kept(bare_database: Database) -> None:
    """One step after another: what each revision could hold is there after the next, and so on to the newest."""
    before: Rows = {}
    tables = Tables()
    for step, revision in enumerate(revisions()):
        with bare_database.engine.begin() as connection:
            if not bare_database.is_sqlite:
                wait_for_others(connection)  # this one computes for long between its statements
            command.upgrade(config(connection), revision)
            there = tables.read(connection)
            if before:
                kept(before, stored(connection, there), revision)
            if bare_database.is_sqlite:
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == [], revision
            fill(connection, there, (2 * step + 1, 2 * step + 2), revision)
            before = stored(connection, there)
            assert len(before) > 15
    with bare_database.read() as session:
        for table in (getattr(storage.tables, name) for name in storage.tables.__all__):
            if hasattr(table, "__table__"):
                name = table.__tablename__
                count = len(session.exec(select(table)).all())
                assert count == len(before[name]) >= 2, name


def test_what_is_known_of_articles_is_carried_over_and_indexed_anew(bare_database: Database) -> None:
    """0023: of articles as they stand, every field; those whose fields say more than was searched are indexed again."""
    with bare_database.engine.begin() as connection:
        command.upgrade(config(connection), "0020")
        for statement in ROWS_OF_0020.split(";"):
            connection.exec_driver_sql(statement)
    upgrade(bare_database)
    wanted = "title, source_title, headline, summary, lead, text, text_source"
    with bare_database.engine.begin() as connection:
        found = connection.exec_driver_sql(f"SELECT {wanted} FROM article_version ORDER BY id").all()
        words = (
            connection.exec_driver_sql("SELECT version FROM article_words ORDER BY article_id")
            .scalars()
            .all()
        )
    assert [tuple(row) for row in found] == [
        ("Talks", "", "", "", "", "Old text.", ""),
        ("Talks", "Talks", "Marrow talks", "Ilse Marrow talked.", "A standfirst", "The page.", "page"),
        ("Boats", "Boats", "", "A teaser", "", "Boats came home.", "feed"),
        ("Fish", "Fish", "Fish", "Fish, in short.", "", "Fish, in short. And more.", "page"),
    ]
    assert words == [0, 0, 1]


@pytest.mark.parametrize(("field", "is_taken"), [("summary", True), ("headline", True), ("photo", False)])
@pytest.mark.thorough
def test_mentions_are_of_fields_that_there_are(
    bare_database: Database, field: str, *, is_taken: bool
) -> None:
    with bare_database.engine.begin() as connection:
        command.upgrade(config(connection), "0020")
        for statement in ROWS_OF_0020.split(";"):
            connection.exec_driver_sql(statement)
    upgrade(bare_database)
    mention = (
        'INSERT INTO mention (version_id, watch_list_id, kind, name, field, start, "end", surface, rule, more) '
        f"VALUES (1, 1, 'actor', 'N', '{field}', 0, 1, 'n', 'r', 0)"
    )
    with (
        bare_database.engine.connect() as connection,
        nullcontext() if is_taken else pytest.raises(IntegrityError),
    ):
        connection.exec_driver_sql(mention)


@pytest.mark.thorough
def test_the_service_migrates_without_keeping_alembic(bare_database: Database) -> None:
    script = (
        "import sys; from storage.engine import Database; from storage.migrate import upgrade_apart\n"
        "with Database(sys.stdin.read()) as database: upgrade_apart(database)\n"
        "print('alembic' in sys.modules)"
    )
    url = bare_database.url.render_as_string(hide_password=False)
    ran = subprocess.run(
        [sys.executable, "-c", script], input=url, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "False"
    assert upgrade(bare_database)[0] == revisions()[-1]


def test_files_are_named_for_their_revisions_one_chain() -> None:
    """What is newest is known by the files' names: Alembic is imported only where there is something to migrate."""
    assert storage.migrate.revisions() == revisions()


def test_second_upgrade_changes_nothing(bare_database: Database) -> None:
    before, after = upgrade(bare_database)
    assert before is None
    assert upgrade(bare_database) == (after, after)


def test_rows_of_the_first_revision_mean_what_they_meant(bare_database: Database) -> None:
    make_the_first(bare_database)
    upgrade(bare_database)
    with bare_database.read() as session:
        names = (Alias("Nasser Bourita"), Alias("Naser Burita"))
        assert list(stream_actors(session, 1)) == [
            WatchedActor("Nasser Bourita", names, surname=True, context=("Rabat",))
        ]
        assert session.exec(select(Article.id, Article.matched_version).order_by("id")).all() == [
            (1, 2),
            (2, 0),
        ]
        assert session.exec(select(Alert.kind, Alert.score)).all() == [(AlertKind.ARTICLE, 0.0)]
        digests = select(Notification.id, Notification.digest_id).order_by("id")
        assert session.exec(digests).all() == [(1, 2), (2, None)]
        assert session.exec(select(Attempt.notification_id, Attempt.duration_ms)).all() == [(2, 5)]


def test_hosts_that_the_old_idna_merged_are_parted(bare_database: Database) -> None:
    """Which of the two an article and a feed are of is told by the address as published; nothing else moves."""
    articles = (
        (1, "https://faß.example/a", "https://fass.example/a", "https://fass.example/a"),
        (2, "https://fass.example/b", "https://fass.example/b", None),
        (3, "https://xn--fa-hia.example/c", "https://xn--fa-hia.example/c", None),
        (4, "http://faß.example:8080/c?q=ß", "https://fass.example:8080/c?q=%C3%9F", None),
        (5, "https://faß.example/c", "https://fass.example/c", None),
        (6, "https://gazette.example/Straße", "https://gazette.example/Stra%C3%9Fe", None),
    )
    with bare_database.engine.begin() as connection:
        command.upgrade(config(connection), "0014")
        there = MetaData()
        there.reflect(connection)
        rows = {name: made_up(there.tables[name], 1) for name in ("outlet", "host", "feed", "article")}
        insert = {name: there.tables[name].insert() for name in rows}
        connection.execute(insert["outlet"], rows["outlet"])
        connection.execute(insert["host"], {**rows["host"], "name": "fass.example"})
        connection.execute(insert["feed"], {**rows["feed"], "address": "https://faß.example/rss"})
        for number, url, key, declared in articles:
            new = {"id": number, "url": url, "canonical_url": key, "declared_url": declared, "story_id": None}
            connection.execute(insert["article"], {**rows["article"], **new})
        if not bare_database.is_sqlite:
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('host', 'id'), 1)")
    upgrade(bare_database)
    with bare_database.read() as session:
        hosts = {host.id: host.name for host in session.exec(select(Host))}
        feed = session.exec(select(Feed)).one()
        stored = {row.id: row for row in session.exec(select(Article))}
    assert hosts[feed.host_id] == "xn--fa-hia.example"
    assert {number: (hosts[row.host_id], row.canonical_url) for number, row in stored.items()} == {
        1: ("xn--fa-hia.example", "https://xn--fa-hia.example/a"),
        2: ("fass.example", "https://fass.example/b"),
        3: ("fass.example", "https://xn--fa-hia.example/c"),
        4: ("xn--fa-hia.example:8080", "https://xn--fa-hia.example:8080/c?q=%C3%9F"),
        5: ("xn--fa-hia.example", "https://xn--fa-hia.example/c#!5"),
        6: ("fass.example", "https://gazette.example/Stra%C3%9Fe"),
    }
    assert stored[1].declared_url == "https://xn--fa-hia.example/a"


def test_reasons_in_words_become_facts(bare_database: Database) -> None:
    make_the_first(bare_database)
    with bare_database.engine.begin() as connection:
        command.upgrade(config(connection), "0014")
        reasons = '["2 outlets tell it; there were 1", "Gazette changed its article", "something else"]'
        connection.exec_driver_sql(
            "UPDATE alert SET score_reason = 'in the title (+40), 2 places (+5)', told_outlets = 3, "
            f"reason = 'Nasser Bourita: 9 articles today, 2.0 is usual for this weekday', update_reasons = '{reasons}'"
        )
    upgrade(bare_database)
    with bare_database.read() as session:
        alert = session.exec(select(Alert)).one()
        assert alert.score_parts == (ScorePart("title", 40.0), ScorePart("places", 5.0, 2))
        assert alert.spike == Spike("Nasser Bourita", 9, 2.0)
        assert alert.update_reasons == (MoreOutlets(2, 1), ArticleEdited("Gazette"), Note("something else"))
        assert alert.notified_outlets == 3
        states = select(Article.matched_version, Article.grouped_version, Article.shard).order_by("id")
        assert session.exec(states).all() == [(2, 2, ""), (0, 0, "")]  # what was matched is not told again


def test_sources_of_what_was_found_before_are_counted(bare_database: Database) -> None:
    make_the_first(bare_database)
    upgrade(bare_database)
    with bare_database.read() as session:
        rows = session.exec(select(Volume).order_by(Volume.kind)).all()
    assert [(row.kind, row.name, row.unit, row.starts_at, row.articles) for row in rows] == [
        ("language", "", VolumeUnit.DAY, datetime(2026, 3, 2, tzinfo=UTC), 1),
        ("outlet", "Gazette", VolumeUnit.DAY, datetime(2026, 3, 2, tzinfo=UTC), 1),
    ]


def make_the_first(database: Database) -> None:
    """Make a database of the first revision with rows."""
    with database.engine.begin() as connection:
        command.upgrade(config(connection), "0001")
        for statement in ROWS_OF_0001.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)


def test_newer_database_is_refused(bare_database: Database, tmp_path: Path) -> None:
    upgrade(bare_database)
    with bare_database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("UPDATE schema_floor SET oldest = '9999'")
    with pytest.raises(NewerDatabaseError, match=r"revision 9999.*Update Tocsin"):
        upgrade(bare_database)
    file = tmp_path / "settings.toml"
    url = bare_database.url.render_as_string(hide_password=False)
    file.write_text(f'[storage]\nurl = "{url}"\n[web]\nlisten = "127.0.0.1:0"\n', encoding="utf-8")
    file.chmod(0o600)
    for words in (["run"], ["check"], ["alerts", "list"], ["db", "stats"]):
        result = CliRunner().invoke(app, [*words, "--settings", str(file)])
        assert isinstance(result.exception, NewerDatabaseError), result.output


def test_newer_database_that_has_room_for_us_is_worked_on(bare_database: Database) -> None:
    upgrade(bare_database)
    with bare_database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert upgrade(bare_database) == ("9999", "9999")
    with bare_database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE schema_floor")  # a newer one that does not say
    with pytest.raises(NewerDatabaseError):
        upgrade(bare_database)


BEATS = """
INSERT INTO running_service (id, place, started_at, beat_at)
    VALUES ('{id}', '{id}:1', now(), clock_timestamp() - make_interval(secs => {ago}))
"""


def test_services_at_work_that_are_too_old_are_named_and_nothing_is_upgraded(postgres_url: str) -> None:
    with Database(postgres_url) as database:
        with database.engine.begin() as connection:
            command.upgrade(config(connection), "0036")
            connection.exec_driver_sql(BEATS.format(id="living", ago=-600))
            connection.exec_driver_sql(BEATS.format(id="gone", ago=11))
        with pytest.raises(
            OlderServicesError, match=r"from 0036 to .*: living:1 \(revision 0036\); "
        ) as error:
            upgrade(database)
        assert "gone" not in str(error.value)
        with database.engine.begin() as connection:
            assert storage.migrate.current_revision(connection) == "0036"
            connection.exec_driver_sql("UPDATE running_service SET beat_at = beat_at - interval '20 minutes'")
        assert upgrade(database) == ("0036", newest_revision())


def test_services_of_the_version_before_go_on(postgres_url: str) -> None:
    with Database(postgres_url) as database:
        with database.engine.begin() as connection:
            command.upgrade(config(connection), oldest_that_works())
            connection.exec_driver_sql(BEATS.format(id="living", ago=-600))
        assert upgrade(database) == (oldest_that_works(), newest_revision())


def test_each_migration_says_which_versions_can_go_on_with_what_it_leaves() -> None:
    paths = sorted(storage.migrate.VERSIONS.glob("[0-9]*_*.py"))
    names = [path.name for path in paths]
    since = next(number for number, name in enumerate(names) if name.endswith("_rolling_upgrades.py"))
    for path in paths[since:]:
        revision = path.name.partition("_")[0]
        said = storage.migrate.oldest_of(path)
        assert "\nOLDEST = " in path.read_text("utf-8"), f"{path.name} needs OLDEST: docs/upgrading.md"
        assert said <= revision
