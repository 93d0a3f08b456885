"""What all kinds of feeds share: drafts of entries become entries, each with a guid and an absolute link if it has any."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from crawler.text.html_text import storable
from crawler.urls import resolve
from crawler.values import LONGEST_TITLE, Entry


class Draft(NamedTuple):
    """An entry as its document gives it. `links` are tried in their order; `guid` is one too where it is an address."""

    guid: str
    links: tuple[str, ...]
    title: str
    summary: str
    content: str
    author: str
    published: datetime | None
    categories: tuple[str, ...]
    base: str = ""
    """What the links are relative to, where the document says so (xml:base)."""
    guid_is_link: bool = True


def finish(drafts: Sequence[Draft], *, base: str, site: str) -> tuple[Entry, ...]:
    """Gives the entries.

    Relative links are seen from the entry's own base, else from the outlet's site where the feed names one, else from the
    feed. A guid that is an address stands in for a missing link. An entry with neither has no page: its `url` is empty, and its
    guid, where it has none, is made of what it says. An entry whose guid and link both stood before is the same entry.
    """
    entries: dict[tuple[str, str], Entry] = {}
    root = resolve(base, site) or base
    for draft in drafts:
        near = (resolve(root, draft.base) or root) if draft.base else root
        url = ""
        for link in draft.links:
            if link and (url := resolve(near, link) or ""):
                break
        if not url and draft.guid_is_link and draft.guid.lower().startswith(("http://", "https://")):
            url = resolve(near, draft.guid) or ""
        guid = storable(draft.guid).strip() or url or _digest(draft)
        entries.setdefault(
            (guid, url),
            Entry(
                guid=guid,
                url=url,
                title=draft.title[:LONGEST_TITLE],
                summary=draft.summary,
                content=draft.content,
                author=draft.author,
                published=draft.published,
                categories=draft.categories,
            ),
        )
    return tuple(entries.values())


def _digest(draft: Draft) -> str:
    said = "\n".join([draft.title, str(draft.published), draft.summary])
    return "content:" + hashlib.blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()
