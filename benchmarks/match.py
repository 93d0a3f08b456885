"""What the matcher does, against what the machine could and what a Python user would write: stored queries and names by the size.

    python -m benchmarks.match [--json] [--rounds 5] [--only queries|names|delta|folding] [--sizes 1000 10000 …]

Matches the articles of <data>/pages/aeb (the folder that TOCSIN_DATA names, else ../shared/data) from raw text, mentions with
their spans and rules included, against (b) the automaton alone over text folded beforehand, (c) `alias in text`, (d) SQLite FTS5,
one article in memory and every query, (e) the same scan with every query evaluated. All in one process, alternated; medians of
the rounds. Exits 0 whatever the figures are: it reports.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from alerts.matching import Matcher, compile_matcher
from alerts.text import fold
from alerts.values import Actor, Document, Topic, WatchList
from benchmarks.match_inputs import WATCH, Query, Vocabulary, documents, names_list, queries, watch_list
from benchmarks.match_memory import measure_memory
from benchmarks.match_peers import EveryQuery, FoldedArticle, FullText, Loop, RawScan, fold_article
from benchmarks.match_report import Added, Folding, Result, Sized, claims, print_report
from benchmarks.match_timing import Times, Way, alternate, ratio, spread
from benchmarks.real_data import data_folder

PARTS = ("queries", "names", "delta", "folding")
QUERY_SIZES = (1_000, 10_000, 100_000)
NAME_SIZES = (1_000, 10_000, 100_000, 1_000_000)
FOLDING_QUERIES = 10_000
TESTS_A_ROUND = {"(c)": 1_000_000, "(d)": 40_000, "(e)": 2_000_000}
"""How many tests (literals or queries, times articles) a slow way makes in a round: about a second's worth."""
MOST_FTS_QUERIES = 10_000


