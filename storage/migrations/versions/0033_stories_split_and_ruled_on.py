"""Stories are split, and readers say which articles tell one event; of what is stored nothing is split or told

Revision: 0033
Follows: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("story_article", sa.Column("moved_at_version", sa.Integer(), nullable=True))
    op.create_index("ix_story_article_moved", "story_article", ["shard", "moved_at_version"])
    op.create_table(
        "story_ruling",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("shard", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["article.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "other_id"),
    )
    op.create_index("ix_story_ruling_other_id", "story_ruling", ["other_id"])
    op.create_index("ix_story_ruling_version", "story_ruling", ["shard", "version"])
