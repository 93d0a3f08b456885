"""What a feed says beside an entry's text is kept, so that an edit of that alone is noticed

Revision: 0026
Follows: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("article", sa.Column("feed_summary", sa.Text(), nullable=True))
