"""How long a press review takes to print, and what the loop notices of it: `python -m benchmarks.review [--json]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.delivery.payload import Period, ReviewData, ReviewItem, ReviewPart
from alerts.delivery.review_view import ReviewView, review_view
from alerts.review.printing import Look
from alerts.review.printing.making import Printed, print_edition
from crawler.pool import CpuPool
from service.locale import translator
from storage.language import speaking

SIZES = (20, 60, 200)
KINDS: tuple[Printed, ...] = ("pdf", "docx")
AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SECTIONS = 4
BEAT = 0.005
TEXTS = (
    (
        "fr",
        "Le ministre reçoit son homologue à Rabat",
        "Les deux ministres ont parlé de pêche et de ports. " * 6,
    ),
    ("ar", "الوزير يستقبل نظيره في الرباط", "تحدث الوزيران عن الصيد البحري والموانئ في الداخلة. " * 6),
)


def edition(size: int) -> ReviewView:
    """Return an edition of so many items in four sections, in French and Arabic by turns."""
    items = [
        ReviewItem(
            headline=f"{headline} ({number})",
            outlet="Le Quotidien",
            excerpt=excerpt,
            language=language,
            url=f"https://quotidien.example/{number}",
            published_at=AT,
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


async def measure() -> list[dict[str, Any]]:
    """Return of each size and format the seconds in a worker, its size, and how late the loop was meanwhile (99th percentile)."""
    rows = []
    async with CpuPool(workers=1, reads_pages=False) as pool:
        await pool.run(print_edition, "pdf", edition(1), Look())  # the worker is there
        for size in SIZES:
            view = edition(size)
            for kind in KINDS:
                lags: list[float] = []
                beating = asyncio.create_task(_beat(lags))
                began = time.perf_counter()
                body = await pool.run(print_edition, kind, view, Look())
                seconds = time.perf_counter() - began
                beating.cancel()
                late = statistics.quantiles(lags, n=100)[98] if len(lags) > 1 else 0.0
                rows.append(
                    {
                        "items": size,
                        "format": kind,
                        "seconds": round(seconds, 2),
                        "kilobytes": len(body) // 1000,
                        "loop_late_ms_p99": round(1000 * late, 1),
                    }
                )
    return rows


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
    print(f"{'items':>6} {'format':>6} {'s':>6} {'kB':>6} {'loop late, ms p99':>18}")
    for row in rows:
        print(
            f"{row['items']:>6} {row['format']:>6} {row['seconds']:>6} {row['kilobytes']:>6} {row['loop_late_ms_p99']:>18}"
        )


if __name__ == "__main__":
    main()
