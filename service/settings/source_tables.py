"""`sources = [{ kind = …, … }]` of an outlet: each table is read as the source of its kind says."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from crawler.sources.base import UnknownSourceError, declare, installed_sources
from storage.declared_source import StoredSource


def _source(value: object) -> object:
    if isinstance(value, StoredSource):
        return value
    if not isinstance(value, dict):
        raise ValueError('must be a table, such as { kind = "feed", url = "https://…" }')
    keys = dict(value)
    kind = keys.pop("kind", None)
    for failed in installed_sources().failed:
        if failed.name == kind:
            raise ValueError(f"kind {kind!r} of the package {failed.package} does not load: {failed.error}")
    if not isinstance(kind, str):
        names = ", ".join(f'"{name}"' for name in sorted(installed_sources().by_name()))
        raise ValueError(f"kind must be one of {names}")
    try:
        return declare(kind, keys)
    except UnknownSourceError as error:
        raise ValueError(str(error)) from error


SourceTable = Annotated[StoredSource, BeforeValidator(_source)]
