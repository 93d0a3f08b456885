"""The figures of `benchmarks.match`, what was aimed at, and both as tables of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

WAYS = {
    "(a)": "(a) Tocsin, from raw text",
    "(b)": "(b) the automaton alone",
    "(c)": "(c) alias in text",
    "(d)": "(d) SQLite FTS5, every query",
    "(e)": "(e) same scan, every query",
}


@dataclass(frozen=True, slots=True)
class Added:
    """Seconds until an added query is seen, and as a part of a full build."""

    seconds: float
    of_full_build: float


@dataclass(frozen=True, slots=True)
class Folding:
    """Seconds an article that folding and the scan for 10,000 queries take."""

    fold_seconds: float
    scan_seconds: float
    of_scan: float


@dataclass(frozen=True, slots=True)
class Sized:
    """The figures for one number of queries or names.

    `times_faster`: Tocsin's speed over each other way's. `tried_on`: how many articles, and what share of the queries, a way
    was tried on. `agreement`: (article, query) pairs that Tocsin and (e) both found, and that only one did. Memory is what the
    process grew by.
    """

    kind: str
    count: int
    literals: int
    articles_per_second: dict[str, float]
    times_faster: dict[str, float]
    tried_on: dict[str, tuple[int, float]]
    p50_ms: float
    p99_ms: float
    mentions_per_article: float
    agreement: tuple[int, int] | None
    build_seconds: float
    memory_bytes: int
    raw_memory_bytes: int
    raw_build_seconds: float
    added: Added


@dataclass(frozen=True, slots=True)
class Result:
    """Everything measured in one run."""

    articles: int
    rounds: int
    sized: tuple[Sized, ...]
    added: dict[int, Added]
    folding: Folding | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure and what it should be: at least `target`, or at most where `at_most`."""

    what: str
    value: float
    target: float
    at_most: bool
    met: bool


AT_LEAST: dict[tuple[str, str], dict[int, float]] = {
    ("queries", "(b)"): {1_000: 0.45, 10_000: 0.45, 100_000: 0.35},
    ("queries", "(c)"): {1_000: 90, 10_000: 400, 100_000: 450},
    ("queries", "(d)"): {1_000: 500, 10_000: 2_300},
    ("queries", "(e)"): {1_000: 7, 10_000: 70, 100_000: 200},
    ("names", "(b)"): {1_000_000: 0.40},
}
"""How many times each way's speed Tocsin should have."""
P99_OF_P50 = 8.0
BYTES_A_QUERY = 2_500.0
FEWEST_FOR_MEMORY = 10_000
"""With fewer queries, what any matcher takes would be told as theirs."""
OF_RAW_MEMORY = 2.0
MILLION_OF_THOUSAND = 2.0
ADDED_OF_BUILD = 0.02
ADDED_TO = 100_000
FOLDING_OF_SCAN = 1.0


def claims(result: Result) -> list[Claim]:
    """Return every figure that has a target."""
    found = [claim for sized in result.sized for claim in _sized_claims(sized)]
    names = {sized.count: sized for sized in result.sized if sized.kind == "names"}
    if {1_000, 1_000_000} <= names.keys():
        slower = names[1_000].articles_per_second["(a)"] / names[1_000_000].articles_per_second["(a)"]
        found.append(_at_most("an article at 1,000,000 names : at 1,000", slower, MILLION_OF_THOUSAND))
    found += [
        _at_most(f"a query added to {count:,} : full build", added.of_full_build, ADDED_OF_BUILD)
        for count, added in result.added.items()
    ]
    if result.folding is not None:
        found.append(_at_most("folding : scan at 10,000 queries", result.folding.of_scan, FOLDING_OF_SCAN))
    return found


