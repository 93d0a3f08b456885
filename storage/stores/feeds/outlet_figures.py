"""What each outlet brought and cost in a time: articles, alerts, pages read and asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.tables import Alert, Article


@dataclass(frozen=True, slots=True)
class OutletFigures:
    """Of one outlet's articles that were found in a time."""

    articles: int = 0
    alerts: int = 0
    """Raised by one of them."""
    pages: int = 0
    """Pages of them that were read."""
    requests: int = 0
    """Requests that these took, those that failed included; pages that are read again for edits count once."""


def outlet_figures(session: Session, *, since: datetime) -> dict[int, OutletFigures]:
    """Return the figures of each outlet since then, by its id; those that brought nothing have none."""
    # grouped by what no index holds: by that of the outlets SQLite would read every article there is
    outlet, recent = col(Article.outlet_id) + 0, col(Article.found_at) >= since
    found = session.execute(
        sa_select(
            outlet, func.count(), func.count(col(Article.read_at)), func.sum(col(Article.fetch_attempts))
        )
        .where(recent)
        .group_by(outlet)
    )
    counted = {number: (articles, pages, int(tries or 0)) for number, articles, pages, tries in found}
    raised = session.execute(
        sa_select(outlet, func.count())
        .select_from(Alert)
        .join(Article, col(Article.id) == col(Alert.article_id))
        .where(col(Alert.created_at) >= since, col(Alert.merged_into_id).is_(None))
        .group_by(outlet)
    )
    alerts = {row[0]: row[1] for row in raised}
    return {
        number: OutletFigures(articles, alerts.get(number, 0), pages, tries)
        for number, (articles, pages, tries) in counted.items()
    } | {number: OutletFigures(0, count) for number, count in alerts.items() if number not in counted}
