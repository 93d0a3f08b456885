"""Hearing what comes to a folder of the mailbox, over one session after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from crawler.errors import FetchError
from crawler.sources.mail.account import MailAccount

if TYPE_CHECKING:
    from crawler.sources.mail.imap import ImapSession

log = structlog.get_logger(__name__)

IDLE = timedelta(minutes=9)
"""Servers, and routers on the way, end a connection on which nothing is said for longer."""
SOON, FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=1), timedelta(seconds=15), timedelta(minutes=10)
REFUSED_RETRY = timedelta(minutes=15)
"""Of a login that was refused: to try it often may lock the account."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a folder: the headers that say who sent each new message, by its number."""

    folder: str
    validity: int
    headers: Mapping[int, bytes] = field(default_factory=dict)
    is_opened: bool = False
    """The folder was opened just now: of what came before, nothing was heard."""


class FolderListener:
    """Listens to one folder. `every` is how often a server without IDLE is asked."""

    def __init__(
        self, account: MailAccount, folder: str, note: Callable[[Heard], None], *, every: timedelta
    ) -> None:
        self._account = account
        self._folder = folder
        self._note = note
        self._every = every
        self._retry = FIRST_RETRY
        self._is_told = False

    async def run(self) -> None:
        """Listen until cancelled. What goes wrong is logged once, and tried again ever later."""
        while True:
            try:
                await self._hear()
            except FetchError as error:
                pause = self._pause(error)
            except Exception:
                log.exception("listening to the mailbox failed: internal error", folder=self._folder)
                pause = LONGEST_RETRY
            await asyncio.sleep(pause.total_seconds())

    async def _hear(self) -> None:
        """Hear what comes until the session ends. Raises `FetchError`."""
        from crawler.sources.mail.imap import ImapSession  # here: only who has mail needs it

        session = await asyncio.to_thread(ImapSession, self._account, self._folder, readonly=True)
        try:
            log.debug("listening to the mailbox", folder=self._folder, idle=session.has_idle)
            if self._is_told:
                log.info("mailbox can be listened to again", folder=self._folder)
            self._retry, self._is_told = timedelta(0), False
            self._note(Heard(self._folder, session.validity, is_opened=True))
            await self._follow(session)
        except FetchError:
            await asyncio.to_thread(session.abandon)
            raise
        except BaseException:
            session.interrupt()
            raise

    async def _follow(self, session: ImapSession) -> None:
        uid = session.next_uid - 1
        while True:
            headers = await asyncio.to_thread(session.senders_after, uid)
            if headers:
                uid = max(headers)
                self._note(Heard(self._folder, session.validity, headers))
            if session.has_idle:
                await asyncio.to_thread(session.idle, IDLE)
            else:
                await asyncio.sleep(self._every.total_seconds())

    def _pause(self, error: FetchError) -> timedelta:
        """Return how long to wait after a failure: a session that had been open is opened again at once."""
        if not self._retry:
            self._retry = FIRST_RETRY
            log.debug("mailbox ended the session", folder=self._folder, error=str(error))
            return SOON
        if not self._is_told:
            log.warning("mailbox can't be listened to; retrying", folder=self._folder, error=str(error))
        self._is_told = True
        if error.trouble.facts.get("reason") == "mailbox-login":
            return REFUSED_RETRY
        pause, self._retry = self._retry, min(2 * self._retry, LONGEST_RETRY)
        return pause
