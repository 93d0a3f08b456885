"""Sources of any kind, fencing tokens, and why something was not read as kind and facts

Revision: 0017
Follows: 0016
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("feed", recreate="never") as batch_op:
        batch_op.add_column(_filled("source_kind", sa.String(), "feed"))
        batch_op.add_column(_filled("source_settings", _JSON, "{}"))
        batch_op.add_column(_filled("source_state", _JSON, "{}"))
        batch_op.add_column(_filled("is_polled", sa.Boolean(), sa.true()))
        batch_op.add_column(_filled("lease_token", sa.Integer(), "0"))
        batch_op.add_column(sa.Column("own_asked_at", _TIME, nullable=True))
        batch_op.add_column(sa.Column("gone_since", _TIME, nullable=True))
    with op.batch_alter_table("article", recreate="never") as batch_op:
        batch_op.add_column(_filled("lease_token", sa.Integer(), "0"))
        batch_op.add_column(_filled("has_page", sa.Boolean(), sa.true()))
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, column in (("feed", "last_error"), ("article", "fetch_error"), ("host", "blocked_reason")):
        words = f"json_build_object('kind', 'note', 'text', {column})::text"
        if not is_postgresql:
            words = f"json_object('kind', 'note', 'text', {column})"
        op.execute(f"UPDATE {table} SET {column} = {words} WHERE {column} IS NOT NULL")  # noqa: S608  (names of ours)
    if is_postgresql:
        op.alter_column("host", "blocked_reason", type_=sa.Text(), existing_type=sa.String())
    else:  # SQLite changes no type in place, and making the table anew would touch all that points to it
        op.add_column("host", sa.Column("reason", sa.Text(), nullable=True))
        op.execute("UPDATE host SET reason = blocked_reason WHERE blocked_reason IS NOT NULL")
        op.execute("ALTER TABLE host DROP COLUMN blocked_reason")
        op.execute("ALTER TABLE host RENAME COLUMN reason TO blocked_reason")


def _filled(name: str, kind: sa.types.TypeEngine[Any], value: Any) -> sa.Column[Any]:  # noqa: ANN401
    return sa.Column(name, kind, nullable=False, server_default=value)
