"""Where pages are kept as they were sent: in a folder, one WARC file a day, or in a bucket, one small WARC file a page."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, Protocol

from typing_extensions import override

_NAME = "tocsin-{day:%Y%m%d}.warc.gz"


class Shelf(Protocol):
    """A place for WARC files, by the day on which pages were read. All of it waits, for a disk or for a network."""

    takes_turns: bool
    """Whether what is put there must be put one after another."""

    def put(self, record: bytes, url: str, now: datetime) -> None:
        """Keep a record of a page. Raises whatever the place raises."""
        ...

    def drop_before(self, day: date) -> None:
        """Drop what is of the days before."""
        ...

    def files_of(self, urls: Collection[str], day: date) -> Iterator[BinaryIO]:
        """Yield the files, open, in which that day's answers for these addresses may be."""
        ...


def is_bucket(place: str) -> bool:
    """Return whether a place is an address that fsspec opens (s3://…, gs://…), not a folder."""
    return "://" in place


def shelf_at(place: str) -> Shelf:
    """Return what keeps pages at a place."""
    return BucketShelf(place) if is_bucket(place) else FolderShelf(Path(place))


class FolderShelf(Shelf):
    """A folder: the records of a day stand one after another in one file."""

    takes_turns = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def put(self, record: bytes, url: str, now: datetime) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _NAME.format(day=now)).open("ab") as file:
            file.write(record)

    @override
    def drop_before(self, day: date) -> None:
        oldest = _NAME.format(day=day)
        for path in self._folder.glob("tocsin-????????.warc.gz"):
            if path.name < oldest:
                with suppress(FileNotFoundError):  # another process of the service was first
                    path.unlink()

    @override
    def files_of(self, urls: Collection[str], day: date) -> Iterator[BinaryIO]:
        path = self._folder / _NAME.format(day=day)
        if path.exists():
            with path.open("rb") as file:
                yield file


class BucketShelf(Shelf):
    """A bucket: nothing can be added to an object, so each page is one, found by its day and its address's hash.

    So a machine that is lost takes no page with it, and any machine finds every page. Who may write there, the library of the
    bucket reads from where it always does (AWS_PROFILE, a service account …): no secret of it is ours.
    """

    takes_turns = False

    def __init__(self, address: str) -> None:
        import fsspec  # here: an extra, and only who keeps pages in a bucket needs it

        self._files: Any
        self._files, root = fsspec.core.url_to_fs(address)
        self._root = root.rstrip("/")

    @override
    def put(self, record: bytes, url: str, now: datetime) -> None:
        self._files.pipe_file(f"{self._of(url, now)}/{now:%H%M%S}-{token_hex(4)}.warc.gz", record)

    @override
    def drop_before(self, day: date) -> None:
        self._files.invalidate_cache()
        with suppress(FileNotFoundError):  # nothing was ever kept
            for path in self._files.ls(self._root, detail=False):
                name = path.rstrip("/").rpartition("/")[2]
                if len(name) == len("20260302") and name.isdigit() and name < f"{day:%Y%m%d}":
                    self._files.rm(path, recursive=True)

    @override
    def files_of(self, urls: Collection[str], day: date) -> Iterator[BinaryIO]:
        self._files.invalidate_cache()  # other machines write there
        for url in sorted(urls):
            paths: list[str] = []
            with suppress(FileNotFoundError):  # nothing of it was kept on that day
                paths = self._files.ls(self._of(url, day), detail=False)
            for path in sorted(paths):
                with self._files.open(path, "rb") as file:
                    yield file

    def _of(self, url: str, day: date) -> str:
        return f"{self._root}/{day:%Y%m%d}/{sha256(url.encode()).hexdigest()[:16]}"
