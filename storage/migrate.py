"""Brings a database to the newest revision, and says which one it has."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database
from storage.errors import NewerDatabaseError, StorageError


def upgrade(database: Database) -> tuple[str | None, str]:
    """Applies the migrations that are missing, in one transaction; gives the revision before and after.

    Raises `NewerDatabaseError` where the database was made by a newer Tocsin, `StorageError` where it can't be opened.
    """
    try:
        with database.engine.begin() as connection:
            hold_lock(connection, AdvisoryLock.MIGRATING)
            before = current_revision(connection)
            config = _config(connection)
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if before is not None and before not in known:
                raise NewerDatabaseError(
                    f"the database {database.url.render_as_string(hide_password=True)} has revision {before}, which this "
                    "Tocsin does not know: it was made by a newer one. Update Tocsin, or restore an older backup."
                )
            command.upgrade(config, "head")
            after = current_revision(connection)
    except OperationalError as error:
        raise StorageError(
            f"can't open the database {database.url.render_as_string(hide_password=True)}: {error.orig}. "
            "Check [storage] url, that its folder exists, and that it may be written."
        ) from error
    if after is None:
        raise StorageError("no migration was applied: the installation lacks storage/migrations")
    return before, after


def current_revision(connection: Connection) -> str | None:
    """Gives the revision of the connected database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Gives the revision that this Tocsin works with."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
