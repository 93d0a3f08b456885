"""What sort of publisher an outlet is. It is said by one of its tags, so that it is set, filtered and exchanged as tags are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

OutletType = Literal[
    "wire", "daily", "magazine", "broadcaster", "online", "regional", "government", "organisation"
]
TYPES: tuple[str, ...] = get_args(OutletType)


def type_of(tags: Iterable[str]) -> str | None:
    """Return the type that an outlet's tags say: the first that is one; None where none is."""
    return next((tag for tag in tags if tag in TYPES), None)
