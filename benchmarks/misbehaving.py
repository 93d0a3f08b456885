"""Counts what is missed among outlets that misbehave, and how long an alert takes, over a SIGKILL in the middle.

    python -m benchmarks.misbehaving [--minutes 10] [--seed 1] [--json]

Some forty outlets on loopback publish for so many minutes, each with a fault that users of feed readers have reported,
in ten formats and codings. A tracked name is planted in titles, summaries, standfirsts, headlines and texts of pages, and
near-names as decoys; the real service (a process of its own) polls every few seconds, is killed once and started again.
`missed` are planted mentions that a feed showed and nobody was told of; delays are from the moment an entry stood in its
feed, or, where the host had forbidden to ask, from the end of that.
"""

from __future__ import annotations

import asyncio
import html
import json
import random
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.report import options, report
from tests.faults.outlets import NAME, Outlets
from tests.faults.places import SqlitePlace
from tests.faults.world import SETTINGS, World

DECOY = "Nassim Bourit"
PLACES = ("title", "summary", "text", "standfirst", "headline", "none", "decoy")
SHOWN = 20
"""Entries that a feed shows, the newest first."""
AFTER_SECONDS = 90.0
"""How long the last alerts are waited for."""
PACE = {
    'interval = "1s"': 'interval = "8s"',
    'min_interval = "1s"': 'min_interval = "4s"',
    'max_interval = "2s"': 'max_interval = "15s"',
}

