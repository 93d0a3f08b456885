"""Sources of an outlet beside its feeds, as people write them: the table that the settings file would have."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from crawler.sources.base import UnknownSourceError, declare
from crawler.sources.listed import FoundSource
from service.actions.errors import InvalidError
from storage.declared_source import StoredSource
from storage.language import _

MOST_SOURCES = 50


def read_sources(tables: Sequence[str | Mapping[str, Any]]) -> tuple[StoredSource, ...]:
    """Return the sources of some tables, such as `{ kind = "sitemap", url = "https://…" }`, or the same as a mapping.

    Raise `InvalidError` for one that is no table, whose kind is not installed, or whose keys are wrong.
    """
    if len(tables) > MOST_SOURCES:
        raise InvalidError(
            _(
                "An outlet has at most {most} sources, not {tables}.",
                most=MOST_SOURCES,
                tables=len(tables),
            ),
            key="sources",
        )
    return tuple(_source(_table(given) if isinstance(given, str) else given) for given in tables)


def found_source(found: FoundSource) -> StoredSource:
    """Return a source that was found, as it would be declared."""
    return declare(found.kind, found.keys)


def source_table(source: StoredSource) -> str:
    """Return the table of a source on one line, as it is written."""
    return toml_value({"kind": source.kind, **source.settings})


def toml_value(value: object) -> str:
    """Return a value as TOML writes it, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {toml_value(one)}" for name, one in value.items()) + " }"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def _table(text: str) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(f"source = {text.strip()}")["source"]
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(
            _("{given!r} is not a TOML table: {error}", given=text.strip(), error=error), key="sources"
        ) from error
    if not isinstance(found, dict):
        raise InvalidError(
            _(
                '{given!r} is not a table, such as {{ kind = "sitemap", url = "https://…" }}',
                given=text.strip(),
            ),
            key="sources",
        )
    return found


def _source(table: Mapping[str, Any]) -> StoredSource:
    keys = dict(table)
    kind = keys.pop("kind", None)
    if not isinstance(kind, str):
        raise InvalidError(_("{table}: a source needs its kind, such as sitemap", table=table), key="sources")
    try:
        return declare(kind, keys)
    except UnknownSourceError as error:
        raise InvalidError(str(error), key="sources") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise InvalidError(f"{kind}: {where}: {said}", key="sources") from error


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)
