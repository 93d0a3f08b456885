"""Feed documents, well made and not."""

from __future__ import annotations

import gzip
import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import FeedError
from crawler.sources.documents import parse_feed
from crawler.sources.documents.arbiter import arbitrate

URL = "https://gazette.example/news/feed"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Example &amp; Gazette</title><link>https://gazette.example/</link><language>en-GB</language>
<item><guid isPermaLink="false">g-1</guid><link>/a/1</link><title>Talks &amp;amp; trade &lt;b&gt;resume&lt;/b&gt;</title>
<description>&lt;p&gt;First.&lt;/p&gt;&lt;p&gt;Second.&lt;/p&gt;&lt;img src="pixel.gif"&gt;</description>
<content:encoded><![CDATA[<p>One.</p>
<figure><img src="x"><figcaption>Caption</figcaption></figure><p>Two&nbsp;three.</p>]]></content:encoded>
<dc:creator>Newsroom</dc:creator><category>Diplomacy</category><category>Trade</category>
<pubDate>Mon, 02 Mar 2026 13:00:00 +0100</pubDate></item>
<item><link>https://gazette.example/a/2?x=1&amp;y=2</link><title>Second</title><pubDate>2 mars 2026 12:00</pubDate></item>
<item><title>Without a link</title><description>Only words</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://gazette.example/base/"><title>Atom</title>
<entry><id>tag:gazette.example,2026:1</id><title type="html">&lt;i&gt;One&lt;/i&gt;</title><link rel="alternate" href="one"/>
<link rel="enclosure" href="one.mp3"/><published>2026-03-02T12:00:00Z</published><author><name>Newsroom</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text <b>here</b></p></div></content></entry>
<entry><id>https://gazette.example/two</id><title>Two</title><updated>2026-03-02T12:00:00Z</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://gazette.example/"><title>RDF</title>
<link>https://gazette.example/</link></channel><item rdf:about="https://gazette.example/1"><title>One</title>
<link>https://gazette.example/1</link><dc:date>2026-03-02T13:00+01:00</dc:date></item></rdf:RDF>"""
NEWS_SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://gazette.example/a/100</loc><news:news>
<news:title>Talks in Rabat</news:title><news:publication_date>2026-03-02T12:00:00Z</news:publication_date></news:news></url>
<url><loc>https://gazette.example/a/200</loc></url></urlset>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "JSON",
        "home_page_url": "https://gazette.example/",
        "items": [
            {
                "id": 7,
                "url": "/a/7",
                "title": "Seven",
                "content_html": "<p>Long text</p>",
                "date_published": "2026-03-02T12:00:00+00:00",
                "authors": [{"name": "Newsroom"}],
                "tags": ["a", 3],
            }
        ],
    }
)