Respond = Callable[[web.BaseRequest, "Outlet"], web.StreamResponse | Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Item:
    """An entry: where the name stands in it, and when it stood in the feed first."""

    number: int
    place: str
    at: float
    seen: bool = False
    """Whether an answer that could be read has shown it."""

    def words(self, place: str, otherwise: str) -> str:
        """Return what stands at a place of this entry."""
        if self.place == place:
            return f"{NAME}, round {self.number}: {otherwise}"
        return f"{DECOY}: {otherwise}" if self.place == "decoy" and place in ("title", "text") else otherwise

    @property
    def title(self) -> str:
        """The title in the feed."""
        return self.words("title", f"Report {self.number} of the ports commission")

    @property
    def summary(self) -> str:
        """The summary in the feed."""
        return self.words(
            "summary", f"Paper {self.number * 7} says how crews at sea – and ashore – are paid…"
        )


@dataclass(slots=True)
class Outlet:
    """An outlet: how it writes its feed, and its fault."""

    name: str
    write: Callable[[Outlet], tuple[bytes, str]]
    fault: str
    port: str
    items: list[Item] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    forbidden_until: float = 0.0
    """Until when the host has told clients to stay away."""

    @property
    def site(self) -> str:
        """The address of the front page."""
        return f"http://{self.name}.example:{self.port}"

    def link(self, item: Item) -> str:
        """Return an entry's link, as the outlet's fault has it."""
        if self.fault == "fragments":
            return f"{self.site}/#/news/{item.number}"
        if self.fault == "sessions":
            return f"{self.site}/a/{item.number}?PHPSESSID={self.requests['/feed']:032x}"
        if self.fault == "double slash":
            return f"//{self.name}.example:{self.port}/a/{item.number}"
        return f"{self.site}/a/{item.number}"

    @property
    def shown(self) -> list[Item]:
        """What the feed shows now, the newest first."""
        return self.items[-SHOWN:][::-1]


def _entry(outlet: Outlet, item: Item) -> tuple[str, str, str, str]:
    title, summary = item.title, item.summary
    if outlet.fault == "counters":
        summary += f" {outlet.requests['/feed']} comments, {outlet.requests['/feed'] % 60} minutes ago"
    if outlet.fault == "escaped twice":
        title = title.replace(",", "&#44;")
    return (
        html.escape(outlet.link(item)),
        html.escape(title),
        html.escape(summary),
        f"{outlet.name}-{item.number}",
    )


def _date(item: Item) -> datetime:
    return datetime.fromtimestamp(item.at, UTC)


def rss(outlet: Outlet) -> tuple[bytes, str]:
    """Write RSS 2.0 in UTF-8."""
    return _rss(outlet).encode(), "application/rss+xml"


def _rss(outlet: Outlet, coding: str = "utf-8") -> str:
    parts = []
    for item in outlet.shown:
        link, title, summary, guid = _entry(outlet, item)
        parts.append(
            f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
            f"<description>{summary}</description><pubDate>{format_datetime(_date(item))}</pubDate></item>"
        )
    head = (
        f"<?xml version='1.0' encoding='{coding}'?><rss version='2.0'><channel><title>{outlet.name}</title>"
    )
    return f"{head}<link>{outlet.site}</link>{''.join(parts)}</channel></rss>"


def coded(coding: str, label: str) -> Callable[[Outlet], tuple[bytes, str]]:
    """Return a writer of RSS in a coding, under a label."""
    return lambda outlet: (_rss(outlet, label).encode(coding, "xmlcharrefreplace"), "text/xml")


def atom(outlet: Outlet) -> tuple[bytes, str]:
    """Write Atom."""
    parts = []
    for item in outlet.shown:
        link, title, summary, guid = _entry(outlet, item)
        parts.append(
            f"<entry><id>tag:{guid}</id><title>{title}</title><link href='{link}'/>"
            f"<summary>{summary}</summary><updated>{_date(item).isoformat()}</updated></entry>"
        )
    head = f"<feed xmlns='http://www.w3.org/2005/Atom'><id>{outlet.site}</id><title>{outlet.name}</title>"
    return f"{head}{''.join(parts)}</feed>".encode(), "application/atom+xml"


def json_feed(outlet: Outlet) -> tuple[bytes, str]:
    """Write a JSON Feed."""
    items = [
        {
            "id": f"{outlet.name}-{item.number}",
            "url": outlet.link(item),
            "title": item.title,
            "summary": item.summary,
            "date_published": _date(item).isoformat(),
        }
        for item in outlet.shown
    ]
    body = {"version": "https://jsonfeed.org/version/1.1", "title": outlet.name, "items": items}
    return json.dumps(body).encode(), "application/feed+json"


def rdf(outlet: Outlet) -> tuple[bytes, str]:
    """Write RSS 1.0."""
    parts = []
    for item in outlet.shown:
        link, title, summary, _guid = _entry(outlet, item)
        parts.append(
            f"<item rdf:about='{link}'><title>{title}</title><link>{link}</link>"
            f"<description>{summary}</description><dc:date>{_date(item).isoformat()}</dc:date></item>"
        )
    return (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        f"xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='{outlet.site}'><title>{outlet.name}</title>"
        f"</channel>{''.join(parts)}</rdf:RDF>".encode(),
        "application/rdf+xml",
    )


def sitemap(outlet: Outlet) -> tuple[bytes, str]:
    """Write a news sitemap, which has no summaries."""
    parts = [
        f"<url><loc>{_entry(outlet, item)[0]}</loc><n:news><n:publication><n:name>{outlet.name}</n:name>"
        f"<n:language>en</n:language></n:publication><n:publication_date>{_date(item).isoformat()}</n:publication_date>"
        f"<n:title>{_entry(outlet, item)[1]}</n:title></n:news></url>"
        for item in outlet.shown
    ]
    head = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>"
    return f"{head}{''.join(parts)}</urlset>".encode(), "application/xml"


WRITERS: tuple[Callable[[Outlet], tuple[bytes, str]], ...] = (
    rss,
    atom,
    json_feed,
    rdf,
    coded("windows-1252", "iso-8859-1"),
    coded("utf-16", "utf-16"),
    coded("utf-8", "utf-16"),
    coded("windows-1251", "x-cp1251"),
    sitemap,
    rss,
)


# ---- what a feed's host does wrong


def _plain(outlet: Outlet, **headers: str) -> web.Response:
    body, kind = outlet.write(outlet)
    if outlet.fault == "junk before":
        body = b"\n<br />\n<b>Warning</b>: mktime() in feed.php on line 4<br />\n" + body
    for item in outlet.shown:
        item.seen = True
    return web.Response(body=body, headers={"Content-Type": kind, **headers})


def _every(outlet: Outlet, number: int) -> bool:
    return outlet.requests["/feed"] % number == 0


async def _trickle(request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    whole = _plain(outlet)
    body = whole.body
    assert isinstance(body, bytes)
    response = web.StreamResponse(headers={"Content-Type": whole.headers["Content-Type"]})
    await response.prepare(request)
    for start in range(0, len(body), 1 + len(body) // 8):
        await response.write(body[start : start + 1 + len(body) // 8])
        await asyncio.sleep(0.1)
    return response


async def _hang(_request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    if _every(outlet, 5):
        await asyncio.sleep(20)
    return _plain(outlet)


def _cookie(request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    if request.cookies.get("seen") != "yes":
        return web.Response(
            status=302, headers={"Location": f"{outlet.site}/feed", "Set-Cookie": "seen=yes; Path=/"}
        )
    return _plain(outlet)


def _cut(request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    if not _every(outlet, 3):
        return _plain(outlet)
    body, kind = outlet.write(outlet)
    return web.Response(body=body[: len(body) // 3], headers={"Content-Type": kind})


def _conditional(request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    etag = f'"{len(outlet.items)}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304)
    return _plain(outlet, ETag=etag)


def _resting(code: int, retry_after: int | None) -> Respond:
    def respond(_request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
        if outlet.requests["/feed"] % 6 == 3:
            if retry_after:
                outlet.forbidden_until = time.time() + retry_after
                return web.Response(status=code, headers={"Retry-After": str(retry_after)})
            return web.Response(status=code)
        return _plain(outlet)

    return respond


def _failing(code: int, every: int) -> Respond:
    return lambda _request, outlet: web.Response(status=code) if _every(outlet, every) else _plain(outlet)


def _moved(_request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    if 4 <= outlet.requests["/feed"] <= 6:
        return web.Response(status=301, headers={"Location": f"{outlet.site}/maintenance"})
    return _plain(outlet)


def _gone_once(_request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    return web.Response(status=410) if outlet.requests["/feed"] == 4 else _plain(outlet)


def _loop(_request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    if _every(outlet, 3):
        return web.Response(status=302, headers={"Location": f"{outlet.site}/feed"})
    return _plain(outlet)


FEEDS: dict[str, Respond] = {
    "none": _conditional,
    "cookie": _cookie,
    "long header": lambda _request, outlet: _plain(
        outlet, **{"Content-Security-Policy": "img-src " + "a.example " * 1500}
    ),
    "201": lambda _request, outlet: _with_status(_plain(outlet), 201),
    "206": lambda _request, outlet: _with_status(_plain(outlet), 206),
    "moved for a while": _moved,
    "gone once": _gone_once,
    "redirects to itself": _loop,
    "trickles": _trickle,
    "hangs": _hang,
    "500 now and then": _failing(500, 4),
    "503 with Retry-After": _resting(503, 12),
    "429 with Retry-After": _resting(429, 12),
    "cut off": _cut,
    "always modified": lambda _request, outlet: _plain(
        outlet, **{"Last-Modified": "Tue, 01 Jan 2041 00:00:00 GMT"}
    ),
    "error page": lambda _request, outlet: (
        web.Response(text="<html><body>Just a moment…</body></html>", content_type="text/html")
        if _every(outlet, 4)
        else _plain(outlet)
    ),
    "empty now and then": lambda _request, outlet: (
        web.Response(body=b"") if _every(outlet, 4) else _plain(outlet)
    ),
    "no entries now and then": lambda _request, outlet: (
        web.Response(body=b"<rss version='2.0'><channel><title>x</title></channel></rss>")
        if _every(outlet, 4)
        else _plain(outlet)
    ),
}
"""What a feed's address answers, by the fault; all others answer as the first."""
SOFT = (
    "fragments",
    "sessions",
    "double slash",
    "counters",
    "escaped twice",
    "junk before",
    "burst",
    "edited",
)
"""Faults of what stands in a feed."""
PAGES = (
    "page 403",
    "page 404",
    "page hangs",
    "page 500",
    "page moved home",
    "page loading",
    "robots 503",
    "robots forbids",
    "page short",
    "page huge",
    "page caption",
)
"""Faults of pages."""


def _with_status(response: web.Response, code: int) -> web.Response:
    response.set_status(code)
    return response


def readable(outlet: Outlet) -> bool:
    """Return whether the outlet's pages can be read."""
    return outlet.fault not in PAGES[:8] and outlet.fault != "fragments"


async def _page(_request: web.BaseRequest, outlet: Outlet, item: Item) -> web.StreamResponse:
    match outlet.fault:
        case "page 403" | "page 404" | "page 500":
            return web.Response(status=int(outlet.fault[-3:]))
        case "page hangs":
            await asyncio.sleep(60)
        case "page moved home":
            return web.Response(status=302, headers={"Location": f"{outlet.site}/"})
        case "page loading":
            return web.Response(
                text="<body><div id=app>Please enable JavaScript. Loading…</div></body>",
                content_type="text/html",
            )
    headline = item.words("headline", f"What report {item.number} of the commission says")
    lead = item.words(
        "standfirst", "Delegations met at noon to settle how trade goes on between both shores."
    )
    lines = [
        item.words(
            "text",
            f"Meeting number {item.number} of the commission was opened in Rabat, where delegations settle trade.",
        ),
        f"Paper {item.number * 11} deals with ports, and crews at sea are the subject of the one that follows it next week.",
        "Nobody spoke of a date for the last round, though both sides called the talks frank and of use to each other.",
    ] * (1 if outlet.fault == "page short" else 2 if outlet.fault != "page huge" else 400)
    text = "".join(f"<p>{html.escape(line)}</p>" for line in dict.fromkeys(lines) if line)
    if outlet.fault == "page huge":
        text += "<p>" + "Annex. " * 60_000 + "</p>"
    caption = (
        "<figure><img src=a.jpg><figcaption>A port. Photo: Agency</figcaption></figure>"
        if outlet.fault == "page caption"
        else ""
    )
    body = f"<article><h1>{html.escape(headline)}</h1><p class=standfirst>{html.escape(lead)}</p>{caption}{text}</article>"
    return web.Response(
        text=f"<html lang=en><head><title>{html.escape(headline)}</title></head><body>{body}</body></html>",
        content_type="text/html",
    )


class Misbehaving(Outlets):
    """The outlets, all behind one server. `hosts` and `feed_url` are what the world of tests/faults asks for."""

    def __init__(self) -> None:
        super().__init__(hosts=0)
        self.outlets: list[Outlet] = []

    def open(self) -> None:
        """Put the outlets on line."""
        faults = [*FEEDS, *SOFT, *PAGES, "none", "none", "none", "none", "none"]
        self.outlets = [
            Outlet(f"outlet{number}", WRITERS[number % len(WRITERS)], fault, self.port)
            for number, fault in enumerate(faults)
        ]
        self.hosts = len(self.outlets)

    def feed_url(self, host: int) -> str:
        """Return a feed's address."""
        return f"{self.outlets[host].site}/feed"

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        outlet = self.outlets[int(request.host.partition(".")[0].removeprefix("outlet"))]
        path = request.path
        outlet.requests[path] += 1
        if path == "/feed":
            response = FEEDS.get(outlet.fault, _conditional if outlet.fault not in SOFT else _always)(
                request, outlet
            )
            return response if isinstance(response, web.StreamResponse) else await response
        if path == "/robots.txt":
            if outlet.fault == "robots 503":
                return web.Response(status=503)
            return web.Response(
                text="User-agent: *\nDisallow: /a/"
                if outlet.fault == "robots forbids"
                else "User-agent: *\nAllow: /"
            )
        number = path.rpartition("/")[2]
        if path.startswith("/a/") and number.isdigit() and int(number) < len(outlet.items):
            return await _page(request, outlet, outlet.items[int(number)])
        return web.Response(text="<html><body><h1>Front page</h1></body></html>", content_type="text/html")


def _always(_request: web.BaseRequest, outlet: Outlet) -> web.StreamResponse:
    return _plain(outlet)


def must_alert(outlet: Outlet, item: Item) -> bool:
    """Return whether the tracked name stands in what could be read of an entry that was shown."""
    if outlet.write is sitemap and item.place == "summary":
        return False
    return item.seen and (
        item.place in ("title", "summary")
        or (item.place in ("text", "standfirst", "headline") and readable(outlet))
    )


async def publish(outlets: Misbehaving, dice: random.Random, end: float) -> None:
    """Has the outlets publish at random moments until the end; every outlet has the name at each place in turn."""
    while time.monotonic() < end:
        outlet = dice.choice(outlets.outlets)
        for _burst in range(
            30 if outlet.fault == "burst" and len(outlet.items) > 3 and dice.random() < 0.2 else 1
        ):
            number = len(outlet.items)
            outlet.items.append(
                Item(number, PLACES[(number + outlets.outlets.index(outlet)) % len(PLACES)], time.time())
            )
        if outlet.fault == "edited" and len(outlet.items) > 2 and outlet.items[-2].place == "none":
            outlet.items[-2].place, outlet.items[-2].at = "summary", time.time()
        await asyncio.sleep(dice.expovariate(len(outlets.outlets) / 75))


async def run(minutes: float, seed: int) -> dict[str, Any]:
    """Run it; return the counts."""
    dice = random.Random(seed)
    settings = SETTINGS
    for old, new in PACE.items():
        settings = settings.replace(f"\n{old}", f"\n{new}")
    settings = settings.replace('per_host_delay = "0s"', 'per_host_delay = "1s"')
    outlets = Misbehaving()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "db"
        database.mkdir()
        async with World(SqlitePlace(database), Path(folder), outlets=outlets, settings=settings) as world:
            begun = time.monotonic()
            arrived: dict[str, float] = {}
            publisher = asyncio.create_task(publish(outlets, dice, begun + minutes * 60))
            listener = asyncio.create_task(_listen(world, arrived))
            await asyncio.sleep(minutes * 33)
            await world.end(signal.SIGKILL)
            await publisher
            await asyncio.sleep(AFTER_SECONDS)
            listener.cancel()
            return {"minutes": minutes, "seed": seed, **_judge(outlets, world, arrived)}


async def _listen(world: World, arrived: dict[str, float]) -> None:
    """Notes when the first message about each article came."""
    while True:
        for message in world.hook.webhooks[len(arrived) :]:
            arrived.setdefault(message.id, time.time())
        await world.hook.wait_for(lambda: len(world.hook.webhooks) > len(arrived), seconds=3600)


def _judge(outlets: Misbehaving, world: World, arrived: dict[str, float]) -> dict[str, Any]:
    by_number: dict[tuple[str, int], list[str]] = {}
    for message in world.hook.webhooks:
        if message.type == "alert.created":
            url = str(message.data["article"]["url"])
            host = url.split("//", 1)[1].partition(".")[0]
            number = int(url.partition("?")[0].rpartition("/")[2])
            by_number.setdefault((host, number), []).append(message.id)
    missed, false, doubled, delays = [], [], 0, {}
    planted = unseen = 0
    for outlet in outlets.outlets:
        for item in outlet.items:
            told = by_number.pop((outlet.name, item.number), [])
            doubled += max(0, len(set(told)) - 1)
            due = must_alert(outlet, item)
            planted += due
            unseen += item.place in PLACES[:5] and not item.seen
            if due and not told:
                missed.append(f"{outlet.fault}/{outlet.write.__name__}: {item.place} of {item.number}")
            elif told and item.place in ("none", "decoy"):
                false.append(f"{outlet.fault}: {item.place} of {item.number}")
            elif told:
                since = (
                    max(item.at, outlet.forbidden_until)
                    if item.at < outlet.forbidden_until <= arrived[told[0]]
                    else item.at
                )
                delays[f"{outlet.fault}: {item.place} of {item.number}"] = arrived[told[0]] - since
    ordered = sorted(delays.values()) or [0.0]
    return {
        "outlets": len(outlets.outlets),
        "entries": sum(len(outlet.items) for outlet in outlets.outlets),
        "planted": planted,
        "alerts": sum(message.type == "alert.created" for message in world.hook.webhooks),
        "updates": sum(message.type == "alert.updated" for message in world.hook.webhooks),
        "missed": missed,
        "false": false + [f"unknown article {key}" for key in by_number],
        "doubled": doubled + sum(times - 1 for times in world.hook.times.values()),
        "never_shown": unseen,
        "delay_half_s": round(statistics.median(ordered), 1),
        "delay_nine_of_ten_s": round(ordered[int(0.9 * (len(ordered) - 1))], 1),
        "delay_longest_s": round(ordered[-1], 1),
        "slowest": [
            f"{seconds:.0f} s {what}"
            for what, seconds in sorted(delays.items(), key=lambda pair: -pair[1])[:8]
        ],
        "faults_of_ours": world.faults_of_ours,
    }


def main() -> None:
    """Run and print."""
    parser = options(__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    report(asyncio.run(run(arguments.minutes, arguments.seed)), as_json=arguments.json)


if __name__ == "__main__":
    main()
