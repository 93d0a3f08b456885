"""How much is stored."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel


def rows_by_table(session: Session) -> dict[str, int]:
    """Gives how many rows each table has, by its name."""
    return {
        table.name: session.execute(sa_select(func.count()).select_from(table)).scalar_one()
        for table in SQLModel.metadata.sorted_tables
    }


def size_bytes(session: Session) -> int:
    """Gives how much the database takes on disk, free pages included (SQLite's journal is not)."""
    if session.get_bind().dialect.name == "sqlite":
        query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    else:
        query = "SELECT pg_database_size(current_database())"
    return int(session.connection().exec_driver_sql(query).scalar_one())
