"""Pages that are no plain article: walls, soft 404s, live blogs, videos, articles in pages; and other scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from crawler.extract import extract_page
from crawler.extract.odd import next_page
from crawler.extract.page import _parse

URL = "https://gazette.example/news/talks"
SCRIPTS = json.loads(Path(__file__).with_name("scripts.json").read_text(encoding="utf-8"))
PROSE = [
    f"The foreign ministry said on Monday that talks on fisheries will resume in Rabat next week, item {number}."
    for number in range(6)
]


def document(title: str, *lines: str, head: str = "", lang: str = "en") -> bytes:
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f"<html lang='{lang}'><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{body}</body></html>".encode()


def ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(fields)}</script>'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(document("Talks resume", *PROSE), None, id="article"),
        pytest.param(document("Page not found", "Sorry, there is nothing here."), "not found", id="English"),
        pytest.param(document("404", "Volver a la portada"), "not found", id="number"),
        pytest.param(document("Página no encontrada", "Volver a la portada"), "not found", id="Spanish"),
        pytest.param(document("الصفحة غير موجودة", "العودة إلى الرئيسية"), "not found", id="Arabic"),
        pytest.param(document("Talks in Room 404 resume", *PROSE), None, id="404 in a headline"),
        pytest.param(document("Just a moment...", "Verify you are human."), "robot wall", id="robot wall"),
        pytest.param(
            document("Avant de continuer", "Nos 812 partenaires", "Tout accepter", "Continuer sans accepter"),
            "consent wall",
            id="consent wall",
        ),
        pytest.param(
            document("New rules for cookie consent", *PROSE, "Sites must let readers reject all cookies."),
            None,
            id="on cookies",
        ),
    ],
)
def test_walls_and_missing_pages(content: bytes, problem: str | None) -> None:
    found = extract_page(content, url=URL)
    assert found.problem == problem
    assert bool(found.text) is (problem is None)


BANNERS = {
    "consent": "<h2>We value your privacy</h2><p>We and our 123 partners store information.</p>"
    "<button>Accept all</button><button>Reject all</button><a href='/p'>our 123 partners</a>",
    "consent, French": "<h2>Votre vie privée</h2><p>Nous et nos 123 partenaires stockons des informations.</p>"
    "<button>Tout accepter</button><button>Tout refuser</button><a href='/p'>123 partenaires</a>",
    "sign-in": "<h2>Log in</h2><form><input name='u'><input type='password'><button>Log in</button></form>",
    "film": "<p>This video is not available in your country.</p>",
}


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS.keys())
@pytest.mark.parametrize(
    "lines",
    [PROSE[:2], [PROSE[0]], [*PROSE[:2], "The other side would accept all of it, the ministry said."]],
    ids=["two paragraphs", "one", "with one of the banner's words"],
)
def test_banner_over_a_short_article_takes_nothing_of_it(banner: str, lines: Sequence[str]) -> None:
    body = "".join(f"<p>{line}</p>" for line in lines)
    content = (
        f"<html lang='en'><title>Talks resume</title><body><div>{banner}</div>"
        f"<article><h1>Talks resume</h1>{body}</article></body></html>"
    ).encode()
    found = extract_page(content, url=URL)
    assert found.problem is None
    assert all(line in found.text for line in lines)


def test_box_to_sign_in_under_an_article_is_no_wall() -> None:
    lines = "".join(f"<p>{line}</p>" for line in PROSE[:3])
    box = "<div><h1>Log in</h1><form><input type='password'></form></div>"
    found = extract_page(f"<article><h1>Talks resume</h1>{lines}</article>{box}".encode(), url=URL)
    assert (found.problem, PROSE[0] in found.text) == (None, True)
    wall = extract_page(f"<h1>Log in</h1><p>To read on.</p>{box}".encode(), url=URL)
    assert wall.problem == "login wall"


def test_each_entry_of_a_live_blog_is_text() -> None:
    updates = [
        {
            "@type": "BlogPosting",
            "headline": f"Update {number}",
            "articleBody": f"{PROSE[number]} More to come.",
        }
        for number in range(6)
    ]
    block = ld(**{"@type": "LiveBlogPosting", "headline": "Talks, live", "liveBlogUpdate": updates})
    found = extract_page(document("Talks, live", "The latest.", head=block), url=URL)
    assert found.kind == "live"
    assert all(f"Update {number}" in found.text and PROSE[number] in found.text for number in range(6))


def test_a_video_is_kept_by_title_and_summary() -> None:
    summary = (
        "The foreign ministers of Morocco and Spain speak to the press in Rabat after the talks on fisheries."
    )
    block = ld(
        **{
            "@type": "VideoObject",
            "name": "Ministers speak",
            "description": summary,
            "uploadDate": "2026-03-02",
        }
    )
    found = extract_page(document("Ministers speak", "Watch", head=block), url=URL)
    assert (found.kind, found.title, found.text, found.sources["text"]) == (
        "video",
        "Ministers speak",
        summary,
        "summary",
    )


@pytest.mark.parametrize(
    ("url", "link", "following"),
    [
        pytest.param(URL, '<a href="?page=2">2</a>', f"{URL}?page=2", id="number"),
        pytest.param(URL, '<link rel="next" href="/news/talks/2">', f"{URL}/2", id="path"),
        pytest.param(
            f"{URL}?page=2",
            '<a href="/news/talks?page=3">Next ›</a>',
            f"{URL}?page=3",
            id="next of the second",
        ),
        pytest.param(URL, '<a rel="next" href="/news/another">Next article</a>', None, id="another article"),
        pytest.param(URL, '<a href="/news?page=2">2</a>', None, id="pages of the section"),
        pytest.param(f"{URL}?page=2", '<a href="/news/talks">1</a>', None, id="back"),
    ],
)
def test_next_page(url: str, link: str, following: str | None) -> None:
    assert next_page(_parse(f"<html><body>{link}</body></html>".encode(), url, None), url=url) == following


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in SCRIPTS])
def test_scripts_and_charsets(row: dict[str, str]) -> None:
    lines = [row["line"], *(f"{row['line'][:-1]} ({number}){row['line'][-1]}" for number in range(4))]
    declared = "nb-NO" if row["language"] == "no" else ""
    page = (
        f"<html lang='{declared}'><head><meta charset='{row['charset']}'><title>{row['title']}</title></head><body>"
        f"<div class=menu><a href=/>X</a></div><div id=c><h1>{row['title']}</h1>{''.join(f'<p>{x}</p>' for x in lines)}</div>"
    )
    found = extract_page(page.encode(row["charset"]), url=URL)
    assert (found.title, found.language) == (row["title"], row["language"])
    assert found.text.split("\n") == lines


@pytest.mark.parametrize(
    "heading", ["You may like", "Você pode gostar...", "Related articles", "مواضيع ذات صلة"]
)
def test_other_articles_under_a_heading_of_their_own_are_not_the_text(heading: str) -> None:
    others = "".join(
        f"<article class='post'><h4>Story {number}</h4><p>{'A long story about something else altogether. ' * 12}</p></article>"
        for number in range(5)
    )
    text = "".join(f"<p>{line}</p>" for line in PROSE[:3])
    page = (
        f"<html><body><article class='post'><h1>Talks resume</h1>{text}</article>"
        f"<article class='post'><h3>{heading}</h3>{others}</article></body></html>"
    )
    assert extract_page(page.encode(), url=URL).text.split("\n") == PROSE[:3]
