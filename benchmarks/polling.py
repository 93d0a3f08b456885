"""Polling against its peers, all in one run on a loopback server of 500 hosts and 2,000 feeds.

    python -m benchmarks.polling [--json] [--rounds 5] [--feeds 2000] [--peer-feeds 100] [--only fetch|whole|real|stragglers]

Each client has a process of its own; they take turns, and the medians are of the rounds' ratios, so that the machine's moods meet
all alike. reader and feedparser are slow, so they poll fewer of the same feeds: rates are compared, not times.

Fetch, parse and state are measured twice, each time with one new entry in every feed: on made-up feeds of thirty short entries
(20 kB, of which feedparser makes little work), and on the documents of the real feeds (212 kB on the average). Tocsin's state is
the service's own database: articles, versions, rhythm, health. The script's is one table of what was seen.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import aiohttp
import uvloop

from benchmarks.cost import Cost, in_own_process
from benchmarks.polling_fetch import AGENT, CLIENTS, CONCURRENCY
from benchmarks.polling_real import real_feeds, usable
from benchmarks.polling_server import HOSTS, ITEMS, Answers, Server, feed_urls, host_of_feed, server
from benchmarks.polling_whole import AiohttpFeedparser, InProcess, Polled, Reader, Tocsin, running
from benchmarks.real_data import data_folder
from benchmarks.report import options, report

SLOW = frozenset(range(0, HOSTS, 20))
HUNG = frozenset(range(10, HOSTS, 20))
TIMEOUT = 20.0
TARGETS = {
    "fetch_vs_aiohttp": (">=", 0.30),
    "whole_vs_feedparser": (">=", 10.0),
    "whole_vs_reader": (">=", 10.0),
    "real_vs_feedparser": (">=", 10.0),
    "real_vs_reader": (">=", 10.0),
    "cpu_304_vs_parsed": ("<=", 0.6),
    "cpu_equal_vs_parsed": ("<=", 0.6),
    "stragglers_vs_none": ("<=", 2.0),
    "stragglers_vs_64_workers": (">=", 10.0),
    "loop_lag_p99_ms": ("<=", 50.0),
}


def fetching(served: Server, urls: Sequence[str], rounds: int) -> dict[str, object]:
    """Return what fetching alone costs each client, and the ratio of Tocsin to the other."""
    served.answer(Answers())
    costs: dict[str, list[Cost]] = {name: [] for name in CLIENTS}
    for _round in range(rounds):
        for name, client in CLIENTS.items():
            cost = in_own_process(client, urls)
            if cost.count != len(urls):
                raise RuntimeError(f"{name} fetched {cost.count} of {len(urls)} feeds")
            costs[name].append(cost)
    figures: dict[str, object] = {"fetch": {name: _figures(of) for name, of in costs.items()}}
    pairs = list(zip(costs["tocsin"], costs["aiohttp"], strict=True))
    figures["fetch_vs_aiohttp"] = _median(one.rate / other.rate for one, other in pairs)
    figures["fetch_vs_aiohttp_by_cpu"] = _median(other.cpu_ms / one.cpu_ms for one, other in pairs)
    return figures


def whole(served: Server, urls: Sequence[str], peer_urls: Sequence[str], rounds: int) -> dict[str, object]:
    """Return what fetch, parse and state cost, with one new entry of thirty in each feed, and with none."""
    costs: dict[str, list[Cost]] = {}
    lags: list[float] = []
    with _clients(urls, peer_urls) as clients:
        first = _first_polls(served, clients, Answers(version=0), ITEMS * len(urls))
        for version in range(1, rounds + 1):
            served.answer(Answers(version=version))
            polled = _poll_in_turn(clients, costs, len(urls), len(peer_urls))
            lags.append(polled.lag_ms)
            tocsin = clients["tocsin"]
            costs.setdefault("tocsin_304", []).append(_checked("tocsin", tocsin.poll(), 0).cost)
            served.answer(Answers(version=version, validators=False))
            costs.setdefault("tocsin_equal", []).append(_checked("tocsin", tocsin.poll(), 0).cost)
    figures = _against_peers("whole", costs) | {"first_poll": _figures([first])}
    for kind in ("304", "equal"):
        pairs = list(zip(costs[f"tocsin_{kind}"], costs["tocsin"], strict=True))
        figures[f"cpu_{kind}_vs_parsed"] = _median(one.cpu_ms / other.cpu_ms for one, other in pairs)
    figures["loop_lag_p99_ms"] = _median(lags)
    figures["memory_mb"] = round(polled.memory / 1e6, 1)
    return figures


def real(served: Server, urls: Sequence[str], peer_urls: Sequence[str], rounds: int) -> dict[str, object]:
    """Return what fetch, parse and state cost on the documents of the real feeds, with one new entry in each."""
    feeds = real_feeds(data_folder())
    chosen = tuple(usable(feeds))
    entries = sum(len(feeds[chosen[number % len(chosen)]].items) for number in range(len(urls)))
    costs: dict[str, list[Cost]] = {}
    with _clients(urls, peer_urls) as clients:
        first = _first_polls(served, clients, Answers(version=0, real=chosen), entries)
        for version in range(1, rounds + 1):
            served.answer(Answers(version=version, real=chosen))
            _poll_in_turn(clients, costs, len(urls), len(peer_urls))
    return _against_peers("real", costs) | {
        "real_documents": len(chosen),
        "real_first_poll": _figures([first]),
    }


@contextmanager
def _clients(urls: Sequence[str], peer_urls: Sequence[str]) -> Iterator[dict[str, InProcess]]:
    with (
        running(Tocsin, urls) as tocsin,
        running(AiohttpFeedparser, peer_urls) as script,
        running(Reader, peer_urls) as reader,
    ):
        yield {"tocsin": tocsin, "aiohttp_feedparser": script, "reader": reader}


def _first_polls(served: Server, clients: Mapping[str, InProcess], answers: Answers, entries: int) -> Cost:
    """Has all poll for the first time; return what that cost us, with so many entries."""
    served.answer(answers)
    first = _checked("tocsin", clients["tocsin"].poll(), entries)
    for name in ("aiohttp_feedparser", "reader"):
        clients[name].poll()
    return first.cost


def _poll_in_turn(
    clients: Mapping[str, InProcess], costs: dict[str, list[Cost]], count: int, peer_count: int
) -> Polled:
    """Add what a poll of all feeds, each with one new entry, costs each client; gives ours."""
    polled = {
        name: _checked(name, client.poll(), count if name == "tocsin" else peer_count)
        for name, client in clients.items()
    }
    for name, one in polled.items():
        costs.setdefault(name, []).append(one.cost)
    return polled["tocsin"]


def _against_peers(part: str, costs: Mapping[str, Sequence[Cost]]) -> dict[str, object]:
    figures: dict[str, object] = {part: {name: _figures(of) for name, of in costs.items()}}
    for peer, key in (("aiohttp_feedparser", "feedparser"), ("reader", "reader")):
        pairs = list(zip(costs["tocsin"], costs[peer], strict=True))
        figures[f"{part}_vs_{key}"] = _median(one.rate / other.rate for one, other in pairs)
        figures[f"{part}_vs_{key}_by_cpu"] = _median(other.cpu_ms / one.cpu_ms for one, other in pairs)
    return figures


def stragglers(served: Server, urls: Sequence[str], rounds: int) -> dict[str, object]:
    """Return how long the healthy feeds take where 5 % of the hosts are slow and 5 % hang, for us and for a pool of workers.

    The workers fetch documents and do nothing with them. So they are held against what we take to fetch documents in which
    nothing is new, whole and not as a 304; what we take with a new entry in each, parsed and stored, is told too.
    """
    healthy = [url for number, url in enumerate(urls) if host_of_feed(number) not in SLOW | HUNG]
    without: list[float] = []
    with_them: list[float] = []
    only_fetched: list[float] = []
    with running(Tocsin, urls) as tocsin:
        served.answer(Answers(version=0))
        tocsin.poll()
        for round_ in range(rounds):
            served.answer(Answers(version=2 * round_ + 1))
            without.append(tocsin.poll().healthy_seconds)
            version = 2 * round_ + 2
            served.answer(Answers(version=version, slow_hosts=SLOW, hung_hosts=HUNG))
            with_them.append(tocsin.poll(healthy).healthy_seconds)
            served.answer(Answers(version=version, slow_hosts=SLOW, hung_hosts=HUNG, validators=False))
            only_fetched.append(tocsin.poll(healthy).healthy_seconds)
    pool = uvloop.run(_pool_of_workers(urls, set(healthy)))
    return {
        "stragglers": {
            "tocsin_without_s": round(statistics.median(without), 2),
            "tocsin_with_s": round(statistics.median(with_them), 2),
            "tocsin_with_and_nothing_new_s": round(statistics.median(only_fetched), 2),
            "aiohttp_64_workers_s": round(pool, 2),
        },
        "stragglers_vs_none": _median(b / a for a, b in zip(without, with_them, strict=True)),
        "stragglers_vs_64_workers": _median(pool / seconds for seconds in only_fetched),
        "stragglers_with_news_vs_64_workers": _median(pool / seconds for seconds in with_them),
    }


async def _pool_of_workers(urls: Sequence[str], healthy: set[str]) -> float:
    """Return the seconds until 64 workers that only fetch have had the last healthy feed."""
    remaining = iter(urls)
    started = time.perf_counter()
    last = started

    async def work() -> None:
        nonlocal last
        for url in remaining:
            try:
                async with session.get(url) as response:
                    await response.read()
            except TimeoutError:
                continue
            if url in healthy:
                last = time.perf_counter()

    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(headers={"User-Agent": AGENT}, timeout=timeout) as session:
        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return last - started


def _checked(name: str, polled: Polled, new: int) -> Polled:
    """Return what was measured. Raises `RuntimeError` where the client did not do the work; a peer may miss some feeds."""
    failed = polled.failed if name != "tocsin" else 0
    if (name == "tocsin" and polled.failed) or not new - failed <= polled.new <= new:
        raise RuntimeError(f"{name}: {polled.new} new entries instead of {new}, {polled.failed} feeds failed")
    return polled


def _figures(costs: Sequence[Cost]) -> dict[str, float]:
    return {
        "per_second": round(statistics.median(cost.rate for cost in costs), 1),
        "cpu_ms": round(statistics.median(cost.cpu_ms for cost in costs), 3),
    }


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 3)


def main() -> None:
    """Measure and print."""
    parser = options(__doc__, rounds=5)
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--peer-feeds", type=int, default=100, help="how many of them the slow peers poll")
    parser.add_argument("--straggler-rounds", type=int, default=1)
    parser.add_argument("--only", choices=["fetch", "whole", "real", "stragglers"])
    arguments = parser.parse_args()
    figures: dict[str, object] = {"feeds": arguments.feeds, "rounds": arguments.rounds}
    with server() as served:
        urls = feed_urls(served.port, arguments.feeds)
        parts: dict[str, Callable[[], dict[str, object]]] = {
            "fetch": lambda: fetching(served, urls, arguments.rounds),
            "whole": lambda: whole(served, urls, urls[: arguments.peer_feeds], arguments.rounds),
            "real": lambda: real(served, urls, urls[: arguments.peer_feeds], arguments.rounds),
            "stragglers": lambda: stragglers(served, urls, arguments.straggler_rounds),
        }
        for name, measure in parts.items():
            if arguments.only in (None, name):
                figures |= measure()
    figures["targets"] = {
        name: f"{sign} {target}" for name, (sign, target) in TARGETS.items() if name in figures
    }
    figures["missed"] = [name for name in TARGETS if name in figures and not _is_met(name, figures[name])]
    report(figures, as_json=arguments.json)


def _is_met(name: str, figure: object) -> bool:
    sign, target = TARGETS[name]
    assert isinstance(figure, float)
    return figure >= target if sign == ">=" else figure <= target


if __name__ == "__main__":
    main()
