"""Pages with lists of articles: learned, or read by selectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from crawler.errors import FeedError
from crawler.sources.base import SourceDocument, UnknownSourceError, declare, settings_of
from crawler.sources.lists.addresses import is_same_site, is_section, shape_of
from crawler.sources.lists.dates import ListDates
from crawler.sources.lists.learning import ListRule, apply, learn
from crawler.sources.lists.links import links_of, parse_page
from crawler.sources.lists.source import ListSource
from crawler.sources.lists.telling import telling_part
from crawler.sources.lists.wording import is_like_date
from crawler.values import ParsedFeed
from service.troubles import trouble_words
from tests.crawler.sources.layouts import LAYOUTS, SITE, Layout, items_of, layouts, page

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
URL = f"{SITE}/press"


def read(
    html: str, keys: Mapping[str, object] = MappingProxyType({}), *, state: Mapping[str, Any] | None = None
) -> ParsedFeed:
    source = ListSource()
    settings = settings_of(source, URL, {"url": URL, **keys})
    document = SourceDocument(html.encode(), URL, "text/html; charset=utf-8", settings, state or {}, "", NOW)
    return source.read(document)


@pytest.mark.parametrize("layout", [pytest.param(each, id=each.name) for each in layouts()])
def test_articles_of_a_page_are_learned(layout: Layout) -> None:
    feed = read(layout.html)
    assert {entry.url for entry in feed.entries} == layout.articles
    assert feed.language == layout.language
    assert feed.problem is None
    by_rule = read(layout.html, state=feed.state)  # less of the page is read
    assert by_rule.entries == feed.entries


def listed(item: str, between: Mapping[int, str] = MappingProxyType({})) -> str:
    """Seven items made of `item`, with its `{url}`, `{title}` and `{date}`; others between them, by place."""
    rows = []
    for number, (url, title, date) in enumerate(items_of("en", "slugs")):
        rows += [
            item.format(
                url=url,
                title=title,
                date=date,
                tag=("newsletter", "share", "promo")[number % 3],
                day=11 + number,
                kind=("sport", "food", "sea")[number % 3],
            ),
            between.get(number, ""),
        ]
    return "".join(rows)


DATED = "<li><span>{date}</span> <a href='{url}'>{title}</a></li>"
HEADED = "<article class='post tag-{tag}'><h2><a href='{url}'>{title}</a></h2><time>{date}</time></article>"
NUMBERED = "<li><a href='/board/view.do?docId=611{day}&menuSeq=971'>{title}</a> {date}</li>"
PROMOTION = (
    "<li><span>1 March 2026</span> "
    "<a href='https://ads.fisheries.example/x/big-book-of-the-sea'>The big book of the sea</a></li>"
)
SHORT = "<li><span>28 March 2026</span> <a href='/press/fair'>A fair</a></li>"
SEVERAL = "".join(
    f"<li><a href='{{at}}-the-{sea}'>What the {sea} tells us of itself</a></li>"
    for sea in ("north", "south", "east")
)
PAID = "<li><span>{label}</span> 1 March 2026 <a href='/press/big-book-of-the-sea'>The big book of the sea</a></li>"
BEHIND = "<p>What the ministry says of it, in a line or two of text that is shown below the title.</p>"


@pytest.mark.parametrize(
    ("html", "missed"),
    [
        pytest.param(f"<form id=aspnetForm><ul>{listed(DATED)}</ul></form>", 0, id="a form around the page"),
        pytest.param(f"<div class=feed>{listed(HEADED)}</div>", 0, id="tags as class names"),
        pytest.param(
            f"<main class=wp--skip-link--target>{listed(HEADED)}</main>", 0, id="a target of skip links"
        ),
        pytest.param(
            f"<div class=ajax_pagination_box>{listed(HEADED)}</div>", 0, id="a box called by its paging"
        ),
        pytest.param(
            "<ul class=art-prev--near-menu>"
            + listed(
                "<li><a href='{url}'><span>{date}</span><div>{title}</div><p>" + BEHIND + "</p></a></li>"
            )
            + "</ul>",
            0,
            id="teasers longer than titles that are no headings",
        ),
        pytest.param(
            f"<main><h1>News</h1><ol class='nav nav-tabs nav-stacked'>{listed(DATED)}</ol></main>",
            0,
            id="a style sheet's list",
        ),
        pytest.param(
            f"<ul>{listed(DATED, {3: '<li><span>28 March 2026</span> <a href=/press/fair>A fair</a></li>'})}</ul>",
            -1,
            id="a short title among them",
        ),
        pytest.param(
            f"<ul>{listed(DATED, {3: PROMOTION})}</ul>",
            0,
            id="promotion of another host among them",
        ),
        pytest.param(
            "<table>"
            + listed(
                "<tr><td><a href='{url}'>{title}</a></td><td>{date}</td>"
                "<td><a href='/file?id=77{tag}3331{date}'>Download the file</a></td></tr>"
            )
            + "</table>",
            0,
            id="a file beside each, all called alike",
        ),
        pytest.param(
            f"<ul>{listed(DATED)}"
            + "".join(
                f"<li><span>28 {month} 2025</span> <a href='/press/2025/{number:02}/'>All releases of {month}</a></li>"
                for number, month in enumerate(("January", "February", "March", "April"), start=1)
            )
            + "</ul>",
            0,
            id="an archive by months",
        ),
        pytest.param(
            f"<ul>{listed(DATED)}</ul><div class=row>"
            + "".join(
                f"<div><a href='/study/courses/x{n}-management-of-ports'>Management of fishing ports, course {n}</a></div>"
                for n in range(4)
            )
            + "</div>",
            0,
            id="courses without dates beside dated news",
        ),
        pytest.param(
            "<ul><li><h3><a href='/travel-and-long-weekends'>Travel and long weekends</a></h3></li>"
            "<li><h3><a href='/the-weekend-magazine'>The weekend magazine</a></h3></li>"
            "<li><h3><a href='/arts'>Arts</a></h3></li><li><h3><a href='/sea'>Sea</a></h3></li></ul>"
            "<ul>" + listed("<li><h3><a href='/world{url}-b2710{date}'>{title}</a></h3></li>") + "</ul>",
            0,
            id="a menu with the markup of the list",
        ),
        pytest.param(
            f"<div><ul>{listed(DATED, {2: SHORT})}</ul></div><div><ul>"
            + "".join(
                f"<li><a href='/licences/fishing-boats-of-class-{n}'>Licences for boats of class {n}</a></li>"
                for n in "abcd"
            )
            + "</ul></div>",
            -1,
            id="services with the markup of the list",
        ),
        pytest.param(
            "<ul>"
            + listed(
                "<li><a href='/press?topic={tag}'>News of the week, {tag}</a> <a href='{url}'>{title}</a></li>"
            )
            + "</ul>",
            0,
            id="the page itself, sifted by topic",
        ),
        pytest.param(
            "<ul>" + listed(NUMBERED.replace("view.do?", "view.do?currentPageNo=1&")) + "</ul>",
            0,
            id="addresses that keep the number of the page of results",
        ),
        pytest.param(
            f"<ul>{listed(HEADED)}</ul><ul>"
            + "".join(
                f"<li><h2><a href='/press/?r_categoryId=3120{n}'>All that is news of harbour number {n}</a></h2></li>"
                for n in range(4)
            )
            + "</ul>",
            0,
            id="categories by a parameter",
        ),
        pytest.param(
            listed(
                "<table><tr><td>{title}</td></tr><tr><td>{date}, read by 3775 people of the ports so far "
                "<a href='{url}#comments'>notes (2)</a> "
                "<a href='{url}'>Continue »</a> <a href='/print.php?id=4{day}'>Print</a></td></tr></table>"
            ),
            0,
            id="titles beside the link, with one to print",
        ),
        pytest.param(
            listed(
                "<div class=card><a class=cover href='{url}'></a>"
                "<p><a href='/t/18-2001{day}/en'>Sea</a></p><h3>{title}</h3></div>"
            ),
            0,
            id="an empty link over each card",
        ),
        pytest.param(
            listed(
                "<div class=card><a href='{url}' aria-labelledby=t{day}></a><h4>Breaking</h4><h3 id=t{day}>{title}</h3></div>"
            ),
            0,
            id="an empty link labelled by a heading",
        ),
        pytest.param(
            "<div class='elementor-widget elementor-widget-posts'>"
            + listed("<article class=style-Img16TopTagsTitle><a href='{url}'>{title}</a></article>")
            + "</div>",
            0,
            id="a page builder's widget, and looks as a class name",
        ),
        pytest.param(
            listed(
                "<ul><li><h3>Sea</h3><ul><li><a href='/release.aspx?prid=20911{day}'>{title}</a> {date}</li></ul></li></ul>"
            ),
            0,
            id="one release below the name of each ministry",
        ),
        pytest.param(
            f"<ul>{listed(DATED)}</ul><div class=more>"
            "<p><a href='/north/2481168/ferries-stay-in-port-in-the-storm'>Ferries stay in port as the storm nears</a></p></div>"
            "<ul>"
            + listed("<li><a href='/sea/24811{day}/a-day-at-{kind}'>{title}</a> {date}</li>")
            + "</ul>",
            -1,
            id="a number amid the address tells an article",
        ),
        pytest.param(
            "<ul>" + listed("<li><a href='/archive/n34/{kind}{day}.htm'>{title}</a></li>") + "</ul>",
            0,
            id="pages numbered by hand",
        ),
        pytest.param(
            "<ul>"
            + listed(
                "<li><h3><a href='https://{kind}{day}.fisheries.example/news/d-74178{day}/a-day-of-{kind}'>{title}</a></h3></li>"
            )
            + "</ul>",
            0,
            id="each on a host of its section",
        ),
        pytest.param(
            "<ul>"
            + listed("<li><h3><a href='/news/d-74178{day}/a-day-of-{kind}'>{title}</a></h3></li>")
            + "<li><h3><a href='https://cars.fisheries.example/news/d-7417899/a-day-of-cars'>"
            "Cars are sold at sea</a></h3></li></ul>",
            -1,
            id="one of them on another host",
        ),
        pytest.param(
            "<ul>" + listed("<li><a href='/release.aspx?prid=20911{day}'>{title}</a></li>") + "</ul>",
            0,
            id="counted by a parameter, without dates",
        ),
        pytest.param(
            "<ul>"
            + "".join(
                f"<li><a href='/files/annual-report-of-the-ports-{n}'>The annual report of the ports, {n}</a></li>"
                for n in "abcd"
            )
            + "</ul><div class='elementor-widget elementor-widget-posts'>"
            + listed("<article><a href='{url}'>{title}</a><p>{date}</p></article>")
            + "</div>",
            0,
            id="a page builder's widget beside a list of files",
        ),
        pytest.param(f"<div class=ticker>{listed(DATED)}</div>", 0, id="a ticker of news"),
        pytest.param(
            f"<ul>{listed(DATED)}</ul><div><h3>Meistgelesen</h3><ol>{SEVERAL.replace('{at}', '/press/the-sea-of')}</ol></div>",
            0,
            id="what is most read, by its heading",
        ),
        pytest.param(
            f"<ul>{listed(DATED)}</ul><div><h3>مناقصات</h3></div><ul>{SEVERAL.replace('{at}', '/press/works-in')}</ul>",
            0,
            id="tenders, by the heading before them",
        ),
        pytest.param(
            f"<ul>{listed(DATED, {2: PAID.format(label='Patrocinado'), 5: PAID.replace('big', 'small')})}</ul>",
            -1,
            id="one that is labelled as promotion, and one that is not",
        ),
        pytest.param(
            f"<ul>{listed(DATED, {2: PAID.replace('<a', '<a rel=sponsored')})}</ul>", 0, id="a sponsored link"
        ),
        pytest.param(
            listed(
                "<p><b>{date}</b><br><a href='{url}'>{title}</a><br>" + 3 * "What the ministry says of it. "
            ),
            0,
            id="a line of its own in a paragraph",
        ),
        pytest.param(
            listed("<div data-title='{title}'><a href='{url}'><img src=x.jpg alt=''></a></div>"),
            0,
            id="titles for scripts alone",
        ),
        pytest.param(
            listed("<a class=tile href='{url}'><span>Sea</span><span>{title}</span><span>{date}</span></a>"),
            0,
            id="a kicker and a date beside the title",
        ),
        pytest.param(
            listed(
                "<li><strong><a href='{url}'>{title}</a></strong><p><a href='{url}'>"
                + 3 * "What it says. "
                + "</a></p></li>"
            ),
            0,
            id="a linked teaser",
        ),
        pytest.param(
            listed("<li><a href='{url}' title='{title}'>{title:.20}…</a> {date}</li>"),
            0,
            id="titles that are cut",
        ),
        pytest.param(
            listed("<li><a href='{url}'>{title} (PDF, 129&nbsp;kB)</a> {date}</li>"),
            0,
            id="the size of a file",
        ),
        pytest.param(
            listed(
                "<dl><dt><a href='{url}'>{title}</a></dt><dd>"
                + 6 * "What the ministry says of it, "
                + "</dd></dl>"
            ),
            0,
            id="long text below short titles",
        ),
    ],
)
def test_articles_are_told_from_what_stands_around_them(html: str, missed: int) -> None:
    feed = read(page("en", html))
    wanted = {title for _url, title, _date in items_of("en", "slugs")}
    found = {entry.title for entry in feed.entries}
    assert found >= wanted
    assert len(found) == len(wanted) - missed


def test_row_that_lays_out_a_page_dates_nothing() -> None:
    links = "".join(
        f"<td><a href='/press/{number}-the-minister-opens-a-port'>{number}</a></td>" for number in range(9)
    )
    for row, date in ((links, ""), ("<td><a href='/press/a'>A port opens</a></td>", "28 March 2026")):
        tree = parse_page(f"<table><tr><td>28 March 2026</td>{row}</tr></table>".encode(), URL, None)
        assert tree is not None
        assert {link.date for link in links_of(tree, URL)} == {date}


def test_entries_have_the_titles_and_dates_of_the_list() -> None:
    items = items_of("fr", "slugs")
    feed = read(page("fr", LAYOUTS["table"](items)))
    assert [(entry.title, entry.published and entry.published.day) for entry in feed.entries] == [
        (title, 28 - number) for number, (_url, title, _date) in enumerate(items)
    ]


def test_rule_is_kept_as_data_and_finds_what_is_new() -> None:
    first = read(page("en", LAYOUTS["cards"](items_of("en", "slugs"))))
    assert first.state is not None
    kept = json.loads(json.dumps(first.state))
    rule = ListRule.from_data(kept)
    assert rule is not None
    assert (rule.links, rule.prefix) == (7, "/press/")
    later = read(
        page("en", LAYOUTS["cards"](items_of("en", "dated", count=2) + items_of("en", "slugs"))), state=kept
    )
    assert len(later.entries) == 9  # where nothing but articles stood, an address of another shape is one too
    short = read(page("en", LAYOUTS["cards"](items_of("en", "slugs", count=2, first=5))), state=kept)
    assert (len(short.entries), short.problem, short.is_relearned) == (2, None, False)


def test_page_whose_shape_changes_is_learned_again_and_told() -> None:
    first = read(page("en", LAYOUTS["cards"](items_of("en", "slugs"))))
    later = read(page("en", LAYOUTS["table"](items_of("en", "dated"))), state=first.state)
    assert len(later.entries) == 7
    assert later.is_relearned
    assert trouble_words(later.problem) == (
        "the page's shape changed: its list was learned again, 7 links like /2026/03/… (7 before, like /press/…)"
    )
    again = read(page("en", LAYOUTS["table"](items_of("en", "dated"))), state=later.state)
    assert (again.is_relearned, again.problem) == (False, None)


def test_links_beyond_the_most_are_left_out_and_told() -> None:
    items = "".join(
        f"<li><a href='/press/2026/notice-{n}-of-the-northern-fleet'>Notice {n} of the northern fleet</a></li>"
        for n in range(2_001)
    )
    feed = read(f"<html><body><main><ul>{items}</ul></main></body></html>")
    assert len(feed.entries) == 500
    assert not feed.is_relearned
    assert trouble_words(feed.problem) == "its page has more than 2000 links: those after them are not read"


def test_list_with_one_article_on_it_today_keeps_its_rule() -> None:
    first = read(page("en", LAYOUTS["cards"](items_of("en", "slugs"))))
    later = read(page("en", LAYOUTS["cards"](items_of("en", "slugs", count=1))), state=first.state)
    assert (len(later.entries), later.problem, later.state) == (1, None, first.state)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(page("en", "<p>Nothing to see.</p>"), "no list of articles was found", id="no list"),
        pytest.param(
            page("en", "<ul><li><a href='/a'>Fish</a></li><li><a href='/b'>Ports</a></li></ul>"),
            "say which they are with items",
            id="a menu alone",
        ),
    ],
)
def test_page_without_a_list_is_told(body: str, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read(body)


SELECTED = """<div class=row><a class=pic href=/x/1><img></a><h4>First of the list</h4><i>2 March 2026</i><p>Summary one</p></div>
<div class=row><a class=pic href=/x/2><img></a><h4>Second</h4><i>3 hours ago</i><p>Summary two</p></div>
<div class=row hidden><a href=/x/3>Hidden</a></div><div class=row>no link</div>"""


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(
            {"items": "div.row", "link": "a.pic", "title": "h4", "date": "i", "summary": "p"}, id="CSS"
        ),
        pytest.param(
            {
                "items": "//div[@class='row']",
                "link": "./a/@href",
                "title": "./h4",
                "date": "./i",
                "summary": "p",
            },
            id="XPath",
        ),
        pytest.param({"items": "div.row", "summary": "p"}, id="the rest is seen"),
    ],
)
def test_selectors_say_what_is_listed(keys: dict[str, str]) -> None:
    feed = read(page("en", SELECTED), keys)
    assert [(entry.url, entry.title, entry.summary) for entry in feed.entries] == [
        (f"{SITE}/x/1", "First of the list", "Summary one"),
        (f"{SITE}/x/2", "Second", "Summary two"),
    ]
    assert [entry.published for entry in feed.entries] == [
        datetime(2026, 3, 2, tzinfo=UTC),
        datetime(2026, 3, 30, 9, 0, tzinfo=UTC),
    ]


def test_selector_that_finds_nothing_is_told() -> None:
    with pytest.raises(FeedError, match=r"items = 'li.card' finds nothing"):
        read(page("en", SELECTED), {"items": "li.card"})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"items": "li..card"}, "neither CSS nor XPath", id="broken selector"),
        pytest.param({"link": "a"}, "say items too", id="a part without items"),
        pytest.param({"items": "li", "pages": 0}, "greater than or equal to 1", id="no pages"),
    ],
)
def test_wrong_keys_are_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises((ValueError, UnknownSourceError), match=message):
        declare("list", {"url": URL, **keys})


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("3 hours ago", "en", "2026-03-30T09:00", id="English"),
        pytest.param("il y a 2 jours", "fr", "2026-03-28T12:00", id="French"),
        pytest.param("hace 3 horas", "es", "2026-03-30T09:00", id="Spanish"),
        pytest.param("منذ ساعتين", "ar", "2026-03-30T10:00", id="Arabic"),
        pytest.param("вчера", "ru", "2026-03-29T12:00", id="Russian yesterday"),
        pytest.param("vor 20 Minuten", "de", "2026-03-30T11:40", id="German"),
        pytest.param("12 March", "en", "2026-03-12T00:00", id="no year"),
        pytest.param("28 décembre", "fr", "2025-12-28T00:00", id="of last year"),
        pytest.param("05/03/2026", "fr", "2026-03-05T00:00", id="numbers"),
        pytest.param("Fishing", "en", None, id="no date"),
        pytest.param("29.03. 07.17", "fi", "2026-03-29T07:17", id="numbers without a year"),
        pytest.param("03.05 07:17", "ko", "2026-03-05T07:17", id="month first"),
        pytest.param("02.12.", "de", "2025-12-02T00:00", id="numbers of last year"),
        pytest.param("2026. gada 21. marts", "lv", "2026-03-21T00:00", id="Latvian"),
        pytest.param("12 May 2027", "en", None, id="of an event to come"),
    ],
)
def test_dates_of_lists(text: str, language: str, expected: str | None) -> None:
    found = ListDates(language, URL, "", NOW).read(text)
    assert (found and found.isoformat(timespec="minutes").removesuffix("+00:00")) == expected


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(
            "<h4>28 March 2026</h4><ul><li><a href='{url}'>{title}</a></li></ul>", id="the day above them"
        ),
        pytest.param("<li data-date=2026-03-28><a href='{url}'>{title}</a></li>", id="for scripts"),
        pytest.param(
            "<li><a href='{url}'>{title}</a><span title='28 March 2026'>new</span></li>", id="as a title"
        ),
        pytest.param("<li><b>28</b><i>Mar</i><a href='{url}'>{title}</a></li>", id="day and month apart"),
        pytest.param(
            "<b><a href='{url}'>{title}</a></b><p>28/3 <a href='{url}'>More</a></p>",
            id="beside the second link",
        ),
    ],
)
def test_dates_stand_in_many_places(item: str) -> None:
    feed = read(page("en", f"<div>{listed(item)}</div>"))
    assert len(feed.entries) == len(items_of("en", "slugs"))
    assert {entry.published for entry in feed.entries} == {datetime(2026, 3, 28, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vor 20 Minuten", True),
        ("för en timme sedan", True),
        ("před hodinou", True),
        ("Sea · il y a 2 heures", True),
        ("29.11. 07.17", True),
        ("21 พ.ย.", True),
        ("21 नवंबर", True),
        ("2026. gada 21. novembris", True),
        ("Nov 20, 2:30 PM", True),
        ("12 comments", False),
        ("Norrvik varnar för halka", False),
        ("Vor der Wahl", False),
        ("A home for all", False),
        ("12.99", False),
    ],
)
def test_what_looks_like_a_date(text: str, expected: bool) -> None:
    assert is_like_date(text) is expected


@pytest.mark.parametrize(
    ("address", "url", "expected"),
    [
        ("https://sport.fisheries.example/a", "https://index.fisheries.example/", True),
        ("https://fisheries.example/a", "https://www.fisheries.example/", True),
        ("https://north.gov.uk/a", "https://south.gov.uk/", False),
        ("https://north.blogspot.com/a", "https://south.blogspot.com/", False),
    ],
)
def test_hosts_of_a_site(address: str, url: str, expected: bool) -> None:
    assert is_same_site(address, url) is expected


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("https://a.example/2026-11-27-talks-resume", "I"),
        ("https://a.example/news/481516-talks-resume", "L/I"),
        ("https://a.example/news/politics/talks-resume-in-rabat", "L/L/S"),
        ("https://a.example/2026/03/02/talks", "Y/D/D/L"),
        ("https://a.example/article/123456.html", "L/N"),
        ("https://a.example/a.php?id=12&lang=en", "a.php?id"),
        ("https://a.example/story/3f9a8c7d2b", "L/X"),
        ("https://a.example/north/boat-sunk-238410.html", "L/I"),
        ("https://a.example/n34/kult2.htm", "L/N"),
        ("https://a.example/van-hoa-xa-hoi/gifts-for-300-41729.html", "L/I"),
        ("https://a.example/n34/page2.htm", "L/L"),
    ],
)
def test_shape_of_an_address(url: str, shape: str) -> None:
    assert shape_of(url) == shape


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/news?r_categoryId=31200", True),
        ("https://a.example/news?page=2", True),
        ("https://a.example/view.do?docId=61194&currentPageNo=1", False),
        ("https://a.example/article/170198/view?pageIndex=1", False),
    ],
)
def test_section_by_its_parameters(url: str, expected: bool) -> None:
    assert is_section(url) is expected


PLAIN = (
    "<html><script nonce=a1>t=1</script><!-- made at 12:00 --><input name=token value=x7><style>a{}</STYLE>"
    f"<ul>{listed(DATED)}</ul><p>Talks, 3 <b>hours</b> ago</p><span> 3 hours\nago </span><i>il y a 5 minutes</i></html>"
)


@pytest.mark.parametrize(
    ("old", "new", "is_new"),
    [
        ("nonce=a1>t=1<", "nonce=b2>t=2<", False),
        ("made at 12:00", "made at 12:15", False),
        ("value=x7", "value=y8", False),
        ("a{}", "b{}", False),
        ("<ul>", "<ul><li><a href='/press/new'>New</a>", True),
        ("Harbour works", "Port works", True),
        ("28 March", "29 March", True),
        ("> 3 hours\nago ", ">14 hours ago", False),
        ("il y a 5", "il y a 6", False),
        ("Talks, 3", "Talks, 4", True),
        ("<ul>", "<ul title='a <script tag'><li><a href=/press/new>New</a></script>", True),
        ("<ul>", "<script><ul>", True),
    ],
)
def test_what_tells_that_a_page_says_something_new(old: str, new: str, is_new: bool) -> None:
    said = [telling_part(html.encode()) for html in (PLAIN, PLAIN.replace(old, new, 1))]
    assert old in PLAIN
    assert (said[0] != said[1]) is is_new


@pytest.mark.parametrize("charset", ["iso2022_jp", "utf-16"])
def test_page_whose_tags_are_no_bytes_tells_all(charset: str) -> None:
    body = "<p>漁港 <script>1</script>".encode(charset)
    assert telling_part(body) == body


def test_order_pins_and_tracking_change_nothing() -> None:
    items = items_of("en", "slugs")
    turned = [
        (f"{url}?utm_source=front", title, date) for url, title, date in (items[3], *items[:3], *items[4:])
    ]
    one, other = (read(page("en", LAYOUTS["plain"](each))) for each in (items, turned))
    links = [links_of_html(LAYOUTS["plain"](each)) for each in (items, turned)]
    assert set(links[0]) == set(links[1])
    assert len(one.entries) == len(other.entries) == 7


def links_of_html(body: str) -> list[str]:
    tree = parse_page(page("en", body).encode(), URL, None)
    assert tree is not None
    links = links_of(tree, URL)
    rule = learn(links)
    assert rule is not None
    return [link.key for link in apply(replace(rule), links)]
