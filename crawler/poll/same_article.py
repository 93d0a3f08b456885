"""Which of the articles that are known an entry belongs to. Pure: it is told what is stored, and keeps what it decides in mind.

An entry is known by its guid in its feed; else by its canonical URL (over all feeds, where the page is of the outlet that
brought it: `crawler.poll.whose_page`); else by its guid in the outlet's other feeds, where it is alike; else by its words,
within the outlet and some hours (large outlets issue the same item twice), or by title and time where few words are all there
is. Documents are gone through in turn, and each knows what those before it have brought: as if each were stored by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crawler.poll.edits import differs, summary_beside
from crawler.poll.identity import (
    EQUAL,
    borrowed_key,
    distinct_key,
    is_another,
    is_same,
    is_wordy,
    linked,
    overlap,
    said_below_title,
)
from crawler.poll.whose_page import Standing, standing
from crawler.read.full_text import is_full_text
from crawler.text.dates import believable
from crawler.urls import host_of
from crawler.values import Entry, ParsedFeed
from storage.stores.articles.found import NewArticle, NewEntry
from storage.stores.feeds.entries import CarriedEntry, KnownArticle
from storage.tables import ArticleState

NOWHERE = "https://page.invalid/"
"""Stands for the page of what has none, whose outlet has none (RFC 6761 §6.4)."""
ISSUED_AGAIN = timedelta(hours=12)
"""Within this time equal words in one outlet are one article; a column that repeats every day is not."""
LONG_AGO = timedelta(days=30)
"""What was published so long before the feed was read last is no news, whenever it comes."""
ARCHIVE = 5
"""So many entries of one document that are older than a feed's first would be are its archive, or a site that moved."""
MOST_AT_ONCE = 1_000
"""Articles that one document may bring, as many as a news sitemap has: one that makes all anew at each poll has others wait."""
STRONG_GUID = 16
"""Characters: shorter ones (1, 2, 3) stand in other feeds for other things."""


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A document to take in: what it says, of which feed, and when.

    `news_since`: what a feed's first document has from before is old news; None where the feed was read before.
    `last_read` is when that was.
    """

    feed_id: int
    outlet_id: int
    name: str
    site: str
    language: str | None
    """The outlet's."""
    document: ParsedFeed
    now: datetime
    baseline_age: timedelta = timedelta(days=1)
    is_first: bool = False
    last_read: datetime | None = None
    is_control: bool = False
    """It is a control source's: its entries become findings, not articles."""

    @property
    def may_wait(self) -> bool:
        """Return whether entries that are left now come with the next document again."""
        return self.document.state is None and not self.document.is_stream


@dataclass(frozen=True, slots=True)
class Differing:
    """An entry that says something else than its article's feed said last."""

    article: KnownArticle
    entry: Entry
    now: datetime


@dataclass(slots=True)
class TakenIn:
    """What is to be stored of some documents, and what came of each."""

    articles: list[NewArticle] = field(default_factory=list)
    entries: list[NewEntry] = field(default_factory=list)
    """Of an article to be made, `article_id` is -1 for the first, -2 for the second, and so on."""
    differing: list[Differing] = field(default_factory=list)
    moved_links: list[tuple[int, str]] = field(default_factory=list)
    """Articles whose pages are still to be fetched, and where they are now."""
    rekeyed: list[tuple[int, str]] = field(default_factory=list)
    """Stored articles that had the address of another outlet's page, and the keys that they have from now on."""
    by_document: list[DocumentNews] = field(default_factory=list)


@dataclass(slots=True)
class DocumentNews:
    """What came of one document."""

    new: list[Entry] = field(default_factory=list)
    """The entries that this feed had not carried before, whether or not another had."""
    made: list[datetime | None] = field(default_factory=list)
    """When each article that is made says it was published."""
    waiting: int = 0
    """Entries that are over what the outlet may bring: they are looked at again at the next poll."""


