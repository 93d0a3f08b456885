"""The sample outlets on the air: one small web server each, on a port of its own, with feeds, pages, ETags and robots.txt."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from email.utils import format_datetime
from types import TracebackType

from aiohttp import web

from service.demo.content import OUTLETS, SampleArticle, SampleOutlet, articles

_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}


class SampleOutlets:
    """Serves every sample outlet on 127.0.0.1 while the context is open. Articles appear as the clock moves past their time."""

    def __init__(self, *, start: datetime, clock: Callable[[], datetime]) -> None:
        self._start = start
        self._clock = clock
        self._stack = AsyncExitStack()
        self.sites: dict[str, str] = {}
        """Address of each outlet, by key."""
        self.requests: Counter[str] = Counter()
        """How many requests came: `feed`, `feed not modified`, `page`, `robots.txt`."""

    async def __aenter__(self) -> SampleOutlets:
        for outlet in OUTLETS:
            site = _Site(self, outlet)
            application = web.Application()
            application.add_routes(
                [
                    web.get("/", site.home),
                    web.get("/feed", site.feed),
                    web.get("/robots.txt", site.robots),
                    web.get("/articles/{slug}", site.page),
                ]
            )
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            self._stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.sites[outlet.key] = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def served(self, outlet: str | None = None) -> list[SampleArticle]:
        """Return the articles that have appeared by now, newest first."""
        now = self._clock()
        out = [
            article
            for article in articles()
            if self._start + article.after <= now and outlet in (None, article.outlet)
        ]
        return sorted(out, key=lambda article: article.after, reverse=True)

    def url(self, article: SampleArticle) -> str:
        """Return an article's address."""
        return f"{self.sites[article.outlet]}/articles/{article.slug}"

    def published(self, article: SampleArticle) -> datetime:
        """Return when an article was published."""
        return self._start + article.after


