"""What users of other readers report of feeds, row by row: polled over loopback, and what must come of it.

The rows are those of a study of readers' issue trackers; each test's name says what the report was about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

import pytest
from sqlmodel import select

from storage.tables import Article, ArticleState, ArticleVersion, Host, Outlet
from storage.troubles import Trouble
from tests.conftest import START
from tests.databases import on_both, on_sqlite
from tests.replay.outlets import Answer, raw, status
from tests.replay.test_polling import DAY, FEED, HOUR, OTHER, Crawl, crawl, pool

pytestmark = on_sqlite

__all__ = ["crawl", "pool"]

SITE = "http://gazette.example"
SCHOOL, PORT, HARBOUR = "Ilse Marrow opens a school", "Ferries stay in port", "Harbour works resume today"
WORDS = "The minister opened the talks on fisheries on Monday and named the members of the commission."


def item(
    title: str, link: str = "", *, guid: str = "", summary: str = "", at: datetime | None = START
) -> str:
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at is not None else ""
    key = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    href = f"<link>{link.replace('&', '&amp;')}</link>" if link else ""
    return f"<item>{key}{href}<title>{title}</title><description>{summary}</description>{date}</item>"


def rss(*items: str, link: str = SITE, title: str = "Replay", head: str = "") -> Answer:
    body = f"<rss version='2.0'><channel><title>{title}</title><link>{link}</link>{head}{''.join(items)}</channel></rss>"
    return raw(body.encode(), Content_Type="application/rss+xml")


def titles(crawl: Crawl) -> list[str]:
    with crawl.database.read() as session:
        return list(session.exec(select(Article.feed_title).order_by("id")))


def articles(crawl: Crawl) -> Sequence[Article]:
    with crawl.database.read() as session:
        return session.exec(select(Article).order_by("id")).all()


def versions(crawl: Crawl) -> int:
    with crawl.database.read() as session:
        return len(session.exec(select(ArticleVersion)).all())


PAGE = f"{SITE}/page"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((f"{PAGE}#m1", ""), (f"{PAGE}#m2", ""), id="fragments"),
        pytest.param((f"{PAGE}#/news/1", ""), (f"{PAGE}#/news/2", ""), id="hash routes"),
        pytest.param((f"{PAGE}?fbclid=1", ""), (f"{PAGE}?fbclid=2", ""), id="a tracker's parameter"),
        pytest.param((PAGE, PAGE), (PAGE, PAGE), id="title and date alone, guid and link one"),
        pytest.param((PAGE, "1"), (PAGE, "2"), id="one link"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_items_that_share_an_address_are_articles_of_their_own(
    crawl: Crawl, first: tuple[str, str], second: tuple[str, str], at_once: bool
) -> None:
    one = item(SCHOOL, first[0], guid=first[1])
    two = item(PORT, second[0], guid=second[1], at=START + HOUR)
    crawl.outlets.script[FEED] = [rss(two, one)] if at_once else [rss(one), rss(two, one)]
    for _poll in range(3):
        await crawl.poll(2 * HOUR)
    assert titles(crawl) == [SCHOOL, PORT]
    assert [article.url for article in articles(crawl)] == [first[0], second[0]]


@on_both
async def test_guid_and_link_that_carry_another_report_are_news(crawl: Crawl) -> None:
    reports = [
        rss(item(title, PAGE, guid="latest", summary=f"{title} {title}", at=START + number * DAY))
        for number, title in enumerate((SCHOOL, PORT, HARBOUR))
    ]
    crawl.outlets.script[FEED] = reports
    for _poll in range(5):
        await crawl.poll(DAY)
    assert titles(crawl) == [SCHOOL, PORT, HARBOUR]
    assert versions(crawl) == 3


async def test_links_that_change_at_every_poll_make_one_article(crawl: Crawl) -> None:
    links = (
        "{0}/a/{2}?sid={1}",
        "{0}/a/{2};jsessionid={1}",
        "{0}/{1}/a/{2}",
        "http://www.gazette.example/a/{2}?{1}",
    )
    crawl.outlets.script[FEED] = [
        rss(
            *(
                item(title, links[poll % 4].format(SITE, f"s{poll}", number), at=START + number * HOUR)
                for number, title in enumerate((SCHOOL, PORT, HARBOUR))
            )
        )
        for poll in range(12)
    ]
    for _poll in range(12):
        await crawl.poll(3 * HOUR)
    assert sorted(titles(crawl)) == sorted([SCHOOL, PORT, HARBOUR])


async def test_site_that_moves_brings_no_old_news(crawl: Crawl) -> None:
    old = [(f"Report {n} of the port", START - n * DAY) for n in range(4, 14)]
    crawl.outlets.script[FEED] = [
        rss(*(item(title, f"{SITE}/{n}", at=at) for n, (title, at) in enumerate(old))),
        rss(
            item(HARBOUR, "http://new.example/x", at=START + HOUR),
            *(item(title, f"http://new.example/{n}", at=at) for n, (title, at) in enumerate(old)),
            *(
                item(f"Archive {n} of a year ago", f"http://new.example/old/{n}", at=START - n * 30 * DAY)
                for n in range(1, 15)
            ),
        ),
    ]
    await crawl.poll()
    crawl.clock.advance(HOUR)
    await crawl.poll()
    fresh = [article.feed_title for article in articles(crawl) if article.state is not ArticleState.MATCHED]
    assert fresh == [HARBOUR]
    assert titles(crawl).count("Report 4 of the port") == 1


async def test_error_entry_of_a_bridge_is_a_failure(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [rss(item("The bridge gave error 500!", FEED, guid="e1"))]
    (report,) = await crawl.poll()
    assert report.error == Trouble("error-entry", {"url": FEED, "title": "The bridge gave error 500!"})
    assert (titles(crawl), crawl.feed().failures) == ([], 1)


async def test_not_modified_without_a_condition_is_a_failure(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [status(304)]
    (report,) = await crawl.poll()
    assert report.error == Trouble("unasked-304", {"url": FEED})
    assert crawl.feed().last_success_at is None


def sitemap(*rows: tuple[str, str]) -> Answer:
    entries = "".join(
        f"<url><loc>{SITE}/{name}</loc><n:news><n:title>{title}</n:title>"
        f"<n:publication_date>{START.isoformat()}</n:publication_date></n:news></url>"
        for name, title in rows
    )
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'"
    return raw(f"<urlset {space}>{entries}</urlset>".encode(), Content_Type="application/xml")


async def test_sitemap_index_given_as_a_feed_is_followed(crawl: Crawl) -> None:
    names = "".join(
        f"<sitemap><loc>{SITE}/{name}.xml</loc></sitemap>" for name in ("sitemap-news", "pages", "videos")
    )
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    index = raw(f"<sitemapindex {space}>{names}</sitemapindex>".encode(), ETag='"1"')
    crawl.outlets.script[FEED] = [index]
    crawl.outlets.script[f"{SITE}/sitemap-news.xml"] = [
        sitemap(("a", SCHOOL)),
        sitemap(("b", PORT), ("a", SCHOOL)),
    ]
    await crawl.poll()
    await crawl.poll()  # the index has not changed, its sitemap has
    assert titles(crawl) == [SCHOOL, PORT]
    assert crawl.outlets.times(f"{SITE}/pages.xml") == 0


async def test_host_that_rests_shows_at_each_of_its_feeds(crawl: Crawl) -> None:
    from service.feed_reports import read_reports

    crawl.add(FEED, OTHER)
    crawl.outlets.script[FEED] = [rss(item(SCHOOL, f"{SITE}/a"))]
    crawl.outlets.script[OTHER] = [status(429)]
    await crawl.poll()
    with crawl.database.read() as session:
        reports = {
            report.url: report.verdict for report in read_reports(session, failures=3, now=crawl.clock.now)
        }
        host = session.exec(select(Host)).one()
    assert reports == {FEED: "resting", OTHER: "resting"}
    assert host.blocked_reason == Trouble("http", {"url": OTHER, "status": 429})


async def test_two_podcasts_with_the_same_guids_are_six_episodes(crawl: Crawl) -> None:
    crawl.add(FEED, OTHER)
    for feed, show in ((FEED, "Talk"), (OTHER, "News")):
        crawl.outlets.script[feed] = [
            rss(*(item(f"{show} show, episode {n}", guid=str(n), at=START + n * HOUR) for n in (1, 2, 3)))
        ]
    for _poll in range(3):
        await crawl.poll(5 * HOUR)
    assert len(titles(crawl)) == 6


async def test_odd_links_lose_no_entries(crawl: Crawl) -> None:
    odd = ["www.gazette.example/a", "http:/gazette.example/b", f"{SITE}\\c\\d", "N/A", "N/A", "-"]
    names = ["Aster", "Birch", "Cedar", "Dahlia", "Elder", "Fern"]
    crawl.outlets.script[FEED] = [
        rss(*(item(f"{name} in bloom", link, guid="N/A") for name, link in zip(names, odd, strict=True)))
    ]
    for _poll in range(2):
        await crawl.poll()
    found = {article.feed_title.split()[0]: article.url for article in articles(crawl)}
    assert sorted(found) == names
    assert (found["Aster"], found["Birch"], found["Cedar"]) == (
        "https://www.gazette.example/a",
        f"{SITE}/b",
        f"{SITE}/c/d",
    )
    assert found["Dahlia"] == SITE


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        pytest.param(SCHOOL, f"{WORDS} {{}} comments", id="comments"),
        pytest.param(SCHOOL, f"{WORDS} {{}} minutes ago", id="relative time"),
        pytest.param(f"{SCHOOL} ({{}})", WORDS, id="a number in the title"),
        pytest.param(SCHOOL, f"{WORDS}&lt;br&gt;Read also: Report {{}}", id="a line that leads elsewhere"),
    ],
)
async def test_counters_are_no_edits(crawl: Crawl, title: str, summary: str) -> None:
    crawl.outlets.script[FEED] = [
        rss(item(title.format(n), PAGE, guid="1", summary=summary.format(n))) for n in range(3, 10)
    ]
    for _poll in range(7):
        await crawl.poll()
    assert versions(crawl) == 1
    crawl.outlets.script[FEED] = [
        rss(item(title.format(1), PAGE, guid="1", summary=f"Corrected: {summary.format(1)}"))
    ]
    await crawl.poll()
    assert versions(crawl) == 2


@on_both
async def test_summary_that_is_edited_has_the_page_read_at_once(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [
        rss(item(SCHOOL, PAGE, guid="1", summary="Short.")),
        rss(item(SCHOOL, PAGE, guid="1", summary="Short, and Nasser Bourita came.")),
    ]
    await crawl.poll()
    with crawl.database.write() as session:
        article = session.exec(select(Article)).one()
        article.text_source, article.read_at, article.recheck_at = "page", crawl.clock.now, None
    await crawl.poll()
    (article,) = articles(crawl)
    assert article.feed_text == "Short, and Nasser Bourita came."
    assert article.recheck_at == crawl.clock.now


@on_both
@pytest.mark.parametrize(
    ("country", "day"),
    [
        pytest.param("GB", "2026-02-01", id="day first"),
        pytest.param("US", "2026-01-02", id="month first"),
        pytest.param(None, "2026-01-02", id="English of no country"),
    ],
)
async def test_dates_are_meant_as_in_the_outlets_country(crawl: Crawl, country: str | None, day: str) -> None:
    crawl.add(FEED)
    with crawl.database.write() as session:
        outlet = session.exec(select(Outlet)).one()
        outlet.language, outlet.country = "en", country
    dated = f"<item><link>{SITE}/1</link><title>{SCHOOL}</title><pubDate>01/02/2026 10:15</pubDate></item>"
    crawl.outlets.script[FEED] = [rss(dated)]
    await crawl.poll()
    (article,) = articles(crawl)
    assert article.published_at is not None
    assert str(article.published_at.date()) == day