class KnownEntries:
    """The articles and entries that are known."""

    def __init__(self, carried: Sequence[CarriedEntry]) -> None:
        self._articles: dict[int, KnownArticle] = {}
        self._by_guid: dict[tuple[int, str], int] = {}
        self._of_outlet: dict[tuple[int, str], list[tuple[int, int]]] = {}
        self._by_url: dict[str, int] = {}
        self._by_words: dict[tuple[int, str], list[tuple[datetime, int]]] = {}
        self._carried: set[tuple[int, int]] = set()
        self._forgotten: frozenset[str] = frozenset()
        self._domains: Mapping[int, frozenset[str]] = {}
        self._left: dict[int, int] = {}
        for row in carried:
            self._note_carried(row)

    def add_more(
        self,
        at_urls: Sequence[KnownArticle],
        saying: Sequence[CarriedEntry],
        carried: set[tuple[int, int]],
        forgotten: frozenset[str],
    ) -> None:
        """Take in what was read for the entries that their guids did not tell: `unknown_entries`."""
        for article in at_urls:
            self._articles.setdefault(article.article_id, article)
            self._by_url[article.canonical_url] = article.article_id
        for row in saying:
            self._articles.setdefault(row.article.article_id, row.article)
            said = self._by_words.setdefault((row.outlet_id, row.content_key or ""), [])
            said.append((row.first_seen_at, row.article.article_id))
        self._carried |= carried
        self._forgotten = forgotten

    def outlets_that_meet(self, unknown: Sequence[tuple[FeedDocument, Entry]]) -> set[int]:
        """Return the outlets that name pages which another has named: whose these are is to be asked."""
        named: dict[str, set[int]] = {}
        for document, entry in unknown:
            outlets = named.setdefault(entry.canonical_url, set())
            outlets.add(document.outlet_id)
            holder = self._by_url.get(entry.canonical_url)
            if holder is not None:
                outlets.add(self._articles[holder].outlet_id)
        return set[int]().union(*(outlets for outlets in named.values() if len(outlets) > 1))

    def add_domains(self, domains: Mapping[int, frozenset[str]]) -> None:
        """Take in the domains of the outlets that meet."""
        self._domains = domains

    def unknown_entries(self, documents: Sequence[FeedDocument]) -> list[tuple[FeedDocument, Entry]]:
        """Return the entries that their guid alone does not tell."""
        return [
            (document, entry)
            for document in documents
            for entry in document.document.entries
            if not self._is_plain(document, entry)
        ]

    def take_in(
        self, documents: Sequence[FeedDocument], *, fetch_pages: bool, left: Mapping[int, int] | None = None
    ) -> TakenIn:
        """Return what is to be stored of documents, in their order; `left` is how many articles each outlet may bring today."""
        taken = TakenIn()
        self._left = dict(left or {})
        for document in documents:
            taken.by_document.append(_Reading(self, document, taken, fetch_pages=fetch_pages).read())
        return taken

    def article(self, number: int) -> KnownArticle:
        """Return an article by its number."""
        return self._articles[number]

    def take_one(self, outlet_id: int) -> bool:
        """Return whether an outlet may bring one more article, and count it."""
        left = self._left.get(outlet_id)
        if left is not None:
            self._left[outlet_id] = left - 1
        return left is None or left > 0

    def update(self, article: KnownArticle) -> None:
        """Note what an article's feed says now."""
        self._articles[article.article_id] = article

    def is_forgotten(self, entry: Entry) -> bool:
        """Return whether the entry's article was deleted for its age."""
        return entry.canonical_url in self._forgotten

    def has_carried(self, feed_id: int, number: int) -> bool:
        """Return whether the feed has carried the article."""
        return (feed_id, number) in self._carried

    def candidates(self, document: FeedDocument, entry: Entry) -> Iterator[tuple[KnownArticle, str]]:
        """Yield the articles that the entry may belong to, the likeliest first, each with how it is known."""
        feed_id = document.feed_id
        guid = self._by_guid.get((feed_id, entry.key))
        link = self._by_guid.get((feed_id, linked(entry.guid, entry.canonical_url)))
        url = self._found_at(document, entry)
        if link is not None:
            yield self._articles[link], "guid"
        if guid is not None and _stands_at(self._articles[guid], document, entry):
            yield self._articles[guid], "guid"
        if url is not None:
            yield self._articles[url], "url"
        if guid is not None:
            yield self._articles[guid], "moved"
        for carrier, number in self._of_outlet.get((document.outlet_id, entry.key), ()):
            if carrier != feed_id:
                yield self._articles[number], "elsewhere"
        for seen, number in reversed(self._by_words.get((document.outlet_id, entry.content_key or ""), ())):
            known = self._articles[number]
            is_of_a_day = not _is_of_another_day(known, entry) and document.now - seen <= ISSUED_AGAIN
            is_of_a_time = known.published is not None and known.published == entry.published
            if is_of_a_day or is_of_a_time:
                yield known, "words"

    def _found_at(self, document: FeedDocument, entry: Entry) -> int | None:
        """Return the article of the entry's address: the outlet's own, or another's where that counts for this outlet too."""
        own = self._by_url.get(borrowed_key(document.outlet_id, entry.canonical_url))
        if own is not None:
            return own
        holder = self._by_url.get(entry.canonical_url)
        if holder is None or self._standing(self._articles[holder], document, entry) is not Standing.SHARED:
            return None
        return holder

    def _standing(self, holder: KnownArticle, document: FeedDocument, entry: Entry) -> Standing:
        if holder.outlet_id == document.outlet_id:
            return Standing.SHARED
        theirs = self._domains.get(holder.outlet_id, frozenset())
        mine = self._domains.get(document.outlet_id, frozenset())
        return standing(holder, entry, theirs=theirs, mine=mine)

    def key_for(self, document: FeedDocument, entry: Entry, taken: TakenIn) -> str:
        """Return the key of an article to be made of an entry. What holds the address of the outlet's own page gives it back."""
        key = entry.canonical_url
        borrowed = borrowed_key(document.outlet_id, key)
        holder = self._by_url.get(key)
        if borrowed in self._by_url:
            return distinct_key(document.name, entry)
        if holder is None:
            return key
        match self._standing(self._articles[holder], document, entry):
            case Standing.SHARED:
                return distinct_key(document.name, entry)
            case Standing.THEIRS:
                return borrowed
            case Standing.MINE:
                self._give_back(self._articles[holder], taken)
                return key

    def _give_back(self, holder: KnownArticle, taken: TakenIn) -> None:
        """Give an article that stands for another outlet's page a key of its own outlet's."""
        number, key = holder.article_id, borrowed_key(holder.outlet_id, holder.canonical_url)
        self._articles[number] = replace(holder, canonical_url=key)
        del self._by_url[holder.canonical_url]
        self._by_url[key] = number
        if number < 0:
            place = -number - 1
            taken.articles[place] = replace(taken.articles[place], canonical_url=key)
        else:
            taken.rekeyed.append((number, key))

    def make(self, document: FeedDocument, entry: Entry, new: NewArticle, number: int) -> None:
        """Take in an article that is to be made, under a negative number."""
        self._articles[number] = KnownArticle(
            number,
            new.canonical_url,
            new.url,
            ArticleState.READY if new.text_source else ArticleState.FOUND,
            entry.published,
            entry.title,
            entry.text,
            new.feed_summary,
            new.text_source,
            document.feed_id,
            document.outlet_id,
        )
        self._by_url[new.canonical_url] = number
        if entry.content_key:
            self._by_words.setdefault((document.outlet_id, entry.content_key), []).append(
                (document.now, number)
            )

    def remember(self, document: FeedDocument, entry: Entry, number: int, how: str, taken: TakenIn) -> None:
        """Note the entry, under its guid, or guid and link where the guid is another article's; once.

        One that is known by its words alone, at a link that is new each time, is not noted anew at each poll.
        """
        feed_id = document.feed_id
        is_noted = (feed_id, number) in self._carried
        self._carried.add((feed_id, number))
        if how == "words" and is_noted and entry.guid == entry.url:
            return
        holder = self._by_guid.get((feed_id, entry.key))
        if holder == number:
            return
        link = linked(entry.guid, entry.canonical_url)
        guid = entry.key if holder is None else link
        other = self._by_guid.get((feed_id, guid))
        if other == number:
            return
        self._by_guid[feed_id, guid] = number
        self._of_outlet.setdefault((document.outlet_id, guid), []).append((feed_id, number))
        taken.entries.append(
            NewEntry(feed_id, guid, number, entry.content_key, document.now, moves=other is not None)
        )

    def _note_carried(self, row: CarriedEntry) -> None:
        number = row.article.article_id
        self._articles.setdefault(number, row.article)
        self._by_guid[row.feed_id, row.guid] = number
        self._of_outlet.setdefault((row.outlet_id, row.guid), []).append((row.feed_id, number))
        self._carried.add((row.feed_id, number))

    def _is_plain(self, document: FeedDocument, entry: Entry) -> bool:
        number = self._by_guid.get((document.feed_id, entry.key))
        if number is None:
            return False
        known = self._articles[number]
        return _stands_at(known, document, entry) and not _is_another(known, entry)


