"""How long a press review takes to print, and what the loop notices of it: `python -m benchmarks.review [--json]`."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import statistics
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from alerts.delivery.payload import Period, ReviewData, ReviewItem, ReviewPart, ReviewPicture
from alerts.delivery.review_view import ReviewView, review_view
from alerts.review.pictures import small_picture
from alerts.review.printing import Look
from alerts.review.printing.making import Printed, print_edition
from crawler.pool import CpuPool
from service.locale import translator
from storage.language import speaking

SIZES = (20, 60, 200)
PICTURED = 60
"""Items of an edition that is printed with pictures, too."""
KINDS: tuple[Printed, ...] = ("pdf", "docx")
AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SECTIONS = 4
BEAT, IDLE = 0.005, 0.5
TEXTS = (
    (
        "fr",
        "Le ministre reçoit son homologue à Rabat",
        "Les deux ministres ont parlé de pêche et de ports. " * 6,
    ),
    ("ar", "الوزير يستقبل نظيره في الرباط", "تحدث الوزيران عن الصيد البحري والموانئ في الداخلة. " * 6),
)


def edition(size: int, *, with_pictures: bool = False) -> ReviewView:
    """Return an edition of so many items in four sections, in French and Arabic by turns."""
    items = [
        ReviewItem(
            headline=f"{headline} ({number})",
            outlet="Le Quotidien",
            excerpt=excerpt,
            language=language,
            url=f"https://quotidien.example/{number}",
            published_at=AT,
            picture=ReviewPicture(number=number, url="", width=560, height=373) if with_pictures else None,
        )
        for number in range(size)
        for language, headline, excerpt in [TEXTS[number % len(TEXTS)]]
    ]
    parts = [
        ReviewPart(kind="section", title=f"Rubrique {place + 1}", items=tuple(items[place::SECTIONS]))
        for place in range(SECTIONS)
    ]
    data = ReviewData(
        edition_id=1,
        review="Revue du matin",
        title="Revue du matin, 2 mars 2026",
        language="fr",
        due_at=AT,
        period=Period(since=AT - timedelta(days=1), until=AT),
        sections=tuple(parts),
    )
    with speaking(translator("fr")):
        return review_view(data)


def printed(kind: Printed, view: ReviewView, look: Look) -> tuple[int, float, float]:
    """Return of a file, made in a worker: its bytes, the CPU seconds, and the most memory that the worker had, in MB."""
    began = time.process_time()
    size = len(print_edition(kind, view, look))
    spent = time.process_time() - began
    status = Path("/proc/self/status").read_text("ascii")
    most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return size, spent, most / 1000


async def measure() -> list[dict[str, Any]]:
    """Return of each size and format what it costs in a worker of its own, and how late the loop was.

    The latter as 99th percentile: meanwhile, and just before, when it had nothing to do.
    """
    return [
        await _row(size, kind, with_pictures=with_pictures)
        for size, with_pictures in (*((size, False) for size in SIZES), (PICTURED, True))
        for kind in KINDS
    ]


async def _row(size: int, kind: Printed, *, with_pictures: bool) -> dict[str, Any]:
    view = edition(size, with_pictures=with_pictures)
    pictures = dict.fromkeys(range(size), picture()) if with_pictures else {}
    async with CpuPool(workers=1, reads_pages=False) as pool:
        await pool.run(
            print_edition, kind, edition(1), Look()
        )  # the worker is there, and has loaded what prints
        idle = await _lateness(asyncio.sleep(IDLE))
        began = time.perf_counter()
        lags: list[float] = []
        beating = asyncio.create_task(_beat(lags))
        count, spent, megabytes = await pool.run(printed, kind, view, Look(pictures=pictures))
        seconds = time.perf_counter() - began
        beating.cancel()
    return {
        "items": size,
        "format": kind,
        "pictures": with_pictures,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(spent, 2),
        "megabytes": round(megabytes),
        "kilobytes": count // 1000,
        "loop_late_ms_p99": _p99(lags),
        "loop_late_idle_ms_p99": idle,
    }


def picture() -> bytes:
    """Return a picture as a photograph of 900 by 600 pixels becomes one."""
    body = io.BytesIO()
    Image.effect_noise((900, 600), 40).convert("RGB").save(body, "JPEG")
    return small_picture(body.getvalue()).body


async def _lateness(meanwhile: Coroutine[Any, Any, None]) -> float:
    lags: list[float] = []
    beating = asyncio.create_task(_beat(lags))
    await meanwhile
    beating.cancel()
    return _p99(lags)


def _p99(lags: list[float]) -> float:
    """Return the 99th percentile in ms."""
    return round(1000 * statistics.quantiles(lags, n=100)[98], 1) if len(lags) > 1 else 0.0


async def _beat(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(BEAT)
        lags.append(time.perf_counter() - began - BEAT)


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    rows = asyncio.run(measure())
    if as_json:
        print(json.dumps({"benchmark": "review", "rows": rows}))
        return
    print(
        f"{'items':>6} {'format':>6} {'pictures':>8} {'s':>6} {'CPU s':>6} {'MB':>5} {'kB':>6} {'loop late, ms p99 (idle)':>24}"
    )
    for row in rows:
        print(
            f"{row['items']:>6} {row['format']:>6} {'yes' if row['pictures'] else 'no':>8} {row['seconds']:>6} "
            f"{row['cpu_seconds']:>6} {row['megabytes']:>5} {row['kilobytes']:>6} "
            f"{row['loop_late_ms_p99']:>16} ({row['loop_late_idle_ms_p99']})"
        )


if __name__ == "__main__":
    main()
