"""One entry on the fast path, element by element, with feedparser's rules for which of several titles, texts and links counts.

In its order: a title stands once it is set, but media:title only until one comes; of other fields the last at the same depth of
nesting counts, never a deeper one; a second description becomes content; content is the summary until one comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urljoin

import lxml.etree

from crawler.sources.documents.entries import Draft
from crawler.sources.documents.inline import inline_html
from crawler.sources.documents.passages import FeedText, is_html, told
from crawler.sources.documents.unsure import NotSureError
from crawler.sources.documents.vocabulary import Element, Names, attributes
from crawler.text.dates import DateReader, is_unset
from crawler.text.html_text import clean
from crawler.urls import ABSOLUTE

_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_HTML_TYPES = frozenset({"html", "text/html", "application/xhtml+xml", "xhtml"})
_TYPES = {
    "text": "text",
    "plain": "text",
    "text/plain": "text",
    "html": "html",
    "text/html": "html",
    "xhtml": "xhtml",
    "application/xhtml+xml": "xhtml",
}
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)/*")
_EMAIL = re.compile(
    r"[\w.+-]+@(?:\[\d+\.\d+\.\d+\.|(?:[\w-]+\.)+)(?:[A-Za-z]{2,4}|\d{1,3})\]?(?:\?subject=\S+)?", re.ASCII
)
_ENTITY = re.compile(r"&([A-Za-z0-9_]+);")

_LEFT_OUT = frozenset(
    {
        *("contributor", "dc:contributor", "rights", "copyright", "dc:rights", "subtitle", "tagline"),
        *("itunes:subtitle", "itunes:owner", "language", "dc:language", "dc:publisher", "webmaster"),
        *("expirationdate", "generator"),
    }
)
"""Elements that say nothing of what an entry is to us; nothing in them is looked at."""
_FEEDPARSERS = frozenset(
    {
        *("item", "entry", "channel", "feed", "rss", "rdf:rdf", "fullitem", "body", "xhtml:body", "abstract"),
        *("info", "feedburner:browserfriendly", "newlocation", "tags", "date", "items", "entries", "links"),
        *("authors", "author_detail", "summary_detail", "title_detail", "guidislink", "published_parsed"),
        *("updated_parsed", "created_parsed", "feedburner_origlink", "textinput", "managingeditor"),
        *("svg", "svg:svg", "xhtml:title", "math"),
    }
)
"""Elements that feedparser treats in a way of its own, or files under a name that is another's."""
Handler: TypeAlias = "Callable[[_Entry, Element, int], None]"
"""Takes an element of an entry; the number is how deep it stands there."""


class EntryReader:
    """Reads the entries of one document."""

    def __init__(
        self,
        names: Names,
        repaired: Callable[[str], str],
        date: DateReader,
        *,
        url: str,
        atom: bool,
        based: bool,
    ) -> None:
        self.names = names
        self.repaired = repaired
        self.date = date
        self.url = url
        self.atom = atom
        self.based = based
        self._handlers: dict[object, Handler] = {}

    def read(self, item: Element) -> Draft:
        """Return an entry. Raises `NotSureError`."""
        given = attributes(item) if item.attrib else {}
        if "href" in given or "lastmod" in given:
            raise NotSureError("CDF")
        entry = _Entry(self, based=self.based or _has_base(given))
        entry.guid = given.get(_RDF_ABOUT) or given.get("rdf:about", "")
        self.walk(entry, item, 0)
        return entry.draft()

    def walk(self, entry: _Entry, parent: Element, depth: int) -> None:
        """Hands each element in `parent` to the method that knows it."""
        handlers = self._handlers
        for element in parent:
            handler = handlers.get(element.tag)
            if handler is None:
                name = self.names.of(element)
                handler = handlers[element.tag] = _HANDLERS.get(name, _Entry.other)
            handler(entry, element, depth)


