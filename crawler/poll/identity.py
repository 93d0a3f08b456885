"""Which entries are the same: by guid, else by canonical URL, else by what they say. Pure.

Another title and another date, or another published link, is another article, whatever guid, fragment or tracking parameter it
shares. Within one document: a guid that stands on several links tells them not apart, so guid and link together do; a link that
stands on several unlike entries is no page of theirs (a home page, say), so their guids do.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urldefrag

from crawler.text.html_text import html_to_text, on_one_line
from crawler.urls import canonical_url
from crawler.values import Entry, ParsedFeed

FEWEST_WORDS = 12
"""Title and text together: fewer say too little to tell that two entries are the same."""
FEWEST_OF_A_TITLE = 5
"""A title of so many words is one article's on a day; one of fewer only at a time."""
ALIKE = 1 / 3
"""Titles that share so many of their words are of one article."""
EQUAL = 0.8
"""Titles that share so many are the same, where the published links differ."""
TEXT_ALIKE = 1 / 2
RETITLED = timedelta(hours=1)


def prepare(feed: ParsedFeed, *, name: str) -> ParsedFeed:
    """Return the document with its entries oldest first (feeds list the newest first), each with its keys and text.

    `name` is what the feed is known by whatever address it has: part of the key of an entry without a page.
    """
    keys = [canonical_url(entry.url) if entry.url else "" for entry in feed.entries]
    shared = _shared_links(feed, keys)
    own = [
        key if key and key not in shared else _key_without_page(name, entry, is_shared=bool(key))
        for key, entry in zip(keys, feed.entries, strict=True)
    ]
    pages = _pages_of_one(feed, keys, shared)
    links: dict[str, set[str]] = defaultdict(set)
    for key, entry in zip(own, feed.entries, strict=True):
        links[entry.guid].add(key)
    found = []
    for key, entry in reversed(list(zip(own, feed.entries, strict=True))):
        content = html_to_text(entry.content) if entry.content else ""
        summary = on_one_line(content) if entry.given[3] is None else entry.summary
        text = max(content, summary, key=len)
        found.append(
            entry._replace(
                summary=summary,
                content="",
                text=text,
                canonical_url=key,
                key=entry.guid if len(links[entry.guid]) == 1 else linked(entry.guid, key),
                content_key=content_key(entry.title, text, entry.published),
                has_page=_has_page(feed, entry, pages),
            )
        )
    return replace(feed, entries=tuple(found), total=feed.total or len(found))


def _has_page(feed: ParsedFeed, entry: Entry, pages: set[str]) -> bool:
    return bool(entry.url) and entry.url not in feed.sealed and urldefrag(entry.url).url in pages


def said_below_title(entry: Entry) -> str:
    """Return all that an entry says below its title: its text, and the summary before it where that says something else."""
    if not entry.summary or entry.summary in entry.text:
        return entry.text
    return f"{entry.summary}\n{entry.text}"


def linked(guid: str, key: str) -> str:
    """Return the key of one of several entries that have the same guid."""
    return f"{guid} {key}"


def distinct_key(name: str, entry: Entry) -> str:
    """Return a key of its own for an article whose link is another's already."""
    return _key_without_page(name, entry, is_shared=True)


def borrowed_key(outlet_id: int, canonical_url: str) -> str:
    """Return the key of what an outlet says of a page that is known as another's."""
    return "entry:" + _digest(f"{outlet_id}\n{canonical_url}")


def content_key(title: str, text: str, published: datetime | None) -> str | None:
    """Return a key that is equal where title and text have the same words, or where these are few, title and time."""
    if not title.strip():
        return None
    words = f"{title}\n{text}".casefold().split()
    if len(words) >= FEWEST_WORDS:
        return _digest(" ".join(words))
    is_telling = published is not None and (has_time(published) or len(title.split()) >= FEWEST_OF_A_TITLE)
    return _digest(f"{title.casefold().split()}{published}") if is_telling else None


def is_wordy(title: str, text: str) -> bool:
    """Return whether title and text together say enough to be known by."""
    return len(f"{title}\n{text}".split()) >= FEWEST_WORDS


def is_same(
    titles: tuple[str, str],
    texts: tuple[str, str] = ("", ""),
    times: tuple[datetime | None, datetime | None] = (None, None),
) -> bool:
    """Return whether two entries of one guid are one article: published at one time of a day, or alike in title or text."""
    if times[0] is not None and times[0] == times[1] and has_time(times[0]):
        return True
    return overlap(*titles) >= ALIKE or overlap(*texts) >= TEXT_ALIKE


def is_another(
    titles: tuple[str, str], texts: tuple[str, str], times: tuple[datetime | None, datetime | None]
) -> bool:
    """Return whether an entry that shares its link or guid is another report: another title, date and text.

    Without texts, dates that are close may be one article's, retitled and dated anew.
    """
    if not titles[0].strip() or not titles[1].strip() or overlap(*titles) >= ALIKE:
        return False
    if times[0] is None or times[1] is None or times[0] == times[1]:
        return False
    if all(texts):
        return overlap(*texts) < TEXT_ALIKE
    return abs(times[0] - times[1]) >= RETITLED


def has_time(published: datetime) -> bool:
    """Return whether a time of publication is more than a date: outlets that give none are read as midnight."""
    return (published.hour, published.minute, published.second) != (0, 0, 0)


def overlap(left: str, right: str) -> float:
    """Return the part of the words of both that both have."""
    mine, theirs = set(left.casefold().split()), set(right.casefold().split())
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _shared_links(feed: ParsedFeed, keys: Sequence[str]) -> set[str]:
    """Return the links that are no entry's own page: the feed's site, and those on which several unlike entries stand."""
    shared = set(_home(feed))
    first: dict[str, Entry] = {}
    for key, entry in zip(keys, feed.entries, strict=True):
        other = first.setdefault(key, entry)
        if other is not entry and _are_two(entry, other):
            shared.add(key)
    return shared


def _are_two(entry: Entry, other: Entry) -> bool:
    """Return whether two entries of one document whose links have one key are two articles."""
    titles, times = (entry.title, other.title), (entry.published, other.published)
    if entry.url != other.url and entry.title and other.title:
        return overlap(*titles) < EQUAL
    return not is_same(titles, (entry.summary, other.summary), times)


def _pages_of_one(feed: ParsedFeed, keys: Sequence[str], shared: set[str]) -> set[str]:
    """Return the addresses, without their fragments, that are one entry's own page."""
    entries: dict[str, set[str]] = defaultdict(set)
    home = set(_home(feed))
    for key, entry in zip(keys, feed.entries, strict=True):
        if entry.url and key not in home:
            said = f"{entry.title}\n{entry.published}" if key in shared else key
            entries[urldefrag(entry.url).url].add(said)
    return {address for address, said in entries.items() if len(said) == 1}


def _home(feed: ParsedFeed) -> Iterator[str]:
    if feed.site:
        try:
            yield canonical_url(feed.site)
        except ValueError:
            return


def _key_without_page(name: str, entry: Entry, *, is_shared: bool) -> str:
    """Return a key of the feed and the guid; of what else tells them apart too, where the link is another entry's as well."""
    parts = [name, entry.guid, *((entry.url, entry.title, str(entry.published)) if is_shared else ())]
    return "entry:" + _digest("\n".join(parts))


def _digest(said: str) -> str:
    return hashlib.blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()
