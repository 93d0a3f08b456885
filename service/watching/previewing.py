"""Trials for the page: in a worker process, so that a large archive holds up neither the page nor the service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import URL

from alerts.values import WatchList
from crawler.pool import CpuPool
from service.watching.editing import facts_of
from service.watching.trying import Trial, try_rule, try_stored, try_watch_list
from storage.engine import Database
from storage.tables import AlertPolicy

DAYS = 30
MOST = 20_000
"""Articles that are looked at, so that a preview comes while one waits; `tocsin watch test` looks at all."""
LIVE = 3_000
"""And while one types."""


async def preview(
    pool: CpuPool,
    database: Database,
    watch: WatchList,
    alert: AlertPolicy,
    *,
    now: datetime,
    most: int = MOST,
) -> Trial:
    """Tries a draft on the newest articles of the last 30 days, those that hold its words where it is of one actor or topic.

    Raises `QueryError`, `WorkFailedError`.
    """
    return await pool.run(_draft, _url(database.url), watch, alert, now, most)


async def preview_stored(pool: CpuPool, database: Database, name: str, *, now: datetime) -> Trial:
    """Tries a stored list in the same way. Raises `WatchError`, `WorkFailedError`."""
    return await pool.run(_stored, _url(database.url), name, now)


def _draft(url: str, watch: WatchList, alert: AlertPolicy, now: datetime, most: int) -> Trial:
    attempt = try_rule if len(watch.actors) + len(watch.topics) == 1 else try_watch_list
    with Database(url) as database, database.read() as session:
        return attempt(session, watch, alert, days=DAYS, now=now, most=most)


def _stored(url: str, name: str, now: datetime) -> Trial:
    with Database(url) as database, database.read() as session:
        return try_stored(session, facts_of(session, name), days=DAYS, now=now, most=MOST)


def _url(url: URL) -> str:
    return url.render_as_string(hide_password=False)
