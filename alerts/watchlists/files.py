"""Opens a file of people and organisations, whatever its kind and encoding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alerts.watchlists.csv_rows import read_csv
from alerts.watchlists.ftm_rows import read_ftm
from alerts.watchlists.reading import Row

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def open_actors(path: Path) -> Iterator[Iterator[Row]]:
    """Return the rows of a file: FollowTheMoney where it begins with a brace or bracket, else CSV. Raises `OSError`.

    The encoding is UTF-8, or UTF-16 with its mark, as spreadsheets save it.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    encoding = "utf-16" if start.startswith(_UTF_16) else "utf-8-sig"
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as lines:
        yield (
            read_ftm(lines)
            if start.decode(encoding, "replace").lstrip()[:1] in ("{", "[")
            else read_csv(lines)
        )
