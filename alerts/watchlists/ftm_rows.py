"""Actors from FollowTheMoney entities, one JSON object a line as OpenSanctions publishes them. Pure.

https://followthemoney.tech: an entity has a schema and properties, each a list of texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from alerts.values import Actor, Alias
from alerts.watchlists.reading import (
    LONGEST_NOTE,
    ImportedActor,
    Row,
    RowError,
    Skipped,
    fault_of_name,
    tidy,
)
from storage.language import _

SCHEMATA = frozenset({"LegalEntity", "Person", "Organization", "Company", "PublicBody"})
"""Entities that act; the others are addresses, payments, vessels and the like."""
LARGEST_DOCUMENT = 200_000_000
"""Characters of a file that is one JSON document: it is read whole."""


def read_ftm(lines: Iterable[str]) -> Iterator[Row]:
    """Return the rows of a file with an entity on each line, or of one that is a single entity or a list of them."""
    remaining = iter(lines)
    first = next((line for line in remaining if line.strip("\ufeff \t\r\n")), "").lstrip("\ufeff")
    if _is_part_of_document(first):
        yield from _read_document(chain([first], remaining))
        return
    yield from _read_line(1, first)
    for number, line in enumerate(remaining, start=2):
        if line.strip():
            yield from _read_line(number, line)


def _is_part_of_document(line: str) -> bool:
    """Return whether an entity, or the list of them, goes on after its first line."""
    text = line.strip()
    if text.startswith("["):
        return True
    return text == "{" or (text.startswith("{") and not text.endswith("}"))


def _read_document(lines: Iterable[str]) -> Iterator[Row]:
    parts: list[str] = []
    length = 0
    for line in lines:
        parts.append(line)
        length += len(line)
        if length > LARGEST_DOCUMENT:
            yield RowError(
                1, _("the file is one JSON document too large to be read: write one entity a line")
            )
            return
    try:
        document = json.loads("".join(parts))
    except (ValueError, RecursionError) as error:
        yield RowError(
            getattr(error, "lineno", 1),
            _("this is not valid JSON: {error}; write one entity a line", error=error),
        )
        return
    for number, entity in enumerate(document if isinstance(document, list) else [document], start=1):
        yield _row(number, entity)


def _read_line(number: int, line: str) -> Iterator[Row]:
    try:
        entity = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield RowError(number, _("this is not valid JSON: {error}", error=error))
    else:
        yield _row(number, entity)


def _row(number: int, entity: Any) -> Row:  # noqa: ANN401  (whatever the JSON holds)
    if not isinstance(entity, dict) or not isinstance(entity.get("schema"), str):
        return RowError(number, _("this is not a FollowTheMoney entity: it needs a schema and properties"))
    schema = entity["schema"]
    if schema not in SCHEMATA:
        return Skipped(number, schema)
    properties = entity.get("properties")
    if not isinstance(properties, dict):
        return RowError(number, _("this {schema} has no properties", schema=schema))
    names = _texts(properties, "name")
    caption = entity.get("caption")
    if isinstance(caption, str) and tidy(caption) and (not names or tidy(caption) in names):
        names.insert(0, tidy(caption))
    if not names:
        return RowError(number, _("this {schema} has no name", schema=schema))
    strong = dict.fromkeys((*names, *_texts(properties, "alias"), *_texts(properties, "previousName")))
    usable = [name for name in strong if fault_of_name(name) is None]
    if not usable:
        return RowError(number, fault_of_name(names[0]) or _("it has no name that can be used"))
    weak = [
        Alias(name, weak=True)
        for name in dict.fromkeys(_texts(properties, "weakAlias"))
        if name not in strong and fault_of_name(name) is None
    ]
    actor = Actor(usable[0], (*usable[1:], *weak))
    note = "; ".join((*_texts(properties, "position"), *_texts(properties, "notes")))
    return ImportedActor(number, actor, note=note[:LONGEST_NOTE])


def _texts(properties: dict[str, Any], name: str) -> list[str]:
    """Return the texts of a property; nested entities and numbers are passed over."""
    values = properties.get(name)
    if isinstance(values, str):
        values = [values]
    return (
        [tidy(value) for value in values if isinstance(value, str) and tidy(value)]
        if isinstance(values, list)
        else []
    )
