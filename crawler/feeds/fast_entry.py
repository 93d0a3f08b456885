"""One entry on the fast path, element by element, with feedparser's rules for which of several titles, texts and links counts.

In its order: a title stands once it is set, but media:title only until one comes; of other fields the last at the same depth of
nesting counts, never a deeper one; a second description becomes content; content is the summary until one comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin

import lxml.etree

from crawler.feeds.dates import is_unset, parse_date
from crawler.feeds.entries import Draft
from crawler.feeds.inline import inline_html
from crawler.feeds.passages import Passage, is_html, repaired, told
from crawler.feeds.text import clean
from crawler.feeds.unsure import NotSureError
from crawler.feeds.vocabulary import Element, Names, attributes
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


class EntryReader:
    """Reads the entries of one document."""

    def __init__(self, names: Names, *, url: str, atom: bool, based: bool) -> None:
        self._names = names
        self._url = url
        self._atom = atom
        self._based = based

    def read(self, item: Element) -> Draft:
        """Gives an entry. Raises `NotSureError`."""
        given = attributes(item) if item.attrib else {}
        entry = _Entry(self._url, atom=self._atom, based=self._based or _has_base(given))
        entry.guid = given.get(_RDF_ABOUT) or given.get("rdf:about", "")
        if "href" in given or "lastmod" in given:
            raise NotSureError("CDF")
        self._walk(item, entry, 0)
        return entry.draft()

    def _walk(self, parent: Element, entry: _Entry, depth: int) -> None:
        for element in parent:
            name = self._names.of(element)
            handler = _HANDLERS.get(name)
            if handler is not None:
                handler(entry, element, depth)
            elif name == "author" or name in ("dc:creator", "dc:author", "itunes:author"):
                self._author(element, entry)
            elif name in _FEEDPARSERS:
                raise NotSureError(name)
            elif len(element) and name not in _LEFT_OUT:
                self._walk(element, entry, depth + 1)

    def _author(self, element: Element, entry: _Entry) -> None:
        if not len(element):
            entry.add_author(repaired(element.text or ""))
            return
        children = [child for child in element if ":" not in self._names.of(child) or not child.attrib]
        parts = {self._names.of(child): child for child in children}
        if not parts.keys() <= {"name", "uri", "email", "url", "homepage"} or any(map(len, element)):
            raise NotSureError("an odd author")
        if len(parts) != len(children) or (element.text or "").strip():
            raise NotSureError("an odd author")
        name, email = ((parts[key].text or "").strip() if key in parts else "" for key in ("name", "email"))
        entry.authors.append(clean(name))
        entry.author = name or email


class _Entry:
    """What is known of an entry while it is read."""

    def __init__(self, url: str, *, atom: bool, based: bool) -> None:
        self._url = url
        self._atom = atom
        self._based = based
        self._depths: dict[str, int] = {}
        self._title: Passage | None = None
        self._title_depth = -1
        self._summary: Passage | None = None
        self._contents: list[Passage] = []
        self._has_content = False
        self._dates: dict[str, str] = {}
        self._link: str | None = None
        self._alternates: list[str] = []
        self._origin = ""
        self.guid = ""
        self._guid_is_link: bool | None = None
        self.authors: list[str] = []
        self.author = ""
        self._categories: list[str] = []

    def draft(self) -> Draft:
        summary, content = told(self._contents, self._summary)
        names = [name for name in self.authors if name]
        is_link = True if self._guid_is_link is None else self._guid_is_link
        return Draft(
            guid=self.guid,
            links=(self._link or "", *self._alternates, self._origin),
            title=self._title.text() if self._title is not None else "",
            summary=summary,
            content=content,
            author=", ".join(dict.fromkeys(names)) or clean(self.author),
            published=self._published(),
            categories=tuple(dict.fromkeys(filter(None, map(clean, self._categories)))),
            guid_is_link=is_link or self.guid.startswith("http"),
        )

    def _published(self) -> datetime | None:
        for key in ("published", "updated", "created"):
            text = self._dates.get(key)
            if text and not is_unset(text):
                moment = parse_date(text)
                if moment is None:
                    raise NotSureError("a date that we can't read")
                return moment
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
        given = attributes(element) if element.attrib else {}
        if _has_base(given):
            self._based = True
        relation = given.get("rel", "alternate").lower()
        kind = given.get("type", "text/html").lower() if relation != "self" else "self"
        href = given.get("url") or given.get("uri") or given.get("href")
        if href is None and any(key in given for key in ("url", "uri")):
            raise NotSureError("a link without an address")
        if len(element):
            raise NotSureError("markup in a link")
        if href is not None:
            href = self._resolved(href)
            if relation == "alternate" and kind in _HTML_TYPES:
                self._link = href
        else:
            href = (element.text or "").strip()
            if href:
                href = _ENTITY.sub(r"&\1", self._resolved(href).replace("&amp;", "&"))
            self._link = href = repaired(href)
        if relation == "alternate" and href:
            self._alternates.append(href)

    def guid_(self, element: Element, depth: int) -> None:
        given = attributes(element) if element.attrib else {}
        if len(element):
            raise NotSureError("markup in a guid")
        if _has_base(given):
            self._based = True
        is_link = given.get("ispermalink", "true") == "true"
        value = (element.text or "").strip()
        value = repaired(self._resolved(value) if is_link and value else value)
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
        given = attributes(element) if element.attrib else {}
        self._categories += (given.get("term", ""), repaired(element.text or ""))

    def itunes_category(self, element: Element, _depth: int) -> None:
        if len(element):
            raise NotSureError("nested categories")
        self._categories += (attributes(element).get("text", ""), repaired(element.text or ""))

    def keywords(self, element: Element, _depth: int) -> None:
        if not element.attrib and not len(element):
            self._categories += map(repaired, (element.text or "").split(","))

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
            self._origin = (element.text or "").strip()

    def add_author(self, text: str) -> None:
        """Takes an author given as words: a name, an address, or both."""
        self.author = text
        found = _EMAIL.search(text)
        if found is not None:
            for part in (found[0], "()", "<>", "&lt;&gt;"):
                text = text.replace(part, "")
            text = text.strip().removeprefix("(").removesuffix(")").strip()
        self.authors.append(clean(text))

    def _take_title(self, element: Element, depth: int) -> str:
        passage = self._passage(element, "text")
        if not -1 < self._title_depth <= depth and self._counts("title", depth):
            self._title = passage
        return passage.value

    def _set_summary(self, passage: Passage, depth: int) -> None:
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
            self._dates[key] = (element.text or "").strip()

    def _counts(self, key: str, depth: int) -> bool:
        """Tells whether a value at this depth replaces what there is."""
        known = self._depths.get(key)
        if known is not None and depth > known:
            return False
        self._depths[key] = depth
        return True

    def _passage(self, element: Element, default: str) -> Passage:
        given = attributes(element) if element.attrib else {}
        kind = _TYPES.get(given.get("type", default).lower())
        if kind is None or given.get("mode", "") == "base64":
            raise NotSureError("a type that is no text")
        if kind == "xhtml":
            if not self._atom:
                raise NotSureError("XHTML outside Atom")
            return Passage(repaired(inline_html(element)))
        if len(element):
            raise NotSureError("markup that is not escaped")
        value = (element.text or "").strip()
        plain = kind == "text"
        if plain and not self._atom:
            guess = is_html(value)
            if guess is None:
                raise NotSureError("words that may be HTML")
            plain = not guess
        return Passage(repaired(value), plain)

    def _resolved(self, link: str) -> str:
        if ABSOLUTE.match(link):
            return link
        if self._based and not link.startswith(("http://", "https://", "tag:", "urn:")):
            raise NotSureError("a relative link under xml:base")
        try:
            return urljoin(self._url, _SLASHES.sub(r"\1", link))
        except ValueError:
            return ""


def _has_base(given: dict[str, str]) -> bool:
    return "{http://www.w3.org/xml/1998/namespace}base" in given or "base" in given


_HANDLERS: dict[str, Callable[[_Entry, Element, int], None]] = {
    "title": _Entry.title,
    "dc:title": _Entry.title,
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
}
