"""Real days of short news: articles of the world's news feeds with title and summary, and which tell the same event, read by eye.

The feeds stand in <data>/feeds/real; tests/alerts/stories/real_days.tsv says which story each address belongs to, and
real_days_doubtful.tsv which pairs a reader may put either way: they count neither way. `benchmarks.stories_label` writes both.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from alerts.stories import StoryGrouper, read_traces
from alerts.stories.frames import OutletFrames
from benchmarks.real_data import feed_bodies
from crawler.errors import CrawlerError
from crawler.sources.documents import parse_feed
from crawler.urls import canonical_url

FIRST, LAST = datetime(2026, 2, 13, tzinfo=UTC), datetime(2026, 2, 19, tzinfo=UTC)
OUTLETS = frozenset(
    {
        "abcnews.com",
        "allafrica.com",
        "en.mercopress.com",
        "english.elpais.com",
        "foreignpolicy.com",
        "www.abc.net.au",
        "www.aljazeera.com",
        "www.bbc.com",
        "www.boston.com",
        "www.cbsnews.com",
        "www.dawn.com",
        "www.dw.com",
        "www.economist.com",
        "www.npr.org",
        "www.nytimes.com",
    }
)
"""Those of the feeds that carry news of the world in English; the others are blogs."""
ORDERS = 10
_TESTS = Path(__file__).parents[1] / "tests" / "alerts" / "stories"
STORIES_FILE = _TESTS / "real_days.tsv"
DOUBTFUL_FILE = _TESTS / "real_days_doubtful.tsv"
_SEED = 2_000
"""Chosen, before anything was measured, so that the halves have about as many pairs."""

Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class DayArticle:
    """An article as its feed gives it."""

    url: str
    title: str
    summary: str
    published: datetime
    outlet: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What a reader said: the story of each address, and pairs that count neither way."""

    stories: Mapping[str, int]
    doubtful: frozenset[Pair]


@dataclass(frozen=True, slots=True)
class Days:
    """Pairs of articles in one story, as the reader put them and as the grouping did.

    `tuned_…` and `held_out_…`: the pairs of half of the stories each, in the order of publication; the settings were chosen on
    the one half only. `least_…`: the least of some random orders.
    """

    articles: int
    pairs: int
    precision: float
    recall: float
    tuned_precision: float
    tuned_recall: float
    held_out_precision: float
    held_out_recall: float
    orders: int
    mean_f1: float
    least_f1: float


def real_days(folder: Path) -> list[DayArticle]:
    """Return the articles of the days in the order of publication."""
    found = {}
    for body in feed_bodies(folder):
        try:
            entries = parse_feed(body, url="https://feeds.example/feed").entries
        except CrawlerError:
            continue  # one of the blogs' feeds is no feed any more
        for entry in entries:
            outlet = urlsplit(entry.url or "").netloc
            if outlet in OUTLETS and entry.published is not None and FIRST <= entry.published < LAST:
                url = canonical_url(entry.url or "")
                found[url] = DayArticle(url, entry.title, entry.summary, entry.published, outlet)
    return sorted(found.values(), key=lambda article: (article.published, article.url))


def read_labels() -> Labels:
    """Read what the reader said."""
    stories = {}
    if STORIES_FILE.exists():
        lines = (line.split("\t") for line in STORIES_FILE.read_text("utf-8").splitlines())
        stories = {url: int(story) for story, url in lines}
    doubtful = frozenset[Pair]()
    if DOUBTFUL_FILE.exists():
        doubtful = frozenset(
            frozenset(line.split("\t")) for line in DOUBTFUL_FILE.read_text("utf-8").splitlines()
        )
    return Labels(stories, doubtful)


def group(articles: Sequence[DayArticle]) -> dict[str, int]:
    """Group title and summary as the service does, in the order given."""
    grouper, frames = StoryGrouper(), OutletFrames[str]()
    numbers = {}
    for article in articles:
        told = article.title, article.summary
        traces = read_traces(*told, bare=frames.without(article.outlet, *told))
        decision, _kept = grouper.decide(traces, at=article.published, host=article.outlet)
        numbers[article.url] = decision.number
    return {url: grouper.story_of(number) or number for url, number in numbers.items()}


def pairs_of(stories: Mapping[str, int]) -> set[Pair]:
    """Return the pairs of addresses that are in one story."""
    members: dict[int, list[str]] = {}
    for url, story in stories.items():
        members.setdefault(story, []).append(url)
    return {frozenset(pair) for urls in members.values() for pair in combinations(sorted(urls), 2)}


def is_held_out(pair: Pair, labels: Labels) -> bool:
    """Return whether a pair is of the half of the stories that nothing was tuned on."""
    return random.Random(_SEED + labels.stories[min(pair)]).random() < 0.5


def measure_days(folder: Path) -> Days:
    """Measure the grouping on the days."""
    labels = read_labels()
    articles = [article for article in real_days(folder) if article.url in labels.stories]
    gold = pairs_of(labels.stories) - labels.doubtful
    found = pairs_of(group(articles)) - labels.doubtful
    halves = [
        _precision_recall(
            {pair for pair in found if is_held_out(pair, labels) == half},
            {pair for pair in gold if is_held_out(pair, labels) == half},
        )
        for half in (False, True)
    ]
    f1 = []
    for seed in range(ORDERS):
        order = list(articles)
        random.Random(seed).shuffle(order)
        precision, recall = _precision_recall(pairs_of(group(order)) - labels.doubtful, gold)
        f1.append(2 * precision * recall / ((precision + recall) or 1))
    return Days(
        len(articles),
        len(gold),
        *_precision_recall(found, gold),
        *halves[0],
        *halves[1],
        ORDERS,
        statistics.fmean(f1),
        min(f1),
    )


def _precision_recall(found: set[Pair], gold: set[Pair]) -> tuple[float, float]:
    right = Counter(pair in gold for pair in found)[True]
    return right / (len(found) or 1), right / (len(gold) or 1)
