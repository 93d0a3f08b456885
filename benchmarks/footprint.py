"""What Tocsin takes when it does next to nothing: CPU to start, time to the first answer, memory at rest and after a burst.

    python -m benchmarks.footprint [--feeds 200] [--rest 150] [--json]

CPU is user and system time, the least of three runs, beside `python -c "import typer, rich"`; the workbench is timed by the
clock from its start to its first line. Memory is the proportional set size (PSS) of all processes of `tocsin run`, which polls
feeds on loopback that have nothing new (304): with the defaults, and with `full_text = false` and a page that nobody asks for.
The burst is one new article in every feed, its page read; then the time is taken until no more is held than `BACK_WITHIN` times
what was held before.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.cost import Meter, descendants, memory_of_family
from benchmarks.report import options, report

TOCSIN = (sys.executable, "-m", "service")
PEER = (sys.executable, "-c", "import typer, rich")
STAGES = ("feed", "page", "match", "stories")
OLD = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PARAGRAPH = "<p>The harbour board met on Monday and spoke of tides, of ferries and of the price of ice, at length. </p>"
BACK_WITHIN = 1.1
LATEST = timedelta(minutes=5)
RUNS = 3


class Outlets(ThreadingHTTPServer):
    """Many outlets on loopback, each on an address of its own: a feed that stands still until `publish`, and its pages."""

    daemon_threads = True

    def __init__(self, feeds: int) -> None:
        super().__init__(("0.0.0.0", 0), _Answer)
        self.version = 1
        self.pages_read = 0
        port = self.server_address[1]
        self.urls = [f"http://127.0.{1 + number // 250}.{1 + number % 250}:{port}" for number in range(feeds)]

    def handle_error(self, *_about: object) -> None:
        """Say nothing of a service that was stopped while it asked."""

    def publish(self) -> None:
        """Have every feed say one thing more."""
        self.version += 1


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Outlets

    def do_GET(self) -> None:
        """Answer one request."""
        etag = f'"{self.server.version}"'
        if self.path == "/robots.txt":
            self._send(404, b"", "text/plain")
        elif self.path == "/rss":
            if self.headers.get("If-None-Match") == etag:
                self._send(304, b"", "text/xml", etag=etag)
            else:
                self._send(200, self._feed(), "application/rss+xml", etag=etag)
        else:
            self.server.pages_read += 1
            title = f"Tides of {self.path.strip('/')} at {self.headers['Host']}"
            page = f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{PARAGRAPH * 60}</article>"
            self._send(200, page.encode(), "text/html")

    def _feed(self) -> bytes:
        base = f"http://{self.headers['Host']}"
        now = datetime.now(UTC)
        moments = [OLD + timedelta(hours=number) for number in range(2)] + [now] * (self.server.version - 1)
        items = "".join(
            f"<item><title>Tides {number}</title><link>{base}/{number}</link><guid>{base}/{number}</guid>"
            f"<pubDate>{format_datetime(moment)}</pubDate><description>Of tides.</description></item>"
            for number, moment in enumerate(moments)
        )
        return f"<rss version='2.0'><channel><title>{base}</title><link>{base}</link>{items}</channel></rss>".encode()

    def _send(self, status: int, body: bytes, kind: str, *, etag: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if etag is not None:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def cpu_of_command(command: Sequence[str]) -> float:
    """Return the CPU time of a command, the least of some runs."""

    def once() -> float:
        with Meter() as meter:
            subprocess.run(command, check=True, capture_output=True)
        return meter.cpu

    return min(once() for _run in range(RUNS))


def seconds_to_answer(stage: str, folder: Path) -> float:
    """Return how long a stage of the workbench takes from its start to its first line, the least of some runs."""
    settings = folder / "rules.toml"
    settings.write_text('[[channels]]\nname = "c"\ntype = "console"\n[[watch]]\nname = "W"\nchannels = ["c"]\n'
                        '[[watch.actors]]\nname = "Nasser Bourita"\n', encoding="utf-8")  # fmt: skip
    body = (
        b"<rss version='2.0'><channel><title>a</title></channel></rss>"
        if stage == "feed"
        else PARAGRAPH.encode() * 20
    )
    item = {"id": 1, "url": "http://a.example/", "title": "Tides", "text": "The tide came in.",
            "body_base64": base64.b64encode(body).decode()}  # fmt: skip
    command = [*TOCSIN, "try", stage, "--jsonl", *(("--settings", str(settings)) if stage == "match" else ())]

    def once() -> float:
        began = time.monotonic()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(item).encode() + b"\n")
            process.stdin.close()  # stories answer once all are there: a later one may move an earlier one
            answer = process.stdout.readline()
            taken = time.monotonic() - began
        assert answer, f"tocsin try {stage} said nothing"
        return taken

    return min(once() for _run in range(RUNS))


def memory_mb(pid: int) -> tuple[float, int]:
    """Return the PSS of a process and all that came of it, and how many they are."""
    return memory_of_family(pid) / 2**20, 1 + len(descendants(pid))


@contextmanager
def running(outlets: Outlets, folder: Path, *, full_text: bool) -> Iterator[int]:
    """Run the service over these outlets, and yield its process id."""
    lines = [
        f'[storage]\nurl = "sqlite:///{folder}/tocsin.db"\n[web]\nlisten = "127.0.0.1:0"\n[crawler]',
        f'allow_networks = ["127.0.0.0/8"]\nfull_text = {str(full_text).lower()}',
        'interval = "1m"\nmin_interval = "1m"\nmax_interval = "1m"',
    ]
    lines += [
        f'[[outlets]]\nname = "Outlet {number}"\nsite = "{url}"\nfeeds = ["{url}/rss"]'
        for number, url in enumerate(outlets.urls)
    ]
    settings = folder / "settings.toml"
    settings.write_text("\n".join(lines), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*TOCSIN, "run", "--settings", str(settings)], stdout=log, stderr=log, cwd=folder
        )
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def at_rest(outlets: Outlets, seconds: float, *, full_text: bool, burst: bool) -> dict[str, Any]:
    """Return the memory of the service at rest, and after a burst of pages."""
    with tempfile.TemporaryDirectory() as name, running(outlets, Path(name), full_text=full_text) as pid:
        peak = _watch(pid, seconds)
        rest, processes = memory_mb(pid)
        facts: dict[str, Any] = {"first_peak_mb": peak, "rest_mb": rest, "processes": processes}
        if not burst:
            return facts
        wanted = outlets.pages_read + len(outlets.urls)
        outlets.publish()
        began = time.monotonic()
        while outlets.pages_read < wanted and time.monotonic() - began < 300:
            peak = max(peak, _watch(pid, 1))
        facts |= {"burst_peak_mb": peak, "pages": len(outlets.urls) - max(0, wanted - outlets.pages_read)}
        ended = time.monotonic()
        while (after := memory_mb(pid)[0]) > BACK_WITHIN * rest:
            if time.monotonic() - ended > LATEST.total_seconds():
                return facts | {"after_burst_mb": after, "back_after_s": None}
            time.sleep(1)
        return facts | {"after_burst_mb": after, "back_after_s": time.monotonic() - ended}


def _watch(pid: int, seconds: float) -> float:
    """Return the most memory that is seen in so many seconds."""
    peak, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        peak = max(peak, memory_mb(pid)[0])
        time.sleep(min(1.0, seconds))
    return peak


def measure(feeds: int, seconds: float) -> dict[str, Any]:
    """Return every figure."""
    peer = cpu_of_command(PEER)
    starts = {option: cpu_of_command([*TOCSIN, option]) for option in ("--version", "--help")}
    with tempfile.TemporaryDirectory() as name:
        answers = {stage: seconds_to_answer(stage, Path(name)) for stage in STAGES}
    outlets = Outlets(feeds)
    threading.Thread(target=outlets.serve_forever, daemon=True).start()
    try:
        memory = {
            "defaults": at_rest(outlets, seconds, full_text=True, burst=True),
            "full_text = false": at_rest(outlets, seconds, full_text=False, burst=False),
        }
    finally:
        outlets.shutdown()
        outlets.server_close()
    return {
        "import_typer_rich_cpu_s": peer,
        "start_cpu_s": starts,
        "start_times_peer": {option: cpu / peer for option, cpu in starts.items()},
        "first_answer_s": answers,
        "feeds": feeds,
        "memory": memory,
    }


def main() -> None:
    """Measure and print."""
    parser = options(__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument(
        "--rest", type=float, default=150.0, help="seconds from the start until memory is at rest"
    )
    arguments = parser.parse_args()
    os.environ.pop("TOCSIN_SETTINGS", None)
    report(measure(arguments.feeds, arguments.rest), as_json=arguments.json)


if __name__ == "__main__":
    main()
