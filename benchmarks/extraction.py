"""How well and how fast pages are read, beside trafilatura and newspaper4k, in one run.

    python -m benchmarks.extraction [--json] [--rounds 3] [--memory-pages 10000]

Text: the pages of the article extraction benchmark by its own measure (bags of four words in a row; precision and recall a page,
their means, and F1 of those), with the two halves of the set apart. Facts: the newspaper4k and readability pages, field by field,
where they have a label. Cost: pages per CPU-second and the slowest of a hundred, each reader over all news pages, in turns.
Memory: what a worker holds after many pages. Real pages are read from the folder that TOCSIN_DATA names (else ../shared/data).
"""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path
from typing import Any

import newspaper
import trafilatura
from trafilatura.settings import Document

from benchmarks.cost import in_own_process
from benchmarks.extraction_labels import (
    Label,
    agrees,
    newspaper_labels,
    readability_labels,
    shingle_scores,
    told_by,
)
from benchmarks.real_data import data_folder, labelled_news_pages, news_pages
from benchmarks.report import options, report
from crawler.extract import extract_page, warm_up

FIELDS = ("title", "authors", "published", "language", "canonical_url", "site_name")

Reader = Callable[[bytes, str], dict[str, Any]]


def read_tocsin(content: bytes, url: str) -> dict[str, Any]:
    """All fields of ours."""
    page = extract_page(content, url=url)
    return {"text": page.text, **{field: getattr(page, field) for field in FIELDS}}


def read_trafilatura(content: bytes, url: str) -> dict[str, Any]:
    """Trafilatura with its metadata, comments left out."""
    found = trafilatura.bare_extraction(content, url=url, with_metadata=True, include_comments=False)
    if not isinstance(found, Document):
        return {"text": ""}
    return {
        "text": found.text or "",
        "title": found.title,
        "authors": tuple((found.author or "").split("; ")) if found.author else (),
        "published": found.date,
        "language": found.language,
        "canonical_url": found.url,
        "site_name": found.sitename,
    }


def read_newspaper(content: bytes, url: str) -> dict[str, Any]:
    """newspaper4k, without its natural language step."""
    article = newspaper.Article(url, fetch_images=False)
    article.download(input_html=content.decode("utf-8", errors="replace"))
    article.parse()
    return {
        "text": article.text,
        "title": article.title,
        "authors": tuple(article.authors),
        "published": article.publish_date or None,
        "language": article.meta_lang or None,
        "canonical_url": article.canonical_link or None,
        "site_name": article.meta_site_name or None,
    }


READERS: dict[str, Reader] = {
    "tocsin": read_tocsin,
    "trafilatura": read_trafilatura,
    "newspaper4k": read_newspaper,
}


def text_scores(read: Reader, data: Any) -> dict[str, float]:  # noqa: ANN401
    """Return F1, precision and recall over the news pages, and F1 of each half."""
    scores = [
        shingle_scores(expected, _try(read, content, url).get("text") or "")
        for content, url, expected in labelled_news_pages(data)
    ]
    return {
        **_means(scores),
        "f1_first_half": _means(scores[::2])["f1"],
        "f1_second_half": _means(scores[1::2])["f1"],
    }


def fact_scores(read: Reader, labels: list[Label]) -> dict[str, dict[str, float]]:
    """Return for each field the share of labelled pages that agree, and how many there are."""
    right: dict[str, list[bool]] = {field: [] for field in FIELDS}
    texts = []
    for label in labels:
        found = _try(read, label.content, label.url)
        for field in FIELDS:
            expected = told_by(label, field)
            if expected is not None:
                right[field].append(agrees(field, expected, found.get(field)))
        if label.text:
            texts.append(shingle_scores(label.text, found.get("text") or ""))
    result = {
        field: {"share": statistics.mean(hits), "pages": len(hits)} for field, hits in right.items() if hits
    }
    return {**result, "text": {"share": _means(texts)["f1"], "pages": len(texts)}}


def cost(rounds: int, pages: list[tuple[bytes, str]]) -> dict[str, dict[str, float]]:
    """Return pages per CPU-second (median of the rounds) and the 99th percentile of a page, readers in turns."""
    speeds: dict[str, list[float]] = {name: [] for name in READERS}
    times: dict[str, list[float]] = {name: [] for name in READERS}
    for _ in range(rounds):
        for name, read in READERS.items():
            start = time.process_time()
            for content, url in pages:
                before = time.process_time()
                _try(read, content, url)
                times[name].append(time.process_time() - before)
            speeds[name].append(len(pages) / (time.process_time() - start))
    return {
        name: {
            "pages_per_cpu_second": statistics.median(speeds[name]),
            "p99_ms": 1000 * statistics.quantiles(times[name], n=100)[98],
        }
        for name in READERS
    }


def _try(read: Reader, content: bytes, url: str) -> dict[str, Any]:
    """A reader that raises has found nothing: peers do so on some pages."""
    try:
        return read(content, url)
    except Exception:  # noqa: BLE001  (what a reader raises is its own; it counts as nothing found)
        return {}


def _means(scores: list[tuple[float, float, float]]) -> dict[str, float]:
    precision, recall, each = (statistics.mean(score[part] for score in scores) for part in range(3))
    return {
        "f1": 2 * precision * recall / (precision + recall),
        "precision": precision,
        "recall": recall,
        "mean_f1": each,
    }


def measure(rounds: int, memory_pages: int) -> dict[str, Any]:
    """Return all figures."""
    logging.disable(logging.WARNING)  # what the peers say of pages that they can't read
    data = data_folder()
    pages = list(news_pages(data))
    warm_up()
    for read in READERS.values():
        _try(read, *pages[0])
    sets = {"newspaper4k pages": newspaper_labels(data), "readability pages": readability_labels(data)}
    result: dict[str, Any] = {
        "text": {name: text_scores(read, data) for name, read in READERS.items()},
        "facts": {
            title: {name: fact_scores(read, labels) for name, read in READERS.items()}
            for title, labels in sets.items()
        },
        "cost": cost(rounds, pages),
    }
    speeds = {name: figures["pages_per_cpu_second"] for name, figures in result["cost"].items()}
    result["speed_ratio_to_trafilatura"] = speeds["tocsin"] / speeds["trafilatura"]
    if memory_pages:
        result["memory"] = {"pages": memory_pages, "mb": in_own_process(worker_memory, memory_pages, data)}
    return result


def worker_memory(pages: int, data: Path) -> float:
    """Return the most MB that a worker holds while it reads `pages` news pages, each lap under addresses of its own."""
    warm_up()
    laps = ((content, f"{url}?lap={lap}") for lap in count() for content, url in news_pages(data))
    for content, url in islice(laps, pages):
        extract_page(content, url=url)
    # proc(5), VmHWM: `ru_maxrss` would be what its parent held when it was forked
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Measure and print."""
    parser = options(__doc__, rounds=3)
    parser.add_argument("--memory-pages", type=int, default=10_000, help="0: leave this out")
    arguments = parser.parse_args()
    report(measure(arguments.rounds, arguments.memory_pages), as_json=arguments.json)


if __name__ == "__main__":
    main()
