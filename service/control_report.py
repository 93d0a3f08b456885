"""The weekly word to the operators on how we compare with the control sources, where there are some."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from alerts.delivery.service_alerts import notify_of_service
from storage.engine import Database
from storage.language import as_the_service
from storage.stores.feeds.control_findings import is_report_due, note_report

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
"""Between two looks at whether it is due."""
WEEK = timedelta(days=7)


class ControlReports:
    """Tells the operators once a week."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._next = clock()

    async def step(self) -> int:
        """Tell, where a week has gone by; return how many mails that was."""
        now = self._clock()
        if now < self._next <= now + EVERY:  # further off it is only where the clock was set back
            return 0
        self._next = now + EVERY
        if not await self._database.reading(is_report_due, told_before=now - WEEK):
            return 0
        from service.missed.figures import control_figure, describe_figure  # heavy, and seldom due

        figure = await self._database.reading(control_figure, since=now - WEEK, now=now)
        with as_the_service():
            subject, text = describe_figure(figure)

        def tell(session: Session) -> int:
            if not note_report(session, told_before=now - WEEK, now=now):
                return 0  # another process was first
            return notify_of_service(session, subject=subject, text=text, now=now)

        told = await self._database.writing(tell)
        log.info("control sources compared", found=figure.found, of=figure.total, told=told)
        return told
