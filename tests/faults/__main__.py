"""The matrix of faults: each is injected several times, on each database, and the books are done.

make faults                                       all of it, about half an hour
python -m tests.faults --only sqlite --fault "disk full" --times 5 --seed 7
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tests.faults.injections import FAULTS, Fault
from tests.faults.lost import FAULTS_OF_LOSS
from tests.faults.places import Place, SqlitePlace
from tests.faults.rolling import ROLLING
from tests.faults.run import run
from tests.faults.two import FAULTS_OF_TWO
from tests.faults.world import World

FAULTS_OF_SEVERAL = (*FAULTS_OF_TWO, *FAULTS_OF_LOSS, ROLLING)
FOLLOWING = 80
_COLUMNS = (
    "served",
    "articles",
    "not_read",
    "planted",
    "alerts",
    "sent",
    "dead",
    "same_id_again",
    "lost",
    "doubled",
)


def main() -> None:
    """Run and prints; exit code 1 where a book does not balance."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument(
        "--fault", choices=[fault.name for fault in (*FAULTS, *FAULTS_OF_SEVERAL)], action="append"
    )
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--at-most", type=float, help="no fault lasts longer, in seconds")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--log", action="store_true", help="print what the service logged")
    arguments = parser.parse_args()
    good = True
    if not arguments.json:
        print(f"seed {arguments.seed}")
        print(
            f"{'database':11}{'fault':20}{'times':>6}",
            *(f"{name.replace('_', ' '):>9}" for name in _COLUMNS),
            " balance",
        )
    for database in ("sqlite", "postgresql"):
        if arguments.only in (None, database):
            for fault in (*FAULTS, *FAULTS_OF_SEVERAL):
                if fault.only in (None, database) and (
                    arguments.fault is None or fault.name in arguments.fault
                ):
                    good &= _row(database, fault, arguments)
    sys.exit(not good)


def _row(database: str, fault: Fault, arguments: argparse.Namespace) -> bool:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place: Place = (
            SqlitePlace(folder / "db") if database == "sqlite" else stack.enter_context(fault.server())
        )
        (folder / "db").mkdir()
        books, world = asyncio.run(
            run(place, folder, [fault] * arguments.times, seed=arguments.seed, at_most=arguments.at_most)
        )
    good = books.balanced and not world.faults_of_ours
    if arguments.json:
        print(
            json.dumps({"database": database, "fault": fault.name, "times": arguments.times, **asdict(books)})
        )
    else:
        figures = (f"{getattr(books, name):>9}" for name in _COLUMNS)
        print(
            f"{database:11}{fault.name:20}{arguments.times:>6}",
            *figures,
            " yes" if good else f" NO: {books}",
            *world.notes,
            flush=True,
        )
    if arguments.log or not good:
        print("\n".join(world.log[-60:]), *_faults_of_ours(world), sep="\n", file=sys.stderr)
    return good


def _faults_of_ours(world: World) -> Iterator[str]:
    """Yield what the service logged of bugs, with what follows each."""
    for line in dict.fromkeys(world.faults_of_ours):
        at = world.log.index(line)
        yield "\n".join(["a fault of ours:", *world.log[max(0, at - 2) : at + FOLLOWING]])


if __name__ == "__main__":
    main()
