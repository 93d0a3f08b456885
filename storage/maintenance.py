"""What keeps a database quick and no larger than it must be: statistics for its planner, and free space given back."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlmodel import Session

from storage.engine import Database

PAGES_AT_ONCE = 1_000
"""Given back in one transaction, which others wait for: 4 MB."""
FREE_SHARE = 0.1
"""So much of a file may be free: the next articles use it."""


def optimize(database: Database, *, vacuum: bool) -> None:
    """Has the planner's statistics kept up to date; with `vacuum`, also what PostgreSQL's deleted rows took is made free.

    PostgreSQL does both by itself too, but later. Readers and writers go on meanwhile.
    """
    analyze = "VACUUM (ANALYZE)" if vacuum else "ANALYZE"
    with database.outside_transactions() as connection:
        connection.exec_driver_sql("PRAGMA optimize" if database.is_sqlite else analyze)


def give_back(session: Session) -> int:
    """Return some of a SQLite file's free pages back to the disk, where more than a tenth is free; return how many.

    Only of a file that was made so, or rewritten (`rewrite`) since: the pages of an older one are used again, and no more.
    """
    connection = session.connection()
    free, pages = (_pragma(connection, name) for name in ("freelist_count", "page_count"))
    if free <= FREE_SHARE * pages or _pragma(connection, "auto_vacuum") != 2:
        return 0
    connection.exec_driver_sql(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})")
    return free - _pragma(connection, "freelist_count")


def rewrite(database: Database) -> None:
    """Write the database anew, without what is free. Others wait meanwhile, and the disk must hold it twice."""
    statements = (
        ("PRAGMA auto_vacuum = INCREMENTAL", "VACUUM") if database.is_sqlite else ("VACUUM (FULL, ANALYZE)",)
    )
    with database.outside_transactions() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
