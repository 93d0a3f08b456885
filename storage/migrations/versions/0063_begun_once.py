"""What the settings file has begun is noted by the name that it has there: renamed, it is not begun again

Names are noted as the file is read: at the first start, before anybody can rename anything.

Revision: 0063
Follows: 0062
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "begun",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
    )
