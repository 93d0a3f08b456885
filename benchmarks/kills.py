"""Kills the running service at random and counts: is every planted mention alerted exactly once, by webhook id?

    python -m benchmarks.kills [--minutes 10] [--kills 10] [--seed 1] [--json]

The real service (a process of its own, sent SIGKILL) polls outlets on loopback, where articles appear all the time, every
other one with a tracked name, and sends webhooks and mail to receivers that keep what they get. It is the world of
tests/faults, which injects every other fault too (make faults); here there are many kills at moments that nobody chose.
"""

from __future__ import annotations

import asyncio
import random
import signal
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.report import options, report
from tests.faults.places import SqlitePlace
from tests.faults.run import publish, settle
from tests.faults.world import PATIENCE_SECONDS, World


async def run(minutes: float, kills: int, seed: int) -> dict[str, object]:
    """Run it; return the counts."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "db"
        database.mkdir()
        async with World(SqlitePlace(database), Path(folder)) as world:
            begun = time.monotonic()
            end = begun + minutes * 60
            publisher = asyncio.create_task(publish(world))
            for moment in sorted(begun + dice.uniform(0.05, 0.95) * (end - begun) for _ in range(kills)):
                await asyncio.sleep(max(0.0, moment - time.monotonic()))
                await world.end(signal.SIGKILL)
            await asyncio.sleep(max(0.0, end - time.monotonic()))
            publisher.cancel()
            books = await settle(world, PATIENCE_SECONDS)
    return {"seed": seed, "minutes": minutes, "kills": kills, **asdict(books)}


def main() -> None:
    """Run and print."""
    parser = options(__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    report(asyncio.run(run(arguments.minutes, arguments.kills, arguments.seed)), as_json=arguments.json)


if __name__ == "__main__":
    main()
