"""What all kinds of feeds share: drafts of entries become entries, each with a guid and an absolute link if it has any."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from crawler.text.html_text import clean, html_to_line, html_to_text, on_one_line, resolved, storable
from crawler.urls import resolve
from crawler.values import LONGEST_TITLE, Entry

_NONE = frozenset({"", "-", "--", "#", "n/a", "na", "none", "null", "nil", "undefined", "tbd"})
"""What stands where there is no link or guid."""
_ONE_SLASH = re.compile(r"^(https?:)/*(?=[^/])", re.IGNORECASE)
_SCHEMES = ("https://", "http://")
_NO_SCHEME = re.compile(r"www\d?\.[a-z0-9-]+\.[a-z]{2,}(?:[/:?#]|$)", re.IGNORECASE)
FIRST_WORDS = 100
"""Characters by which a post without a title is called, at most."""
_NO_TITLE = re.compile(
    r"[\[(]?(?:no title|untitled|sin título|sans titre|ohne titel|kein titel|senza titolo|sem título|без названия"
    r"|بدون عنوان|无标题|無題)[\])]?",
    re.IGNORECASE,
)
_LONGEST_NO_TITLE = 16
_SENTENCE = re.compile(r".{20,}?[.!?…。！？](?=\s)|.{10,}?[。！？]")


class Draft(NamedTuple):
    """An entry as its document gives it. `links` are tried in their order; `guid` is one too where it is an address."""

    guid: str
    links: tuple[str, ...]
    title: str
    summary: str | None
    """None: the words of the content, which is HTML."""
    content: str
    author: str
    published: datetime | None
    categories: tuple[str, ...]
    base: str = ""
    """What the links are relative to, where the document says so (xml:base)."""
    guid_is_link: bool = True


def finish(drafts: Sequence[Draft], *, base: str, site: str) -> tuple[Entry, ...]:
    """Return the entries.

    Relative links are seen from the entry's own base, else from the outlet's site where the feed names one, else from the
    feed. A guid that is an address stands in for a missing link. An entry with neither has no page: its `url` is empty, and its
    guid, where it has none, is made of what it says. An entry that stood before with its guid, link, title and date is the same.
    """
    entries: dict[tuple[str, str, str, datetime | None], Entry] = {}
    root = resolve(base, site) or base
    folders = _folders(base)
    for draft in drafts:
        near = (resolve(root, draft.base) or root) if draft.base else root
        url = ""
        for link in draft.links:
            if link and (url := resolve(near, _meant(link, folders)) or ""):
                break
        if not url and draft.guid_is_link and draft.guid.lower().startswith(("http://", "https://")):
            url = resolve(near, draft.guid) or ""
        summary = None if draft.summary is None else _words(draft.summary)
        guid = storable(draft.guid).strip()
        if _says_none(guid) or not _meant(guid, folders):
            guid = url or _digest(draft)
        entries.setdefault(
            (guid, url, draft.title, draft.published),
            Entry(
                guid=guid,
                url=url,
                title=_title(_words(draft.title), summary, draft.content),
                summary=summary,
                content=draft.content,
                author=_words(draft.author),
                published=draft.published,
                categories=draft.categories,
            ),
        )
    return tuple(entries.values())


def _meant(link: str, folders: tuple[str, ...]) -> str:
    """Return the link that is meant: with its scheme, without backslashes; nothing for "N/A" and the like.

    Parsers have made such links addresses under one of the `folders` that the feed stands in.
    """
    link = link.strip().replace("\\", "/")
    is_whole = link.startswith(_SCHEMES) and link.partition("//")[2][:1] not in ("", "/")
    if not is_whole:
        link = _ONE_SLASH.sub(r"\1//", link)
    for folder in folders if link.startswith(folders) else ():
        if link.startswith(folder):
            rest = link[len(folder) :]
            scheme, _, host = folder.rstrip("/").partition("://")
            if _says_none(rest) and rest:
                return ""
            if rest.startswith(f"{host}/"):
                return f"{scheme}://{rest}"
            return f"https://{rest}" if _NO_SCHEME.match(rest) else link
    if is_whole:
        return link
    if _says_none(link):
        return ""
    return f"https://{link}" if _NO_SCHEME.match(link) else link


def _folders(base: str) -> tuple[str, ...]:
    """Return the address of the folder that a document stands in, and that of its host."""
    beside, root = base.partition("?")[0].rpartition("/")[0] + "/", resolve(base, "/") or base
    return tuple(dict.fromkeys((beside, root)))


def _says_none(value: str) -> bool:
    return value.casefold() in _NONE


def _words(text: str) -> str:
    """Return a text that is clean without the entities that were escaped twice."""
    meant = resolved(text)
    return text if meant is text else clean(meant)


def _title(title: str, summary: str | None, content: str) -> str:
    """Return the title; the first words of a post that has none, or says so."""
    if title and (len(title) > _LONGEST_NO_TITLE or not _NO_TITLE.fullmatch(title)):
        return title[:LONGEST_TITLE]
    text = on_one_line(html_to_text(content)) if summary is None else summary
    text = text or html_to_text(content).partition("\n")[0]
    if len(text) <= FIRST_WORDS:
        return text
    sentence = _SENTENCE.match(text, 0, FIRST_WORDS)
    if sentence is not None:
        return sentence[0]
    return (
        text[: FIRST_WORDS - 1].rpartition(" ")[0].rstrip(",;:–— ") + "…"
        if " " in text[:FIRST_WORDS]
        else text[:FIRST_WORDS]
    )


def _digest(draft: Draft) -> str:
    summary = html_to_line(draft.content) if draft.summary is None else draft.summary
    said = "\n".join([draft.title, str(draft.published), summary])
    return "content:" + hashlib.blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()