def parse(document: str | bytes, content_type: str | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN201
    body = document.encode() if isinstance(document, str) else document
    return parse_feed(body, url=URL, content_type=content_type)


def test_rss() -> None:
    feed = parse(RSS)
    assert (feed.kind, feed.title, feed.language, feed.site) == (
        "rss",
        "Example & Gazette",
        "en",
        "https://gazette.example/",
    )
    first, second, third = feed.entries
    assert (first.guid, first.url, first.title) == (
        "g-1",
        "https://gazette.example/a/1",
        "Talks & trade resume",
    )
    assert first.summary == "First. Second."
    assert "figcaption" in first.content
    assert (first.author, first.categories, first.published) == ("Newsroom", ("Diplomacy", "Trade"), NOON)
    assert (second.guid, second.published) == ("https://gazette.example/a/2?x=1&y=2", NOON)
    assert (third.url, third.guid[:8]) == ("", "content:")


def test_summary_that_is_the_contents_words_is_made_when_it_is_asked_for() -> None:
    (entry,) = parse(
        "<rss><channel><item><title>Talks</title><description>&lt;p>They &lt;b>met&lt;/b>.&lt;/p>It rained</description>"
        "</item></channel></rss>"
    ).entries
    assert entry.given[3:] == (None, "<p>They <b>met</b>.</p>It rained")
    assert entry.summary == "They met. It rained"


def test_atom() -> None:
    feed = parse(ATOM)
    first, second = feed.entries
    assert feed.kind == "atom"
    assert (first.url, first.title, first.summary) == ("https://gazette.example/base/one", "One", "Text here")
    assert (first.author, first.published) == ("Newsroom", NOON)
    assert (second.url, second.published) == ("https://gazette.example/two", NOON)


def test_rdf() -> None:
    feed = parse(RDF)
    assert (feed.kind, len(feed.entries)) == ("rdf", 1)
    assert (feed.entries[0].url, feed.entries[0].published) == ("https://gazette.example/1", NOON)


def test_json_feed() -> None:
    feed = parse(JSON)
    (entry,) = feed.entries
    assert (feed.kind, feed.title) == ("json", "JSON")
    assert (entry.guid, entry.url, entry.title) == ("7", "https://gazette.example/a/7", "Seven")
    assert (entry.summary, entry.author, entry.published, entry.categories) == (
        "Long text",
        "Newsroom",
        NOON,
        ("a",),
    )


@pytest.mark.parametrize(
    ("broken", "titles"),
    [
        pytest.param(RSS.replace("</channel></rss>", ""), 3, id="cut off"),
        pytest.param(RSS.replace("Second</title>", "Q & A</title>"), 3, id="stray ampersand"),
        pytest.param(RSS.replace("<category>Trade</category>", "<category>Trade"), 3, id="unclosed tag"),
        pytest.param(RSS.replace("Second", "Sec\x00o\x0bnd"), 3, id="control characters"),
        pytest.param("\n\n  " + RSS, 3, id="spaces before the declaration"),
    ],
)
def test_broken_feed_keeps_what_can_be_read(broken: str, titles: int) -> None:
    feed = parse(broken)
    assert len(feed.entries) == titles
    assert not any("\x00" in entry.title for entry in feed.entries)


@pytest.mark.thorough
@pytest.mark.parametrize("document", [RSS, ATOM, RDF, NEWS_SITEMAP], ids=["rss", "atom", "rdf", "sitemap"])
def test_document_cut_off_anywhere_gives_whole_entries_alone(document: str) -> None:
    whole = parse(document)
    assert not whole.is_cut_off
    for length in range(document.rindex("</")):
        try:
            feed = parse(document[:length])
        except FeedError:
            continue
        assert feed.is_cut_off
        assert feed.problem
        assert set(feed.entries) <= set(whole.entries)


@pytest.mark.parametrize(
    "inside",
    [
        "<description><![CDATA[</item> <!-- ]]></description>",
        "<!-- </item> -->",
        "<image><url>https://gazette.example/1.jpg</url></image>",
    ],
)
def test_what_seems_to_end_an_entry_and_does_not(inside: str) -> None:
    cut = RSS[: RSS.index("<item>")] + f"<item><title>One</title>{inside}<guid>htt"
    with pytest.raises(FeedError):
        parse(cut)


def test_sitemap_cut_off_before_its_first_entry_is_none() -> None:
    with pytest.raises(FeedError, match="cut off"):
        parse(NEWS_SITEMAP[: NEWS_SITEMAP.index("a/100")])


def test_gzip_file_that_is_cut_off_is_none() -> None:
    with pytest.raises(FeedError, match="cut off"):
        parse_feed(gzip.compress(RSS.encode())[:-12], url=URL)


ARABIC = "وزير الخارجية ناصر بوريطة يستقبل نظيره"
FRENCH = "Le président reçoit à Rabat une délégation étrangère"


@pytest.mark.parametrize(
    ("title", "declared", "encoding", "header"),
    [
        pytest.param(ARABIC, "utf-8", "utf-8", None, id="as declared"),
        pytest.param(ARABIC, "windows-1256", "windows-1256", None, id="declared inside"),
        pytest.param(
            ARABIC, None, "windows-1256", "text/xml; charset=windows-1256", id="declared by the header"
        ),
        pytest.param(
            ARABIC, "utf-8", "windows-1256", "text/xml; charset=utf-8", id="both declare utf-8, wrongly"
        ),
        pytest.param(
            ARABIC, "iso-8859-1", "utf-8", "text/xml; charset=iso-8859-1", id="utf-8 that denies it"
        ),
        pytest.param(FRENCH, "utf-8", "windows-1252", None, id="windows-1252 declared as utf-8"),
        pytest.param(FRENCH, None, "utf-16", None, id="utf-16 with a mark"),
        pytest.param(FRENCH, "utf-8", "utf-8-sig", None, id="utf-8 with a mark"),
        pytest.param("日本語の記事", "iso-2022-jp", "iso-2022-jp", None, id="iso-2022-jp"),
    ],
)
def test_charset(title: str, declared: str | None, encoding: str, header: str | None) -> None:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    document = (
        f"<rss><channel><item><link>https://a.example/1</link><title>{title}</title></item></channel></rss>"
    )
    assert parse((prolog + document).encode(encoding), header).entries[0].title == title


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("hello", "neither RSS nor Atom", id="words"),
        pytest.param("<nothing/>", "neither RSS nor Atom", id="other XML"),
        pytest.param("{}", "not a JSON Feed", id="other JSON"),
        pytest.param('{"items": [', "broken JSON", id="broken JSON"),
        pytest.param("[" * 100_000, "neither", id="deep JSON"),
        pytest.param('{"items":' + "[" * 100_000, "broken JSON", id="deep JSON object"),
    ],
)
def test_what_is_no_feed_is_told(document: str, message: str) -> None:
    with pytest.raises(FeedError, match=message) as caught:
        parse(document)
    assert URL in str(caught.value)


