"""Press reviews as files: PDF by Typst, Word by python-docx. Pure, and slow: it is done in a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class PrintError(Exception):
    """An edition can't be printed; the message says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an edition is printed: with a title page, and a logo (its file's ending and bytes)."""

    cover: bool = False
    logo_kind: str = ""
    logo: bytes = field(default=b"", repr=False)
    pictures: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    """JPEGs of items, by the number of each."""
