"""What stood in the last documents of an outlet, as numbers of 64 bits: one set for each document, packed for a column."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable


def number_of(text: str) -> int:
    """Return a text as a number; never 0, which separates the sets."""
    digest = hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


def pack(sets: Iterable[frozenset[int]]) -> bytes:
    """Return the sets as bytes."""
    numbers = array("Q")
    for one in sets:
        numbers.extend(sorted(one))
        numbers.append(0)
    return numbers.tobytes()


def unpack(packed: bytes) -> list[frozenset[int]]:
    """Return the sets that `pack` was given."""
    numbers = array("Q")
    numbers.frombytes(packed)
    sets: list[frozenset[int]] = []
    one: set[int] = set()
    for number in numbers:
        if number:
            one.add(number)
        else:
            sets.append(frozenset(one))
            one = set()
    return sets
