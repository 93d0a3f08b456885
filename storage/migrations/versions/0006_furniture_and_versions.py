"""Furniture learned of each outlet, and pages read again

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("article", recreate="never") as batch_op:
        for name in ("section", "photo_caption", "page_title", "page_etag", "page_last_modified"):
            kind = sa.String() if name == "section" else sa.Text()
            batch_op.add_column(sa.Column(name, kind, nullable=True))
        for name in ("read_at", "recheck_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_article_recheck_at"), ["recheck_at"], unique=False)
    op.create_table(
        "outlet_lines",
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("recent", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("outlet_id"),
    )
    op.create_table(
        "furniture_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("outlet_id", "text"),
    )
    op.create_index("ix_furniture_line_last_seen_at", "furniture_line", ["last_seen_at"], unique=False)
    op.create_table(
        "host_pages",
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("recent", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("host_id"),
    )
