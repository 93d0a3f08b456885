"""Hostile documents that are not tried elsewhere, and those of advisories of the libraries and programs we learned from."""

from __future__ import annotations

import gzip
import html
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.delivery.render import Renderer
from alerts.errors import QueryError
from alerts.matching import compile_matcher
from alerts.query import parse
from alerts.values import Document, Topic, WatchList
from crawler.errors import FeedError
from crawler.pool import CpuPool, WorkFailedError
from crawler.read.evidence import PageKeeper
from crawler.text.html_text import html_to_text
from crawler.urls import resolve
from crawler.values import LONGEST_TITLE, ParsedFeed, Response
from crawler.worker import FetchedDocument, read_document, read_page
from service.credentials import fingerprint, new_token
from tests.alerts.delivery.samples import message
from tests.conftest import START

URL = "https://gazette.example/rss"
HUNDRED_THOUSAND = 100_000


def rss(items: str, *, head: str = "") -> str:
    return f"{head}<rss version='2.0'><channel><title>G</title>{items}</channel></rss>"


def item(title: str = "t", link: str = "https://gazette.example/1", body: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link><description>{body}</description></item>"


def read(document: str | bytes) -> ParsedFeed | None:
    """Return what a feed says; None where it is refused."""
    body = document if isinstance(document, bytes) else document.encode()
    try:
        return read_document(FetchedDocument(body, URL, None, URL))
    except FeedError:
        return None


def test_gzip_file_of_a_gigabyte_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(2**20 * 64), compresslevel=1) * 16
    with pytest.raises(FeedError, match="too much for a feed"):
        read_document(FetchedDocument(bomb, URL, "application/gzip", URL))


def test_title_of_ten_megabytes_is_cut() -> None:
    found = read(rss(item(title="Talks " * (10_000_000 // 6))))
    assert found is not None
    assert len(found.entries[0].title) <= LONGEST_TITLE
    page = read_page(f"<title>{'Talks ' * 1_000_000}</title><p>One.</p>".encode(), URL, "text/html")
    assert len(page.title) <= LONGEST_TITLE


ENDLESS = {
    "deep elements": rss("<a>" * HUNDRED_THOUSAND + "</a>" * HUNDRED_THOUSAND),
    "deep HTML in an entry": rss(item(body="&lt;div&gt;" * HUNDRED_THOUSAND)),
    "tags without an end (CVE-2024-1892)": rss("<item" * HUNDRED_THOUSAND),
    "entries without an end": rss("<item>" * HUNDRED_THOUSAND),
    "CDATA without an end": rss(item(body="<![CDATA[" * HUNDRED_THOUSAND)),
    "entities without an end": rss(item(title="&amp;" * HUNDRED_THOUSAND)),
    "comments without an end": "<!--" * HUNDRED_THOUSAND,
    "declarations without an end": "<?xml " * HUNDRED_THOUSAND,
    "DOCTYPE without an end": rss(item(), head="<!DOCTYPE " + "<!" * HUNDRED_THOUSAND),
    "attributes without an end": rss(f"<item {'a ' * HUNDRED_THOUSAND}/>"),
    "host name without an end": rss(item(link="http://" + "a." * HUNDRED_THOUSAND)),
    "dot segments without an end": rss(item(link="https://gazette.example/" + "../" * HUNDRED_THOUSAND)),
}


@pytest.mark.thorough
async def test_document_made_to_take_forever_does_not() -> None:
    """The pool gives up what takes too long: that it never has to is the point."""
    slow = []
    async with CpuPool(workers=1, timeout=timedelta(seconds=60)) as pool:
        for name, document in ENDLESS.items():
            try:
                await pool.run(read_document, FetchedDocument(document.encode(), URL, None, URL))
            except FeedError:
                continue
            except WorkFailedError:
                slow.append(name)
    assert slow == []


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            rss(item(), head="<?xml version='1.0' encoding='\n<!--'?>"), id="CVE-2011-1156 odd declaration"
        ),
        pytest.param(rss(item(), head="<!DOCTYPE rss [<!ELEMENT rss <!--]>"), id="CVE-2011-1156 odd DOCTYPE"),
        pytest.param(
            rss(
                item(title="&a9;"),
                head="<!DOCTYPE rss [<!ENTITY a0 'x'>"
                + "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(9))
                + "]>",
            ).encode("utf-16"),
            id="CVE-2012-2921 entities in UTF-16",
        ),
        pytest.param(
            rss(item(title="&x;"), head="<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>").encode(
                "utf-7"
            ),
            id="external entity in UTF-7",
        ),
    ],
)
def test_declarations_of_old_advisories_expand_to_nothing(document: str | bytes) -> None:
    found = read(document)
    titles = "".join(entry.title for entry in found.entries) if found is not None else ""
    assert len(titles) < 1_000
    assert "root:" not in titles


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<script>alert(1)</script>", id="script"),
        pytest.param("<![CDATA[<scr]]><![CDATA[ipt>alert(1)</script>]]>", id="CVE-2009-5065 nested CDATA"),
        pytest.param("<!--><script>alert(1)</script>-->", id="CVE-2011-1157 odd comment"),
        pytest.param('<iframe srcdoc="<script>alert(1)</script>"></iframe>', id="CVE-2025-32015 srcdoc"),
        pytest.param('<button formaction="javascript:alert(1)">x</button>', id="formaction"),
        pytest.param("<svg><script>alert(1)</script></svg>", id="CVE-2025-31136 SVG"),
        pytest.param('<img src=x onerror="alert(1)">', id="handler"),
    ],
)
def test_what_runs_is_no_markup_in_the_text(body: str) -> None:
    assert "<" not in html_to_text(body)
    found = read(rss(item(title=html.escape(body), body=html.escape(body))))
    assert found is not None
    assert "<" not in found.entries[0].text


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("javascript:alert(1)", id="CVE-2011-1158 script"),
        pytest.param("JaVaScRiPt:alert(1)", id="in capitals"),
        pytest.param("\tjavascript:alert(1)", id="behind a tab"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("file:///etc/passwd", id="CVE-2024-51483 file"),
        pytest.param("source:file:///etc/passwd", id="CVE-2024-51483 file in another scheme"),
        pytest.param("ftp://gazette.example/x", id="ftp"),
        pytest.param("view-source:https://gazette.example/", id="another scheme"),
    ],
)
def test_link_of_another_scheme_is_none(link: str) -> None:
    assert resolve(URL, link) is None
    found = read(rss(item(link=link)))
    assert found is not None
    assert found.entries[0].url == ""


