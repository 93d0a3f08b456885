"""How fast the page is over a large archive, while the service polls and matches.

    python -m benchmarks.web [--articles 1000000] [--alerts 100000] [--archive FILE] [--language ar] [--json]

The real service runs as its own process over SQLite, polling an outlet that publishes two articles a second, which it reads and
matches; it works on a copy of the archive, which stays as it was built. Each page is asked for again and again by one reader;
the peer in the same run is `/healthz`, an answer that touches nothing: what uvicorn costs by itself on this machine at this
time. `cpu_ms` is the service's CPU time for an answer, with its share of polling and matching meanwhile; other
work on the machine hardly changes it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import func
from sqlmodel import select

from benchmarks.cost import cpu_of
from benchmarks.report import options, report
from benchmarks.web_archive import build
from service.actions.users import invite
from storage.engine import Database
from storage.migrate import upgrade
from storage.tables import Alert, Article, Role

PAGES = {
    "alerts": "/alerts",
    "alerts, deep": "/alerts?before=1000",
    "alerts of a list": "/alerts?watch=List+07",
    "alerts of an actor": "/alerts?name=Actor+123",
    "alerts of an outlet": "/alerts?outlet=Outlet+042",
    "alerts in a language": "/alerts?language=ar",
    "alerts of a name unknown": "/alerts?name=Nobody",
    "one alert": "/alerts/50",
    "watch lists": "/watch",
    "one watch list": "/watch/list?name=List+07",
    "one actor": "/watch/actor?list=List+07&name=Actor+140",
    "why, of one list": "/watch/why?article=50&watch=List+07",
    "silences": "/silences",
    "outlets": "/outlets",
    "one outlet": "/outlets/one?name=Outlet+042",
    "deliveries": "/deliveries",
    "deliveries that failed": "/deliveries?state=failed",
    "one delivery": "/deliveries/50",
    "channels": "/channels",
    "trends, 7 days": "/trends?days=7",
    "trends, 30 days": "/trends",
    "trends, 90 days": "/trends?days=90",
    "trends of a list": "/trends?watch=List+07",
    "one trend": "/trends/one?watch=List+07&kind=actor&name=Actor+140&days=90",
    "search: a rare name": "/search?q=%22Actor+123%22&days=",
    "search: two words": "/search?q=ferry+AND+harbour",
    "search: a phrase near a word": "/search?q=%22ferry+council%22+NEAR%2F5+budget&days=90",
    "status": "/status",
    "users": "/users",
    "api: alerts": "/api/v1/alerts",
    "api: one alert": "/api/v1/alerts/50",
    "api: trends": "/api/v1/trends",
    "api: search": "/api/v1/search?q=ferry+AND+harbour",
    "metrics": "/metrics",
}
PEER = "/healthz"
SETTINGS = """
[storage]
url = "sqlite:///{path}"
[web]
listen = "127.0.0.1:0"
[crawler]
interval = "1s"
min_interval = "1s"
max_interval = "1s"
per_host_delay = "0s"
allow_networks = ["127.0.0.0/8"]
full_text = false
[[outlets]]
name = "Busy"
feeds = ["{feed}"]
[[channels]]
name = "console"
type = "console"
"""


class _Busy(BaseHTTPRequestHandler):
    """A feed with two new articles a second."""

    def do_GET(self) -> None:
        newest = int(time.time() * 2)
        items = "".join(
            f"<item><guid>{n}</guid><link>http://busy.example/{n}</link><title>Actor {n % 400:03} number {n}</title>"
            f"<description>{'Words of the day about Actor 007 and the harbour. ' * 20}</description></item>"
            for n in range(newest - 20, newest)
        )
        body = f"<rss version='2.0'><channel><title>Busy</title>{items}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def main() -> None:
    """Build, runs, measures, prints."""
    parser = options(__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--alerts", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--archive", type=Path, help="The archive; built there if it is missing, and kept.")
    parser.add_argument("--only", default="", help="Only pages with this in their name.")
    parser.add_argument(
        "--language", default="en", help="In which the pages speak: Arabic's are the largest."
    )
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = wanted.archive or Path(folder) / "archive.db"
        began = time.monotonic()
        if not archive.exists():
            build(archive, articles=wanted.articles, alerts=wanted.alerts, now=datetime.now(UTC))
        built = time.monotonic() - began
        size = archive.stat().st_size
        articles, alerts = _counts(archive)
        path = Path(folder) / "web.db"
        shutil.copyfile(archive, path)
        rows, meanwhile = _measure(Path(folder), path, wanted.times, wanted.only, wanted.language)
    peer = rows.pop(PEER)
    pages = {
        name: {**row, "times_peer": round(row["p95_ms"] / peer["p95_ms"], 1)} for name, row in rows.items()
    }
    result = {
        "articles": articles,
        "alerts": alerts,
        "database_bytes": size,
        "language": wanted.language,
        "built_seconds": round(built, 1),
        "meanwhile": meanwhile,
        "peer": {"name": "/healthz of the same service", "p95_ms": round(peer["p95_ms"], 1)},
        "pages": pages,
        "over_100_ms": [name for name, row in rows.items() if row["p95_ms"] > 100],
        "over_100_kB": [name for name, row in rows.items() if row["bytes"] > 100_000],
    }
    report(result, as_json=wanted.json)


def _counts(archive: Path) -> tuple[int, int]:
    """Return how many articles and alerts it has."""
    with Database(f"sqlite:///{archive}") as database, database.read() as session:
        count = func.count()
        return session.exec(select(count).select_from(Article)).one(), session.exec(
            select(count).select_from(Alert)
        ).one()


def _measure(
    folder: Path, path: Path, times: int, only: str, language: str
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Return how long each page took, and what the service did besides."""
    busy = ThreadingHTTPServer(("127.0.0.1", 0), _Busy)
    threading.Thread(target=busy.serve_forever, daemon=True).start()
    settings = folder / "settings.toml"
    feed = f"http://127.0.0.1:{busy.server_address[1]}/rss"
    settings.write_text(SETTINGS.format(path=path, feed=feed), encoding="utf-8")
    link = _invitation(path)
    command = [sys.executable, "-m", "service", "run", "--log-json", "--settings", str(settings)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as service:
        try:
            return _ask(_address(service), link, service.pid, times, only, language)
        finally:
            service.terminate()
            busy.shutdown()


def _invitation(path: Path) -> str:
    """Add an admin; return the path of the link to set the password."""
    with Database(f"sqlite:///{path}") as database:
        upgrade(database)
        with database.write() as session:
            return invite(session, f"bench {uuid4().hex}", Role.ADMIN, now=datetime.now(UTC))


def _address(service: subprocess.Popen[str]) -> str:
    """Return where the service is, once it runs."""
    assert service.stderr is not None
    for line in service.stderr:
        if line.startswith("{") and "web" in (event := json.loads(line)):
            threading.Thread(target=service.stderr.read, daemon=True).start()
            return str(event["web"])
    raise SystemExit("the service did not start")


def _ask(
    base: str, link: str, pid: int, times: int, only: str, language: str
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    words = "correct horse battery"
    rows = {}
    spoken = {"Accept-Language": language}
    with httpx.Client(base_url=base, timeout=120, headers=spoken) as client:
        if client.post(link, data={"password": words, "again": words}).status_code != 303:
            raise SystemExit("the service did not take the password")
        for name, page in {
            PEER: PEER,
            **{name: page for name, page in PAGES.items() if only in name},
        }.items():
            taken = []
            size = 0
            worked = cpu_of(pid)
            for _time in range(times):
                began = time.perf_counter()
                answer = client.get(page)
                taken.append(time.perf_counter() - began)
                answer.raise_for_status()
                size = len(answer.content)
            taken.sort()
            rows[name] = {
                "p50_ms": taken[len(taken) // 2] * 1000,
                "p95_ms": taken[int(len(taken) * 0.95)] * 1000,
                "most_ms": taken[-1] * 1000,
                "cpu_ms": (cpu_of(pid) - worked) / len(taken) * 1000,
                "a_second": len(taken) / sum(taken),
                "bytes": size,
            }
        counted = client.get("/metrics").text
    meanwhile = {
        what: int(
            sum(float(found) for found in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", counted, re.MULTILINE))
        )
        for what, name in (
            ("polls", "tocsin_polls_total"),
            ("articles_found", "tocsin_articles_found_total"),
            ("articles_matched", "tocsin_articles_matched_total"),
            ("alerts", "tocsin_alerts_total"),
        )
    }
    return rows, meanwhile


if __name__ == "__main__":
    main()
