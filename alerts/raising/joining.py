"""Stories of two languages that an enricher's vectors tell to be one: pure, by what the settings ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Joining:
    """Whose vectors tell that stories in two languages are one, and from which cosine on."""

    enricher: str
    least: float


def how_alike(ours: Vector, theirs: Sequence[Vector]) -> float | None:
    """Return the greatest cosine of a vector with others; None where none can be compared with it."""
    found = [_cosine(ours, other) for other in theirs if len(other) == len(ours)]
    return max((one for one in found if one is not None), default=None)


def _cosine(one: Vector, other: Vector) -> float | None:
    lengths = math.sqrt(math.fsum(x * x for x in one)) * math.sqrt(math.fsum(x * x for x in other))
    return math.fsum(x * y for x, y in zip(one, other, strict=True)) / lengths if lengths else None
