"""A spider's items as JSON: the fields that an entry can have, whatever sort of item it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from time import struct_time
from typing import Any

from itemadapter import ItemAdapter

from crawler.urls import resolve

FIELDS: Mapping[str, tuple[str, ...]] = {
    "url": ("url", "link"),
    "title": ("title", "headline"),
    "text": ("text",),
    "html": ("html",),
    "summary": ("summary", "description", "lead"),
    "published": ("published", "date", "date_published"),
    "author": ("authors", "author"),
    "id": ("id", "guid"),
    "tags": ("tags", "categories"),
}
"""What an entry takes, and the names under which items bring it, the first one that says something counts."""
_MARKUP = re.compile(r"</?[a-z][a-z0-9]*\b[^>]*>", re.IGNORECASE)
"""What tells HTML from text in `body` and `content`, which items use for both."""
_LINES = {"text": "\n", "html": "\n", "author": ", "}
"""What parts of a list are joined by, as item loaders give lists; the parts of all others by a space."""
_FIRST = frozenset({"url", "published", "id"})
"""Fields that are one value: of a list the first counts."""


class NoItemError(ValueError):
    """It is no item that an entry can be made of; the message says why."""


def as_json(item: object, base: str) -> dict[str, Any]:
    """Return the item's fields. A relative address is seen from `base`. Raises `NoItemError`."""
    if not ItemAdapter.is_item(item):
        raise NoItemError(f"{type(item).__name__} is not an item")
    fields = ItemAdapter(item).asdict()
    found: dict[str, Any] = {}
    for name, spellings in FIELDS.items():
        value = next((fields[key] for key in spellings if fields.get(key) not in (None, "", [], ())), None)
        if name == "tags":
            found[name] = [text for part in _parts(value) if (text := _text(part))]
        elif name in _FIRST:
            first = next(iter(_parts(value)), None)
            found[name] = _moment(first) if name == "published" else _text(first)
        else:
            joint = _LINES.get(name, " ")
            found[name] = joint.join(text for part in _parts(value) if (text := _text(part)))
    if not (found["text"] or found["html"]):
        body = "\n".join(_text(part) for part in _parts(fields.get("body") or fields.get("content")))
        found["html" if _MARKUP.search(body) else "text"] = body
    if not (found["url"] or found["id"]):
        raise NoItemError("no url")
    if base and found["url"]:
        found["url"] = resolve(base, found["url"]) or found["url"]
    return {name: value for name, value in found.items() if value}


def _parts(value: object) -> Iterable[object]:
    if value is None:
        return ()
    if isinstance(value, list | tuple | set | frozenset) and not isinstance(value, struct_time):
        return value
    return (value,)


def _moment(value: object) -> str:
    """Return a date as text; a number is seconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC).isoformat()
        except (ValueError, OverflowError, OSError):
            return ""
    if isinstance(value, struct_time):
        return datetime(*value[:6], tzinfo=UTC).isoformat()
    return _text(value)


def _text(value: object) -> str:
    """Return a value as text: a date by ISO 8601, a person by name."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, Mapping):
        return _text(value.get("name"))
    return "" if value is None else str(value)
