"""Stories: (a) copies found, against MinHash LSH and simhash; (b) news grouped as people grouped it; (c) real
days of short news; (d) speed and memory.

Speed is in articles a CPU second, so that other work on the machine does not count.

    python -m benchmarks.stories [--json] [--only copies|news|days|speed] [--articles 100000]
    python -m benchmarks.stories --exported stories.jsonl    of your own: tocsin stories export --output stories.jsonl
"""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from datasketch import MinHash, MinHashLSH
from simhash import Simhash, SimhashIndex

from alerts.stories import COPIES_WINDOW, STORIES_WINDOW, StoryGrouper, fingerprint, read_traces
from alerts.stories.copies import CopyFinder
from alerts.stories.events import EventFinder
from alerts.stories.traces import read_lead, read_shingles
from alerts.stories.words import common_words, read_words
from alerts.text import fold_words
from benchmarks.cost import resident_bytes
from benchmarks.real_data import data_folder
from benchmarks.report import options, report
from benchmarks.stories_days import measure_days
from benchmarks.stories_exported import measure_exported, read_exported
from benchmarks.stories_inputs import Labelled, edited_copies, labelled_news, made_up

SEED = 6
ORDERS = 10
MEASURED = 3_000
"""Articles that are timed once the window is full."""
AT_ONCE = 500
"""Articles that go through one step before they go through the other."""
PARTS = ("copies", "news", "days", "speed")
Grouping = Callable[[Sequence[Labelled]], list[int]]


@dataclass(frozen=True, slots=True)
class Copies:
    """How one way finds copies: pairs of the same group, and the share of an edit's copies that share a group with another."""

    way: str
    f1: float
    precision: float
    recall: float
    recall_by_edit: dict[str, float]
    documents_per_second: float


@dataclass(frozen=True, slots=True)
class News:
    """Agreement with people's grouping once all is read, mean of some orders, and the least of them."""

    orders: int
    ari: float
    least_ari: float
    b3_f1: float
    b3_precision: float
    b3_recall: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Articles a CPU second with full windows, each step for itself, and what both windows take together."""

    articles: int
    copies_per_second: float
    stories_per_second: float
    memory_mb: float


def contained(texts: Sequence[Labelled]) -> list[int]:
    """Group by containment, as the service does."""
    finder = CopyFinder(COPIES_WINDOW)
    groups: list[int] = []
    for number, item in enumerate(texts, start=1):
        shingles = read_shingles(read_words(item.text))
        exact = fingerprint(item.title, item.text)
        key = None if exact is None else int(exact[:15], 16)
        found = finder.find(shingles, key, at=None)
        group = number if found is None else found.group
        finder.add(number, shingles, key, at=None, group=group)
        groups.append(group)
    return groups


def minhashed(texts: Sequence[Labelled], threshold: float = 0.5) -> list[int]:
    """Group with datasketch's MinHash LSH, 128 permutations, over the same shingles."""
    index = MinHashLSH(threshold=threshold, num_perm=128)
    groups: list[int] = []
    for number, item in enumerate(texts):
        words = fold_words(item.text).split()
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(words[i : i + 4]).encode() for i in range(len(words) - 3)])
        found = min(map(int, index.query(sketch)), default=None)
        index.insert(str(number), sketch)
        groups.append(number if found is None else groups[found])
    return groups


def simhashed(texts: Sequence[Labelled], distance: int = 8) -> list[int]:
    """Group with simhash, 64 bits, over the same shingles."""
    index = SimhashIndex([], k=distance, f=64)
    groups: list[int] = []
    for number, item in enumerate(texts):
        words = fold_words(item.text).split()
        sketch = Simhash([" ".join(words[i : i + 4]) for i in range(len(words) - 3)], f=64)
        found = min(map(int, index.get_near_dups(sketch)), default=None)
        index.add(str(number), sketch)
        groups.append(number if found is None else groups[found])
    return groups


def measure_copies(folder: Path) -> list[Copies]:
    """Measure the ways on the same texts, in the same order."""
    texts = edited_copies(folder, SEED)
    ways: dict[str, Grouping] = {
        "Tocsin, containment >= .5": contained,
        "MinHash LSH, Jaccard >= .5": minhashed,
        "MinHash LSH, Jaccard >= .2": lambda items: minhashed(items, 0.2),
        "simhash, distance <= 8": simhashed,
    }
    return [_copies(way, group, texts) for way, group in ways.items()]


def _copies(way: str, group: Grouping, texts: Sequence[Labelled]) -> Copies:
    start = time.process_time()
    groups = group(texts)
    seconds = time.process_time() - start
    gold = [item.group for item in texts]
    precision, recall = pairwise(groups, gold)
    members = Counter(zip(groups, gold, strict=True))
    found: dict[str, list[float]] = {}
    for number, item in zip(groups, texts, strict=True):
        together = members[number, item.group] - 1
        found.setdefault(item.edit, []).append(together / (gold.count(item.group) - 1))
    return Copies(
        way,
        2 * precision * recall / (precision + recall),
        precision,
        recall,
        {edit: statistics.fmean(shares) for edit, shares in sorted(found.items())},
        len(texts) / seconds,
    )


