"""OPML (opml.org, 1.0 to 2.0): lists of feeds from other programs, and for them. Pure.

Folders are tags: a feed in World inside News has both; so has one with `category="News,World"`. Outlines of one name and one site
are one outlet with several feeds. What can't be used is told, a line for each outline, and never keeps the rest from being read.
"""

from __future__ import annotations

import contextlib
import html.entities
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import lxml.etree

from crawler.errors import CrawlerError
from crawler.sources.documents.xml import NOT_XML, xml_text
from crawler.text.charset import decode
from crawler.text.html_text import clean
from crawler.urls import host_of
from storage.codes import country_named, language_of_tag

_AMPERSAND = re.compile(r"&(?!#\d+;|#x[0-9a-fA-F]+;|(?:lt|gt|amp|quot|apos);)(?:(\w+);)?")
_ATTRIBUTE = re.compile(r'([\w:.-]+)\s*=\s*"(.{0,5000}?)"(?=\s+[\w:.-]+\s*=\s*"|\s*[/?]?>\s*<)', re.DOTALL)
"""An attribute whose end is where another one or the tag's end follows: what quotes in it do not hide."""
_FEED_SCHEME = re.compile(r"^feed:(?://)?(?=https?://)|^feed:(?=//)", re.IGNORECASE)
"""`feed:https://…` and `feed://…`, as browsers once wrote addresses of feeds."""
_DEEPEST = 20


class OpmlError(CrawlerError):
    """The file is not OPML, or declares entities, which no list of feeds needs."""


@dataclass(frozen=True, slots=True)
class OutletOutline:
    """An outlet as a list of feeds has it."""

    name: str
    feeds: tuple[str, ...]
    site: str = ""
    language: str | None = None
    tags: tuple[str, ...] = ()
    country: str | None = None


@dataclass(frozen=True, slots=True)
class OpmlList:
    """What a file lists, in its order, and a line for each outline that can't be used."""

    outlets: tuple[OutletOutline, ...]
    problems: tuple[str, ...]


def parse_opml(body: bytes) -> OpmlList:
    """Return the outlets of a list of feeds; of a broken file, what can be read. Raises `OpmlError`."""
    root, problems = _root(body)
    outlets: dict[tuple[str, str], OutletOutline] = {}
    owners: dict[str, tuple[str, str]] = {}
    for found in _outlines(root, (), 0):
        if isinstance(found, str):
            problems.append(found)
            continue
        (feed,) = found.feeds
        key = owners.setdefault(feed, (found.name, found.site))
        known = outlets.get(key)
        if known is None:
            outlets[key] = found
            continue
        outlets[key] = replace(
            known,
            feeds=tuple(dict.fromkeys((*known.feeds, feed))),
            tags=tuple(dict.fromkeys((*known.tags, *found.tags))),
            language=known.language or found.language,
            country=known.country or found.country,
        )
    return OpmlList(tuple(_with_names_apart(outlets.values())), tuple(problems))


def format_opml(outlets: Iterable[OutletOutline], *, title: str, created: datetime) -> bytes:
    """Return an OPML 2.0 file, a folder for each first tag; `parse_opml` gives the same outlets."""
    root = lxml.etree.Element("opml", version="2.0")
    head = lxml.etree.SubElement(root, "head")
    lxml.etree.SubElement(head, "title").text = title
    lxml.etree.SubElement(head, "dateCreated").text = format_datetime(created)
    body = lxml.etree.SubElement(root, "body")
    folders: dict[str, Any] = {}
    for outlet in outlets:
        parent = body
        if outlet.tags:
            name = outlet.tags[0]
            if name not in folders:
                folders[name] = lxml.etree.SubElement(body, "outline", text=name, title=name)
            parent = folders[name]
        for feed in outlet.feeds:
            given = {
                "type": "rss",
                "text": outlet.name,
                "title": outlet.name,
                "xmlUrl": feed,
                "htmlUrl": outlet.site,
            }
            given |= {"language": outlet.language or "", "category": ",".join(outlet.tags)}
            given["country"] = outlet.country or ""
            kept = {key: NOT_XML.sub("", value) for key, value in given.items() if value}
            lxml.etree.SubElement(parent, "outline", kept)
    document: bytes = lxml.etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return document


