"""Durations and sizes as people write them: 15m, 1h30m, 10MB."""

from __future__ import annotations

import re
from datetime import timedelta

from storage.language import _

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SIZES = {"b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?b)$", re.IGNORECASE)
_LONGEST = timedelta(days=3650)
_LARGEST = 1_000_000_000_000


def parse_duration(text: object) -> timedelta:
    """Read "15m", "1h30m", "500ms". Raises `ValueError`, saying what would be right."""
    if isinstance(text, timedelta):
        return text
    compact = str(text).strip().replace(" ", "")
    if isinstance(text, str) and re.fullmatch(f"(?:{_PART.pattern})+", compact):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(compact))
        if seconds <= _LONGEST.total_seconds():
            return timedelta(seconds=seconds)
        raise ValueError(_("{text!r} is longer than ten years", text=text))
    raise ValueError(
        _(
            '{text!r} is not a duration: write a number with its unit, such as "500ms", "30s", "15m", '
            '"6h", "2d"',
            text=text,
        )
    )


def format_duration(duration: timedelta) -> str:
    """Return it as `parse_duration` reads it: "1h30m"."""
    left = round(duration.total_seconds() * 1000)
    parts = []
    for unit in ("w", "d", "h", "m", "s", "ms"):
        count, left = divmod(left, round(_UNITS[unit] * 1000))
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_size(text: object) -> int:
    """Read "10MB" or "500kB" as bytes. Raises `ValueError`, saying what would be right."""
    match = _SIZE.match(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            _('{text!r} is not a size: write a number with its unit, such as "500kB" or "10MB"', text=text)
        )
    size = float(match[1]) * _SIZES[match[2].lower()]
    if size > _LARGEST:
        raise ValueError(_("{text!r} is more than a terabyte", text=text))
    return int(size)
