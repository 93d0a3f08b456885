"""Brings a database to the newest revision, and says which one it has."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database
from storage.errors import NewerDatabaseError, OlderDatabaseError, OlderServicesError, StorageError
from storage.postgres import is_in_the_way, wait_for_tables_briefly
from storage.stores.services import STALE_AFTER

VERSIONS = Path(__file__).parent / "migrations" / "versions"
ATTEMPTS = 10
_OLDEST = re.compile(r'^OLDEST = "(\d+)"', re.MULTILINE)


def upgrade(database: Database) -> tuple[str | None, str]:
    """Apply the migrations that are missing, in one transaction; return the revision before and after.

    A newer database on which this Tocsin can work stays as it is. Raises `NewerDatabaseError` where it can't,
    `OlderServicesError` where services of older versions are at work that could not go on, `StorageError` where the database
    can't be opened.
    """
    try:
        return _begun_again(database)
    except OperationalError as error:
        if is_in_the_way(error):
            raise StorageError(
                f"the database {_shown(database)} could not be upgraded: another session holds a table for long (an export, "
                "a backup, a program of yours; pg_locks tells). Nothing was changed: try again once it is done."
            ) from error
        raise _unopened(database, error) from error


def _begun_again(database: Database) -> tuple[str | None, str]:
    """Upgrade, and again where services at work held what it needs: each of their transactions is short."""
    for _time in range(ATTEMPTS - 1):
        try:
            return _upgraded(database)
        except DBAPIError as error:
            if not is_in_the_way(error):
                raise
    return _upgraded(database)


def _upgraded(database: Database) -> tuple[str | None, str]:
    newest = newest_revision()
    with database.engine.begin() as connection:
        hold_lock(connection, AdvisoryLock.MIGRATING)
        before = current_revision(connection)
        if before is not None and before not in revisions():
            _require_room_for_us(database, connection, before)
            return before, before
        if before != newest:
            floor = oldest_that_works()
            if before is not None:
                _require_no_older_service(database, connection, before, floor)
            if not database.is_sqlite:
                wait_for_tables_briefly(connection)
            _migrate(connection)
            connection.execute(text("DELETE FROM schema_floor"))
            connection.execute(text("INSERT INTO schema_floor (oldest) VALUES (:oldest)"), {"oldest": floor})
    return before, newest


def oldest_that_works() -> str:
    """Return the oldest revision whose Tocsin can work on the tables of the newest one (docs/upgrading.md).

    Each migration says it of its own step, as `OLDEST`; one that does not leaves all before it behind.
    """
    return max(oldest_of(path) for path in VERSIONS.glob("[0-9]*_*.py"))


def oldest_of(path: Path) -> str:
    """Return the oldest revision whose Tocsin can go on with what a migration leaves."""
    said = _OLDEST.search(path.read_text("utf-8"))
    return said[1] if said is not None else path.name.partition("_")[0]


def _require_room_for_us(database: Database, connection: Connection, revision: str) -> None:
    """See that a database of a newer version can still be worked on by this one. Raises `NewerDatabaseError`."""
    floor = None
    if inspect(connection).has_table("schema_floor"):
        floor = connection.execute(text("SELECT oldest FROM schema_floor")).scalar()
    if floor is None or newest_revision() < floor:
        raise NewerDatabaseError(
            f"the database {_shown(database)} has revision {revision}, which this "
            "Tocsin does not know: it was made by a newer one. Update Tocsin, or restore an older backup."
        )


def _require_no_older_service(database: Database, connection: Connection, before: str, floor: str) -> None:
    """See that all services at work can go on with what the migrations leave. Raises `OlderServicesError`."""
    if database.is_sqlite or not inspect(connection).has_table("running_service"):
        return
    columns = {column["name"] for column in inspect(connection).get_columns("running_service")}
    known = (
        "coalesce(revision, (SELECT oldest FROM schema_floor), :before)"
        if "revision" in columns
        else ":before"
    )
    since = "beat_at > clock_timestamp() - make_interval(secs => :most)"
    rows = connection.execute(
        text(f"SELECT place, {known} FROM running_service WHERE {since}"),  # noqa: S608  (ours, both)
        {"most": STALE_AFTER.total_seconds(), "before": before},
    ).all()
    old = sorted(f"{place} (revision {knows})" for place, knows in rows if knows < floor)
    if old:
        raise OlderServicesError(
            f"the database {_shown(database)} is not upgraded from {before} to {newest_revision()}: services too old for what "
            f"it would be then are at work on it: {', '.join(old)}; {floor} is the least. Stop them, wait ten seconds, then try "
            "again (docs/upgrading.md)."
        )


def _shown(database: Database) -> str:
    return database.url.render_as_string(hide_password=True)


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
        f"the database {_shown(database)} has revision {before}, and this Tocsin works with "
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
        f"can't open the database {_shown(database)}: {error.orig}. "
        "Check [storage] url, that its folder exists, and that it may be written."
    )


def upgrade_apart(database: Database) -> None:
    """Do what `upgrade` does, in a process of its own: what Alembic takes of memory ends with it."""
    before = None
    with suppress(StorageError):
        before = revision_of(database)
    if before is None or before in revisions()[:-1]:
        url = database.address
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
