"""Brings a database to the newest revision, and says which one it has."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database
from storage.errors import NewerDatabaseError, OlderDatabaseError, StorageError

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def upgrade(database: Database) -> tuple[str | None, str]:
    """Apply the migrations that are missing, in one transaction; return the revision before and after.

    Raises `NewerDatabaseError` where the database was made by a newer Tocsin, `StorageError` where it can't be opened.
    """
    newest = newest_revision()
    try:
        with database.engine.begin() as connection:
            hold_lock(connection, AdvisoryLock.MIGRATING)
            before = current_revision(connection)
            if before is not None and before not in revisions():
                raise NewerDatabaseError(
                    f"the database {database.url.render_as_string(hide_password=True)} has revision {before}, which this "
                    "Tocsin does not know: it was made by a newer one. Update Tocsin, or restore an older backup."
                )
            if before != newest:
                _migrate(connection)
    except OperationalError as error:
        raise _unopened(database, error) from error
    return before, newest


def require_newest(database: Database) -> None:
    """See that a database has the newest revision; make the tables of an empty one.

    An older one is left as it is: a service of that version may be at work on it, and could not go on. Raises
    `OlderDatabaseError`, saying what to do, and what `upgrade` raises.
    """
    before = revision_of(database)
    if before is None or before not in revisions()[:-1]:
        upgrade(database)
        return
    raise OlderDatabaseError(
        f"the database {database.url.render_as_string(hide_password=True)} has revision {before}, and this Tocsin works with "
        f"{newest_revision()}. Stop the service of the older version, keep a backup (`tocsin db backup FILE`), then `tocsin db "
        "upgrade` or `tocsin run` brings it up to date."
    )


def revision_of(database: Database) -> str | None:
    """Return the revision of a database; None for an empty one. Raises `StorageError` where it can't be opened."""
    try:
        with database.read() as session:
            return current_revision(session.connection())
    except OperationalError as error:
        raise _unopened(database, error) from error


def _unopened(database: Database, error: OperationalError) -> StorageError:
    return StorageError(
        f"can't open the database {database.url.render_as_string(hide_password=True)}: {error.orig}. "
        "Check [storage] url, that its folder exists, and that it may be written."
    )


def upgrade_apart(database: Database) -> None:
    """Do what `upgrade` does, in a process of its own: what Alembic takes of memory ends with it."""
    before = None
    with suppress(StorageError):
        before = revision_of(database)
    if before is None or before in revisions()[:-1]:
        url = database.url.render_as_string(hide_password=False)
        command = [sys.executable, "-P", "-m", "storage.migrate"]
        subprocess.run(command, input=url, text=True, check=False)  # noqa: S603  (ourselves)
    upgrade(database)  # finds nothing left to do, or says what is wrong


def revisions() -> list[str]:
    """Return the revisions that this Tocsin knows, in order: one chain, each file named for its own.

    Raises `StorageError` where the installation lacks them.
    """
    found = sorted(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))
    if not found:
        raise StorageError("no migration was applied: the installation lacks storage/migrations")
    return found


def newest_revision() -> str:
    """Return the revision that this Tocsin works with."""
    return revisions()[-1]


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the connected database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _migrate(connection: Connection) -> None:
    """Let Alembic do it. It is imported here: eight megabytes, and needed once in an update's life."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


if __name__ == "__main__":  # `upgrade_apart`; the URL may hold a password, so it is no argument
    with Database(sys.stdin.read()) as opened, suppress(StorageError):
        upgrade(opened)
