"""Many archive files scanned by Dask workers: resumable file by file, in local processes or on a cluster.

What a file has is stored beside the output as soon as it is known, so that a scan that ends goes on where it stood. A worker that
is killed costs the time of its file alone: Dask gives that to another.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from service.archives.scanning import FileScan, ScanPlan, scan_file

AHEAD = 3
"""So many files a worker are given out ahead: the plan of thousands stays here."""
MOST_DEATHS = 3
"""A file that has killed so many workers is given up."""


@dataclass(frozen=True, slots=True)
class ScanTotals:
    """What a scan came to."""

    files: int
    done_before: int
    pages: int
    articles: int
    problems: tuple[str, ...]
    unreadable: dict[str, int]


class Parts:
    """What files have, each in a file of its own beside the output, for one plan."""

    def __init__(self, folder: Path, plan: ScanPlan, *, everything: bool) -> None:
        self._folder = folder
        self._key = f"{plan.key} {everything}"

    def known(self, address: str) -> FileScan | None:
        """Return what a file has; None where it was not scanned yet, or not to its end."""
        try:
            said = json.loads(self._path(address).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return FileScan(**{**said, "findings": tuple(said["findings"])})

    def keep(self, scan: FileScan) -> None:
        """Store what a file has, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(scan.address)
        half = path.with_suffix(".half")
        half.write_text(json.dumps(asdict(scan), ensure_ascii=False), encoding="utf-8")
        half.replace(path)

    def _path(self, address: str) -> Path:
        name = hashlib.blake2b(f"{self._key}\n{address}".encode(), digest_size=12).hexdigest()
        return self._folder / f"{name}.json"


@contextmanager
def connected(cluster: str | None, *, workers: int, adaptive: tuple[int, int] | None) -> Iterator[Any]:
    """Give a Dask client: of the cluster at an address, else of as many local processes as asked for, one thread each.

    Raises `ModuleNotFoundError` where the extra `tocsin[cluster]` is not installed, `OSError` where the cluster can't be reached.
    """
    import dask
    from distributed import Client, LocalCluster  # here: an extra

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is wrong with a file is in its result
    with dask.config.set({"distributed.scheduler.allowed-failures": MOST_DEATHS}):
        if cluster is not None:
            with Client(cluster, timeout="30s", set_as_default=False) as client:
                if adaptive is not None and client.cluster is not None:
                    client.cluster.adapt(minimum=adaptive[0], maximum=adaptive[1])
                yield client
            return
        with (
            LocalCluster(
                n_workers=adaptive[0] if adaptive else workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
                host="127.0.0.1",
            ) as local,
            Client(local, set_as_default=False) as client,
        ):
            if adaptive is not None:
                local.adapt(minimum=adaptive[0], maximum=adaptive[1])
            yield client


def scan_all(
    connect: Callable[[], AbstractContextManager[Any]],
    addresses: Sequence[str],
    plan: ScanPlan,
    parts: Parts,
    *,
    everything: bool = False,
    done: Callable[[FileScan], None],
) -> None:
    """Scan the files that are not known yet, and keep what each has. `done` is called for every file, known ones too.

    `connect` gives the Dask client (`connected`); where every file is known, nothing is started.
    """
    waiting: deque[str] = deque()
    for address in addresses:
        known = parts.known(address)
        if known is None:
            waiting.append(address)
        else:
            done(known)
    if waiting:
        with connect() as client:
            _scan(client, waiting, plan, parts, everything=everything, done=done)


def _scan(
    client: Any,  # noqa: ANN401  (a Dask client; the extra may be missing)
    waiting: deque[str],
    plan: ScanPlan,
    parts: Parts,
    *,
    everything: bool,
    done: Callable[[FileScan], None],
) -> None:
    from distributed import as_completed

    shared = client.submit(
        _as_it_is, plan, pure=False
    )  # not scattered: what is lost with a worker is made anew
    running: dict[Any, str] = {}

    def submit() -> Any:  # noqa: ANN401  (a future)
        address = waiting.popleft()
        future = client.submit(scan_file, address, shared, everything=everything, pure=False)
        running[future] = address
        return future

    at_once = max(1, len(client.ncores())) * AHEAD
    completed = as_completed([submit() for _number in range(min(at_once, len(waiting)))], loop=client.loop)
    for future in completed:
        address = running.pop(future)
        scan = _result(future, address)
        if not scan.problem:
            parts.keep(scan)
        done(scan)
        future.release()
        if waiting:
            completed.add(submit())


def _as_it_is(plan: ScanPlan) -> ScanPlan:
    return plan


def _result(future: Any, address: str) -> FileScan:  # noqa: ANN401
    error = future.exception()
    if error is None:
        return cast("FileScan", future.result())
    why = " ".join(str(error).split())[:200] or type(error).__name__
    return FileScan(address, problem=f"{address}: its workers ended ({type(error).__name__}): {why}")


def totals(scans: Sequence[FileScan], *, done_before: int) -> ScanTotals:
    """Return what some files come to together."""
    unreadable: Counter[str] = Counter()
    for scan in scans:
        unreadable.update(scan.unreadable)
    return ScanTotals(
        len(scans),
        done_before,
        sum(scan.pages for scan in scans),
        sum(scan.articles for scan in scans),
        tuple(scan.problem for scan in scans if scan.problem),
        dict(sorted(unreadable.items())),
    )


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