class _Reading:
    """One document gone through, entry by entry."""

    def __init__(
        self, known: KnownEntries, document: FeedDocument, taken: TakenIn, *, fetch_pages: bool
    ) -> None:
        self._known = known
        self._document = document
        self._taken = taken
        self._fetch_pages = fetch_pages
        self._occupied: dict[int, Entry] = {}
        """The articles that entries of this document stand for."""
        self._old = self._old_entries()

    def read(self) -> DocumentNews:
        """Return what came of the document."""
        known, document, news = self._known, self._document, DocumentNews()
        for entry in document.document.entries:
            found = self._find(entry)
            if found is None and (known.is_forgotten(entry) or self._waits(entry, news)):
                continue
            if found is None:
                number, how = self._make(entry, news), "new"
                news.new.append(entry)
            else:
                number, how = found[0].article_id, found[1]
                if not known.has_carried(document.feed_id, number):
                    news.new.append(entry)
            self._occupied[number] = entry  # the newest, where an article stands there twice
            known.remember(document, entry, number, how, self._taken)
        for number, entry in self._occupied.items():
            self._compare(known.article(number), entry)
        return news

    def _waits(self, entry: Entry, news: DocumentNews) -> bool:
        """Return whether an article is more than the outlet may bring. What is old in a first document is let in."""
        document = self._document
        if not document.may_wait or (document.is_first and id(entry) in self._old):
            return False
        if len(news.made) < MOST_AT_ONCE and self._known.take_one(document.outlet_id):
            return False
        news.waiting += 1
        return True

    def _find(self, entry: Entry) -> tuple[KnownArticle, str] | None:
        for article, how in self._known.candidates(self._document, entry):
            if self._accepts(article, entry, how):
                return article, how
        return None

    def _accepts(self, article: KnownArticle, entry: Entry, how: str) -> bool:
        """Return whether the entry belongs to the article, known by `how`."""
        occupant = self._occupied.get(article.article_id)
        titles = (article.feed_title, entry.title)
        if how == "words":
            return occupant is None or occupant.url == entry.url or is_wordy(entry.title, entry.text)
        if how == "elsewhere":
            is_strong = entry.has_page or len(entry.guid) >= STRONG_GUID
            return _has_title(titles) or (is_strong and _is_same(article, entry))
        if how == "moved":
            return _is_same(article, entry)
        if how == "url" and article.url != entry.url and article.feed_id == self._document.feed_id:
            times_agree = article.published == entry.published
            return _has_title(titles) or not all(titles) or (times_agree and _is_same(article, entry))
        return not _is_another(article, entry)

    def _make(self, entry: Entry, news: DocumentNews) -> int:
        document, now = self._document, self._document.now
        is_old = id(entry) in self._old
        is_whole = is_full_text(entry.text) or not entry.has_page
        url = entry.url or document.document.site or document.site or document.document.home or NOWHERE
        key = self._known.key_for(document, entry, self._taken)
        source = "feed" if is_whole else "summary" if is_old or not self._fetch_pages else ""
        new = NewArticle(
            outlet_id=document.outlet_id,
            host=host_of(url),
            url=url,
            canonical_url=key,
            title=entry.title,
            text=entry.text,
            feed_summary=summary_beside(entry),
            summary=summary_beside(entry) if source == "feed" else said_below_title(entry),
            authors=(entry.author,) if entry.author else (),
            language=document.document.language or document.language,
            published=believable(entry.published, now=now),
            found_at=now,
            has_page=entry.has_page,
            text_source=source,
            is_old=is_old,
        )
        self._taken.articles.append(new)
        news.made.append(new.published)
        number = -len(self._taken.articles)
        self._known.make(document, entry, new, number)
        return number

    def _compare(self, article: KnownArticle, entry: Entry) -> None:
        """Note what the entry says otherwise; others than the feed it was found through may carry it in other words."""
        if article.feed_id != self._document.feed_id:
            return
        if not differs(article, entry):
            if article.state is ArticleState.FOUND and entry.has_page and article.url != entry.url:
                self._taken.moved_links.append((article.article_id, entry.url))
            return
        self._taken.differing.append(Differing(article, entry, self._document.now))
        text = article.feed_text
        if article.text_source != "feed" or is_full_text(entry.text):
            text = entry.text
        self._known.update(
            replace(article, feed_title=entry.title, feed_text=text, feed_summary=summary_beside(entry))
        )

    def _old_entries(self) -> set[int]:
        """Return which entries are old news: of a first document, those without a date that holds too.

        Later, one of long ago is; and so are several at once that would be in a first document.
        """
        document = self._document
        dates = [
            (id(entry), believable(entry.published, now=document.now)) for entry in document.document.entries
        ]
        if document.is_first:
            since = document.now - document.baseline_age
            return {number for number, published in dates if published is None or published < since}
        if document.last_read is None:
            return set()
        undated = {
            number for number, published in dates if published is None and document.document.is_relearned
        }
        since, last = document.last_read - document.baseline_age, document.last_read
        old = [(number, published) for number, published in dates if published and published < since]
        if len(old) >= ARCHIVE and self._are_new(old):
            return undated | {number for number, _published in old}
        return undated | {number for number, published in old if published < last - LONG_AGO}

    def _are_new(self, old: Sequence[tuple[int, datetime]]) -> bool:
        """Return whether enough of these entries are not known yet."""
        numbers = {number for number, _published in old}
        unknown = 0
        for entry in self._document.document.entries:
            unknown += id(entry) in numbers and self._find(entry) is None
        return unknown >= ARCHIVE


def _stands_at(article: KnownArticle, document: FeedDocument, entry: Entry) -> bool:
    """Return whether an article of the document's feed has the entry's address, known as another's page or not."""
    if article.canonical_url == entry.canonical_url:
        return True
    return article.canonical_url == borrowed_key(document.outlet_id, entry.canonical_url)


def _has_title(titles: tuple[str, str]) -> bool:
    """Return whether two titles are one."""
    return all(titles) and (titles[0] == titles[1] or overlap(*titles) >= EQUAL)


def _is_same(article: KnownArticle, entry: Entry) -> bool:
    return is_same(
        (article.feed_title, entry.title),
        (article.feed_text, entry.text),
        (article.published, entry.published),
    )


def _is_another(article: KnownArticle, entry: Entry) -> bool:
    return is_another(
        (article.feed_title, entry.title),
        (article.feed_text, entry.text),
        (article.published, entry.published),
    )


def _is_of_another_day(article: KnownArticle, entry: Entry) -> bool:
    """Return whether the entry was published too long before or after to be this article issued again."""
    if article.published is None or entry.published is None:
        return False
    return abs(article.published - entry.published) > ISSUED_AGAIN
