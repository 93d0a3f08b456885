"""Feeds out: a watch list's newest alerts as Atom (RFC 4287) and JSON Feed 1.1, with ids that never change. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from alerts.delivery.characters import one_line, shown, web_address

ATOM = "http://www.w3.org/2005/Atom"
MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One alert. `paragraphs` say why and where; `url` is the article's."""

    id: str
    title: str
    url: str | None
    outlet: str
    created_at: datetime
    updated_at: datetime
    paragraphs: tuple[str, ...]
    names: tuple[str, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class OutFeed:
    """A watch list's feed. `url` is where it is served."""

    id: str
    title: str
    url: str
    updated_at: datetime
    items: Sequence[FeedItem]


def as_atom(feed: OutFeed) -> bytes:
    """Return the feed as an Atom document."""
    ElementTree.register_namespace("", ATOM)
    root = _element(None, "feed")
    _element(root, "id", feed.id)
    _element(root, "title", _line(feed.title))
    _element(root, "updated", _time(feed.updated_at))
    _element(root, "link", rel="self", href=feed.url)
    _element(root, "generator", "Tocsin")
    for item in feed.items:
        entry = _element(root, "entry")
        _element(entry, "id", item.id)
        _element(entry, "title", _line(item.title))
        _element(entry, "published", _time(item.created_at))
        _element(entry, "updated", _time(item.updated_at))
        _element(_element(entry, "author"), "name", _line(item.outlet) or "unknown")
        if web_address(item.url):
            _element(entry, "link", rel="alternate", href=item.url or "")
        for name in item.names:
            _element(entry, "category", term=_line(name))
        _element(entry, "content", _text(item), type="text")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def as_json_feed(feed: OutFeed) -> bytes:
    """Return the feed as a JSON Feed."""
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _line(feed.title),
        "feed_url": feed.url,
        "items": [
            {
                "id": item.id,
                "title": _line(item.title),
                "content_text": _text(item),
                "date_published": _time(item.created_at),
                "date_modified": _time(item.updated_at),
                "authors": [{"name": _line(item.outlet)}],
                "tags": [_line(name) for name in item.names],
                **({"url": item.url} if web_address(item.url) else {}),
                **({"language": item.language} if item.language else {}),
            }
            for item in feed.items
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _element(
    parent: ElementTree.Element | None, name: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    tag = f"{{{ATOM}}}{name}"
    made = (
        ElementTree.Element(tag, attributes)
        if parent is None
        else ElementTree.SubElement(parent, tag, attributes)
    )
    made.text = text or None
    return made


def _line(text: str) -> str:
    return one_line(_fit_for_xml(text), MAX_TITLE)


def _text(item: FeedItem) -> str:
    return "\n\n".join(shown(_fit_for_xml(paragraph)) for paragraph in item.paragraphs)


def _fit_for_xml(text: str) -> str:
    """Take out the two noncharacters that XML 1.0 §2.2 forbids and `shown` lets through."""
    return text.replace("\ufffe", "").replace("\uffff", "")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
