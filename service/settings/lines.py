"""Where a key stands in a TOML file: tomllib tells no lines, so the file is read once more, as text."""

from __future__ import annotations

import re
from collections import defaultdict

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]+\"|'[^']+')\s*=")


def find_lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table and key that stands in the usual form; what is not found has no entry."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = defaultdict(int)
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if (header := _HEADER.match(line)) is not None:
            names = [part.strip().strip("\"'") for part in header[2].split(".")]
            table = _resolve(names[:-1], counts)
            if header[1] == "[[":
                array = (*table, names[-1])
                table = (*array, counts[array])
                counts[array] += 1
            else:
                table = (*table, names[-1])
            lines.setdefault(table, number)
        elif (key := _KEY.match(line)) is not None:
            lines.setdefault((*table, key[1].strip("\"'")), number)
    return lines


def _resolve(names: list[str], counts: dict[Path, int]) -> Path:
    """Return the path of the table that these names lead to: of an array, its latest element."""
    path: Path = ()
    for name in names:
        path = (*path, name)
        if counts.get(path):
            path = (*path, counts[path] - 1)
    return path
