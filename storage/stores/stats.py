"""How much is stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, select

from storage.advisory_lock import is_postgresql
from storage.tables import Article, SchemaFloor

_FREE = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
_USED = """
SELECT coalesce(sum(counted.bytes * least(10, pg_total_relation_size(oid)::float / greatest(1, pg_table_size(oid)))), 0)
FROM pg_class JOIN ({tables}) AS counted USING (relname) WHERE relnamespace = 'public'::regnamespace
"""
_OF_TABLE = """
SELECT '{table}' AS relname, (SELECT count(*) FROM {table}) * coalesce(avg(pg_column_size(newest.*) + 32), 0) AS bytes
FROM (SELECT * FROM {table} ORDER BY {key} DESC LIMIT 1000) AS newest
"""


def rows_by_table(session: Session) -> dict[str, int]:
    """Return how many rows each table has, by its name; but for what migrations note for themselves."""
    return {
        table.name: session.execute(sa_select(func.count()).select_from(table)).scalar_one()
        for table in SQLModel.metadata.sorted_tables
        if table.name != SchemaFloor.__tablename__
    }


def size_bytes(session: Session) -> int:
    """Return how much the database takes on disk, free pages included (SQLite's journal is not)."""
    if is_postgresql(session):
        query = "SELECT pg_database_size(current_database())"
    else:
        query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return int(session.connection().exec_driver_sql(query).scalar_one())


def used_bytes(session: Session) -> int:
    """Return how much of that what is stored takes; the rest is free for what comes.

    On SQLite exactly. PostgreSQL does not say: there it is every table's rows times what its newest thousand take each, with the
    share of indexes (some seconds for each million of rows).
    """
    if not is_postgresql(session):
        return size_bytes(session) - int(session.connection().exec_driver_sql(_FREE).scalar_one())
    tables = " UNION ALL ".join(
        f"({_OF_TABLE.format(table=table.name, key=next(iter(table.primary_key.columns)).name)})"
        for table in SQLModel.metadata.sorted_tables
    )
    return int(session.connection().exec_driver_sql(_USED.format(tables=tables)).scalar_one())


def count_articles(session: Session) -> int:
    """Return how many articles are stored."""
    return session.exec(select(func.count()).select_from(Article)).one()


def found_between(session: Session) -> tuple[datetime, datetime] | None:
    """Return when the oldest and the newest article were found; None where there is none."""
    first, last = session.exec(select(func.min(Article.found_at), func.max(Article.found_at))).one()
    return None if first is None else (first, last)
