"""Feeds found from an outlet's home page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from aiohttp import web

from crawler.fetch import Fetcher, FetcherOptions
from crawler.sources.discovery import discover, page_candidates, path_candidates, robots_candidates
from crawler.values import FetchRequest, Response
from tests.crawler.sources.layouts import LAYOUTS, items_of, page

SITE = "https://gazette.example/"
OPTIONS = FetcherOptions(user_agent="Tocsin/test", allow_networks=(ip_network("127.0.0.0/8"),))
RSS = (
    '<rss version="2.0"><channel><title>{title}</title><item><title>One</title><link>https://gazette.example/{title}</link>'
    "<pubDate>Mon, 02 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>"
)
NEWS = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
    "<url><loc>https://gazette.example/1</loc><n:news><n:publication_date>2026-03-02T12:00:00Z</n:publication_date>"
    "<n:title>One</n:title></n:news></url></urlset>"
)


def alternate(href: str, title: str = "", kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}" title="{title}">'


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(alternate("/rss"), ["/rss"], id="declared"),
        pytest.param(
            alternate("/c", "Comments") + alternate("/comments/feed") + alternate("/b"),
            ["/b", "/c", "/comments/feed"],
            id="comments last",
        ),
        pytest.param(
            alternate("/podcast.xml") + alternate("/category/x/feed") + alternate("/a"),
            ["/a", "/podcast.xml", "/category/x/feed"],
            id="sections after the main feed",
        ),
        pytest.param(
            '<a href="/rss.xml">RSS</a>' + alternate("/z"), ["/z", "/rss.xml"], id="declared before mentioned"
        ),
        pytest.param(
            '<a href="/news/rss">x</a><a href="/feeding-birds">y</a><a href="/press">z</a>',
            ["/news/rss"],
            id="mentioned",
        ),
        pytest.param(alternate("/fr", kind="text/html"), [], id="another language is no feed"),
        pytest.param(alternate("javascript:alert(1)"), [], id="script"),
        pytest.param(alternate("/r") + alternate("/r"), ["/r"], id="twice"),
        pytest.param('<base href="https://gazette.example/deep/">' + alternate("r"), ["/deep/r"], id="base"),
    ],
)
def test_page_names_its_feeds_best_first(head: str, expected: list[str]) -> None:
    page = f"<!doctype html><html><head>{head}</head><body></body></html>"
    found = [candidate.url for candidate in page_candidates(page.encode(), url=SITE)]
    assert found == [f"https://gazette.example{path}" for path in expected]


def test_robots_names_sitemaps_news_first() -> None:
    robots = b"User-agent: *\nDisallow:\nSitemap: https://gazette.example/sitemap.xml\nSitemap: /news-sitemap.xml\n"
    assert [candidate.url for candidate in robots_candidates(robots, url=SITE + "robots.txt")] == [
        "https://gazette.example/news-sitemap.xml",
        "https://gazette.example/sitemap.xml",
    ]


def test_usual_paths_are_beside_the_page_and_at_the_root() -> None:
    paths = [candidate.url for candidate in path_candidates("https://gazette.example/world")]
    assert "https://gazette.example/world/feed" in paths
    assert "https://gazette.example/feed" in paths
    assert len(paths) == len(set(paths))


@asynccontextmanager
async def outlet(pages: dict[str, str]) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve pages on loopback; return the address and the paths that were asked for."""
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        body = pages.get(request.path)
        if body is None:
            return web.Response(status=404)
        kind = "text/plain" if request.path == "/robots.txt" else "text/html"
        return web.Response(text=body, content_type=kind)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


Found = Callable[[dict[str, str]], Awaitable[tuple[list[tuple[str, str, str]], list[str], list[str]]]]


@pytest.fixture
def found() -> Found:
    """Discovers on an outlet of the pages; gives (path, kind, source) of its feeds, the problems, the paths asked for."""

    async def run(pages: dict[str, str]) -> tuple[list[tuple[str, str, str]], list[str], list[str]]:
        async with outlet(pages) as (address, asked), Fetcher(OPTIONS) as fetcher:
            result = await discover(fetcher.fetch, f"{address}/")
            feeds = [(feed.url.removeprefix(address), feed.kind, feed.source) for feed in result.feeds]
            return feeds, [problem.replace(address, "") for problem in result.problems], asked

    return run


async def test_declared_feeds_are_read_and_a_dead_one_is_told(found: Found) -> None:
    page = f"<html><head>{alternate('/gone')}{alternate('/rss')}</head></html>"
    feeds, problems, asked = await found({"/": page, "/rss": RSS.format(title="main")})
    assert feeds == [("/rss", "rss", "link")]
    assert problems == ["/gone answered HTTP 404"]
    assert "/feed.xml" not in asked


