"""The headlines of newsletters: each once, with its own words, whatever the layout; and no link of the mail's own."""

from __future__ import annotations

import pytest

from crawler.sources.mail.headlines import MailHeadline, headlines, is_tracking
from crawler.sources.mail.message import take_apart
from tests.newsletters import framed, newsletter

SITE = "https://fisheries.example"
ONE, TWO = f"{SITE}/press/2026/talks-in-rabat", f"{SITE}/press/2026/quotas-for-hake"
FIRST = MailHeadline(ONE, "Talks resume in Rabat", "The minister received a delegation on Monday.")
SECOND = MailHeadline(TWO, "New quotas for hake", "Boats may land a tenth more until June.")


def card(item: MailHeadline, layout: str) -> str:
    url, title, summary = item.url, item.title, item.summary
    more = f"<a href='{url}'>Read more »</a>"
    return {
        "title is the link": f"<h2><a href='{url}'>{title}</a></h2><p>{summary}</p>",
        "picture, title, more": (
            f"<a href='{url}'><img src='{SITE}/p.jpg' alt=''></a><p><a href='{url}'><b>{title}</b></a></p>"
            f"<p>{summary}</p><p>{more}</p>"
        ),
        "heading and more": f"<h3>{title}</h3><p>{summary}</p>{more}",
        "whole card is the link": f"<a href='{url}'><table><tr><td><h3>{title}</h3><p>{summary}</p></td></tr></table></a>",
        "one line": f"<p><a href='{url}'>{title}</a><br>{summary}</p>",
        "nested tables": (
            f"<table><tr><td><table><tr><td><a href='{url}'>{title}</a></td></tr><tr><td>{summary}</td></tr></table>"
            f"</td></tr></table>"
        ),
    }[layout]  # fmt: skip


LAYOUTS = (
    "title is the link",
    "picture, title, more",
    "heading and more",
    "whole card is the link",
    "one line",
    "nested tables",
)


def read(html: str) -> list[MailHeadline]:
    return headlines(take_apart(newsletter("News", "Plain words", html=html).as_bytes()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_headlines_are_found_in_any_layout(layout: str) -> None:
    found = read(
        framed(f"<a href='{SITE}/'>Ministry of Fisheries</a>", card(FIRST, layout), card(SECOND, layout))
    )
    assert found == [FIRST, SECOND]


def test_links_of_the_mail_itself_are_no_headlines() -> None:
    own = (
        f"<a href='{SITE}'>The ministry's home page</a>",
        f"<a href='{SITE}/img/chart.png'>A chart of all landings</a>",
        "<a href='mailto:press@fisheries.example'>Write to the press office</a>",
        "<a href='https://www.facebook.com/sharer?u=1'>Share this with your friends</a>",
        "<a href='https://news.fisheries.example/unsubscribe?id=7'>Leave this list of news</a>",
        "<a href='https://news.fisheries.example/u/7'>Unsubscribe from all of these</a>",
        f"<a href='{SITE}/press'>More</a>",
    )
    assert read(framed(card(FIRST, "one line"), *own)) == [FIRST]


@pytest.mark.parametrize(
    ("title", "more"),
    [
        pytest.param("وزير الصيد يستقبل وفدا في الرباط", "اقرأ المزيد", id="Arabic"),
        pytest.param("渔业部长在拉巴特会见代表团", "阅读全文", id="Chinese"),
        pytest.param("Министр принял делегацию в Рабате", "Читать далее", id="Russian"),
        pytest.param("Le ministre reçoit une délégation à Rabat", "Lire la suite", id="French"),
    ],
)
def test_headlines_in_other_languages(title: str, more: str) -> None:
    html = framed(
        f"<h3>{title}</h3><p><a href='{ONE}'>{more}</a></p>", f"<p><a href='{TWO}'>{title} 2</a></p>"
    )
    assert [(each.url, each.title) for each in read(html)] == [(ONE, title), (TWO, f"{title} 2")]


def test_plain_text_has_headlines_too() -> None:
    text = (
        f"Talks resume in Rabat\n{ONE}\n\nNew quotas for hake: {TWO}\n\n"
        "Unsubscribe from this list:\nhttps://news.fisheries.example/unsubscribe/7\n"
    )
    message = f"From: a@b.example\nSubject: News\n\n{text}".encode()
    assert [(each.url, each.title) for each in headlines(take_apart(message))] == [
        (ONE, "Talks resume in Rabat"),
        (TWO, "New quotas for hake"),
    ]


def test_links_of_a_search_are_those_that_they_lead_to() -> None:
    google = "https://www.google.com/url?rct=j&amp;sa=t&amp;url={}&amp;ct=ga&amp;usg=AO"
    rows = "".join(
        f"<tr><td><a href='{google.format(item.url)}'><span>{item.title}</span></a><div><a href='{google.format(item.url)}'>"
        f"Gazette</a></div><div>{item.summary}</div><a href='https://www.google.com/alerts/feedback?f=1'>Flag as irrelevant</a>"
        "</td></tr>"
        for item in (FIRST, SECOND)
    )
    html = f"<html><body><table>{rows}</table><a href='https://www.google.com/alerts?s=A'>See all results</a></body></html>"
    assert [(each.url, each.title) for each in read(html)] == [(ONE, FIRST.title), (TWO, SECOND.title)]


@pytest.mark.parametrize(
    ("url", "tracks"),
    [
        ("https://fisheries.us1.list-manage.com/track/click?u=1&id=2", True),
        ("https://click.mail.fisheries.example/?qs=0f3a", True),
        ("https://fisheries.example/c/eJwtj0FuwyAQRU9jdkYDGGMvWHSTa0QDjGMSGyzAqXL7kqqLr", True),
        ("https://t.co/x1", True),
        (ONE, False),
        ("https://fisheries.example/press/1234", False),
        ("https://news.example/2026/talks-resume-in-rabat", False),
        ("https://news.example/p/77", False),
        ("https://fisheries.example/talks-resume-in-rabat-0f3a0f3a0f3a0f3a0f3a0f3a0f3a0f3a0f3a", False),
        ("https://trackandfield.example/1", False),
    ],
)
def test_links_that_count_readers_are_known(url: str, tracks: bool) -> None:
    assert is_tracking(url) is tracks
