"""Numbers in addresses: within what a database takes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

LARGEST = 2**31 - 1
"""Of an id: PostgreSQL takes no greater one."""

Number = Annotated[int, Path(ge=1, le=LARGEST, description="Its number.")]
"""An id in a path."""


def read_number(text: str) -> int | None:
    """Return the whole number that a text holds; None where it holds none."""
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= LARGEST else None
    )


def read_place(text: str) -> int | None:
    """Return the place in the order of publication that a text holds; None where it holds none."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    return int(text) if int(text) < 2**63 else None
