"""What can come of asking for a page."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.polite.resting import BadAnswer
from crawler.values import ExtractedPage
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page that was read, and what makes the next request for it conditional."""

    page: ExtractedPage
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class PageUnchanged:
    """The host says that the page is as it was (HTTP 304)."""


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A page that could not be fetched; `passing` if it is worth another try."""

    answer: BadAnswer
    passing: bool

    @property
    def is_gone(self) -> bool:
        """Return whether the host says that there is no such page."""
        return self.answer.status in (404, 410)


PageOutcome = PageRead | PageUnchanged | PageFailed


@dataclass(frozen=True, slots=True)
class PageReport:
    """What came of one page, for people and logs."""

    outlet: str
    url: str
    title: str
    characters: int
    error: Trouble | None
    is_edit: bool = False
    """The page was read before, and has another text now."""