def _sized_claims(sized: Sized) -> Iterator[Claim]:
    at = f"at {sized.count:,} {sized.kind}"
    for way, faster in sized.times_faster.items():
        target = AT_LEAST.get((sized.kind, way), {}).get(sized.count)
        if target is not None:
            yield Claim(f"(a) : {way} {at}", faster, target, False, faster >= target)
    yield _at_most(f"p99 : p50 {at}", sized.p99_ms / sized.p50_ms, P99_OF_P50)
    if sized.kind == "names":
        yield _at_most(
            f"memory : raw automaton's {at}", sized.memory_bytes / sized.raw_memory_bytes, OF_RAW_MEMORY
        )
        return
    if sized.count >= FEWEST_FOR_MEMORY:
        yield _at_most(f"bytes a query {at}", sized.memory_bytes / sized.count, BYTES_A_QUERY)
    if sized.count >= ADDED_TO:
        yield _at_most(f"a query added {at} : full build", sized.added.of_full_build, ADDED_OF_BUILD)


def _at_most(what: str, value: float, target: float) -> Claim:
    return Claim(what, value, target, True, value <= target)


def print_report(result: Result) -> None:
    """Print the figures and the claims."""
    console = Console(width=80, highlight=False)
    for kind, title in (("queries", "Boolean queries"), ("names", "Plain names, four scripts")):
        sized = [one for one in result.sized if one.kind == kind]
        if sized:
            console.print(f"\n{title}: {result.articles} articles, medians of {result.rounds} rounds")
            console.print(_figures(sized))
            _print_samples(console, sized, result.articles)
    for count, added in result.added.items():
        console.print(
            f"\nA query added to {count:,} is seen after {1000 * added.seconds:.1f} ms,"
            f" {added.of_full_build:.2%} of a full build"
        )
    if result.folding is not None:
        fold, scan = 1000 * result.folding.fold_seconds, 1000 * result.folding.scan_seconds
        console.print(f"\nFolding an article: {fold:.3f} ms; scanning it for 10,000 queries: {scan:.3f} ms")
    table = Table("Claim", box=None)
    for heading in ("target", "measured", "met"):
        table.add_column(heading, justify="right")
    for claim in claims(result):
        sign = "<=" if claim.at_most else ">="
        table.add_row(
            claim.what,
            f"{sign} {claim.target:,.4g}",
            _figure(claim.value),
            "yes" if claim.met else "NO",
        )
    console.print()
    console.print(table)


def _figures(sized: Sequence[Sized]) -> Table:
    table = Table("", box=None)
    for one in sized:
        table.add_column(f"{one.count:,}", justify="right")
    for way, title in WAYS.items():
        if all(way in one.articles_per_second for one in sized):
            table.add_row(f"{title}, articles/s", *(_figure(one.articles_per_second[way]) for one in sized))
    for way in WAYS:
        if all(way in one.times_faster for one in sized):
            table.add_row(f"(a) : {way}", *(_figure(one.times_faster[way]) for one in sized))
    rows = {
        "p50 ms an article": [f"{one.p50_ms:.3f}" for one in sized],
        "p99 ms an article": [f"{one.p99_ms:.3f}" for one in sized],
        "mentions an article": [f"{one.mentions_per_article:.2f}" for one in sized],
        "literals": [f"{one.literals:,}" for one in sized],
        "build s": [f"{one.build_seconds:.2f}" for one in sized],
        "build s, automaton alone": [f"{one.raw_build_seconds:.2f}" for one in sized],
        "memory MB": [f"{one.memory_bytes / 1e6:.1f}" for one in sized],
        "memory MB, automaton alone": [f"{one.raw_memory_bytes / 1e6:.1f}" for one in sized],
        "memory bytes each": [f"{one.memory_bytes / one.count:,.0f}" for one in sized],
        "ms until one added is seen": [f"{1000 * one.added.seconds:.1f}" for one in sized],
        "… % of the build": [f"{100 * one.added.of_full_build:.2f}" for one in sized],
    }
    for title, figures in rows.items():
        table.add_row(title, *figures)
    return table


def _figure(value: float) -> str:
    if value < 0.001:
        return f"{value:.5f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _print_samples(console: Console, sized: Sequence[Sized], articles: int) -> None:
    for one in sized:
        for way, (tried, share) in one.tried_on.items():
            if tried < articles or share < 1:
                what = f"{tried} of {articles} articles"
                if share < 1:
                    what += f" and {share:.0%} of the queries"
                console.print(f"{way} at {one.count:,}: on {what}, spread by length, scaled")
        if one.agreement is not None:
            same, different = one.agreement
            console.print(f"(a) and (e) at {one.count:,}: {same} matches in both, {different} in one only")
