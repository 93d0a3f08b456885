"""The mailbox that newsletters come to: asked by one poll after another, over one session that is kept open for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from crawler.errors import FetchError
from crawler.sources.mail.account import MailAccount
from crawler.sources.mail.letters import LetterBatch, MailMarker

if TYPE_CHECKING:
    from crawler.sources.mail.imap import ImapSession

T = TypeVar("T")

KEPT_OPEN = timedelta(seconds=30)
"""A session is closed when nobody has asked for anything in so long: to log in for each sender would cost more than the rest."""


class Mailbox:
    """An account on an IMAP server. Who uses it closes it."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self._turn = asyncio.Lock()
        self._session: ImapSession | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def new_letters(self, sender: str, marker: MailMarker | None, *, folder: str = "") -> LetterBatch:
        """Return what came of a sender since `marker`. Raises `FetchError`.

        A session that was kept open may have been ended by the server; then another is opened.
        """
        async with self._turn:
            kept = self._session is not None
            try:
                return await self._ask(folder, lambda session: session.new_letters(sender, marker))
            except FetchError:
                if not kept:
                    raise
                return await self._ask(folder, lambda session: session.new_letters(sender, marker))

    async def aclose(self) -> None:
        """Log out, if need be in the midst of a poll."""
        if self._session is not None and self._turn.locked():
            self._session.interrupt()
        await self._close()

    async def _ask(self, folder: str, question: Callable[[ImapSession], T]) -> T:
        if self._closing is not None:
            self._closing.cancel()
        try:
            session = await self._opened(folder or self.account.folder)
            answer = await asyncio.to_thread(question, session)
        except BaseException:
            session_before, self._session = self._session, None
            if session_before is not None:  # it may be in the midst of an answer
                session_before.interrupt()
            raise
        self._closing = asyncio.get_running_loop().call_later(KEPT_OPEN.total_seconds(), self._end)
        return answer

    async def _opened(self, folder: str) -> ImapSession:
        from crawler.sources.mail.imap import ImapSession  # here: only who has mail needs it

        session = self._session
        if session is None or session.folder != folder:
            if session is not None:
                self._session = None
                await asyncio.to_thread(session.close)
            self._session = session = await asyncio.to_thread(ImapSession, self.account, folder)
        return session

    def _end(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        async with self._turn:
            if self._closing is not None:
                self._closing.cancel()
            session, self._session = self._session, None
            if session is not None:
                await asyncio.to_thread(session.close)
