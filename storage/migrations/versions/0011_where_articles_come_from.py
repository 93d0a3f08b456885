"""Volume by outlet and language, and indexes by which volume and alerts are counted without looking at their rows

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COUNTED = (
    "INSERT INTO volume (watch_list_id, kind, name, unit, starts_at, articles, stories) "
    "SELECT alert.watch_list_id, '{kind}', {name}, 'day', {day}, COUNT(DISTINCT article.id), 0 FROM alert "
    "JOIN alert_article ON alert_article.alert_id = alert.id JOIN article ON article.id = alert_article.article_id "
    "JOIN outlet ON outlet.id = article.outlet_id GROUP BY alert.watch_list_id, {name}, {day}"
)
"""What was found before is counted from the alerts it is in."""


def upgrade() -> None:
    """Go one revision up."""
    op.drop_index("ix_volume_unit", "volume")
    op.create_index(
        "ix_volume_unit", "volume", ["unit", "starts_at", "kind", "watch_list_id", "name", "articles"]
    )
    op.drop_index("ix_alert_newest", "alert")
    op.create_index("ix_alert_newest", "alert", ["created_at", "watch_list_id"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = (
        "substr(article.found_at, 1, 10) || ' 00:00:00.000000'"
        if is_sqlite
        else "date_trunc('day', article.found_at, 'UTC')"
    )
    for kind, name in (("outlet", "outlet.name"), ("language", "COALESCE(article.language, '')")):
        op.execute(_COUNTED.format(kind=kind, name=name, day=day))
