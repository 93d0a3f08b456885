"""Twenty addresses of all sorts on replayed outlets: with feeds, sitemaps, lists, APIs; and without anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.crawler.sources.layouts import LAYOUTS, items_of, page
from tests.replay.outlets import Answer, ReplayOutlets, feed, raw, status
from tests.replay.outlets import page as article_page

HTML = "text/html; charset=utf-8"
SURVEYED: Mapping[str, str] = {
    "http://declared.example/": "rss",
    "http://feed.example/rss.xml": "rss",
    "http://atom.example/": "atom",
    "http://jsonfeed.example/": "json",
    "http://news-sitemap.example/": "sitemap",
    "http://plain-sitemap.example/": "sitemap",
    "http://cards.example/": "list",
    "http://ministry.example/": "list",
    "http://arabic.example/press": "list",
    "http://wordpress.example/": "json",
    "http://usual-path.example/": "rss",
    "http://rdf.example/": "rdf",
    "http://moved.example/": "rss",
    "http://two-feeds.example/": "rss",
    "http://nothing.example/": "",
    "http://scripted.example/": "",
    "http://forbidden.example/": "",
    "http://gone.example/": "",
    "http://slow.example/": "",
    "http://hostile.example/": "",
}
"""Each address with the kind of what is found there."""
NEXT = {
    "http://nothing.example/": "list",
    "http://scripted.example/": "script",
    "http://forbidden.example/": "login",
    "http://gone.example/": "address",
    "http://slow.example/": "later",
    "http://hostile.example/": "later",
}
"""What is said to do next where nothing is found."""


def html(head: str = "", body: str = "") -> Answer:
    document = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return raw(document.encode(), Content_Type=HTML)


def alternate(href: str, kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}">'


def serve_all(outlets: ReplayOutlets, *, until: asyncio.Event) -> None:
    """Serve them; the slow one answers after `until`."""
    script = outlets.script
    for name in ("declared", "moved-here", "usual-path"):
        script[f"http://{name}.example/rss"] = [feed((f"http://{name}.example/a/1", "Harbour works resume"))]
    script["http://declared.example/"] = [html(alternate("/rss"))]
    script["http://feed.example/rss.xml"] = [feed(("http://feed.example/a/1", "Harbour works resume"))]
    script["http://atom.example/"] = [html(alternate("/atom", "application/atom+xml"))]
    script["http://atom.example/atom"] = [raw(ATOM.encode(), Content_Type="application/atom+xml")]
    script["http://jsonfeed.example/"] = [html(alternate("/feed.json", "application/feed+json"))]
    script["http://jsonfeed.example/feed.json"] = [
        raw(json.dumps(JSON_FEED).encode(), Content_Type="application/feed+json")
    ]
    script["http://news-sitemap.example/"] = [html(body="News")]
    script["http://news-sitemap.example/robots.txt"] = [raw(b"Sitemap: /news.xml", Content_Type="text/plain")]
    script["http://news-sitemap.example/news.xml"] = [raw(NEWS.encode(), Content_Type="text/xml")]
    script["http://plain-sitemap.example/"] = [html(body="Welcome")]
    script["http://plain-sitemap.example/sitemap.xml"] = [raw(PLAIN.encode(), Content_Type="text/xml")]
    listed = page("en", LAYOUTS["cards"](items_of("en", "slugs")))
    script["http://cards.example/"] = [raw(listed.encode(), Content_Type=HTML)]
    script["http://ministry.example/"] = [
        raw(page("en", '<a href="/press">Press releases</a>').encode(), Content_Type=HTML)
    ]
    script["http://ministry.example/press"] = [raw(listed.encode(), Content_Type=HTML)]
    arabic = page("ar", LAYOUTS["cards"](items_of("ar", "slugs")))
    script["http://arabic.example/press"] = [raw(arabic.encode(), Content_Type=HTML)]
    script["http://wordpress.example/"] = [html(body="Welcome")]
    script["http://wordpress.example/wp-json/wp/v2/posts"] = [
        raw(json.dumps(POSTS).encode(), Content_Type="application/json")
    ]
    script["http://usual-path.example/"] = [html(body="News")]
    script["http://rdf.example/"] = [html(alternate("/index.rdf"))]
    script["http://rdf.example/index.rdf"] = [raw(RDF.encode(), Content_Type="application/rdf+xml")]
    script["http://moved.example/"] = [status(301, Location="http://moved-here.example/")]
    script["http://moved-here.example/"] = [html(alternate("/rss"))]
    script["http://two-feeds.example/"] = [html(alternate("/news.xml") + alternate("/sport.xml"))]
    for name in ("news", "sport"):
        script[f"http://two-feeds.example/{name}.xml"] = [
            feed((f"http://two-feeds.example/{name}/1", f"One of {name}"))
        ]
    script["http://nothing.example/"] = [html(body="<p>Under construction.</p>")]
    script["http://scripted.example/"] = [html(body='<div id="root"></div><script src="/app.js"></script>')]
    script["http://forbidden.example/"] = [status(403)]
    script["http://gone.example/"] = [status(410)]
    script["http://slow.example/"] = [_waits(until)]
    script["http://hostile.example/"] = [_trickles(until)]


def publish_all(outlets: ReplayOutlets, *, now: datetime) -> None:
    """Have each outlet that was found publish an article about Zorbington, beside what it had."""
    script, at = outlets.script, now.isoformat(timespec="seconds")
    for name, path, old in (
        ("declared", "rss", "a/1"),
        ("feed", "rss.xml", "a/1"),
        ("usual-path", "rss", "a/1"),
        ("moved-here", "rss", "a/1"),
        ("two-feeds", "sport.xml", "sport/1"),
    ):
        site = f"http://{name}.example"
        new = (f"{site}/a/9", f"Zorbington speaks of {name}")
        script[f"{site}/{path}"] = [feed(new, (f"{site}/{old}", "Harbour works resume"), etag='"9"', at=now)]
    entry = (
        f"<entry><id>9</id><title>Zorbington speaks of atoms</title><link href='http://atom.example/a/9'/><updated>{at}</updated>"
        "</entry>"
    )
    atom = ATOM.replace("<entry>", entry + "<entry>", 1)
    script["http://atom.example/atom"] = [raw(atom.encode(), Content_Type="application/atom+xml")]
    item = {
        "id": "9",
        "url": "http://jsonfeed.example/a/9",
        "title": "Zorbington speaks of JSON",
        "date_published": at,
    }
    more = {**JSON_FEED, "items": [item, *JSON_FEED["items"]]}
    script["http://jsonfeed.example/feed.json"] = [
        raw(json.dumps(more).encode(), Content_Type="application/feed+json")
    ]
    rdf = RDF.replace(
        "<item rdf:about",
        "<item rdf:about='http://rdf.example/a/9'><title>Zorbington speaks of triples</title>"
        "<link>http://rdf.example/a/9</link></item><item rdf:about",
        1,
    )
    script["http://rdf.example/index.rdf"] = [raw(rdf.encode(), Content_Type="application/rdf+xml")]
    news = (
        "<url><loc>http://news-sitemap.example/9</loc><n:news>"
        f"<n:publication_date>{at}</n:publication_date><n:title>Zorbington speaks of maps</n:title></n:news></url>"
    )
    script["http://news-sitemap.example/news.xml"] = [
        raw(NEWS.replace("<url>", news + "<url>", 1).encode(), Content_Type="text/xml")
    ]
    plain = "http://plain-sitemap.example/press/zorbington-arrives-at-last"
    url = f"<url><loc>{plain}</loc><lastmod>{at}</lastmod></url>"
    script["http://plain-sitemap.example/sitemap.xml"] = [
        raw(PLAIN.replace("<url>", url + "<url>", 1).encode(), Content_Type="text/xml")
    ]
    said = (
        "Zorbington arrived at last, with forty passengers and two lorries, and spoke of the harbour and of its works. "
        * 4
    )
    script[plain] = [article_page("Zorbington arrives at last", f"<p>{said}</p>")]
    for address, language in (
        ("http://cards.example/", "en"),
        ("http://ministry.example/press", "en"),
        ("http://arabic.example/press", "ar"),
    ):
        title = f"Zorbington opens a harbour near {address}"
        items = [("/press/zorbington-opens-a-harbour", title, at[:10]), *items_of(language, "slugs")]
        listed = page(language, LAYOUTS["cards"](items)).replace(
            "datetime='2026-03-01'", f"datetime='{at}'", 1
        )
        script[address] = [raw(listed.encode(), Content_Type=HTML)]
    post = {
        "id": 9,
        "link": "http://wordpress.example/p/9",
        "title": {"rendered": "Zorbington speaks of words"},
        "date_gmt": f"{now:%Y-%m-%dT%H:%M:%S}",
    }
    script["http://wordpress.example/wp-json/wp/v2/posts"] = [
        raw(json.dumps([post, *POSTS]).encode(), Content_Type="application/json")
    ]


def _waits(until: asyncio.Event) -> Answer:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        await until.wait()
        return web.Response(status=503)

    return answer


def _trickles(until: asyncio.Event) -> Answer:
    """Send a page that never ends, a piece at a time."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": HTML})
        await response.prepare(request)
        while not until.is_set():
            await response.write(b"<a href='/x'>")
            try:
                async with asyncio.timeout(0.02):
                    await until.wait()
            except TimeoutError:
                continue
        return response

    return answer