def _root(body: bytes) -> tuple[Any, list[str]]:
    text = xml_text(decode(body))
    if "<!ENTITY" in text:
        raise OpmlError("the file declares entities, which no list of feeds needs: refused")
    document = _AMPERSAND.sub(_escaped, text).encode()
    problems: list[str] = []
    root = None
    for attempt in (document, _ATTRIBUTE.sub(_requoted, document.decode()).encode()):
        try:
            root = lxml.etree.fromstring(attempt, _parser(recover=False))
            break
        except (lxml.etree.XMLSyntaxError, ValueError) as error:
            problems = problems or [f"the file is broken and was read as far as possible: {error}"]
    if root is None:
        with contextlib.suppress(lxml.etree.XMLSyntaxError, ValueError):
            root = lxml.etree.fromstring(document, _parser(recover=True))
    if root is None or str(root.tag).lower() != "opml":
        raise OpmlError("the file is not OPML: it must begin with <opml>")
    return root, problems


def _parser(*, recover: bool) -> lxml.etree.XMLParser:
    return lxml.etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )


def _escaped(match: re.Match[str]) -> str:
    """An entity of HTML, which XML does not know, becomes its character; a bare ampersand, common in addresses, is escaped."""
    code = html.entities.name2codepoint.get(match[1] or "")
    return f"&#{code};" if code is not None else "&amp;" + match[0][1:]


def _requoted(match: re.Match[str]) -> str:
    """Escapes what can't stand in an attribute: quotes and markup in a description, say."""
    value = match[2].replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return f'{match[1]}="{value}"'


def _outlines(parent: Any, folders: tuple[str, ...], depth: int) -> Iterator[OutletOutline | str]:  # noqa: ANN401
    """Return the outlines with a feed, one feed each, and a message for each that can't be used."""
    for element in parent:
        if not isinstance(element.tag, str) or element.tag.lower() not in ("body", "outline"):
            continue
        given = {str(key).lower(): str(value).strip() for key, value in element.attrib.items()}
        name = clean(given.get("title") or given.get("text") or "")
        inside = folders
        if element.tag.lower() == "outline":
            address = given.get("xmlurl", "")
            if address:
                yield _outlet(given, name, address, folders, element.sourceline)
            elif not len(element):
                yield _useless(given, name, element.sourceline)
            if not address:
                inside = (*folders, *_tags(name))
        if depth < _DEEPEST:
            yield from _outlines(element, inside, depth + 1)
        elif len(element):
            yield f"line {element.sourceline}: {name!r} stands too deep in folders: what is in it is left out"


def _outlet(
    given: dict[str, str], name: str, address: str, folders: tuple[str, ...], line: int
) -> OutletOutline | str:
    feed = _FEED_SCHEME.sub(
        lambda match: "http:" if address[len(match[0]) :].startswith("//") else "", address
    )
    try:
        host = clean(host_of(feed))
    except ValueError:
        host = ""
    if not host:
        return (
            f"line {line}: {name or address!r}: xmlUrl {address!r} is not an http or https address: left out"
        )
    site = given.get("htmlurl", "")
    try:
        host_of(site)
    except ValueError:
        site = ""
    tags = tuple(dict.fromkeys((*folders, *_tags(given.get("category", "")))))
    country = country_named(given.get("country", ""))
    return OutletOutline(
        name or host, (feed,), site, language_of_tag(given.get("language", "")), tags, country
    )


def _tags(text: str) -> Iterator[str]:
    """Return the tags of a folder's name or a category: a comma parts them, a slash at an end is none of it."""
    return filter(None, (clean(tag).strip("/ ") for tag in text.split(",")))


def _useless(given: dict[str, str], name: str, line: int) -> str:
    what = repr(name) if name else "an outline without a name"
    if given.get("type", "").lower() == "include":
        return (
            f"line {line}: {what} includes another file, {given.get('url', '')!r}: import that file by itself"
        )
    return f"line {line}: {what} has no xmlUrl: left out; tocsin outlets discover SITE finds a feed's address"


def _with_names_apart(outlets: Iterable[OutletOutline]) -> Iterator[OutletOutline]:
    """Outlets of one name but different sites are told apart by their hosts, then by a number."""
    taken: set[str] = set()
    for outlet in outlets:
        name = outlet.name
        if name in taken:
            name = clean(f"{outlet.name} ({urlsplit(outlet.site or outlet.feeds[0]).hostname})")
        number = 2
        while name in taken:
            name = f"{outlet.name} ({number})"
            number += 1
        taken.add(name)
        yield replace(outlet, name=name)
