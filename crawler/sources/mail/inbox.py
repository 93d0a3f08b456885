"""Mail that was sent to an address of ours: kept in the database until its source has read it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from crawler.sources.mail.letters import Letter, LetterBatch
from storage.engine import Database
from storage.stores.feeds.inbound import take_inbound

MOST_LETTERS = 200
MOST_BYTES = 30_000_000
"""Read at a time: the rest comes with the next poll."""


class Inbox:
    """What came to our own addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def new_letters(self, address: str, read: Sequence[str]) -> LetterBatch:
        """Return what came for the source of this address; `read` is what the last batch had, which is stored and goes now."""
        take = partial(take_inbound, address=address, read=read, limit=MOST_LETTERS, most_bytes=MOST_BYTES)
        messages = await self._database.writing(take)
        letters = [
            Letter(number, message.received_at, message.body, len(message.body))
            for number, message in enumerate(messages, 1)
        ]
        return LetterBatch(letters=letters, read=[message.key for message in messages])