class _Entry:
    """What is known of an entry while it is read."""

    def __init__(self, reader: EntryReader, *, based: bool) -> None:
        self._reader = reader
        self._repaired = reader.repaired
        self._atom = reader.atom
        self._based = based
        self._depths: dict[str, int] = {}
        self._title: FeedText | None = None
        self._title_depth = -1
        self._summary: FeedText | None = None
        self._contents: list[FeedText] = []
        self._has_content = False
        self._dates: dict[str, str] = {}
        self._link: str | None = None
        self._alternates: list[str] = []
        self._origin = ""
        self.guid = ""
        self._guid_is_link: bool | None = None
        self._authors: list[str] = []
        self._author = ""
        self._categories: list[str] = []

    def draft(self) -> Draft:
        summary, content = told(self._contents, self._summary)
        names = [name for name in self._authors if name]
        is_link = True if self._guid_is_link is None else self._guid_is_link
        return Draft(
            guid=self.guid,
            links=(self._link or "", *self._alternates, self._origin),
            title=self._title.text() if self._title is not None else "",
            summary=summary,
            content=content,
            author=", ".join(dict.fromkeys(names)) or clean(self._author),
            published=self._published(),
            categories=tuple(dict.fromkeys(filter(None, map(clean, self._categories)))),
            guid_is_link=is_link or self.guid.startswith("http"),
        )

    def _published(self) -> datetime | None:
        for key in ("published", "updated", "created"):
            text = self._dates.get(key)
            if text:
                moment = self._reader.date(text)
                if moment is not None:
                    return moment
                if not is_unset(text):
                    raise NotSureError("a date that we can't read")
        return None

    # one method for each kind of element; `depth` is how deep it stands in the entry

    def title(self, element: Element, depth: int) -> None:
        value = self._take_title(element, depth)
        if value:
            self._title_depth = depth

    def media_title(self, element: Element, depth: int) -> None:
        self._take_title(element, depth)

    def description(self, element: Element, depth: int) -> None:
        if self._summary is not None and not self._has_content:
            self.content(element, depth)
        else:
            self._set_summary(self._passage(element, "html"), depth)

    def summary(self, element: Element, depth: int) -> None:
        if self._summary is not None and not self._has_content:
            self.content(element, depth)
        else:
            self._set_summary(self._passage(element, "text"), depth)

    def content(self, element: Element, _depth: int) -> None:
        self._add_content(element, "text")

    def encoded(self, element: Element, _depth: int) -> None:
        self._add_content(element, "html")

    def link(self, element: Element, _depth: int) -> None:
        if len(element):
            raise NotSureError("markup in a link")
        if not element.attrib:
            self._link = href = self._linked(element.text)
            if href:
                self._alternates.append(href)
            return
        given = attributes(element)
        if _has_base(given):
            self._based = True
        relation = given.get("rel", "alternate").lower()
        kind = given.get("type", "text/html").lower() if relation != "self" else "self"
        said = given.get("url") or given.get("uri") or given.get("href")
        if said is None and any(key in given for key in ("url", "uri")):
            raise NotSureError("a link without an address")
        if said is None:
            self._link = href = self._linked(element.text)
        else:
            href = self._resolved(said)
            if relation == "alternate" and kind in _HTML_TYPES:
                self._link = href
        if relation == "alternate" and href:
            self._alternates.append(href)

    def guid_(self, element: Element, depth: int) -> None:
        if len(element):
            raise NotSureError("markup in a guid")
        is_link = True
        if element.attrib:
            given = attributes(element)
            if _has_base(given):
                self._based = True
            is_link = given.get("ispermalink", "true") == "true"
        value = _words(element)
        value = self._repaired(self._resolved(value) if is_link and value else value)
        if self._counts("id", depth):
            self.guid = value
        if self._guid_is_link is None:
            self._guid_is_link = is_link and self._link is None
        if is_link and self._link is None:
            self._link = value

    def published(self, element: Element, depth: int) -> None:
        self._date("published", element, depth)

    def updated(self, element: Element, depth: int) -> None:
        self._date("updated", element, depth)

    def created(self, element: Element, depth: int) -> None:
        self._date("created", element, depth)

    def category(self, element: Element, _depth: int) -> None:
        if len(element):
            raise NotSureError("markup in a category")
        if element.attrib:
            self._categories.append(attributes(element).get("term", ""))
        if element.text:
            self._categories.append(self._repaired(element.text))

    def itunes_category(self, element: Element, _depth: int) -> None:
        if len(element):
            raise NotSureError("nested categories")
        self._categories += (attributes(element).get("text", ""), self._repaired(element.text or ""))

    def keywords(self, element: Element, _depth: int) -> None:
        if not element.attrib and not len(element):
            self._categories += map(self._repaired, (element.text or "").split(","))

    def source(self, element: Element, _depth: int) -> None:
        """What stands in a source is its own; but feedparser then forgets, or misplaces, the title that it has seen."""
        self._title_depth = -1
        for child in element:
            name = lxml.etree.QName(child).localname.lower()
            if name in ("content", "encoded", "body") or (len(child) and name != "author"):
                raise NotSureError("a source with content of its own")
            if name == "title" and (child.text or "").strip():
                self._title_depth = 1

    def image(self, element: Element, _depth: int) -> None:
        if len(element):
            raise NotSureError("an image with elements in it")
        self._title_depth = -1

    def origin(self, element: Element, depth: int) -> None:
        if not element.attrib and self._counts("origlink", depth):
            self._origin = _words(element)

    def author(self, element: Element, _depth: int) -> None:
        if not len(element):
            self._add_author(self._repaired(element.text or ""))
            return
        name_of = self._reader.names.of
        children = [child for child in element if ":" not in name_of(child) or not child.attrib]
        parts = {name_of(child): child for child in children}
        if not parts.keys() <= {"name", "uri", "email", "url", "homepage"} or any(map(len, element)):
            raise NotSureError("an odd author")
        if len(parts) != len(children) or (element.text or "").strip():
            raise NotSureError("an odd author")
        name, email = (_words(parts[key]) if key in parts else "" for key in ("name", "email"))
        self._authors.append(clean(name))
        self._author = name or email

    def feedparsers(self, element: Element, _depth: int) -> None:
        raise NotSureError(self._reader.names.of(element))

    def left_out(self, element: Element, depth: int) -> None:
        """Nothing in it is looked at."""

    def other(self, element: Element, depth: int) -> None:
        """Says nothing itself, but what stands in it may."""
        if len(element):
            self._reader.walk(self, element, depth + 1)

    def _add_author(self, text: str) -> None:
        """Take an author given as words: a name, an address, or both."""
        self._author = text
        found = _EMAIL.search(text) if "@" in text else None
        if found is not None:
            for part in (found[0], "()", "<>", "&lt;&gt;"):
                text = text.replace(part, "")
            text = text.strip().removeprefix("(").removesuffix(")").strip()
        self._authors.append(clean(text))

    def _take_title(self, element: Element, depth: int) -> str:
        passage = self._passage(element, "text")
        if not -1 < self._title_depth <= depth and self._counts("title", depth):
            self._title = passage
        return passage.value

    def _set_summary(self, passage: FeedText, depth: int) -> None:
        if self._counts("summary", depth):
            self._summary = passage
        elif self._summary is not None and self._summary.plain != passage.plain:
            raise NotSureError("a summary with another's type")

    def _add_content(self, element: Element, default: str) -> None:
        passage = self._passage(element, default)
        self._has_content = True
        self._contents.append(passage)
        if self._summary is None:
            self._summary = passage

    def _date(self, key: str, element: Element, depth: int) -> None:
        if len(element):
            raise NotSureError("markup in a date")
        if self._counts(key, depth):
            self._dates[key] = _words(element)

    def _counts(self, key: str, depth: int) -> bool:
        """Return whether a value at this depth replaces what there is."""
        if depth > self._depths.get(key, depth):
            return False
        self._depths[key] = depth
        return True

    def _passage(self, element: Element, default: str) -> FeedText:
        kind: str | None = default
        if element.attrib:
            given = attributes(element)
            kind = _TYPES.get(given.get("type", default).lower())
            if kind is None or given.get("mode", "") == "base64":
                raise NotSureError("a type that is not text")
        if kind == "xhtml":
            if not self._atom:
                raise NotSureError("XHTML outside Atom")
            return FeedText(self._repaired(inline_html(element)))
        if len(element):
            raise NotSureError("markup that is not escaped")
        value = _words(element)
        plain = kind == "text"
        if plain and not self._atom:
            guess = is_html(value)
            if guess is None:
                raise NotSureError("words that may be HTML")
            plain = not guess
        return FeedText(self._repaired(value), plain)

    def _linked(self, text: str | None) -> str:
        """Return an address that stands as words."""
        href = (text or "").strip()
        if "&" in href or not ABSOLUTE.match(href):
            href = (
                self._repaired(_ENTITY.sub(r"&\1", self._resolved(href).replace("&amp;", "&")))
                if href
                else ""
            )
        return href

    def _resolved(self, link: str) -> str:
        if ABSOLUTE.match(link):
            return link
        if self._based and not link.startswith(("http://", "https://", "tag:", "urn:")):
            raise NotSureError("a relative link under xml:base")
        try:
            return urljoin(self._reader.url, _SLASHES.sub(r"\1", link))
        except ValueError:
            return ""


