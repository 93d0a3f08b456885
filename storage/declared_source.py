"""A source as settings declare it and the database keeps it. Not in the stores, so that settings are read without SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as a user declared it: what it is known by, the host that is asked, and the keys of its kind as JSON."""

    kind: str
    address: str
    host: str
    settings: dict[str, Any]
    is_polled: bool = True
