"""What a matcher takes of memory: what a process of its own grows by while it is built; what goes in is not counted.

    python -m benchmarks.match_memory queries|names|raw COUNT FILE

prints one JSON object. The first two write the automaton's literals to FILE; `raw` reads them there, and builds it alone.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from alerts.matching import compile_matcher
from alerts.text import fold
from benchmarks.match_inputs import Vocabulary, documents, names_list, queries, watch_list
from benchmarks.real_data import data_folder

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Growth:
    """How much the resident memory grew, and how long it took."""

    grown_bytes: int
    seconds: float


def measure_memory(kind: str, count: int, literals: Path) -> Growth:
    """Measure in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.match_memory", kind, str(count), str(literals)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{' '.join(command[1:])} failed:\n{answer.stderr[-2000:]}")
    return Growth(**json.loads(answer.stdout))


def resident_bytes() -> int:
    """Return the resident memory, after what is free was given back where the C library can do that."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _grow(kind: str, count: int, file: Path) -> Growth:
    if kind == "raw":
        literals: list[str] = json.loads(file.read_text(encoding="utf-8"))
        before, start = resident_bytes(), time.perf_counter()
        automaton = AhoCorasick(literals)
        seconds = time.perf_counter() - start
        grown = resident_bytes() - before
        automaton.find_matches_as_indexes(" ")
        return Growth(grown, seconds)
    vocabulary = Vocabulary(documents(data_folder()))
    tracked = names_list(count, vocabulary) if kind == "names" else watch_list(queries(count, vocabulary))
    del vocabulary
    fold("the tables of all letters are made now")
    before, start = resident_bytes(), time.perf_counter()
    matcher = compile_matcher([tracked])
    seconds = time.perf_counter() - start
    grown = resident_bytes() - before
    file.write_text(json.dumps(matcher.literals()), encoding="utf-8")
    return Growth(grown, seconds)


if __name__ == "__main__":
    print(json.dumps(asdict(_grow(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))))
