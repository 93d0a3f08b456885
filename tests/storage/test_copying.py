"""A copy of a whole database: every table the same, numbers that go on, and nothing at all where anything is wrong."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel
from typer.testing import CliRunner

from alerts.search import needs_of
from service.cli.app import app
from service.process import open_service
from storage.copying import copy
from storage.engine import Database
from storage.errors import StorageError
from storage.lock import exclusive
from storage.migrate import upgrade
from storage.rows import id_of
from storage.stores.articles.search_index import holding
from storage.stores.stats import rows_by_table
from storage.tables import (
    Attempt,
    AttemptOutcome,
    ChannelRow,
    HostPages,
    Notification,
    NotificationKind,
    OutletLines,
    SigningKey,
    Story,
    Unsubscription,
)
from tests.archive import AlertStages, add_article, add_channel, add_version, watch
from tests.conftest import START, Clock
from tests.service.web.served import settings_on

TEXT = "Nasser Bourita spoke in Rabat. ناصر بوريطة 摩洛哥 \U0001f30d"


async def fill(database: Database, clock: Clock) -> None:
    """Put something into the database as the stages do, and what they rarely do."""
    with database.write() as session:
        desk = add_channel(session)
        watch(session, "W", actors=["Nasser Bourita"], channels=["desk"])
        for number in range(30):
            add_article(session, f"Talks {number}", f"{TEXT} Number {number}.")
    stage = AlertStages(database, clock)
    await stage.load()
    await stage.step()
    with database.write() as session:
        add_version(session, 1, text="Edited. " + TEXT)
    await stage.step()
    await stage.close()
    with database.write() as session:
        first, second = add_channel(session, "first"), add_channel(session, "second")
        session.get_one(ChannelRow, first).fallback_id = second
        session.get_one(ChannelRow, second).fallback_id = first  # each points at the other
        stories = [Story(created_at=START) for _ in range(2)]
        session.add_all(stories)
        session.flush()
        stories[0].merged_into_id = id_of(stories[1])  # a lower number points at a higher one
        member, digest = (
            Notification(
                uid=uid, channel_id=desk, kind=NotificationKind.DIGEST, payload={"a": [1, None, "é"]}, created_at=START,
                due_at=START, recipients={"desk@example.org": [250, "OK"]},
            )
            for uid in ("member", "digest")
        )  # fmt: skip
        session.add_all([member, digest])
        session.flush()
        member.digest_id = id_of(digest)
        session.add(
            Attempt(
                notification_id=id_of(digest),
                number=1,
                started_at=START,
                duration_ms=5,
                outcome=AttemptOutcome.SENT,
            )
        )
        session.add(Unsubscription(channel_id=desk, address="Zoë@example.org", at=START))
        session.add(Unsubscription(channel_id=desk, address="abc@example.org", at=START))
        session.add(SigningKey(key=bytes(range(32)), created_at=START))
        session.get_one(OutletLines, 1).recent = b"\x00\xff"  # grouping made it
        session.add(HostPages(host_id=1, recent=[["read", 120, "abc", "https://gazette.example/1"]]))


def everything(session: Session) -> dict[str, list[tuple[object, ...]]]:
    return {
        table.name: sorted((tuple(row) for row in session.execute(table.select())), key=repr)
        for table in SQLModel.metadata.sorted_tables
        if table.name != "schema_floor"  # a database's own
    }


@pytest.fixture(params=["to PostgreSQL", "to SQLite"])
def pair(
    request: pytest.FixtureRequest, sqlite_database: Database, postgres_database: Database
) -> tuple[Database, Database]:
    if request.param == "to PostgreSQL":
        return sqlite_database, postgres_database
    return postgres_database, sqlite_database


async def test_copy_holds_everything_and_goes_on(pair: tuple[Database, Database], clock: Clock) -> None:
    source, target = pair
    await fill(source, clock)
    copied = {table.name: table.rows for table in copy(source, target)}
    with source.read() as before, target.read() as after:
        # which services run is not copied
        assert copied | {"running_service": 0} == rows_by_table(before) == rows_by_table(after)
        assert copied["alert"] > 0
        assert everything(before) == everything(after)
        found = holding(before, needs_of("Rabat"), limit=1000)
        assert len(found) == 30
        assert holding(after, needs_of("Rabat"), limit=1000) == found
        assert holding(after, needs_of("摩洛哥"), limit=1000) == found
    with target.write() as session:
        added = add_article(session, "After the copy", "In Agadir.")
        assert added == copied["article"] + 1
    async with open_service(settings_on(target.url.render_as_string(hide_password=False))) as service:
        await service.parts.matching.step()
        assert await service.database.reading(
            lambda session: holding(session, needs_of("Agadir"), limit=5)
        ) == [added]


def test_target_that_holds_anything_is_refused(pair: tuple[Database, Database]) -> None:
    source, target = pair
    with target.write() as session:
        add_channel(session)
    with pytest.raises(StorageError, match=r"is not empty \(the table channel has 1 rows\)"):
        copy(source, target)


async def test_copy_that_fails_leaves_the_target_empty(
    sqlite_database: Database, postgres_database: Database, clock: Clock
) -> None:
    await fill(sqlite_database, clock)
    with sqlite_database.engine.begin() as connection:  # what SQLite takes and PostgreSQL does not
        connection.exec_driver_sql("UPDATE alert SET dedup_key = 'a' || char(0) || 'b' WHERE id = 1")
    with pytest.raises(StorageError, match="the table alert can't be copied"):
        copy(sqlite_database, postgres_database)
    with postgres_database.read() as session:
        assert set(rows_by_table(session).values()) == {0}


async def test_difference_is_noticed(sqlite_database: Database, postgres_url: str, clock: Clock) -> None:
    """A database that changes what it is given: here a trigger does."""
    await fill(sqlite_database, clock)
    with Database(postgres_url) as target:
        upgrade(target)
        with target.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.score = NEW.score + 1; RETURN NEW; END $$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER spoil BEFORE INSERT ON alert FOR EACH ROW EXECUTE FUNCTION spoil()"
            )
        with pytest.raises(StorageError, match="the table alert came out otherwise"):
            copy(sqlite_database, target)
        with target.read() as session:
            assert set(rows_by_table(session).values()) == {0}


def test_database_in_use_or_of_another_revision_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'new.db'}") as target:
        with exclusive(sqlite_database), pytest.raises(StorageError, match="in use by process"):
            copy(sqlite_database, target)
        with sqlite_database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        with pytest.raises(StorageError, match=r"has revision 0001.*run tocsin db upgrade"):
            copy(sqlite_database, target)
    with pytest.raises(StorageError, match="the same database"):
        copy(sqlite_database, sqlite_database)


async def test_command_copies_and_prints_what(
    sqlite_database: Database, tmp_path: Path, clock: Clock
) -> None:
    await fill(sqlite_database, clock)
    target = tmp_path / "new.db"
    urls = [sqlite_database.url.render_as_string(), f"sqlite:///{target}"]
    result = CliRunner().invoke(app, ["db", "copy", *urls, "--json"])
    assert result.exit_code == 0, result.output
    rows = {table["name"]: table["rows"] for table in json.loads(result.stdout)}
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT count(*) FROM alert").fetchone() == (rows["alert"],)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    again = CliRunner().invoke(app, ["db", "copy", *urls])
    assert "is not empty" in str(again.exception)
