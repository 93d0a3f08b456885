"""What lets a spider's requests pass to their hosts: the fetcher's caller knows politeness, the spider's thread only asks."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from storage.troubles import Trouble


@dataclass(slots=True)
class Answer:
    """What came of a request that passed: filled in before its turn is given back."""

    status: int | None = None
    retry_after: str | None = None
    """The header as it came."""
    trouble: Trouble | None = None
    """Why no answer was had."""
    hung: bool = False


class Crossing(Protocol):
    """Entered with a request's URL in the loop of the service, left once that has answered. May wait, or raise `FetchError`."""

    def __call__(self, url: str, *, claimed: str | None = None) -> AbstractAsyncContextManager[Answer]:
        """Return what holds the turn. `claimed`: the request whose turn is held already, where it was led on from there."""
        ...


LONGEST_REST = timedelta(minutes=1)
"""A host that rests for longer than this ends the request; for a shorter time the spider waits."""
