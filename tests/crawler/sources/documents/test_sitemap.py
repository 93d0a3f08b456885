"""Sitemaps, with and without the news extension, and sitemap indexes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.errors import FeedError
from crawler.sources.documents import parse_feed
from crawler.sources.documents.sitemap import MOST_ENTRIES

URL = "https://gazette.example/sitemaps/news.xml"
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by a program -->
<urlset {SITEMAP} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><image:image><image:loc>https://gazette.example/p.jpg</image:loc></image:image></url>
<url><loc>https://gazette.example/a/1</loc><lastmod>2026-03-02T13:00:00Z</lastmod>
<news:news><news:publication><news:name>Example Gazette</news:name><news:language>fr-FR</news:language></news:publication>
<news:publication_date>2026-03-02T12:00:00+00:00</news:publication_date><news:title>Talks &amp; trade</news:title>
<news:keywords>Diplomacy, Trade</news:keywords></news:news>
<image:image><image:loc>https://gazette.example/p.jpg</image:loc><image:title>A picture</image:title></image:image></url>
<url><loc>/a/2</loc><lastmod>2026-03-02T14:00:00Z</lastmod></url>
<url><loc>https://gazette.example/about</loc></url>
</urlset>"""
INDEX = f"""<sitemapindex {SITEMAP}>
<sitemap><loc>https://gazette.example/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap>
<sitemap><loc>https://gazette.example/posts.xml.gz</loc><lastmod>2026-03-01</lastmod></sitemap>
<sitemap><loc>/news.xml</loc></sitemap></sitemapindex>"""


def test_news_sitemap() -> None:
    feed = parse_feed(NEWS.encode(), url=URL)
    second, first, about = feed.entries
    assert (feed.kind, feed.title, feed.language) == ("sitemap", "Example Gazette", "fr")
    assert (first.guid, first.url, first.title) == (
        "https://gazette.example/a/1",
        "https://gazette.example/a/1",
        "Talks & trade",
    )
    assert first.published == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert first.categories == ("Diplomacy", "Trade")
    assert (second.url, second.title) == ("https://gazette.example/a/2", "")
    assert second.published == datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert (about.url, about.published) == ("https://gazette.example/about", None)


def test_index_names_its_sitemaps_news_first_then_the_newest() -> None:
    feed = parse_feed(INDEX.encode(), url=URL)
    assert (feed.kind, feed.entries) == ("sitemap-index", ())
    assert feed.children == (
        "https://gazette.example/news.xml",
        "https://gazette.example/posts.xml.gz",
        "https://gazette.example/old.xml",
    )


def test_gzipped_sitemap_is_unpacked() -> None:
    assert parse_feed(gzip.compress(NEWS.encode()), url=URL) == parse_feed(NEWS.encode(), url=URL)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        pytest.param(lambda: gzip.compress(b" " * (51 * 2**20), 1), "more than 50 MB", id="bomb"),
        pytest.param(lambda: b"\x1f\x8bnothing", "gzip file is broken", id="broken"),
    ],
)
def test_bad_gzip_is_told(made: Callable[[], bytes], message: str) -> None:
    body = made()
    with pytest.raises(FeedError, match=message):
        parse_feed(body, url=URL)


def test_cut_off_sitemap_keeps_what_can_be_read() -> None:
    feed = parse_feed(NEWS.partition("<url><loc>/a/2")[0].encode(), url=URL)
    assert [entry.url for entry in feed.entries] == ["https://gazette.example/a/1"]


def test_the_newest_of_a_large_sitemap_are_taken() -> None:
    days = [
        f"20{year:02}-{month:02}-{day:02}"
        for year in range(26)
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    rows = "".join(f"<url><loc>/{day}</loc><lastmod>{day}</lastmod></url>" for day in days)
    feed = parse_feed(f"<urlset {SITEMAP}>{rows}</urlset>".encode(), url=URL)
    assert len(feed.entries) == MOST_ENTRIES
    assert feed.entries[0].url == "https://gazette.example/2025-12-28"


def test_empty_sitemaps_are_no_error() -> None:
    assert parse_feed(f"<urlset {SITEMAP}/>".encode(), url=URL).entries == ()
    assert parse_feed(f"<sitemapindex {SITEMAP}></sitemapindex>".encode(), url=URL).kind == "sitemap-index"


def test_entities_are_not_expanded() -> None:
    document = f"""<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname">]>
    <urlset {SITEMAP}><url><loc>https://gazette.example/&x;</loc></url></urlset>"""
    for entry in parse_feed(document.encode(), url=URL).entries:
        assert entry.url == "https://gazette.example/"
