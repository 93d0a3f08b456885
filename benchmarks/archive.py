"""What scanning an archive costs beside the bare loop over its pages, and what a second worker gives.

    python -m benchmarks.archive [--copies 12] [--json]

The real pages of <data>/pages are written into WARC files, each as often as `--copies` says. The bare loop reads the same files,
extracts and matches each page, and does nothing else, in one process. The scan is `tocsin archive scan`'s own, with one local
Dask worker and with two. All in CPU seconds of the processes' own accounts, workers' starts included: `scan_to_bare` is pages a
CPU second of the scan by those of the loop (goal .85); `two_to_one` the pages a second of work of two workers by those of one,
each worker's CPU taken as its time (1.8).
"""

from __future__ import annotations

import gzip
import resource
import tempfile
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from alerts.matching import compile_matcher
from alerts.values import Actor, Document, Topic, WatchList
from benchmarks.real_data import data_folder
from benchmarks.report import options, report
from crawler.archives import pages_in
from crawler.errors import ExtractionError
from crawler.extract import extract_page
from service.archives.merging import merge
from service.archives.running import Parts, connected, scan_all
from service.archives.scanning import FileScan, ScanPlan

FILES = 8
LISTS = (
    WatchList(
        "W",
        actors=(Actor("Donald Trump", ("Trump",)), Actor("Google"), Actor("Nasser Bourita"), Actor("NASA")),
        topics=(Topic("Energy", "(oil OR gas) NEAR/20 price*"),),
    ),
)


def write_archives(folder: Path, *, copies: int) -> list[str]:
    """Write the real pages into archives; return their paths."""
    pages = sorted((data_folder() / "pages").rglob("*.html.gz"))
    paths = []
    for number in range(FILES):
        path = folder / f"{number}.warc.gz"
        with path.open("wb") as file:
            writer = WARCWriter(file, gzip=True)
            for copy in range(copies):
                for page in pages[number::FILES]:
                    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
                    record = writer.create_warc_record(
                        f"https://site{number}.example/{copy}/{page.stem}",
                        "response",
                        payload=BytesIO(gzip.decompress(page.read_bytes())),
                        http_headers=headers,
                        warc_headers_dict={"WARC-Date": "2026-03-02T12:00:00Z"},
                    )
                    writer.write_record(record)
        paths.append(str(path))
    return paths


def bare(paths: list[str]) -> tuple[int, float]:
    """Return the pages of the bare loop, and its CPU seconds."""
    matcher = compile_matcher(LISTS)
    before, pages = _cpu(), 0
    for path in paths:
        with Path(path).open("rb") as file:
            for page in pages_in(file, name=path):
                pages += 1
                try:
                    found = extract_page(page.body, url=page.url, content_type=page.content_type)
                except ExtractionError:
                    continue
                matcher.match(Document(found.title, found.text, found.language, page.url))
    return pages, _cpu() - before


def scanned(paths: list[str], folder: Path, *, workers: int) -> tuple[int, float, int]:
    """Return the pages of a scan, the CPU seconds of all its processes, and its findings."""
    plan = ScanPlan("benchmark", LISTS, frozenset({"W"}), {})
    before, scans = _cpu(), dict[str, FileScan]()
    parts = Parts(folder / f"parts{workers}", plan, everything=False)
    connect = partial(connected, None, workers=workers, adaptive=None)
    scan_all(connect, paths, plan, parts, done=lambda one: scans.update({one.address: one}))
    findings = merge([scans[path] for path in paths])
    return sum(scan.pages for scan in scans.values()), _cpu() - before, len(findings)


def _cpu() -> float:
    """Return CPU seconds of this process and of those that it has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--copies", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_archives(folder, copies=given.copies)
        pages, loop = bare(paths)
        one_pages, one, found = scanned(paths, folder, workers=1)
        two_pages, two, found_again = scanned(paths, folder, workers=2)
    if not (pages == one_pages == two_pages and found == found_again):
        raise SystemExit(
            f"they read differently: {pages}, {one_pages}, {two_pages} pages; {found}, {found_again} findings"
        )
    figures: dict[str, Any] = {
        "pages": pages,
        "findings": found,
        "bare_pages_per_cpu_s": round(pages / loop, 1),
        "scan_pages_per_cpu_s": round(pages / one, 1),
        "scan_to_bare": round(loop / one, 2),
        "two_to_one": round(2 * one / two, 2),
    }
    report(figures, as_json=given.json)


if __name__ == "__main__":
    main()
