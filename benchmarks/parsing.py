"""What parsing a feed costs, and whether an entry is lost by it: Tocsin against feedparser's default, on real feeds, in one run.

    python -m benchmarks.parsing [--json] [--rounds 5]

Reads the feeds of the folder that TOCSIN_DATA names (else ../shared/data). CPU time is the process's, the median of the rounds.
Both are given the same bytes; Tocsin's figure holds all work up to `ParsedFeed`: charset, fast path or fall-back, text, dates.
A title or a link that differs is explained where the document is one that feedparser does not read (JSON Feed).
"""

from __future__ import annotations

import io
import statistics
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import feedparser

from benchmarks.cost import cpu_seconds
from benchmarks.real_data import data_folder, feed_bodies
from benchmarks.report import options, report
from crawler.sources.documents import parse_feed
from crawler.sources.documents.fast import parse_fast
from crawler.sources.documents.unsure import NotSureError
from crawler.text.charset import decode
from crawler.text.html_text import clean, html_to_text

URL = "https://gazette.example/feed"


@dataclass(frozen=True, slots=True)
class Result:
    """Everything measured in one run. Milliseconds of CPU a feed; counts over all feeds."""

    feeds: int
    rounds: int
    feedparser_ms: float
    unsanitised_ms: float
    tocsin_ms: float
    times_faster: float
    """Than feedparser's default."""
    times_faster_than_unsanitised: float
    slowest_ms: float
    entries: int
    entries_lost: int
    compared: int
    """Titles and links."""
    unexplained: int
    unexplained_share: float
    left_to_feedparser: int
    left_to_feedparser_share: float
    reasons: dict[str, int]


def main() -> None:
    """Measure and print."""
    chosen = options(__doc__, rounds=5).parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own, about its aliases
    report(asdict(measure(feed_bodies(data_folder()), rounds=chosen.rounds)), as_json=chosen.json)


def measure(bodies: Sequence[bytes], *, rounds: int) -> Result:
    """Return all figures."""
    ways: dict[str, Callable[[bytes], object]] = {
        "feedparser": lambda body: feedparser.parse(io.BytesIO(body)),
        "unsanitised": lambda body: feedparser.parse(
            io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False
        ),
        "tocsin": lambda body: parse_feed(body, url=URL),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, parse in ways.items():
            seconds[way].append(cpu_seconds(lambda parse=parse: [parse(body) for body in bodies]))  # type: ignore[misc]
    median = {way: statistics.median(times) / len(bodies) for way, times in seconds.items()}
    entries, lost, compared, unexplained = compare(bodies)
    reasons = Counter(filter(None, map(left_to_feedparser, bodies)))
    return Result(
        feeds=len(bodies),
        rounds=rounds,
        feedparser_ms=1000 * median["feedparser"],
        unsanitised_ms=1000 * median["unsanitised"],
        tocsin_ms=1000 * median["tocsin"],
        times_faster=median["feedparser"] / median["tocsin"],
        times_faster_than_unsanitised=median["unsanitised"] / median["tocsin"],
        slowest_ms=1000 * max(cpu_seconds(lambda body=body: parse_feed(body, url=URL)) for body in bodies),  # type: ignore[misc]
        entries=entries,
        entries_lost=lost,
        compared=compared,
        unexplained=unexplained,
        unexplained_share=unexplained / compared,
        left_to_feedparser=reasons.total(),
        left_to_feedparser_share=reasons.total() / len(bodies),
        reasons=dict(reasons),
    )


def left_to_feedparser(body: bytes) -> str | None:
    """Return why an XML feed is not read on the fast path; None where it is."""
    if body.startswith(b"{"):
        return None
    try:
        parse_fast(decode(body).encode(errors="replace"), url=URL)
    except NotSureError as reason:
        return str(reason)
    return None


def compare(bodies: Sequence[bytes]) -> tuple[int, int, int, int]:
    """Return how many entries feedparser finds, how many we lose, how many titles and links were compared, how many differ."""
    entries = lost = compared = differ = 0
    for body in bodies:
        theirs = feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL}).entries
        ours = parse_feed(body, url=URL).entries
        distinct = {
            (entry.get("id"), entry.get("link"), number if not entry.get("id") else 0): entry
            for number, entry in enumerate(theirs)
        }
        entries += len(distinct)
        lost += max(0, len(distinct) - len(ours))
        for their, our in zip(distinct.values(), ours, strict=False):
            compared += 2
            differ += title_of(their) != our.title
            link = str(their.get("link") or "")
            differ += link.startswith("http") and link != our.url
    return entries, lost, compared, differ


def title_of(entry: feedparser.FeedParserDict) -> str:
    """Return feedparser's title as text."""
    title = str(entry.get("title") or "")
    plain = entry.get("title_detail", {}).get("type") == "text/plain"
    return clean(title) if plain else clean(html_to_text(title))


if __name__ == "__main__":
    main()
