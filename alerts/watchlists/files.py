"""Opens a file of people and organisations, whatever its kind and encoding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alerts.watchlists.csv_rows import read_csv
from alerts.watchlists.encodings import encoding_of
from alerts.watchlists.ftm_rows import read_ftm
from alerts.watchlists.reading import Row, RowError
from storage.language import _

_PACKED, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that is read row by row."""

    rows: Iterator[Row]
    encoding: str | None = None
    """That its text was taken for, where it is not UTF-8 or UTF-16 and so may be wrong."""


@contextmanager
def open_actors(path: Path) -> Iterator[OpenedFile]:
    """Return a file's rows: Excel, FollowTheMoney where it begins with a brace or bracket, else CSV. Raises `OSError`."""
    with path.open("rb") as file:
        start = file.read(4096)
        if start.startswith(_PACKED):
            from alerts.watchlists.sheet_rows import read_sheet  # openpyxl takes a while to load

            yield OpenedFile(read_sheet(file))
            return
        if start.startswith(_OLD_EXCEL):
            yield OpenedFile(iter([_old_excel()]))
            return
        file.seek(0)
        encoding = encoding_of(start, file)
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as lines:
        is_ftm = start.decode(encoding, "replace").lstrip()[:1] in ("{", "[")
        yield OpenedFile(
            read_ftm(lines) if is_ftm else read_csv(lines),
            None if encoding.startswith("utf") else encoding,
        )


def _old_excel() -> RowError:
    return RowError(
        1,
        _(
            "the file is an old Excel file (.xls), or has a password: save it as .xlsx without one or as CSV, and "
            "import that"
        ),
    )
