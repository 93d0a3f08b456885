"""What an enricher is: it is given an article that mentions somebody, and returns facts about it (docs/plugins.md).

A plugin is a class derived from `Enricher`, under an entry point of the group `tocsin.enrichers`. Its facts are stored with the
article under the entry point's name. One that raises, or takes longer than its `limit`, is left out of that article.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import JsonValue

from storage.entry_points import Installed, installed

ENRICHERS = "tocsin.enrichers"


@dataclass(frozen=True, slots=True)
class MentioningArticle:
    """An article that mentions somebody, as enrichers are given it."""

    id: int
    url: str
    title: str
    text: str
    """Plain text, paragraphs parted by one newline."""
    outlet: str
    language: str | None
    """ISO 639-1, if it is known."""
    country: str | None
    """The outlet's (ISO 3166-1 alpha-2), if it is known."""
    published_at: datetime | None
    names: tuple[str, ...]
    """The actors and topics that it mentions, of all watch lists."""


class Enricher(ABC):
    """The base of every enricher. One instance serves the whole process; it is asked about one article at a time."""

    doc: ClassVar[str] = ""
    """What it tells, in one line, for `tocsin plugins`."""
    limit: ClassVar[timedelta] = timedelta(seconds=5)
    """It is given up for an article that takes longer."""

    @abstractmethod
    def facts(self, article: MentioningArticle) -> Mapping[str, JsonValue]:
        """Return what is known of the article: any JSON, by names of your own; empty where there is nothing to say.

        It runs in a thread of its own, so that it may wait for a network.
        """


def installed_enrichers() -> Installed:
    """Return what is installed, with what failed to load."""
    return installed(ENRICHERS, check_enricher)


def check_enricher(value: object) -> None:
    """Raise `TypeError` unless `value` is an enricher's class."""
    if not (isinstance(value, type) and issubclass(value, Enricher)):
        raise TypeError("is not a subclass of alerts.enrich.base.Enricher")
