"""What is wrong with a document that can be read, as kind and facts; words of before are kept as a note

Revision: 0024
Follows: 0023
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    words = "json_object('kind', 'note', 'text', problem)"
    if op.get_bind().dialect.name == "postgresql":
        words = "json_build_object('kind', 'note', 'text', problem)::text"
    op.execute(f"UPDATE feed SET problem = {words} WHERE problem IS NOT NULL")  # noqa: S608  (words of ours)