@pytest.mark.parametrize(
    "query",
    [
        "(a+)+$",
        ".*.*.*.*.*x",
        "[a-z]{1000000}",
        "(?R)",
        r"\b(\w+)\s\1\b",
        "a|b||c",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
    ],
)
def test_query_like_a_regular_expression_is_words_or_refused(query: str) -> None:
    try:
        parse(query)
    except QueryError:
        return
    matcher = compile_matcher([WatchList("W", topics=(Topic("T", query),))])
    matcher.match(Document("", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! " * 1_000))


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ ''.__class__.__mro__[1].__subclasses__() }}", id="CVE-2024-32651 subclasses"),
        pytest.param("{{ cycler.__init__.__globals__.os.popen('id').read() }}", id="globals"),
        pytest.param("{% for n in range(10**12) %}x{% endfor %}", id="endless loop"),
        pytest.param("{{ lipsum.__globals__['os'] }}", id="lipsum"),
    ],
)
def test_template_that_reaches_out_is_ours_instead(tmp_path: Path, template: str) -> None:
    (tmp_path / "alert.txt").write_text(template)
    assert Renderer(tmp_path).text(message()) == Renderer().text(message())


async def test_page_is_kept_in_its_folder_whatever_its_address(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    keeper = PageKeeper(str(folder), keep_for=timedelta(days=1))
    for url in (
        "http://gazette.example/../../../x",
        "http://../x",
        "http://gazette.example/%2e%2e%2fx\r\n\r\nWARC/1.0",
    ):
        await keeper.keep(Response(url, url, 200, {"x": "a\r\nb"}, b"body"), now=START)
    assert files_in(tmp_path) == [folder / "tocsin-20260302.warc.gz"]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_tokens_are_long_and_stored_as_fingerprints() -> None:
    token = new_token()
    assert len(token) > 40
    assert token not in fingerprint(token)
    assert len({new_token() for _ in range(100)}) == 100
