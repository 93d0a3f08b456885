"""Texts, titles and dates as their outlets mean them, in every format and on both ways of parsing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.sources.documents import parse_feed
from crawler.values import Entry

URL = "https://gazette.example/rss"
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
DOCTYPE = "<!DOCTYPE rss>"
"""With it, the document is feedparser's."""


def rss(item: str, *, language: str = "", before: str = "", url: str = URL) -> Entry:
    head = f"<language>{language}</language>" if language else ""
    link = f"<link>{url.rsplit('/', 1)[0]}/a</link>"
    text = f'{before}<rss version="2.0" {MEDIA}><channel><title>G</title>{head}<item>{link}{item}</item></channel></rss>'
    (entry,) = parse_feed(text.encode(), url=url).entries
    return entry


def atom(entry: str) -> Entry:
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>G</title><entry><id>urn:1</id>{entry}</entry></feed>'
    (found,) = parse_feed(text.encode(), url=URL).entries
    return found


def json_feed(**item: str) -> Entry:
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", **item}]})
    (found,) = parse_feed(text.encode(), url=URL).entries
    return found


def sitemap(title: str) -> Entry:
    news = f"<news:news><news:title>{title}</news:title><news:publication_date>2026-03-02</news:publication_date></news:news>"
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {NEWS}><url><loc>{URL}</loc>{news}</url></urlset>'
    (found,) = parse_feed(text.encode(), url=URL).entries
    return found


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(rss("<title>Beto O&amp;#39;Rourke</title>"), id="RSS"),
        pytest.param(rss("<title>Beto O&amp;amp;#39;Rourke</title>"), id="RSS, thrice"),
        pytest.param(rss("<title><![CDATA[Beto O&#39;Rourke]]></title>"), id="CDATA"),
        pytest.param(rss("<title>Beto O&amp;amp;#x27;Rourke</title>", before=DOCTYPE), id="feedparser's"),
        pytest.param(atom("<title>Beto O&amp;#39;Rourke</title>"), id="Atom, text"),
        pytest.param(atom('<title type="html">Beto O&amp;amp;#x27;Rourke</title>'), id="Atom, HTML"),
        pytest.param(json_feed(title="Beto O&amp;#39;Rourke"), id="JSON"),
        pytest.param(sitemap("Beto O&amp;#39;Rourke"), id="news sitemap"),
    ],
)
def test_title_that_was_escaped_twice_is_resolved(entry: Entry) -> None:
    assert entry.title == "Beto O'Rourke"


def test_texts_and_authors_that_were_escaped_twice_are_resolved_and_tags_stay_words() -> None:
    entry = rss(
        "<description>M&amp;amp;amp;S in Cote d&amp;amp;#8217;Ivoire, &amp;amp;lt;b&amp;amp;gt;</description>"
    )
    assert entry.summary == "M&S in Cote d’Ivoire, &lt;b&gt;"
    assert atom("<title>a</title><author><name>Ana O&amp;#39;Neil</name></author>").author == "Ana O'Neil"


CAPTION = (
    '<media:content url="https://g.example/a.jpg" medium="image"><media:title>A picture</media:title>'
    "<media:description>File photo: Ilse Marrow opens a school in 2019.</media:description></media:content>"
)


@pytest.mark.parametrize("before", ["", DOCTYPE], ids=["fast", "feedparser"])
def test_caption_is_neither_title_nor_text(before: str) -> None:
    entry = rss(f"<title>School</title>{CAPTION}", before=before)
    assert (entry.title, entry.summary, entry.content) == ("School", "", "")
    entry = rss(f"{CAPTION}<description>The school opens.</description>", before=before)
    assert (entry.title, entry.summary) == ("The school opens.", "The school opens.")


@pytest.mark.parametrize("before", ["", DOCTYPE], ids=["fast", "feedparser"])
def test_description_of_a_video_is_its_text(before: str) -> None:
    group = "<media:group><media:title>Talks</media:title><media:description>What was said.</media:description></media:group>"
    assert rss(group, before=before).summary == "What was said."


@pytest.mark.parametrize(
    ("item", "title"),
    [
        pytest.param(
            "<description>Nasser Bourita met his colleague today. More follows.</description>",
            "Nasser Bourita met his colleague today. More follows.",
            id="a short post",
        ),
        pytest.param(
            "<description>Nasser Bourita met his colleague in Rabat today. "
            "They spoke of fisheries and of trade, and will meet again in autumn.</description>",
            "Nasser Bourita met his colleague in Rabat today.",
            id="its first sentence",
        ),
        pytest.param(f"<description>{'word ' * 40}</description>", f"{'word ' * 18}word…", id="whole words"),
        pytest.param(
            "<title>[no title]</title><description>Rain.</description>", "Rain.", id="said to have none"
        ),
        pytest.param("<title>Untitled</title>", "", id="nothing at all"),
        pytest.param("<title>Rain</title><description>Sun.</description>", "Rain", id="a title"),
    ],
)
def test_post_without_a_title_is_called_by_its_first_words(item: str, title: str) -> None:
    assert rss(item).title == title


@pytest.mark.parametrize("before", ["", DOCTYPE], ids=["fast", "feedparser"])
@pytest.mark.parametrize(
    ("date", "language", "url", "month"),
    [
        pytest.param("05/11/2025 10:15", "en-GB", URL, 11, id="British"),
        pytest.param("05/11/2025 10:15", "fr", URL, 11, id="French"),
        pytest.param("05/11/2025 10:15", "en-US", URL, 5, id="American"),
        pytest.param("05/11/2025 10:15", "en", "https://gazette.com.au/rss", 11, id="English of Australia"),
        pytest.param("05/11/2025 10:15", "", "https://gazette.ma/rss", 11, id="no language, a country"),
        pytest.param("05/11/2025 10:15", "", "https://gazette.com/rss", 5, id="neither"),
        pytest.param("5.11.2025 10:15", "", "https://gazette.com/rss", 11, id="dots are never month first"),
    ],
)
def test_order_of_day_and_month_is_the_outlets(
    before: str, date: str, language: str, url: str, month: int
) -> None:
    entry = rss(f"<title>a</title><pubDate>{date}</pubDate>", language=language, before=before, url=url)
    day = 5 if month == 11 else 11
    assert entry.published == datetime(2025, month, day, 10, 15, tzinfo=UTC)
