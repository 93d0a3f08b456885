"""The source `push`: articles that a collector of the user's own hands over, by the API."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from crawler.sources.base import Source, SourceDocument, SourceSettings
from crawler.values import ParsedFeed


class PushSettings(SourceSettings):
    """`name` is what the collector calls its source: no other source of any outlet has it."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class PushSource(Source):
    """Articles in JSON, each an object with `url` or `id`, and `title`, `text` (or `html`), `summary`, `author`, `published`."""

    kind: ClassVar[str] = "push"
    doc: ClassVar[str] = "articles that your own collector sends to POST /api/v1/articles, under a name"
    settings: ClassVar[type[SourceSettings]] = PushSettings
    is_polled: ClassVar[bool] = False

    @override
    def address(self, settings: SourceSettings) -> str:
        if not isinstance(settings, PushSettings):
            raise TypeError(f"{type(settings).__name__} has no name")
        return address_of(settings.name)

    @override
    def host(self, settings: SourceSettings) -> str:
        return "push.invalid"  # RFC 6761 §6.4: no host; nothing is asked

    @override
    def read(self, document: SourceDocument) -> ParsedFeed:
        from crawler.sources.push_reading import read_pushed  # here: it loads what reads HTML

        return read_pushed(document)


def address_of(name: str) -> str:
    """Return what the source of a collector's name is stored under."""
    return f"push:{name}"