_URLS = "".join(
    f"<url><loc>http://plain-sitemap.example/press/release-number-{number}</loc><lastmod>2026-03-02</lastmod></url>"
    for number in range(8)
)
PLAIN = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{_URLS}</urlset>'
NEWS = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url>'
    "<loc>http://news-sitemap.example/1</loc><n:news><n:publication_date>2026-03-02T12:00:00Z</n:publication_date>"
    "<n:title>Harbour works resume</n:title></n:news></url></urlset>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom Herald</title><id>x</id><updated>2026-03-02T12:00:00Z</updated><entry>'
    "<id>1</id><title>Harbour works resume</title><link href='http://atom.example/a/1'/><updated>2026-03-02T12:00:00Z</updated>"
    "</entry></feed>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>RDF Post'
    "</title><link>http://rdf.example/</link></channel><item rdf:about='http://rdf.example/a/1'>"
    "<title>Harbour works resume</title><link>http://rdf.example/a/1</link></item></rdf:RDF>"
)
JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "JSON Tribune",
    "items": [
        {
            "id": "1",
            "url": "http://jsonfeed.example/a/1",
            "title": "Harbour works resume",
            "content_text": "The works resume next week.",
            "date_published": "2026-03-02T12:00:00Z",
        }
    ],
}
POSTS = [
    {
        "id": number,
        "link": f"http://wordpress.example/p/{number}",
        "title": {"rendered": f"Release number {number}"},
        "date_gmt": f"2026-03-0{number + 1}T12:00:00",
    }
    for number in range(5)
]
