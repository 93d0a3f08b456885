"""Column types that both databases share: aware UTC times, string enums, JSON, troubles."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Enum, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.troubles import Trouble


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC. A naive one is refused: it is always a mistake of ours.

    SQLite keeps no zone, so it is put back on the way out; its text form sorts as the times do.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time to UTC for the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: times in storage are aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_type(values: type[StrEnum]) -> TypeEngine[Any]:
    """A text column that holds one of `values` (no native enum: adding a value is then no migration)."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


def no_items() -> list[Any]:
    """Return what a list of a row is at first. Not `list` itself: pydantic reads its signature for each row, for 0.1 ms."""
    return []


def no_values() -> dict[str, Any]:
    """Return what a table of a row is at first; as `no_items`."""
    return {}


def json_type() -> TypeEngine[Any]:
    """JSON on SQLite, JSONB on PostgreSQL."""
    return JSON().with_variant(JSONB(), "postgresql")


class TroubleType(TypeDecorator[Trouble]):
    """A text column that holds a trouble as one JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Trouble | None, dialect: Dialect) -> str | None:
        """Turn a trouble into JSON."""
        return None if value is None else json.dumps({"kind": value.kind, **value.facts}, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Trouble | None:
        """Read a trouble from JSON."""
        if value is None:
            return None
        facts = json.loads(value)
        return Trouble(facts.pop("kind"), facts)
