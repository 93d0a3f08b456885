"""Addresses: keys of articles, hosts, links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import canonical_url, host_of, resolve

SAME = [
    pytest.param("http://gazette.example/a", "https://gazette.example/a", id="scheme"),
    pytest.param("https://Gazette.Example/a", "https://gazette.example/a", id="case of the host"),
    pytest.param("https://gazette.example:443/a", "https://gazette.example/a", id="default port"),
    pytest.param("http://gazette.example:80/a", "https://gazette.example/a", id="default port of http"),
    pytest.param("https://gazette.example", "https://gazette.example/", id="empty path"),
    pytest.param("https://gazette.example/a#comments", "https://gazette.example/a", id="fragment"),
    pytest.param("https://gazette.example/x/../a/./b", "https://gazette.example/a/b", id="dot segments"),
    pytest.param("https://gazette.example/%7Ea%c3%a9", "https://gazette.example/~aé", id="percent-encoding"),
    pytest.param(
        "https://gazette.example/a?utm_source=rss&id=7&fbclid=x",
        "https://gazette.example/a?id=7",
        id="tracking",
    ),
    pytest.param(
        "https://gazette.example/a?at_medium=RSS&ref=rss", "https://gazette.example/a", id="from a feed"
    ),
    pytest.param("https://gazette.example/a/amp/", "https://gazette.example/a", id="AMP path"),
    pytest.param("https://gazette.example/a/print", "https://gazette.example/a", id="print path"),
    pytest.param("https://gazette.example/a?amp=1", "https://gazette.example/a", id="AMP parameter"),
    pytest.param("https://gazette.example/a?outputType=amp", "https://gazette.example/a", id="AMP by type"),
    pytest.param("https://gazette.example/a?print=1&id=7", "https://gazette.example/a?id=7", id="print"),
    pytest.param("  https://gazette.example/a\n", "https://gazette.example/a", id="spaces around"),
    pytest.param("https://gazétte.example/a", "https://xn--gaztte-dva.example/a", id="IDNA"),
    pytest.param("https://FAẞ.example/a", "https://xn--fa-hia.example/a", id="IDNA 2008"),
    pytest.param("https://例え。example/a", "https://xn--r8jz45g.example/a", id="a wide dot"),
    pytest.param("https://i❤.example/a", "https://xn--i-7iq.example/a", id="a heart"),
]
DIFFERENT = [
    pytest.param("https://faß.example/a", "https://fass.example/a", id="ß is not ss"),
    pytest.param("https://faß_b.example/a", "https://fass_b.example/a", id="nor beside an underscore"),
    pytest.param("https://βόλος.example/a", "https://βόλοσ.example/a", id="ς is not σ"),
    pytest.param("https://gazette.example/a?id=7", "https://gazette.example/a?id=8", id="id"),
    pytest.param("https://gazette.example/amp", "https://gazette.example/", id="a section called amp"),
    pytest.param("https://gazette.example/lamp", "https://gazette.example/l", id="a word that ends so"),
    pytest.param("https://gazette.example/a?print=2", "https://gazette.example/a", id="a number in print"),
    pytest.param("https://gazette.example/a?p=1", "https://gazette.example/a", id="p"),
    pytest.param("https://gazette.example/A", "https://gazette.example/a", id="case of the path"),
    pytest.param("https://gazette.example/#!/a", "https://gazette.example/#!/b", id="hash-bang"),
    pytest.param("https://gazette.example:8443/a", "https://gazette.example/a", id="port"),
    pytest.param("https://gazette.example/a%2Fb", "https://gazette.example/a/b", id="encoded slash"),
    pytest.param(
        "https://gazette.example/a?ref=7", "https://gazette.example/a?ref=8", id="ref with a number"
    ),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_same_article(left: str, right: str) -> None:
    assert canonical_url(left) == canonical_url(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_articles(left: str, right: str) -> None:
    assert canonical_url(left) != canonical_url(right)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://gazette.example/a", "", "gazette.example/a", "https://"]
)
def test_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http or https address"):
        canonical_url(url)


@given(st.text(max_size=60), st.sampled_from(["", "https://gazette.example/", "http://a.example:8080/x?"]))
def test_canonical_url_is_its_own_key(tail: str, start: str) -> None:
    try:
        key = canonical_url(start + tail)
    except ValueError:
        return
    assert canonical_url(key) == key
    assert key.isascii()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Gazette.example/a", "gazette.example"),
        ("http://gazette.example:8080/a", "gazette.example:8080"),
        ("http://user:pass@gazette.example/a", "gazette.example"),
        ("http://[2001:db8::1]:81/", "[2001:db8::1]:81"),
    ],
)
def test_host(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("link", "url"),
    [
        pytest.param("/a", "https://gazette.example/a", id="absolute path"),
        pytest.param("a", "https://gazette.example/news/a", id="relative path"),
        pytest.param("//b.example/a", "https://b.example/a", id="other host"),
        pytest.param("HTTPS://B.example/A", "https://B.example/A", id="scheme in capitals"),
        pytest.param("javascript:alert(1)", None, id="javascript"),
        pytest.param("mailto:desk@gazette.example", None, id="mail"),
        pytest.param("http://[broken", None, id="broken"),
        pytest.param("", None, id="empty"),
    ],
)
def test_link(link: str, url: str | None) -> None:
    assert resolve("https://gazette.example/news/feed", link) == url
