"""A source: a board of notices, one line each: when it was put up, where it stands, what it is called."""

from datetime import datetime
from typing import ClassVar

from crawler.sources.base import Source, SourceDocument
from crawler.values import Entry, ParsedFeed


class Board(Source):
    kind: ClassVar[str] = "board"
    doc: ClassVar[str] = "A text with a line for each notice: time, address, title."
    accept: ClassVar[str] = "text/plain"

    def read(self, document: SourceDocument) -> ParsedFeed:
        notices = [line.split(maxsplit=2) for line in document.body.decode().splitlines()]
        entries = tuple(
            Entry(guid=address, url=address, title=title, published=datetime.fromisoformat(time))
            for time, address, title in notices
        )
        return ParsedFeed(kind="board", title="Notices", language=None, site=document.url, entries=entries)
