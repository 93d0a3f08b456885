"""The stage that listens to the mailbox: the sources whose mail came are due at once, not when their next poll is.

A server that has IDLE (RFC 2177) tells of new messages within a second; any other is asked now and then. Only who sent them is
looked at here; the poll reads them, and the sources' own schedule goes on beside, so that nothing depends on what is heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.sources.base import UnknownSourceError, settings_of, source_of
from crawler.sources.mail.account import MailAccount
from crawler.sources.mail.letters import MailMarker
from crawler.sources.mail.listening import FolderListener, Heard
from crawler.sources.mail.message import take_apart
from crawler.sources.mail.source import MailSettings
from storage.engine import Database
from storage.stores.feeds.by_kind import SourceStanding, make_sources_due, sources_of_kind

REFRESHED_EVERY = timedelta(seconds=10)
"""So often it is looked up which sources there are."""
MOST_TRIES = 3
"""So often a source is made due for one message: its sender may not be found by the server's search."""


@dataclass(slots=True)
class _Awaited:
    """A message that a source is to read."""

    validity: int
    uid: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class _Watched:
    """A source of mail, and how it stands."""

    settings: MailSettings
    standing: SourceStanding

    def has_read(self, awaited: _Awaited) -> bool:
        """Return whether it has read the mailbox up to a message."""
        marker = MailMarker.from_state(self.standing.state)
        return marker is not None and marker.validity == awaited.validity and marker.uid >= awaited.uid


class MailWatch:
    """Listens to the folders that sources read. `every` is how often a server without IDLE is asked."""

    def __init__(
        self,
        database: Database,
        account: MailAccount,
        *,
        every: timedelta,
        clock: Callable[[], datetime],
        hint: Callable[[], None],
    ) -> None:
        self._database = database
        self._account = account
        self._every = every
        self._clock = clock
        self._hint = hint
        self._listeners: dict[str, asyncio.Task[None]] = {}
        self._heard: list[Heard] = []
        self._awaited: dict[int, _Awaited] = {}
        self._refresh_at: datetime | None = None
        self._ended: list[asyncio.Task[None]] = []

    async def step(self) -> int:
        """Make the sources due whose mail came; return how many."""
        now = self._clock()
        has_news = bool(self._heard or self._awaited)
        if not has_news and self._refresh_at is not None and now < self._refresh_at <= now + REFRESHED_EVERY:
            return 0
        self._refresh_at = now + REFRESHED_EVERY
        watched = [
            found
            for standing in await self._database.reading(sources_of_kind, kind="mail")
            if (found := _watched(standing)) is not None
        ]
        self._listen_to({self._folder(each) for each in watched})
        due = self._due(watched, now)
        if due:

            def make_due(session: Session) -> None:
                make_sources_due(session, due, now=now)

            await self._database.writing(make_due)
        return len(due)

    async def close(self) -> None:
        """Listen no more."""
        self._listen_to(set())
        await asyncio.gather(*self._ended, return_exceptions=True)

    def _folder(self, watched: _Watched) -> str:
        return watched.settings.folder or self._account.folder

    def _listen_to(self, folders: set[str]) -> None:
        left = [self._listeners.pop(folder) for folder in self._listeners.keys() - folders]
        for task in left:
            task.cancel()
        self._ended = [task for task in (*self._ended, *left) if not task.done()]
        for folder in folders - self._listeners.keys():
            listener = FolderListener(self._account, folder, self._note, every=self._every)
            self._listeners[folder] = asyncio.get_running_loop().create_task(listener.run())

    def _note(self, heard: Heard) -> None:
        """Take in what a listener says, and have it looked at."""
        self._heard.append(heard)
        self._hint()

    def _due(self, watched: Sequence[_Watched], now: datetime) -> list[int]:
        """Return the sources to poll now, of what was heard since."""
        heard, self._heard = self._heard, []
        for each in heard:
            for uid, header in each.headers.items():
                sent = take_apart(header)
                for source in watched:
                    if self._folder(source) == each.folder and sent.is_from(source.settings.sender):
                        self._awaited[source.standing.feed_id] = _Awaited(each.validity, uid)
        opened = {each.folder for each in heard if each.is_opened}
        due = {source.standing.feed_id for source in watched if self._folder(source) in opened}
        by_id = {each.standing.feed_id: each for each in watched}
        for feed_id, awaited in list(self._awaited.items()):
            reader = by_id.get(feed_id)
            if reader is None or awaited.tries == MOST_TRIES or reader.has_read(awaited):
                del self._awaited[feed_id]
            elif not reader.standing.is_leased and reader.standing.next_poll_at > now:
                awaited.tries += 1
                due.add(feed_id)
        return sorted(due)


def _watched(standing: SourceStanding) -> _Watched | None:
    try:
        settings = settings_of(source_of("mail"), standing.address, standing.settings)
    except UnknownSourceError:
        return None
    if not isinstance(settings, MailSettings) or settings.to:
        return None
    return _Watched(settings, standing)
