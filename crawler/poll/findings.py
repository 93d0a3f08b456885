"""Documents of control sources taken into storage: what they have is noted, to be compared with what we found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlmodel import Session

from crawler.poll.same_article import DocumentNews, FeedDocument
from crawler.text.dates import believable
from crawler.unwrapping import unwrapped
from crawler.urls import canonical_url
from crawler.values import Entry
from storage.stores.feeds.control_findings import NewFinding, store_findings

OLDEST = timedelta(days=30)
"""What came out longer ago is compared no more: findings are deleted one day, and a feed may carry them on."""


def take_in_findings(session: Session, documents: Sequence[FeedDocument]) -> list[DocumentNews]:
    """Store what is new in documents of control sources; the entries of each that were not known."""
    found = [(document, entry, finding) for document in documents for entry, finding in _findings(document)]
    new = store_findings(session, [finding for _document, _entry, finding in found])
    news = {id(document): DocumentNews() for document in documents}
    for document, entry, finding in found:
        if (finding.outlet_id, finding.canonical_url) in new:
            news[id(document)].new.append(entry)
    return [news[id(document)] for document in documents]


def _findings(document: FeedDocument) -> Iterator[tuple[Entry, NewFinding]]:
    for entry in document.document.entries:
        url = unwrapped(entry.url)
        try:
            key = canonical_url(url)
        except ValueError:  # an entry without a page: nothing to compare
            continue
        published = believable(entry.published, now=document.now)
        if published is not None and document.now - published > OLDEST:
            continue
        yield entry, NewFinding(document.outlet_id, key, url, entry.title, published, document.now)
