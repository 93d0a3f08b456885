"""Facts that enrichers tell of articles

Revision: 0014
Follows: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import json_type

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "enrichment",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("enricher", sa.String(), nullable=False),
        sa.Column("facts", json_type(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "enricher"),
    )
