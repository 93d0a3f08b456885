"""Which entries are the same: by guid, else by canonical URL, else by what they say. Pure.

Within one document: a guid that stands on several links tells them not apart, so guid and link together do; a link that stands on
several unlike entries is no page of theirs (a home page, say), so their guids do. Between polls, `is_same` decides whether an
entry whose guid is known, but on another link, has moved or is another.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from crawler.sources.documents import html_to_text
from crawler.urls import canonical_url
from crawler.values import Entry, ParsedFeed

FEWEST_WORDS = 12
"""Title and text together: fewer say too little to tell that two entries are the same."""
ALIKE = 1 / 3
"""Titles that share so many of their words are of one article."""
TEXT_ALIKE = 1 / 2


class FoundEntry(NamedTuple):
    """An entry with its keys, and its content as text. Computed outside the transaction, in the pool: a tuple pickles cheaply."""

    entry: Entry
    """Without its content, which `text` stands for: it would have to come out of the pool, too."""
    canonical_url: str
    """The article's key; for an entry without a page of its own, one made of its feed and guid."""
    url: str
    """What is fetched and shown: the entry's page, else the site."""
    text: str
    """Text of the content, or of the summary where that says more."""
    language: str | None
    guid: str
    """The entry's key in its feed: its guid, with the link where the guid stands on several."""
    content_key: str | None
    """Equal for equal words; None where they are too few."""

    @property
    def linked_guid(self) -> str:
        """The entry's key where its guid turned out to stand on several links."""
        return linked(self.entry.guid, self.canonical_url)


def prepare(feed: ParsedFeed) -> list[FoundEntry]:
    """Gives the entries oldest first (feeds list the newest first), each with its keys and text."""
    keys = [canonical_url(entry.url) if entry.url else "" for entry in feed.entries]
    shared = _shared_links(feed, keys)
    own = [
        key if key and key not in shared else _key_without_page(feed, entry)
        for key, entry in zip(keys, feed.entries, strict=True)
    ]
    links: dict[str, set[str]] = defaultdict(set)
    for key, entry in zip(own, feed.entries, strict=True):
        links[entry.guid].add(key)
    found = []
    for key, entry in reversed(list(zip(own, feed.entries, strict=True))):
        content = html_to_text(entry.content) if entry.content else ""
        text = max(content, entry.summary, key=len)
        guid = entry.guid if len(links[entry.guid]) == 1 else linked(entry.guid, key)
        found.append(
            FoundEntry(
                entry=entry._replace(content="") if entry.content else entry,
                canonical_url=key,
                url=entry.url or feed.site,
                text=text,
                language=feed.language,
                guid=guid,
                content_key=content_key(entry.title, text),
            )
        )
    return found


def linked(guid: str, key: str) -> str:
    """Gives the key of one of several entries that have the same guid."""
    return f"{guid} {key}"


def content_key(title: str, text: str) -> str | None:
    """Gives a key that is equal where title and text have the same words; None where they are too few to tell."""
    words = f"{title}\n{text}".casefold().split()
    if len(words) < FEWEST_WORDS or not title.strip():
        return None
    return hashlib.blake2b(" ".join(words).encode(errors="replace"), digest_size=16).hexdigest()


def is_same(
    titles: tuple[str, str],
    texts: tuple[str, str] = ("", ""),
    times: tuple[datetime | None, datetime | None] = (None, None),
) -> bool:
    """Tells whether two entries of one guid are one article: published at one time of a day, or alike in title or text."""
    if times[0] is not None and times[0] == times[1] and has_time(times[0]):
        return True
    return _overlap(*titles) >= ALIKE or _overlap(*texts) >= TEXT_ALIKE


def has_time(published: datetime) -> bool:
    """Tells whether a time of publication is more than a date: outlets that give none are read as midnight."""
    return (published.hour, published.minute, published.second) != (0, 0, 0)


def _overlap(left: str, right: str) -> float:
    """Gives the part of the words of both that both have."""
    mine, theirs = set(left.casefold().split()), set(right.casefold().split())
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _shared_links(feed: ParsedFeed, keys: Sequence[str]) -> set[str]:
    """Gives the links that are no entry's own page: the feed's site, and those on which several unlike entries stand."""
    shared = set(_home(feed))
    first: dict[str, Entry] = {}
    for key, entry in zip(keys, feed.entries, strict=True):
        other = first.setdefault(key, entry)
        if (
            entry.guid != other.guid
            and entry.guid != entry.url
            and not is_same(
                (entry.title, other.title), (entry.summary, other.summary), (entry.published, other.published)
            )
        ):
            shared.add(key)
    return shared


def _home(feed: ParsedFeed) -> Iterator[str]:
    if feed.site:
        try:
            yield canonical_url(feed.site)
        except ValueError:
            return


def _key_without_page(feed: ParsedFeed, entry: Entry) -> str:
    digest = hashlib.blake2b(f"{feed.site}\n{entry.guid}".encode(errors="replace"), digest_size=16)
    return f"entry:{digest.hexdigest()}"
