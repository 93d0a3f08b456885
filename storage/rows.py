"""Small helpers for rows."""

from __future__ import annotations

from typing import Protocol


class HasId(Protocol):
    """A row with a numeric key, None until it is flushed."""

    id: int | None


def id_of(row: HasId) -> int:
    """Return the id of a row that is in the database. Raises `ValueError` for one that was never flushed."""
    if row.id is None:
        raise ValueError(f"{type(row).__name__} has no id yet: flush the session first")
    return row.id
