"""Documents taken into storage: what is known of their entries is read, what is to be stored is decided, and it is stored.

The deciding is `crawler.poll.same_article` and `crawler.poll.edits`; each function here runs in one transaction of its caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session

from crawler.domains import own_domains
from crawler.poll.edits import edit_of
from crawler.poll.findings import take_in_findings
from crawler.poll.identity import borrowed_key, linked
from crawler.poll.same_article import DocumentNews, FeedDocument, KnownEntries, TakenIn
from crawler.urls import host_of
from storage.stores.articles.forgotten import forgotten
from storage.stores.articles.found import (
    move_links,
    rekey_articles,
    store_articles,
    store_edits,
    store_entries,
    texts_of,
)
from storage.stores.feeds.budgets import articles_left, count_articles
from storage.stores.feeds.entries import (
    addresses_of_outlets,
    articles_at,
    carried_by,
    entries_saying,
    entries_with_guids,
    feeds_of_outlets,
)

MOST_A_DAY = 10_000
"""Articles that an outlet may bring in a day, where the settings say nothing of it."""


def take_in(
    session: Session, documents: Sequence[FeedDocument], *, fetch_pages: bool, most_a_day: int = MOST_A_DAY
) -> list[DocumentNews]:
    """Store what is new in some documents, in their order; look-ups and inserts of all are made together.

    An article whose feed carries its whole text is ready at once; any other is too where `fetch_pages` is false, with what the
    feed says of it. One that was deleted for its age is not made again. An entry that its outlet edited gives its article a new
    version, which is ready again. What is old news when it comes is kept with what the feed says, neither fetched nor matched.
    What a control source has becomes findings instead. An outlet brings `most_a_day` articles in a day (UTC): what is over that,
    or over what one document may bring, waits for the next poll.
    """
    controls = [document for document in documents if document.is_control]
    if controls:
        others = [document for document in documents if not document.is_control]
        rest = take_in(session, others, fetch_pages=fetch_pages, most_a_day=most_a_day) if others else []
        taken_in = iter(rest)
        found = iter(take_in_findings(session, controls))
        return [next(found if document.is_control else taken_in) for document in documents]
    if not any(document.document.entries for document in documents):
        return [DocumentNews() for _document in documents]
    known = _read_known(session, documents)
    bringing = {document.outlet_id for document, _entry in known.unknown_entries(documents)}
    now = max(document.now for document in documents)
    left = articles_left(session, bringing, most=most_a_day, now=now) if bringing else {}
    taken = known.take_in(documents, fetch_pages=fetch_pages, left=left)
    count_articles(session, Counter(new.outlet_id for new in taken.articles), now=now)
    rekey_articles(session, taken.rekeyed)
    ids = store_articles(session, taken.articles) if taken.articles else []
    store_entries(
        session,
        [
            replace(entry, article_id=ids[-entry.article_id - 1]) if entry.article_id < 0 else entry
            for entry in taken.entries
        ],
    )
    _store_edits(session, taken, ids)
    return taken.by_document


def _read_known(session: Session, documents: Sequence[FeedDocument]) -> KnownEntries:
    """Read what the deciding needs to know: by guid for all entries, by link and words for those that this does not tell."""
    siblings = feeds_of_outlets(session, {document.outlet_id for document in documents})
    wanted = {
        (feed_id, guid)
        for document in documents
        for entry in document.document.entries
        for guid in (entry.key, linked(entry.guid, entry.canonical_url))
        for feed_id in siblings[document.outlet_id]
    }
    known = KnownEntries(entries_with_guids(session, wanted))
    unknown = known.unknown_entries(documents)
    if unknown:
        urls = {entry.canonical_url for _document, entry in unknown}
        borrowed = {borrowed_key(document.outlet_id, entry.canonical_url) for document, entry in unknown}
        there = articles_at(session, urls | borrowed)
        saying = entries_saying(
            session,
            {entry.content_key for _document, entry in unknown if entry.content_key},
            {document.outlet_id for document, _entry in unknown},
        )
        numbers = {known.article_id for known in there} | {row.article.article_id for row in saying}
        carried = carried_by(session, numbers, [document.feed_id for document in documents])
        latest = max(document.now for document, _entry in unknown)
        known.add_more(there, saying, carried, frozenset(forgotten(session, urls, now=latest)))
        meeting = known.outlets_that_meet(unknown)
        if meeting:
            addresses = addresses_of_outlets(session, meeting)
            known.add_domains({number: own_domains(named) for number, named in addresses.items()})
    return known


def _store_edits(session: Session, taken: TakenIn, ids: Sequence[int]) -> None:
    """Store what entries change of their articles, one after another: two feeds' documents may edit one article."""
    move_links(session, [(number, url, host_of(url)) for number, url in taken.moved_links if number > 0])
    for said in taken.differing:
        number = said.article.article_id
        article = said.article if number > 0 else replace(said.article, article_id=ids[-number - 1])
        now = texts_of(session, [article.article_id])[article.article_id]
        store_edits(session, [edit_of(article, said.entry, now)], now=said.now)
