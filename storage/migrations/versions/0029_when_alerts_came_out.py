"""When the article that raised an alert came out, which alerts are listed by

Revision: 0029
Follows: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("alert", sa.Column("came_out_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE alert SET came_out_at = (SELECT CASE WHEN article.published_at < article.found_at THEN article.published_at"
        " ELSE article.found_at END FROM article WHERE article.id = alert.article_id)"
    )
    op.create_index("ix_alert_came_out", "alert", ["came_out_at", "id"])
