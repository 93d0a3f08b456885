"""Why a delivery failed, a channel is off, or a hub refuses, as kind and facts; words of before are kept as a note

Revision: 0022
Follows: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("channel", "disabled_reason"),
    ("notification", "last_error"),
    ("attempt", "error"),
    ("subscription", "last_error"),
)


def upgrade() -> None:
    """Go one revision up."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, column in _COLUMNS:
        words = f"json_build_object('kind', 'note', 'text', {column})::text"
        if not is_postgresql:
            words = f"json_object('kind', 'note', 'text', {column})"
        op.execute(f"UPDATE {table} SET {column} = {words} WHERE {column} IS NOT NULL")  # noqa: S608  (names of ours)
    if is_postgresql:
        op.alter_column("channel", "disabled_reason", type_=sa.Text(), existing_type=sa.String())
    else:  # SQLite changes no type in place, and making the table anew would touch all that points to it
        op.add_column("channel", sa.Column("reason", sa.Text(), nullable=True))
        op.execute("UPDATE channel SET reason = disabled_reason WHERE disabled_reason IS NOT NULL")
        op.execute("ALTER TABLE channel DROP COLUMN disabled_reason")
        op.execute("ALTER TABLE channel RENAME COLUMN reason TO disabled_reason")