class Bench:
    """The articles, raw and folded, and what is measured on them."""

    def __init__(self, articles: Sequence[Document], rounds: int) -> None:
        self.articles = articles
        self.folded = [fold_article(article) for article in articles]
        self.vocabulary = Vocabulary(articles)
        self.rounds = rounds
        self._everything = range(len(articles))
        self._lengths = [len(article.text) for article in articles]

    def queries(self, count: int) -> Sized:
        """Measures that many Boolean queries, each way."""
        drawn = list(queries(count, self.vocabulary))
        matcher, seconds = build(watch_list(drawn))
        literals = matcher.literals()
        some = drawn[:MOST_FTS_QUERIES]
        ways = [
            self._tocsin(matcher, "(a)"),
            self._peer("(b)", RawScan(literals), self._everything),
            self._sampled("(c)", Loop(literals), len(literals)),
            self._sampled("(d)", FullText(some), len(some), share=len(some) / count),
            self._sampled("(e)", EveryQuery(drawn), count),
        ]
        times = alternate(ways, self.rounds)
        same, different = self._agreement(matcher, EveryQuery(drawn), drawn, ways[-1].articles)
        return self._sized("queries", count, matcher, seconds, times, ways, (same, different))

    def names(self, sizes: Sequence[int]) -> list[Sized]:
        """Measure plain names, all sizes alternated with each other."""
        built = {count: build(names_list(count, self.vocabulary)) for count in sizes}
        ways = [
            way
            for count, (matcher, _seconds) in built.items()
            for way in (
                self._tocsin(matcher, f"(a) {count}"),
                self._peer(f"(b) {count}", RawScan(matcher.literals()), self._everything),
            )
        ]
        times = alternate(ways, self.rounds)
        return [
            self._sized(
                "names", count, matcher, seconds, {way: times[f"{way} {count}"] for way in ("(a)", "(b)")}
            )
            for count, (matcher, seconds) in built.items()
        ]

    def folding(self) -> Folding:
        """Measure folding against the scan for 10,000 queries' literals."""
        matcher, _seconds = build(watch_list(queries(FOLDING_QUERIES, self.vocabulary)))
        texts = [f"{article.title}\n{article.text}" for article in self.articles]
        times = alternate(
            [
                Way("fold", lambda number: fold(texts[number]), self._everything),
                self._peer("scan", RawScan(matcher.literals()), self._everything),
            ],
            self.rounds,
        )
        return Folding(1 / times["fold"].speed(), 1 / times["scan"].speed(), ratio(times, "scan", "fold"))

    def _tocsin(self, matcher: Matcher, name: str) -> Way:
        articles = self.articles
        return Way(name, lambda number: matcher.match(articles[number]), self._everything)

    def _peer(
        self,
        name: str,
        peer: RawScan | Loop | FullText | EveryQuery,
        articles: Sequence[int],
        share: float = 1.0,
    ) -> Way:
        folded: Sequence[FoldedArticle] = self.folded
        return Way(name, lambda number: peer.match(folded[number]), articles, share)

    def _sampled(self, name: str, peer: Loop | FullText | EveryQuery, tests: int, share: float = 1.0) -> Way:
        count = max(4, TESTS_A_ROUND[name] // tests)
        return self._peer(name, peer, spread(self._lengths, count), share)

    def _agreement(
        self, matcher: Matcher, every: EveryQuery, drawn: Sequence[Query], articles: Sequence[int]
    ) -> tuple[int, int]:
        """Count (article, query) pairs that Tocsin and (e) both find, and those that one finds alone."""
        names = {query.actor.name: query.name for query in reversed(drawn) if query.actor is not None}
        same = different = 0
        for number in articles:
            ours = {
                names[mention.actor] if mention.actor is not None else mention.topic
                for mention in matcher.match(self.articles[number])
            }
            theirs = every.match(self.folded[number])
            same += len(ours & theirs)
            different += len(ours ^ theirs)
        return same, different

    def _sized(
        self,
        kind: str,
        count: int,
        matcher: Matcher,
        seconds: float,
        times: dict[str, Times],
        ways: Sequence[Way] = (),
        agreement: tuple[int, int] | None = None,
    ) -> Sized:
        ours = times["(a)"]
        ratios = {name: ratio(times, "(a)", name) for name in times if name != "(a)"}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "literals.json"
            memory = measure_memory(kind, count, file)
            raw = measure_memory("raw", count, file)
        return Sized(
            kind=kind,
            count=count,
            literals=len(matcher.literals()),
            articles_per_second={"(a)": ours.speed()}
            | {name: ours.speed() / faster for name, faster in ratios.items()},
            times_faster=ratios,
            tried_on={way.name: (len(way.articles), way.share) for way in ways},
            p50_ms=1000 * ours.percentile(50),
            p99_ms=1000 * ours.percentile(99),
            mentions_per_article=statistics.fmean(len(matcher.match(article)) for article in self.articles),
            agreement=agreement,
            build_seconds=seconds,
            memory_bytes=memory.grown_bytes,
            raw_memory_bytes=raw.grown_bytes,
            raw_build_seconds=raw.seconds,
            added=add_one(matcher, kind, seconds, self.rounds),
        )

    def delta(self, count: int) -> Added:
        """Measure only how soon a query is seen that is added to so many."""
        matcher, seconds = build(watch_list(queries(count, self.vocabulary)))
        return add_one(matcher, "queries", seconds, self.rounds)


def build(tracked: WatchList) -> tuple[Matcher, float]:
    """Return the matcher, and the seconds it took to build."""
    start = time.perf_counter()
    matcher = compile_matcher([tracked])
    return matcher, time.perf_counter() - start


def add_one(matcher: Matcher, kind: str, full_build: float, rounds: int) -> Added:
    """Measure the time from a new query or name being known to the first article that it is found in."""
    seconds = []
    for number in range(rounds):
        name = f"Brandnew Xylotocsin{'abcdefghij'[number % 10]}"
        if kind == "names":
            change = WatchList(WATCH, actors=(Actor(name),))
        else:
            change = WatchList(WATCH, topics=(Topic(name, f'"{name}" AND said'),))
        article = Document("", f"They said that {name} came.", "en")
        start = time.perf_counter()
        found = matcher.with_changes([change]).match(article)
        seconds.append(time.perf_counter() - start)
        if not any(name in (mention.actor, mention.topic) for mention in found):
            raise SystemExit(f"the added {name!r} was not found")
    median = statistics.median(seconds)
    return Added(median, median / full_build)


def main() -> None:
    """Measure and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5, help="medians are over so many rounds")
    parser.add_argument("--only", choices=PARTS, help="measure this part only")
    parser.add_argument("--sizes", type=int, nargs="+", help="so many queries or names")
    arguments = parser.parse_args()
    parts = (arguments.only,) if arguments.only else PARTS[:2] + PARTS[3:]
    bench = Bench(documents(data_folder()), arguments.rounds)
    sized: list[Sized] = []
    if "queries" in parts:
        sized += [bench.queries(count) for count in arguments.sizes or QUERY_SIZES]
    if "names" in parts:
        sized += bench.names(arguments.sizes or NAME_SIZES)
    result = Result(
        articles=len(bench.articles),
        rounds=arguments.rounds,
        sized=tuple(sized),
        added={count: bench.delta(count) for count in arguments.sizes or QUERY_SIZES[-1:]}
        if "delta" in parts
        else {},
        folding=bench.folding() if "folding" in parts else None,
    )
    if arguments.json:
        print(json.dumps({**asdict(result), "claims": [asdict(claim) for claim in claims(result)]}))
    else:
        print_report(result)


if __name__ == "__main__":
    main()
