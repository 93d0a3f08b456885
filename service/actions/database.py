"""The database: upgrade, back up, prune, copy, and how much is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session

from service.actions.errors import ConflictError
from service.upkeep import Pruned, Upkeep, UpkeepOptions
from storage import sealing
from storage.backup import backup
from storage.copying import CopiedTable, copy
from storage.engine import Database, is_to_be_made, parse_url, with_key_file
from storage.maintenance import rewrite
from storage.migrate import newest_revision, revision_of, revisions, upgrade
from storage.stores.stats import found_between, rows_by_table, size_bytes, used_bytes


@dataclass(frozen=True, slots=True)
class DatabaseStats:
    """How much is stored: bytes on disk and used, the span of the articles, rows by table."""

    bytes: int
    used_bytes: int
    oldest_article: datetime | None
    newest_article: datetime | None
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which revision to which; `before` is None for an empty database. `url` shows no password."""

    url: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class CopiedDatabase:
    """The tables that were copied, each counted and compared. `url` of the copy shows no password."""

    url: str
    tables: Sequence[CopiedTable]


def upgrade_database(url: str) -> Upgraded:
    """Bring a database to the newest revision. Raise `StorageError`."""
    with Database(url) as database:
        before, after = upgrade(database)
        return Upgraded(database.url.render_as_string(hide_password=True), before, after)


@contextmanager
def looked_at(url: str) -> Iterator[tuple[Database, str]]:
    """Give a database to be looked at, and its revision in words; it is neither made nor upgraded.

    Where there is none yet, or it is of an older version, an empty one stands in for it. Raise `StorageError`.
    """
    before = None
    if not is_to_be_made(url):
        with Database(url) as database:
            before = revision_of(database)
            if before is not None and before not in revisions()[:-1]:
                upgrade(database)  # has nothing to do, or says what is wrong
                yield database, f"at revision {before}"
                return
    words = "not made yet"
    if before is not None:
        words = (
            f"at revision {before}, which `tocsin run` or `tocsin db upgrade` brings to {newest_revision()}: what it holds "
            "was not looked at"
        )
    with (
        TemporaryDirectory(prefix="tocsin-check-") as folder,
        Database(f"sqlite:///{Path(folder) / 'empty.db'}") as empty,
    ):
        upgrade(empty)
        yield empty, words


def back_up(url: str, file: Path) -> int:
    """Copy a database into a SQLite file while the service works; return its size in bytes. Raise `StorageError`."""
    with Database(url) as database:
        return backup(database, file)


async def prune(
    database: Database,
    options: UpkeepOptions,
    *,
    clock: Callable[[], datetime],
    dry_run: bool = False,
    vacuum: bool = False,
) -> Pruned:
    """Delete what is no longer to be kept, or with `dry_run` only count what is too old; return how much."""
    upkeep = Upkeep(database, options, clock=clock)
    if dry_run:
        return await upkeep.due()
    pruned = await upkeep.prune()
    if vacuum:
        rewrite(database)
    return pruned


def copy_database(source: str, target: str) -> CopiedDatabase:
    """Copy a whole database into an empty one. Raise `StorageError` where anything differs: nothing is kept then."""
    with Database(source) as old, Database(with_key_file(parse_url(target), old.key_file)) as new:
        return CopiedDatabase(new.url.render_as_string(hide_password=True), copy(old, new))


def statistics(session: Session) -> DatabaseStats:
    """Return how much is stored."""
    oldest, newest = found_between(session) or (None, None)
    return DatabaseStats(
        size_bytes(session), used_bytes(session), oldest, newest, dict(rows_by_table(session))
    )


def write_key(file: Path) -> None:
    """Write a new key, to seal secrets by, into a file that is not there yet. Raise `StorageError`."""
    sealing.write_key(file)


def seal_secrets(database: Database) -> int:
    """Seal all secrets of a database again with the first key of its file; return in how many places. Raise `ConflictError`."""
    if not database.key_file:
        raise ConflictError("name a file of keys first, as [storage] key_file: tocsin db key FILE writes one")
    with database.write() as session:
        return sealing.seal_again(session)
