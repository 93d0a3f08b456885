"""Reading what a spider brought. Pure; it runs in worker processes."""

from __future__ import annotations

import json

from crawler.sources.base import SourceDocument
from crawler.sources.documents.entries import finish
from crawler.sources.lists.dates import ListDates
from crawler.sources.push_reading import draft_of
from crawler.values import ParsedFeed
from storage.troubles import Trouble


def read_spider(document: SourceDocument) -> ParsedFeed:
    """Return a spider's items as entries."""
    found = json.loads(document.body)
    dates = ListDates("", "", document.home, document.now)
    drafts = [
        draft_of(item)._replace(
            published=dates.read(item.get("published", "")), categories=tuple(item.get("tags", ()))
        )
        for item in found["items"]
    ]
    trouble = found["trouble"]
    return ParsedFeed(
        "spider",
        "",
        None,
        "",
        finish(drafts, base="", site=""),
        problem=None if trouble is None else Trouble(trouble["kind"], trouble["facts"]),
        is_cut_off=not found["whole"],
        has_failed=found["stopped"],
    )