def test_web_page_offers_its_feeds_over_the_border_of_a_process() -> None:
    page = """<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss">
    <link rel="alternate" type="text/html" hreflang="fr" href="/fr"></head><body>News</body></html>"""
    with pytest.raises(
        FeedError, match=r"web page, not a feed; it names https://gazette\.example/rss"
    ) as caught:
        parse(page)
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.alternates == ("https://gazette.example/rss",)
    assert str(error) == str(caught.value)


@pytest.mark.parametrize(
    "dtd",
    [
        pytest.param('<!ENTITY x SYSTEM "file:///etc/hostname">', id="external entity"),
        pytest.param(
            '<!ENTITY a "aaaaaaaaaa">'
            + "".join(
                f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghx", strict=True)
            ),
            id="billion laughs",
        ),
    ],
)
def test_entities_are_not_expanded(dtd: str) -> None:
    document = f"<!DOCTYPE rss [{dtd}]>" + RSS.partition("?>")[2].replace("Second", "&x;")
    try:
        titles = "".join(entry.title for entry in parse(document).entries)
    except FeedError:
        return
    assert len(titles) < 1000
    assert Path("/etc/hostname").read_text(encoding="utf-8").strip() not in titles


def test_what_is_no_xml_raises_nothing_but_feed_errors(data: Path) -> None:
    """The XML among the cases is read by the test of agreement."""
    refused = 0
    for file in sorted((data / "feeds" / "cases").rglob("*")):
        if file.is_file() and file.suffix != ".xml":
            try:
                parse_feed(file.read_bytes(), url=URL)
            except FeedError:
                refused += 1
    assert refused > 250


def test_guid_that_no_database_takes_is_mended() -> None:
    body = rb'{"items": [{"id": "a\ud800\u0000 b", "url": "https://gazette.example/1", "title": "One"}]}'
    assert [entry.guid for entry in parse_feed(body, url=URL).entries] == ["a b"]


@pytest.mark.parametrize(
    "name", ["links", "tags", "content", "authors", "title_detail", "summary_detail", "published_parsed"]
)
def test_element_called_what_feedparser_calls_its_own_costs_nothing(name: str) -> None:
    item = (
        f"<item><title>One</title><link>https://gazette.example/1</link><description>Said</description><{name}>x</{name}>"
        "<pubDate>Mon, 02 Mar 2026 12:00:00 GMT</pubDate></item>"
    )
    feed = arbitrate(f'<rss version="2.0"><channel><title>Gazette</title>{item}</channel></rss>', url=URL)
    entry = feed.entries[0]
    assert (entry.title, entry.url, entry.published) == ("One", "https://gazette.example/1", NOON)
