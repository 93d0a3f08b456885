"""What an article cites: the other sites that its prose links to."""

from __future__ import annotations

import pytest

from crawler.extract import extract_page
from crawler.extract.cites import MOST, is_no_outlet

URL = "https://www.gazette.example/a/1"
PROSE = "The ferry of the northern line left the harbour at dawn, with forty passengers and two lorries on its deck. "


def cites(body: str) -> tuple[str, ...]:
    page = f"<html><body><nav><a href='https://nav.example/'>Menu</a></nav><article><h1>Ferry</h1>{body}</article></body></html>"
    return extract_page(page.encode(), url=URL).cites


def paragraph(*links: str) -> str:
    return "".join(f"<p>{PROSE} As <a href='{link}'>it was said</a>, {PROSE}</p>" for link in links)


def test_prose_cites_what_it_links_to_once_a_site() -> None:
    body = paragraph(
        "https://herald.example/politics/ferry",
        "https://www.herald.example/other",
        "//tribune.example/x",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fpost.example%2Fstory&h=1",
    )
    assert cites(body) == (
        "https://herald.example/politics/ferry",
        "https://tribune.example/x",
        "https://post.example/story",
    )


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("/a/2", id="its own page"),
        pytest.param("https://gazette.example/a/2", id="its own site"),
        pytest.param("https://sport.gazette.example/a/2", id="a part of its own site"),
        pytest.param("mailto:desk@herald.example", id="mail"),
        pytest.param("https://x.com/minister/status/1", id="platform"),
        pytest.param("https://fr.wikipedia.org/wiki/Ferry", id="encyclopedia"),
        pytest.param("https://amzn.to/3abc", id="short link of a shop"),
        pytest.param("https://apple.sjv.io/x", id="advertising"),
        pytest.param("http://[herald", id="broken"),
        pytest.param("javascript:alert(1)", id="script"),
    ],
)
def test_what_is_no_other_outlet_is_not_cited(link: str) -> None:
    assert cites(paragraph(link)) == ()


def test_a_line_that_is_only_a_link_cites_nothing() -> None:
    offer = "<p><a href='https://partner.example/offer'>Read also: ten harbours to see</a></p>"
    body = f"<p>{PROSE * 3}</p>{offer}<p>{PROSE * 3}</p>"
    assert cites(body) == ()


def test_one_article_cites_so_many_at_most() -> None:
    assert len(cites(paragraph(*(f"https://o{number}.example/" for number in range(30))))) == MOST


@pytest.mark.parametrize("host", ["vox.com", "time.com", "herald.example", "apple.example", "net.co"])
def test_outlets_with_such_names_are_outlets(host: str) -> None:
    assert not is_no_outlet(host)