def measure_news(folder: Path) -> News:
    """Measure the whole grouping on the labelled news."""
    news = labelled_news(folder)
    traces = [read_traces(item.title, item.text) for item in news]
    figures = []
    for seed in range(ORDERS):
        order = list(range(len(news)))
        random.Random(seed).shuffle(order)
        grouper = StoryGrouper()
        decided = [grouper.decide(traces[place])[0] for place in order]
        stories = [grouper.story_of(one.number) or one.story for one in decided]
        gold = [news[place].group for place in order]
        precision, recall = b_cubed(stories, gold)
        figures.append(
            (adjusted_rand(stories, gold), 2 * precision * recall / (precision + recall), precision, recall)
        )
    ari, *others = (statistics.fmean(column) for column in zip(*figures, strict=True))
    return News(ORDERS, ari, min(figure[0] for figure in figures), *others)


def measure_speed(folder: Path, articles: int) -> Speed:
    """Measure both steps from the text on, each with a window of so many articles."""
    copies, events = CopyFinder(COPIES_WINDOW), EventFinder(STORIES_WINDOW)
    common_words()

    def add_copy(number: int, text: str) -> None:
        shingles = read_shingles(read_words(text))
        found = copies.find(shingles, None, at=None)
        copies.add(number, shingles, None, at=None, group=None if found is None else found.group)

    def add_event(number: int, title: str, text: str) -> None:
        traces = read_lead(title, text)
        vector = events.vector(traces)
        fit = events.find(vector, at=None)
        story = number if fit is None else fit.story
        events.add(number, vector, story=story, at=None, language=traces.language)
        if fit is not None:
            events.second_look([story, *fit.near], apart={}, together={})

    before = resident_bytes()
    copies_seconds = stories_seconds = 0.0
    measured = 0
    every = enumerate(made_up(folder, articles + MEASURED, SEED), start=1)
    while batch := list(islice(every, AT_ONCE)):
        start = time.process_time()
        for number, (_title, text) in batch:
            add_copy(number, text)
        between = time.process_time()
        for number, (title, text) in batch:
            add_event(number, title, text)
        if batch[0][0] > articles:
            measured += len(batch)
            copies_seconds += between - start
            stories_seconds += time.process_time() - between
    return Speed(
        articles, measured / copies_seconds, measured / stories_seconds, (resident_bytes() - before) / 1e6
    )


def pairwise(found: Sequence[int], gold: Sequence[str]) -> tuple[float, float]:
    """Return precision and recall over the pairs of articles."""
    together = _pairs(Counter(zip(found, gold, strict=True)))
    return together / (_pairs(Counter(found)) or 1), together / _pairs(Counter(gold))


def b_cubed(found: Sequence[int], gold: Sequence[str]) -> tuple[float, float]:
    """Return B-cubed precision and recall (Bagga and Baldwin, 1998)."""
    both = Counter(zip(found, gold, strict=True))
    in_found, in_gold = Counter(found), Counter(gold)
    precision = sum(count * count / in_found[pair[0]] for pair, count in both.items()) / len(found)
    recall = sum(count * count / in_gold[pair[1]] for pair, count in both.items()) / len(found)
    return precision, recall


def adjusted_rand(found: Sequence[int], gold: Sequence[str]) -> float:
    """Return the adjusted Rand index (Hubert and Arabie, 1985)."""
    together = _pairs(Counter(zip(found, gold, strict=True)))
    ours, theirs = _pairs(Counter(found)), _pairs(Counter(gold))
    expected = ours * theirs / (len(found) * (len(found) - 1) / 2)
    return (together - expected) / ((ours + theirs) / 2 - expected)


def _pairs(counts: Counter[int] | Counter[str] | Counter[tuple[int, str]]) -> float:
    return sum(count * (count - 1) / 2 for count in counts.values())


def main() -> None:
    """Measure and print."""
    parser = options(__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure this part only")
    parser.add_argument("--articles", type=int, default=100_000, help="articles in the window, for speed")
    parser.add_argument("--exported", type=Path, help="measure this file of tocsin stories export only")
    arguments = parser.parse_args()
    if arguments.exported is not None:
        with arguments.exported.open(encoding="utf-8") as file:
            report(asdict(measure_exported(read_exported(file))), as_json=arguments.json)
        return
    folder = data_folder()
    parts = (arguments.only,) if arguments.only else PARTS
    figures = {
        "copies": [asdict(way) for way in measure_copies(folder)] if "copies" in parts else [],
        "news": asdict(measure_news(folder)) if "news" in parts else None,
        "days": asdict(measure_days(folder)) if "days" in parts else None,
        "speed": asdict(measure_speed(folder, arguments.articles)) if "speed" in parts else None,
    }
    report(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
