"""Numbers, dates and names relate stories of different languages; of what is stored none are known

Revision: 0040
Follows: 0039
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import json_type

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("story_article", sa.Column("marks", json_type(), nullable=True))
    op.add_column("story_link", sa.Column("marks", json_type(), nullable=False, server_default="[]"))
