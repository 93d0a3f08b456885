"""A folder as one archive (ZIP). Made in a worker process: it prints, packs and hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from alerts.delivery.review_view import ReviewView
from alerts.review.printing import Look
from alerts.review.printing.making import print_edition
from service.actions.folders import FolderContents
from service.folders.evidence import WantedPage, warc_of
from service.folders.follow_the_money import entity_lines

MANIFEST = "SHA256SUMS"
STAMP = "SHA256SUMS.tsr"


@dataclass(frozen=True, slots=True)
class PackedFolder:
    """An archive, and its manifest, which can be time-stamped."""

    body: bytes
    manifest: bytes


def pack_folder(contents: FolderContents, view: ReviewView, kept_in: str, now: datetime) -> PackedFolder:
    """Return a folder's archive; `kept_in` is where its pages are kept, if they are.

    Raises `alerts.review.printing.PrintError` where it can't be printed, `EvidenceError` where what was kept can't be read.
    """
    wanted = [
        WantedPage(article.url, article.read_at)
        for article in contents.articles
        if article.read_at is not None
    ]
    warc, table = warc_of(contents.pages, wanted, kept_in)
    files = {
        "folder.json": json.dumps(
            folder_record(contents), ensure_ascii=False, indent=2, default=_plain
        ).encode()
        + b"\n",
        "folder.pdf": print_edition("pdf", view, Look()),
        "folder.docx": print_edition("docx", view, Look()),
        "entities.ftm.json": entity_lines(contents.articles, contents.pages),
        "pages.warc.gz": warc,
        "pages.csv": table,
    }
    lines = (f"{sha256(body).hexdigest()}  {name}\n" for name, body in sorted(files.items()))
    manifest = "".join(lines).encode()
    return PackedFolder(_zipped({**files, MANIFEST: manifest}, now), manifest)


def with_stamp(packed: PackedFolder, stamp: bytes, now: datetime) -> bytes:
    """Return the archive with a time stamp (RFC 3161) of its manifest beside it."""
    body = BytesIO(packed.body)
    with ZipFile(body, "a", ZIP_DEFLATED) as archive:
        archive.writestr(_named(STAMP, now), stamp)
    return body.getvalue()


def folder_record(contents: FolderContents) -> dict[str, object]:
    """Return a folder as JSON says it."""
    shown = contents.shown
    return {
        **asdict(shown.listed),
        "items": [asdict(item) for item in shown.items],
        "notes": [asdict(note) for note in shown.notes],
        "timeline": [
            {"at": moment.at, "kind": moment.kind, "words": moment.words, "by": moment.by}
            for moment in shown.timeline
        ],
        "articles": [asdict(article) for article in contents.articles],
        "pages": [
            {
                **{key: value for key, value in asdict(page).items() if key != "body"},
                "sha256": sha256(page.body).hexdigest(),
            }
            for page in contents.pages
        ],
    }


def _zipped(files: Mapping[str, bytes], now: datetime) -> bytes:
    body = BytesIO()
    with ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(_named(name, now), content, ZIP_DEFLATED)
    return body.getvalue()


def _named(name: str, now: datetime) -> ZipInfo:
    info = ZipInfo(name, now.astimezone(UTC).timetuple()[:6])
    info.external_attr = 0o644 << 16
    return info


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} is not written as JSON")