class _Site:
    """One outlet's pages."""

    def __init__(self, outlets: SampleOutlets, outlet: SampleOutlet) -> None:
        self._outlets = outlets
        self._outlet = outlet

    async def feed(self, request: web.Request) -> web.Response:
        body = self._document().encode(self._outlet.encoding, "xmlcharrefreplace")
        etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            self._outlets.requests["feed not modified"] += 1
            return web.Response(status=304, headers={"ETag": etag})
        self._outlets.requests["feed"] += 1
        headers = {
            "ETag": etag,
            "Content-Type": f"{_TYPES[self._outlet.kind]}; charset={self._outlet.encoding}",
        }
        if self._outlet.compressed:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body)
        return web.Response(body=body, headers=headers)

    async def page(self, request: web.Request) -> web.Response:
        self._outlets.requests["page"] += 1
        for article in self._outlets.served(self._outlet.key):
            if article.slug == request.match_info["slug"]:
                return web.Response(text=self._page(article), content_type="text/html")
        raise web.HTTPNotFound

    async def home(self, _request: web.Request) -> web.Response:
        links = "".join(
            f'<li><a href="{self._outlets.url(article)}">{html.escape(article.title)}</a></li>'
            for article in self._outlets.served(self._outlet.key)
        )
        kind = _TYPES[self._outlet.kind]
        head = f'<link rel="alternate" type="{kind}" href="/feed">'
        return web.Response(
            text=self._html(self._outlet.name, head, f"<ul>{links}</ul>"), content_type="text/html"
        )

    async def robots(self, _request: web.Request) -> web.Response:
        self._outlets.requests["robots.txt"] += 1
        return web.Response(text="User-agent: *\nDisallow: /private/\n")

    def _document(self) -> str:
        writers = {"rss": self._rss, "atom": self._atom, "rdf": self._rdf, "json": self._json}
        return writers[self._outlet.kind]()

    def _rss(self) -> str:
        items = "".join(
            f"<item><guid isPermaLink='false'>{article.slug}</guid><link>{self._outlets.url(article)}</link>"
            f"<title>{html.escape(article.title)}</title><description>{html.escape(self._summary(article))}</description>"
            f"<pubDate>{format_datetime(self._outlets.published(article))}</pubDate>{self._full(article)}</item>"
            for article in self._outlets.served(self._outlet.key)
        )
        return (
            f"<?xml version='1.0' encoding='{self._outlet.encoding}'?>"
            "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
            f"<title>{html.escape(self._outlet.name)}</title><link>{self._site}/</link>"
            f"<language>{self._outlet.language}</language>{items}</channel></rss>"
        )

    def _atom(self) -> str:
        entries = "".join(
            f"<entry><id>{self._outlets.url(article)}</id><link href='{self._outlets.url(article)}'/>"
            f"<title>{html.escape(article.title)}</title><summary>{html.escape(self._summary(article))}</summary>"
            f"<published>{self._outlets.published(article).isoformat()}</published></entry>"
            for article in self._outlets.served(self._outlet.key)
        )
        return (
            f"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='{self._outlet.language}'>"
            f"<title>{html.escape(self._outlet.name)}</title><link href='{self._site}/'/>{entries}</feed>"
        )

    def _rdf(self) -> str:
        items = "".join(
            f"<item rdf:about='{self._outlets.url(article)}'><link>{self._outlets.url(article)}</link>"
            f"<title>{html.escape(article.title)}</title><description>{html.escape(self._summary(article))}</description>"
            f"<dc:date>{self._outlets.published(article).isoformat()}</dc:date></item>"
            for article in self._outlets.served(self._outlet.key)
        )
        return (
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
            f" xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='{self._site}/'>"
            f"<title>{html.escape(self._outlet.name)}</title><link>{self._site}/</link></channel>{items}</rdf:RDF>"
        )

    def _json(self) -> str:
        return json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": self._outlet.name,
                "home_page_url": f"{self._site}/",
                "language": self._outlet.language,
                "items": [
                    {
                        "id": article.slug,
                        "url": self._outlets.url(article),
                        "title": article.title,
                        "summary": self._summary(article),
                        "date_published": self._outlets.published(article).isoformat(),
                    }
                    for article in self._outlets.served(self._outlet.key)
                ],
            },
            ensure_ascii=False,
        )

    @property
    def _site(self) -> str:
        return self._outlets.sites[self._outlet.key]

    def _summary(self, article: SampleArticle) -> str:
        return article.paragraphs[0][:90].rsplit(" ", 1)[0] + " …"

    def _full(self, article: SampleArticle) -> str:
        if not self._outlet.full_text:
            return ""
        paragraphs = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in article.paragraphs)
        return f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded>"

    def _page(self, article: SampleArticle) -> str:
        figure = (
            f"<figure><figcaption>{html.escape(article.caption)}</figcaption></figure>"
            if article.caption
            else ""
        )
        more = f"<p>{html.escape(article.read_also)}</p>" if article.read_also else ""
        paragraphs = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in article.paragraphs)
        published = self._outlets.published(article).isoformat()
        head = (
            f'<meta property="og:title" content="{html.escape(article.title)}">'
            f'<meta property="og:site_name" content="{html.escape(self._outlet.name)}">'
            f'<meta property="article:published_time" content="{published}">'
        )
        title = html.escape(article.title)
        return self._html(
            article.title, head, f"<article><h1>{title}</h1>{figure}{paragraphs}{more}</article>"
        )

    def _html(self, title: str, head: str, body: str) -> str:
        direction = "rtl" if self._outlet.language == "ar" else "ltr"
        name = html.escape(self._outlet.name)
        return (
            f'<!DOCTYPE html><html lang="{self._outlet.language}" dir="{direction}"><head><meta charset="utf-8">'
            f"<title>{html.escape(title)} | {name}</title>{head}</head><body><header><nav><a href='/'>{name}</a></nav></header>"
            f"<main>{body}</main><footer><small>{html.escape(self._outlet.disclaimer)}</small></footer></body></html>"
        )
