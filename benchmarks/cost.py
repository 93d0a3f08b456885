"""What a piece of work cost: wall time and the CPU of this process and of the children that it waited for."""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from storage.memory import return_free_memory

T = TypeVar("T")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """`seconds` of wall time and `cpu` seconds for `count` things."""

    count: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Return things a second."""
        return self.count / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Return the CPU milliseconds of one."""
        return 1000 * self.cpu / self.count


class Meter:
    """Takes the time of a block, or from `start` to `stop`."""

    def start(self) -> None:
        """Begins to count."""
        self._wall, self._cpu = time.perf_counter(), cpu_of_family()

    def stop(self) -> None:
        """End the count."""
        self.seconds = time.perf_counter() - self._wall
        self.cpu = cpu_of_family() - self._cpu

    def __enter__(self) -> Meter:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def cost(self, count: int) -> Cost:
        """Return what was counted, for so many things."""
        return Cost(count, self.seconds, self.cpu)


def cpu_of_family() -> float:
    """Return the CPU seconds of this process and all its descendants, those that have ended included."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(cpu_of(process) for process in descendants(os.getpid()))
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime + living


def memory_of_family(process: int | None = None) -> int:
    """Return the bytes of memory of a process (this one) and its descendants; pages that they share are counted once."""
    head = process or os.getpid()
    return sum(_proportional_bytes(each) for each in (head, *descendants(head)))


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of this process that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def resident_bytes() -> int:
    """Return the resident memory of this process, once it has given back what is free."""
    gc.collect()
    return_free_memory()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descendants(process: int) -> list[int]:
    """Return the numbers of a process's living children, their children and so on."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*"):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            found += [child, *descendants(child)]
    return found


def cpu_of(process: int) -> float:
    """Return the CPU seconds of a process so far, with those of the children that it waited for."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(value) for value in fields[11:15]) / _TICKS


def _proportional_bytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def forget_main() -> None:
    """Has this process's workers import nothing of the benchmark: those of the service import nothing of the service either."""
    main = sys.modules["__main__"]
    main.__spec__ = None
    vars(main).pop("__file__", None)


def in_own_process(function: Callable[..., T], *args: object) -> T:
    """Return what `function` gives in a fresh process."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_call, args=(theirs, function, args))
    process.start()
    theirs.close()
    try:
        result: T = ours.recv()
    except EOFError:
        raise RuntimeError(f"{function.__name__} ended without a result") from None
    finally:
        process.join()
    return result


def _call(pipe: Connection, function: Callable[..., object], args: tuple[object, ...]) -> None:
    forget_main()
    pipe.send(function(*args))
