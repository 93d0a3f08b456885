"""Whose word a dismissal is stands in a column of its own, no longer as "by NAME" in its reason

Revision: 0025
Follows: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("dismissal", sa.Column("caller", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE dismissal SET caller = substr(reason, 4), reason = '' WHERE via IN ('page', 'api') AND reason LIKE 'by %'"
    )
