"""robots.txt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.polite.robots import parse_robots

AGENT = "Tocsin/0.1 (+https://tocsin.example)"
FILE = b"""User-agent: *
Disallow: /private/
Allow: /private/open/
Crawl-delay: 4

User-agent: tocsin
Disallow: /no-tocsin/
Crawl-delay: 2.5
"""


@pytest.mark.parametrize(
    ("agent", "path", "allowed"),
    [
        pytest.param(AGENT, "/no-tocsin/1", False, id="our own group"),
        pytest.param(AGENT, "/private/1", True, id="our own group replaces the general one"),
        pytest.param("Other/1", "/private/1", False, id="the general group"),
        pytest.param("Other/1", "/private/open/1", True, id="the longer rule wins"),
    ],
)
def test_rules(agent: str, path: str, allowed: bool) -> None:
    assert parse_robots(FILE, 200).allows(f"https://gazette.example{path}", agent) is allowed


def test_crawl_delay() -> None:
    assert parse_robots(FILE, 200).crawl_delay(AGENT) == timedelta(seconds=2.5)
    assert parse_robots(b"", 200).crawl_delay(AGENT) is None


@pytest.mark.parametrize(("body", "status"), [(None, 404), (FILE, 403), (b"\xff\xfe<html>", 200)])
def test_missing_or_unreadable_file_allows_everything(body: bytes | None, status: int) -> None:
    assert parse_robots(body, status).allows("https://gazette.example/private/1", AGENT)
