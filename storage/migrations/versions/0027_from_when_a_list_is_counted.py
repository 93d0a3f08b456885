"""From when on the articles of a watch list are counted, where a backfill went back before it was made

Revision: 0027
Follows: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("watch_list", sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True))