def _words(element: Element) -> str:
    text: str | None = element.text
    return text.strip() if text else ""


def _has_base(given: dict[str, str]) -> bool:
    return "{http://www.w3.org/xml/1998/namespace}base" in given or "base" in given


_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_LEFT_OUT, _Entry.left_out),
    **dict.fromkeys(_FEEDPARSERS, _Entry.feedparsers),
    "title": _Entry.title,
    "dc:title": _Entry.title,
    "media:content": _Entry.left_out,  # what stands in it is of the picture: captions, credits
    "media:title": _Entry.media_title,
    "description": _Entry.description,
    "dc:description": _Entry.description,
    "media:description": _Entry.description,
    "summary": _Entry.summary,
    "itunes:summary": _Entry.summary,
    "content": _Entry.content,
    "content:encoded": _Entry.encoded,
    "link": _Entry.link,
    "guid": _Entry.guid_,
    "id": _Entry.guid_,
    "pubdate": _Entry.published,
    "published": _Entry.published,
    "issued": _Entry.published,
    "dcterms:issued": _Entry.published,
    "updated": _Entry.updated,
    "modified": _Entry.updated,
    "lastbuilddate": _Entry.updated,
    "dc:date": _Entry.updated,
    "dcterms:modified": _Entry.updated,
    "created": _Entry.created,
    "dcterms:created": _Entry.created,
    "category": _Entry.category,
    "keywords": _Entry.category,
    "dc:subject": _Entry.category,
    "media:category": _Entry.category,
    "itunes:category": _Entry.itunes_category,
    "media:keywords": _Entry.keywords,
    "itunes:keywords": _Entry.keywords,
    "source": _Entry.source,
    "image": _Entry.image,
    "feedburner:origlink": _Entry.origin,
    "author": _Entry.author,
    "dc:creator": _Entry.author,
    "dc:author": _Entry.author,
    "itunes:author": _Entry.author,
}
