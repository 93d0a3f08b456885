"""Secrets sealed in the database: who has its file, and not the key's, has none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, type_coerce
from sqlmodel import Session, SQLModel, col
from typer.testing import CliRunner

from service.cli.app import app
from service.process import open_service
from service.settings import Settings
from storage.copying import copy
from storage.engine import Database, parse_url, with_key_file
from storage.sealing import SEALED, SealingError, seal_again, seal_what_is_open, stored_as, write_key
from storage.stores.outbox.channels import signing_key
from storage.tables import ChannelRow, Outlet, Role, SigningKey, User
from tests.conftest import START
from tests.databases import on_sqlite

SECRETS = ("hunter2", "basic-pass", "JBSWY3DPEHPK3PXP")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    write_key(tmp_path / "key")
    return tmp_path / "key"


def with_key(url: str, key: Path) -> str:
    return with_key_file(parse_url(url), str(key))


def fill(session: Session) -> None:
    session.add(ChannelRow(name="desk", type="email", settings={"password": SECRETS[0]}, created_at=START))
    session.add(Outlet(name="Gazette", access={"basic": {"password": SECRETS[1]}}, created_at=START))
    session.add(User(name="ed", role=Role.ADMIN, factor_secret=SECRETS[2], created_at=START))
    session.flush()
    signing_key(session, now=START)


def secrets(session: Session) -> list[Any]:
    columns = (ChannelRow.settings, Outlet.access, User.factor_secret, SigningKey.key)
    firsts = (
        select(col(column)).order_by(table.__table__.c.id).limit(1)  # type: ignore[attr-defined]
        for table, column in zip((ChannelRow, Outlet, User, SigningKey), columns, strict=True)
    )
    return [session.execute(first).scalar_one() for first in firsts]


def leave_what_is_replaced(connection: Any, _record: object) -> None:  # noqa: ANN401  (the driver's)
    """Have SQLite leave it where it lies, as it does unless it was built otherwise."""
    connection.execute("PRAGMA secure_delete = OFF")


def stored(database: Database) -> str:
    """All that is stored in columns that are sealed, as it lies there."""
    found = []
    with database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, SEALED):
                    rows = session.execute(select(type_coerce(column, stored_as(column.type))))
                    found += [str(value) for value in rows.scalars() if value]
    return "\n".join(found)


def test_who_has_the_database_alone_has_no_secret(storage_url: str, key: Path) -> None:
    with Database(with_key(storage_url, key)) as database:
        with database.write() as session:
            fill(session)
        with database.read() as session:
            known = secrets(session)
        lies_there = stored(database)
    assert known[:3] == [{"password": "hunter2"}, {"basic": {"password": "basic-pass"}}, "JBSWY3DPEHPK3PXP"]
    assert lies_there.count("sealed") == 4
    assert not [secret for secret in (*SECRETS, repr(known[3])) if secret in lies_there]
    with (
        Database(storage_url) as database,
        database.read() as session,
        pytest.raises(SealingError, match=r"name their key as \[storage\] key_file"),
    ):
        secrets(session)
    write_key(key.with_name("another"))
    with (
        Database(with_key(storage_url, key.with_name("another"))) as database,
        database.read() as session,
        pytest.raises(SealingError, match="sealed with another key"),
    ):
        secrets(session)


def test_what_was_stored_before_there_was_a_key_is_sealed_once(storage_url: str, key: Path) -> None:
    with Database(storage_url) as database, database.write() as session:
        fill(session)
        known = secrets(session)
    with Database(with_key(storage_url, key)) as database:
        with database.write() as session:
            assert seal_what_is_open(session) == 4
            assert seal_what_is_open(session) == 0
            assert secrets(session) == known
        assert not [secret for secret in SECRETS if secret in stored(database)]


def test_a_key_is_changed(storage_url: str, key: Path) -> None:
    with Database(with_key(storage_url, key)) as database, database.write() as session:
        fill(session)
        known = secrets(session)
    old = key.read_text()
    key.unlink()
    write_key(key)
    new = key.read_text()
    key.write_text(new + old)
    with Database(with_key(storage_url, key)) as database, database.write() as session:
        assert seal_again(session) == 4
    key.write_text(new)
    with Database(with_key(storage_url, key)) as database, database.read() as session:
        assert secrets(session) == known


def test_a_copy_is_sealed_as_its_original(
    storage_url: str, sqlite_template: Path, key: Path, tmp_path: Path
) -> None:
    file = f"sqlite:///{tmp_path / 'copy.db'}"
    with Database(with_key(storage_url, key)) as database, Database(with_key(file, key)) as copied:
        with database.write() as session:
            fill(session)
            known = secrets(session)
        copy(database, copied)
        with copied.read() as session:
            assert secrets(session) == known
    content = (tmp_path / "copy.db").read_bytes()
    assert not [secret for secret in SECRETS if secret.encode() in content]


@on_sqlite
def test_command_seals_and_a_backup_holds_no_secret(
    sqlite_url: str, key: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    event.listen(Engine, "connect", leave_what_is_replaced)
    request.addfinalizer(lambda: event.remove(Engine, "connect", leave_what_is_replaced))
    with Database(sqlite_url) as database, database.write() as session:
        fill(session)
        for number in range(40):  # some of what is replaced lies on pages that are free afterwards
            access = {"headers": {"x": "y" * 5_000}, "basic": {"password": SECRETS[1]}}
            session.add(Outlet(name=f"Outlet {number}", access=access, created_at=START))
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[storage]\nurl = "{sqlite_url}"\nkey_file = "{key}"\n')
    key.chmod(0o644)
    told = CliRunner().invoke(app, ["db", "seal", "--settings", str(settings)])
    assert (told.exit_code, "44 secrets sealed." in told.output) == (0, True), told.output
    assert f"{key} holds a secret and may be read or changed by others" in told.output
    backup = tmp_path / "backup.db"
    told = CliRunner().invoke(app, ["db", "backup", str(backup), "--settings", str(settings)])
    assert told.exit_code == 0, told.output
    with Database(with_key(f"sqlite:///{backup}", key)) as database, database.read() as session:
        assert secrets(session)[0] == {"password": "hunter2"}
    content = backup.read_bytes()
    assert not [secret for secret in SECRETS if secret.encode() in content]
    key.write_text("no key\n")
    told = CliRunner().invoke(app, ["db", "seal", "--settings", str(settings)])
    assert "settings.toml:3 storage.key_file:" in str(told.exception)
    assert "holds no keys: one a line" in str(told.exception)


@on_sqlite
async def test_service_seals_at_its_start(sqlite_url: str, key: Path) -> None:
    with Database(sqlite_url) as database, database.write() as session:
        fill(session)
    storage = {"url": sqlite_url, "key_file": str(key)}
    settings = Settings.model_validate({"storage": storage, "web": {"listen": "127.0.0.1:0"}})
    async with open_service(settings) as service:
        assert stored(service.database).count("sealed") == 4
