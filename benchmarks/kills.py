"""Kills the running service at random and counts: is every planted mention alerted exactly once, by webhook id?

    python -m benchmarks.kills [--minutes 10] [--kills 10] [--seed 1] [--json]

The real service (a process of its own, sent SIGKILL) polls replayed outlets on loopback, where articles appear all the time,
every other one with a tracked name, and sends webhooks to a receiver that verifies them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from service.demo.receivers import WebhookReceiver
from tests.replay.outlets import Answer, ReplayOutlets, feed, page, paragraphs

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
HOSTS = 6
SECONDS_BETWEEN = 1.0
PATIENCE = 90.0

SETTINGS = """
[storage]
url = "sqlite:///{folder}/kills.db"
[crawler]
proxy = "{proxy}"
interval = "1s"
min_interval = "1s"
max_interval = "2s"
per_host_delay = "0s"
allow_networks = ["127.0.0.1/32"]
[web]
listen = "127.0.0.1:0"
[[channels]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "{secret}"
[[watch]]
name = "W"
channels = ["hook"]
alert = "article"
[[watch.actors]]
name = "Nasser Bourita"
"""


def growing_feed(host: int, started: float, until: float) -> Answer:
    """A feed whose articles appear one after another."""

    def answer(request: web.BaseRequest) -> web.StreamResponse | Awaitable[web.StreamResponse]:
        count = int((min(time.monotonic(), until) - started) / SECONDS_BETWEEN) + 1
        links = [(f"http://outlet{host}.example/a/{number}", f"Report {number}") for number in range(count)]
        return feed(*reversed(links), etag=f'"{count}"')(request)

    return answer


def article(host: int, number: int) -> Answer:
    """A page; every other one names the tracked person."""
    name = "Nasser Bourita" if number % 2 else "The minister"
    lines = (
        f"{name} opened meeting number {number} of commission {host} in Rabat, where delegations settle questions of trade.",
        f"Paper {number * 7} of the commission deals with the ports, and paper {number * 11} with the training of crews at sea.",
    )
    return page(f"Report {number}", paragraphs(*lines))


async def start(settings: Path) -> Process:
    """Starts the service."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "run", "--settings", str(settings), stdout=DEVNULL, stderr=DEVNULL
    )


async def run(minutes: float, kills: int, seed: int) -> dict[str, object]:
    """Runs it; gives the counts."""
    dice = random.Random(seed)
    begun = time.monotonic()
    end = begun + minutes * 60
    planted = set()
    async with ReplayOutlets() as outlets, WebhookReceiver(SECRET) as hook:
        for host in range(HOSTS):
            outlets.script[f"http://outlet{host}.example/rss"] = [growing_feed(host, begun, end)]
            for number in range(int(minutes * 60 / SECONDS_BETWEEN) + 1):
                url = f"http://outlet{host}.example/a/{number}"
                outlets.script[url] = [article(host, number)]
                if number % 2:
                    planted.add(url)
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder) / "settings.toml"
            text = SETTINGS.format(folder=folder, proxy=outlets.proxy, hook=hook.url, secret=SECRET)
            text += "".join(
                f'[[outlets]]\nname = "O{host}"\nfeeds = ["http://outlet{host}.example/rss"]\n'
                for host in range(HOSTS)
            )
            settings.write_text(text, encoding="utf-8")
            process = await start(settings)
            for moment in sorted(begun + dice.uniform(0.05, 0.95) * (end - begun) for _ in range(kills)):
                await asyncio.sleep(max(0.0, moment - time.monotonic()))
                process.kill()
                await process.wait()
                process = await start(settings)
            await asyncio.sleep(max(0.0, end - time.monotonic()))
            with suppress(TimeoutError):  # what has not come by then is counted as lost
                await hook.wait_for(
                    lambda: planted <= {told.data["article"]["url"] for told in hook.webhooks},
                    seconds=PATIENCE,
                )
            process.terminate()
            await process.wait()
        ids: dict[str, set[str]] = {}
        for told in hook.webhooks:
            ids.setdefault(told.data["article"]["url"], set()).add(told.id)
        return {
            "seed": seed,
            "minutes": minutes,
            "kills": kills,
            "planted": len(planted),
            "alerted": len(planted & ids.keys()),
            "lost": len(planted - ids.keys()),
            "false": len(ids.keys() - planted),
            "alerted_under_two_ids": sum(len(found) > 1 for found in ids.values()),
            "same_id_again": sum(times - 1 for times in hook.times.values()),
        }


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    counts = asyncio.run(run(arguments.minutes, arguments.kills, arguments.seed))
    if arguments.json:
        print(json.dumps(counts))
    else:
        for name, count in counts.items():
            print(f"{name:<22} {count}")


if __name__ == "__main__":
    main()
