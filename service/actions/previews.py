"""Trials for the page: in a worker process, so that a large archive holds up neither the page nor the service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from alerts.errors import QueryError
from alerts.values import WatchList
from crawler.pool import CpuPool, WorkFailedError
from service.actions.errors import InvalidError
from service.actions.lookup import find_list
from service.actions.proposals import Proposal, proposals
from service.actions.topics import BrokenQueryError
from service.actions.trials import Trial, try_rule, try_stored, try_watch_list
from service.locale import translator
from storage.engine import Database
from storage.language import _, speaker, speaking
from storage.tables import AlertPolicy
from storage.viewers import Viewer, looking_as, viewer

DAYS = 30
T = TypeVar("T")
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
    """Try a draft on the newest articles of the last 30 days, those that hold its words where it is of one actor or topic.

    Raises `ActionError`, also where the trial takes too long.
    """
    return await _run(pool, _draft, database.address, watch, alert, now, most)


async def preview_stored(
    pool: CpuPool, database: Database, which: str | int, *, days: int = DAYS, now: datetime
) -> Trial:
    """Try a stored list in the same way. Raises `ActionError`."""
    return await _run(pool, _stored, database.address, which, days, now)


async def preview_proposals(pool: CpuPool, database: Database, which: str | int) -> list[Proposal]:
    """Return the changes of a list that its dismissed alerts suggest. Raises `ActionError`."""
    return await _run(pool, _proposals, database.address, which)


async def _run(pool: CpuPool, work: Callable[..., T], *values: object) -> T:
    try:
        return await pool.run(_asked, viewer(), speaker().code, work, *values)
    except QueryError as error:
        raise BrokenQueryError.of(error) from error
    except WorkFailedError as error:
        raise InvalidError(_("the trial was given up: {error}", error=error)) from error


def _asked(who: Viewer | None, language: str, work: Callable[..., T], *values: object) -> T:
    """Do it as this viewer, in their language: a worker process knows neither."""
    with looking_as(who), speaking(translator(language)):
        return work(*values)


def _draft(url: str, watch: WatchList, alert: AlertPolicy, now: datetime, most: int) -> Trial:
    attempt = try_rule if len(watch.actors) + len(watch.topics) == 1 else try_watch_list
    with Database(url) as database, database.read() as session:
        return attempt(session, watch, alert, days=DAYS, now=now, most=most)


def _stored(url: str, which: str | int, days: int, now: datetime) -> Trial:
    with Database(url) as database, database.read() as session:
        return try_stored(session, find_list(session, which), days=days, now=now, most=MOST)


def _proposals(url: str, which: str | int) -> list[Proposal]:
    with Database(url) as database, database.read() as session:
        return proposals(session, which)
