"""The values that the crawler's steps hand each other. Frozen, typed, free of I/O.

The data's way: `FetchRequest` -> `Response` -> `ParsedFeed` of `Entry` -> (a page) `ExtractedPage`; each is one value from where
it is made to where it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from storage.troubles import Trouble

LONGEST_TITLE = 2_000
"""Characters of a title that are kept: no outlet writes such, and one of megabytes would be in every alert."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One GET to make, or a POST of a form. `etag` and `last_modified` make it conditional (RFC 9110 §13)."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    accept: str = "*/*"
    form: bytes | None = field(default=None, repr=False)
    """Makes it a POST of this body, application/x-www-form-urlencoded."""
    outlet: str | None = None
    """The outlet's name, whose own settings (headers, cookies, Scrapy's) then hold."""
    access: int = 0
    """The stamp of the outlet's own access, where the database has one: it grows with each change."""
    is_page: bool = False
    """It is a page for people: shown by the outlet's browser where it has one."""
    is_login: bool = False
    """A step of logging in: robots.txt is asked about it, and its form goes to no other host."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop that was followed: the status that sent us on and where to."""

    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Response:
    """What a host answered, whatever the status. `body` is decompressed bytes."""

    requested_url: str
    url: str
    status: int
    headers: dict[str, str]
    """Lower-case names; repeated headers joined by ", " (RFC 9110 §5.3)."""
    body: bytes
    redirects: tuple[Redirect, ...] = ()
    elapsed: timedelta = timedelta(0)

    @property
    def is_success(self) -> bool:
        """Whether the host answered what was asked for: any 2xx is that (RFC 9110 §15.3), and the body decides."""
        return 200 <= self.status < 300


class _EntryFields(NamedTuple):
    """What an entry holds."""

    guid: str
    url: str
    title: str
    summary: str | None = ""
    content: str = ""
    author: str = ""
    published: datetime | None = None
    categories: tuple[str, ...] = ()
    text: str = ""
    """Text of the content, or of the summary where that says more."""
    canonical_url: str = ""
    """The article's key; for an entry without a page of its own, one made of its feed and guid."""
    key: str = ""
    """The entry's key in its feed: its guid, with the link where the guid stands on several."""
    content_key: str | None = None
    """Equal for equal words, or for equal title and time where the words are few; None where these are too few to tell."""
    has_page: bool = False
    """`url` is its own page, and no other entry's."""


class Entry(_EntryFields):
    """One item of a feed as published. Text is plain, but `content` is HTML as it came; `url` is empty without a page.

    A tuple, since a poll makes and pickles some dozens: a tenth of the time that dataclasses take. What stands below
    `categories` is made of the rest in the worker (`crawler.poll.identity.prepare`), in place of `content`.
    """

    __slots__ = ()

    @property
    def summary(self) -> str:
        """What stands below the title, on one line. Given as None it is the content's words, made when they are asked for."""
        if self[3] is not None:
            return self[3]
        from crawler.text.html_text import (
            html_to_text,
            on_one_line,
        )  # here: lxml is loaded where feeds are read

        return on_one_line(html_to_text(self.content))

    @property
    def given(self) -> tuple[str | None, ...]:
        """Guid, address, title, summary and content as they were given."""
        return self[:5]


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a source's document says: one value from the worker to what decides. `problem`: broken, but readable in part.

    `entries` are all that it holds as they stand there, or only the new ones, oldest first, where `total` says how many it has.
    """

    kind: str
    """`rss`, `atom`, `rdf`, `json`, `sitemap` or `sitemap-index`."""
    title: str
    language: str | None
    """ISO 639 code, without region."""
    site: str
    """The page that the feed belongs to."""
    entries: tuple[Entry, ...]
    problem: Trouble | None = None
    is_cut_off: bool = False
    """The document ends in the midst: there is more in it than these entries, all of which are whole."""
    ttl: timedelta | None = None
    """How long the feed asks not to be asked again (RSS `ttl`)."""
    skip_hours: frozenset[int] = frozenset()
    """Hours of the day, UTC, 0 to 23, in which the feed asks not to be polled (RSS `skipHours`)."""
    skip_days: frozenset[int] = frozenset()
    """Days of the week, UTC, 0 is Monday, in which the feed asks not to be polled (RSS `skipDays`)."""
    update_interval: timedelta | None = None
    """How often the feed says that it changes (`sy:updatePeriod` over `sy:updateFrequency`)."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs that the document names, absolute."""
    self_url: str | None = None
    """What the feed calls its own address, absolute: the topic of a WebSub subscription."""
    children: tuple[str, ...] = ()
    """The sitemaps that a sitemap index names, the newest first, absolute."""
    total: int = 0
    """How many entries the document has, those that the last one had too counted."""
    seen: bytes = b""
    """What to know of it when the next is read (`crawler.poll.seen`)."""
    state: dict[str, Any] | None = None
    """What the source is to remember until its next poll; None where nothing new."""
    home: str = ""
    """A page that stands for its entries that have none, where the outlet has none either."""
    is_stream: bool = False
    """It holds what came since it was read last, and nothing twice: that all of it is new is no gap."""
    sealed: tuple[str, ...] = ()
    """Addresses of entries that are links which count readers: nobody asked for them to be followed, so they are no pages."""
    has_failed: bool = False
    """The source failed after it had brought these entries, by its `problem`: they count, and so does the failure."""
    is_relearned: bool = False
    """It is read by another rule than before: what it has that is new to us and undated may be old news."""


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """The article on a page. `text` has paragraphs parted by one newline; empty text means none was found."""

    url: str
    title: str
    text: str
    lead: str = ""
    """The standfirst that the page shows, else its description, else its first paragraph."""
    description: str = ""
    """What the page's head says of it, for search engines and social networks."""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    """The text's."""
    title_language: str | None = None
    """The same, unless the title surely is in another."""
    canonical_url: str | None = None
    site_name: str | None = None
    section: str | None = None
    image: str | None = None
    photo_credit: str | None = None
    photo_caption: str | None = None
    """What stands under the pictures is no part of `text`: a photographer or an agency is not a mention."""
    paywalled: bool = False
    kind: str = "article"
    """`article`, `live` (each entry is a part of `text`), `video` or `gallery` (title and summary stand for the text), or
    `document` (a PDF or Word file)."""
    problem: str | None = None
    """What the page is where it is no article at all (a key of `crawler.extract.odd.WORDS`); `text` is then empty."""
    next_page: str | None = None
    """Where an article in several pages goes on."""
    cites: tuple[str, ...] = ()
    """Addresses of other sites that its prose links to, the first of each site."""
    sources: dict[str, str] = field(default_factory=dict)
    """Field name -> which source gave it: `rules`, `json-ld`, `meta`, `page`, `figure`, `text`, `summary`, `trafilatura`."""
