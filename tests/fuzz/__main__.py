"""The long form of the fuzzing: coverage-guided, for as long as asked.

    make fuzz TARGET=feeds MINUTES=60

It needs atheris, which make fuzz installs. What is found is written to --found, one file a fault and place, and the run goes on.
A file that showed a fault is kept in tests/fuzz/cases/TARGET once the fault is mended.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["crawler", "alerts", "service.settings", "storage.boilerplate", "feedparser"]
):
    from tests.fuzz.targets import TARGETS

SLOW_SECONDS = 5.0
"""Input of a few kilobytes that takes longer is a fault, too."""


def main() -> None:
    """Run libFuzzer over one target."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--corpus", type=Path, help="keep what was learned here")
    arguments = parser.parse_args()
    target = TARGETS[arguments.target]
    corpus = arguments.corpus or Path(tempfile.mkdtemp(prefix="tocsin-fuzz-"))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = corpus.with_name(corpus.name + ".dict")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
    arguments.found.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()

    def one(data: bytes) -> None:
        began = time.process_time()
        try:
            target.run(data)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what we look for)
            place = traceback.extract_tb(error.__traceback__)[-1]
            fault = f"{type(error).__name__}-{Path(place.filename).stem}-{place.lineno}"
        else:
            if time.process_time() - began < SLOW_SECONDS:
                return
            fault = "slow"
        if fault not in seen:
            seen.add(fault)
            (arguments.found / f"{arguments.target}-{fault}").write_bytes(data)
            print(f"found {fault}: {data[:80]!r}", flush=True)

    options = [
        f"-max_total_time={int(arguments.minutes * 60)}",
        "-max_len=6000",
        "-timeout=600",  # by the clock on the wall: a busy machine is no fault; what costs CPU time is told above
        "-rss_limit_mb=3000",
    ]
    atheris.Setup([sys.argv[0], str(corpus), f"-dict={words}", *options], one)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
