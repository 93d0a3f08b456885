"""What matching costs with many stored queries or names, beside the automaton alone and beside `alias in text`.

    python -m benchmarks.match [--json] [--rounds 5] [--only queries|names] [--sizes 1000 10000 …]

Matches the articles of <data>/pages/aeb (the folder that TOCSIN_DATA names, else ../shared/data) from raw text, mentions with
their spans and rules included. The automaton has the same literals and is given text folded beforehand, and so is the loop, on as
many of the articles as it gets through. Each size has a process of its own, where the ways take turns; times are of CPU, medians
of the rounds. `added_seconds` is the time from a new rule to the first article that it is found in.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from ahocorasick_rs import AhoCorasick

from alerts.matching import Matcher, compile_matcher
from alerts.text import fold
from alerts.values import Actor, Document, Topic, WatchList
from benchmarks.cost import cpu_seconds, in_own_process, resident_bytes
from benchmarks.match_inputs import WATCH, Vocabulary, documents, names_list, queries_list
from benchmarks.real_data import data_folder
from benchmarks.report import options, report

SIZES = {"queries": (1_000, 10_000, 100_000), "names": (1_000, 10_000, 100_000, 1_000_000)}
LOOP_TESTS = 1_000_000
"""So many literals, times articles, the loop looks for in a round: about a second's worth."""


def measure(kind: str, count: int, rounds: int) -> dict[str, float]:
    """Return the figures for one number of queries or names."""
    articles = documents(data_folder())
    vocabulary = Vocabulary(articles)
    tracked = (names_list if kind == "names" else queries_list)(count, vocabulary)
    folded = [fold(f"{article.title}\n{article.text}").text for article in articles]
    before = resident_bytes()
    built: list[Matcher] = []
    build_seconds = cpu_seconds(lambda: built.append(compile_matcher([tracked])))
    matcher = built[0]
    memory = resident_bytes() - before
    literals = matcher.literals()
    before = resident_bytes()
    automaton = AhoCorasick(literals)
    automaton_memory = resident_bytes() - before
    some = range(0, len(articles), max(1, len(articles) * len(literals) // LOOP_TESTS))
    times: list[list[float]] = []
    scans, loops, on_some = [], [], []
    for _round in range(rounds):
        times.append([cpu_seconds(lambda one=one: matcher.match(one)) for one in articles])  # type: ignore[misc]
        scans.append(_each(automaton.find_matches_as_indexes, folded, overlapping=True))
        on_some.append(sum(times[-1][number] for number in some))
        loops.append(cpu_seconds(lambda: [[word in folded[number] for word in literals] for number in some]))
    each = [statistics.median(column) for column in zip(*times, strict=True)]
    centiles = statistics.quantiles(each, n=100, method="inclusive")
    added = statistics.median(add_one(matcher, kind, number) for number in range(rounds))
    return {
        "literals": len(literals),
        "articles_per_second": len(articles) / statistics.median(map(sum, times)),
        "times_automaton": statistics.median(
            scan / sum(ours) for scan, ours in zip(scans, times, strict=True)
        ),
        "times_loop": statistics.median(loop / ours for loop, ours in zip(loops, on_some, strict=True)),
        "p50_ms": 1000 * centiles[49],
        "p99_ms": 1000 * centiles[98],
        "mentions_per_article": statistics.fmean(len(matcher.match(article)) for article in articles),
        "build_seconds": build_seconds,
        "added_seconds": added,
        "memory_bytes": memory,
        "automaton_memory_bytes": automaton_memory,
    }


def add_one(matcher: Matcher, kind: str, number: int) -> float:
    """Return the seconds from a new query or name to the first article that it is found in."""
    name = f"Brandnew Xylotocsin{'abcdefghij'[number % 10]}"
    change = (
        WatchList(WATCH, actors=(Actor(name),))
        if kind == "names"
        else WatchList(WATCH, topics=(Topic(name, f'"{name}" AND said'),))
    )
    article = Document("", f"They said that {name} came.", "en")
    start = time.perf_counter()
    found = matcher.with_changes([change]).match(article)
    seconds = time.perf_counter() - start
    if not any(name in (mention.actor, mention.topic) for mention in found):
        raise SystemExit(f"the added {name!r} was not found")
    return seconds


def _each(find: Callable[..., object], texts: Sequence[str], **how: bool) -> float:
    return cpu_seconds(lambda: [find(text, **how) for text in texts])


def main() -> None:
    """Measure and print."""
    parser = options(__doc__, rounds=5)
    parser.add_argument("--only", choices=SIZES, help="measure this part only")
    parser.add_argument("--sizes", type=int, nargs="+", help="so many queries or names")
    arguments = parser.parse_args()
    figures: dict[str, object] = {"rounds": arguments.rounds}
    for kind in [arguments.only] if arguments.only else SIZES:
        figures[kind] = {
            str(count): in_own_process(measure, kind, count, arguments.rounds)
            for count in arguments.sizes or SIZES[kind]
        }
    report(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
