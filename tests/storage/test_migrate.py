"""Migrations: they make exactly the tables that the code knows, once, and refuse a newer database."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from storage.engine import Database
from storage.errors import NewerDatabaseError
from storage.migrate import upgrade


def test_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_second_upgrade_changes_nothing(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'tocsin.db'}") as database:
        before, after = upgrade(database)
        assert before is None
        assert upgrade(database) == (after, after)


def test_newer_database_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError, match=r"revision 9999.*Update Tocsin"):
        upgrade(database)