async def test_news_sitemaps_of_robots_and_their_index_are_found(found: Found) -> None:
    index = "<sitemapindex><sitemap><loc>/news.xml</loc></sitemap><sitemap><loc>/pages.xml</loc></sitemap></sitemapindex>"
    page = f"<html><head>{alternate('/rss')}</head></html>"
    feeds, problems, asked = await found(
        {
            "/": page,
            "/robots.txt": "Sitemap: /sitemap.xml",
            "/sitemap.xml": index,
            "/news.xml": NEWS,
            "/rss": RSS.format(title="main"),
        }
    )
    assert feeds == [("/rss", "rss", "link"), ("/news.xml", "sitemap", "robots")]
    assert problems == []
    assert "/pages.xml" not in asked


async def test_usual_paths_are_tried_where_nothing_is_named(found: Found) -> None:
    feeds, problems, _ = await found(
        {"/": "<html><body>News</body></html>", "/rss.xml": RSS.format(title="main")}
    )
    assert feeds == [("/rss.xml", "rss", "path")]
    assert problems == []


async def test_address_of_a_feed_is_that_feed(found: Found) -> None:
    feeds, _, _ = await found({"/": RSS.format(title="main")})
    assert feeds == [("/", "rss", "page")]


async def test_outlet_without_feeds_is_told(found: Found) -> None:
    feeds, problems, _ = await found({"/": "<html><body>News</body></html>"})
    assert feeds == []
    assert problems == [
        "/: no feed or news sitemap was found, and no list of articles on its pages; give the address of a feed, or of the page "
        "that lists its articles"
    ]


async def test_lists_are_found_where_there_is_no_feed(found: Found) -> None:
    posts = [{"link": f"/p/{number}", "title": {"rendered": f"Release {number}"}} for number in range(5)]
    pages = {
        "/": page("en", "<main><p>Welcome to the ministry.</p></main>"),
        "/press": page("en", LAYOUTS["cards"](items_of("en", "slugs"))),
    }
    async with outlet(pages) as (address, _asked), Fetcher(OPTIONS) as fetcher:
        result = await discover(fetcher.fetch, f"{address}/")
        (source,) = result.sources
    assert (source.kind, source.entries, source.like) == ("list", 7, "/press/")
    assert (source.keys["url"], source.newest and source.newest.day) == (f"{address}/press", 7)
    assert result.problems[-1].endswith("/press lists 7 articles like /press/…: follow it?")
    async with (
        outlet(pages | {"/wp-json/wp/v2/posts": json.dumps(posts)}) as (address, _asked),
        Fetcher(OPTIONS) as fetcher,
    ):
        result = await discover(fetcher.fetch, f"{address}/")
    assert [(source.kind, source.entries) for source in result.sources] == [("json", 5), ("list", 7)]


async def test_dead_outlet_is_told() -> None:
    async with Fetcher(OPTIONS) as fetcher:
        result = await discover(fetcher.fetch, "http://127.0.0.1:9/")
    assert result.feeds == ()
    assert "127.0.0.1:9" in result.problems[0]


async def test_articles_of_a_plain_sitemap_are_offered() -> None:
    urls = [f"/press/{year}/release-number-{number}" for year in (2025, 2026) for number in range(3)] + [
        "/about",
        "/contact",
    ]
    sitemap = "".join(
        f"<url><loc>https://gazette.example{url}</loc><lastmod>2026-03-02</lastmod></url>" for url in urls
    )
    index = "<sitemapindex><sitemap><loc>/pages.xml</loc></sitemap></sitemapindex>"
    pages = {"/": "<html><body>Welcome</body></html>", "/robots.txt": "Sitemap: /map.xml", "/map.xml": index}
    async with (
        outlet(pages | {"/pages.xml": f"<urlset>{sitemap}</urlset>"}) as (address, _asked),
        Fetcher(OPTIONS) as fetcher,
    ):
        result = await discover(fetcher.fetch, f"{address}/")
    (source,) = result.sources
    assert (source.kind, source.keys["match"], source.entries) == ("sitemap", "/press/", 6)
    assert "has 6 pages like /press/…: follow it?" in result.problems[-1]


async def test_platforms_are_known_by_their_addresses() -> None:
    asked: list[str] = []

    async def fetch(request: FetchRequest) -> Response:
        asked.append(request.url)
        if request.url == "https://social.example/@gazette.rss":
            return Response(request.url, request.url, 200, {}, RSS.format(title="gazette").encode())
        return Response(request.url, request.url, 404, {}, b"")

    result = await discover(fetch, "https://social.example/@gazette")
    assert [(feed.url, feed.source) for feed in result.feeds] == [
        ("https://social.example/@gazette.rss", "platform")
    ]
    assert asked == ["https://social.example/@gazette.rss"]
