"""What stands around the news of an outlet is remembered, to compare articles without it

Revision: 0065
Follows: 0064
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("outlet_lines", sa.Column("frames", sa.LargeBinary(), nullable=True))
