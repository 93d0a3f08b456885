"""Pages as the service reads them: boilerplate, parts, walls, odd pages, and how well each host's are read."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta
from email.utils import format_datetime

import pytest
import structlog
from aiohttp import web
from sqlmodel import select

from service.troubles import trouble_words
from storage.stores.articles.page_lessons import boilerplate_of, page_quality
from storage.stores.articles.versions import versions_of
from storage.tables import Article
from tests.databases import on_both, on_sqlite
from tests.replay.conftest import FEED, World
from tests.replay.outlets import Answer, page, paragraphs, raw, status
from tests.replay.steps import NOON, articles, command, feed, stepped, versions

pytestmark = on_sqlite

log = structlog.get_logger(__name__)

URL = "http://gazette.example/talks"
HOUR = timedelta(hours=1)
BEGINNING = "The foreign ministry said on Monday that talks on fisheries will resume in Rabat next week, after a pause."
MIDDLE = "Both delegations are expected to settle the number of licences, the ports and the share of the catch soon."
END = "The previous agreement ran out in the summer, and the boats have stayed in port since, a spokesperson said."
BOURITA = (
    "Nasser Bourita will lead one of the delegations, the ministry said in a statement on Monday evening."
)


async def test_boilerplate_of_an_outlet_is_learned(world: World) -> None:
    box = "Sign up for our letter of the morning, and have the day's news before all others do."
    urls = [f"http://gazette.example/{number}" for number in range(40)]
    own = [
        [f"{line} This is what article {number} knows." for line in (BEGINNING, MIDDLE, END)]
        for number in range(40)
    ]
    world.outlets.script[FEED] = [feed(*((url, f"News {number}") for number, url in enumerate(urls)))]
    for number, url in enumerate(urls):
        world.outlets.script[url] = [
            page(f"News {number}", paragraphs(*own[number][:2], box, own[number][2]))
        ]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        while len(steps.pages) < len(urls):
            await steps.at(steps.clock.now + timedelta(seconds=1))
        database = steps.service.database
        texts = await database.reading(
            lambda session: [
                known[-1].text
                for known in versions_of(
                    session, [number for number in session.exec(select(Article.id)) if number]
                ).values()
            ]
        )
        known = await database.reading(lambda session: boilerplate_of(session, 1, now=steps.clock.now))
        (quality,) = await database.reading(page_quality)
        await steps.at(steps.clock.now + 2 * HOUR)
        assert not any(report.is_edit for report in steps.pages)  # what was learned since is no edit
    assert known.keys() == {box}
    kept = sum(box in text for text in texts)
    assert kept / len(texts) <= 0.05  # the first two pages can't tell
    lines = {line for text in texts for line in text.split("\n")}
    assert all(line in lines for article in own for line in article)
    assert (quality.pages, quality.read, quality.is_worrying) == (40, 40, False)


@pytest.mark.thorough
@on_both
async def test_what_pages_teach_that_are_stored_at_the_same_time_is_all_kept(world: World) -> None:
    box = "Sign up for our letter of the morning, and have the day's news before all others do."
    urls = [f"http://gazette.example/{number}" for number in range(12)]
    world.outlets.script[FEED] = [feed(*((url, f"News {url[-2:]}") for url in urls))]
    everyone = asyncio.Event()
    asked = 0

    def answer(url: str) -> Answer:
        shown = page(f"News {url[-2:]}", paragraphs(f"{BEGINNING} {url}", f"{MIDDLE} {url}", box))

        async def body(request: web.BaseRequest) -> web.StreamResponse:
            nonlocal asked
            asked += 1
            if asked == len(urls):
                everyone.set()
            await everyone.wait()
            response = shown(request)
            assert isinstance(response, web.StreamResponse)
            return response

        return body

    for url in urls:
        world.outlets.script[url] = [answer(url)]
    settings = world.settings()
    crawler = settings.crawler.model_copy(update={"per_host_concurrency": len(urls)})
    settings = settings.model_copy(update={"crawler": crawler})
    async with stepped(world, settings) as steps:
        await steps.at(NOON)
        while len(steps.pages) < len(urls):
            await steps.at(steps.clock.now + timedelta(seconds=1))
        known = await steps.service.database.reading(
            lambda session: boilerplate_of(session, 1, now=steps.clock.now)
        )
        (quality,) = await steps.service.database.reading(page_quality)
    assert known.keys() == {box}
    assert quality.pages == len(urls)


async def test_an_article_in_pages_is_read_whole(world: World) -> None:
    def part(number: int) -> str:
        link = f'<a rel="next" href="/talks?page={number + 1}">Next page</a>' if number < 8 else ""
        return paragraphs(*(f"{line} Part {number}." for line in (BEGINNING, MIDDLE, END))) + link

    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    asked: list[str] = []

    def answer(request: web.BaseRequest) -> web.Response:
        number = int(request.query.get("page", "1"))
        asked.append(str(number))
        body = f"<html><head><title>Talks resume</title></head><body><article>{part(number)}</article></body></html>"
        return web.Response(text=body, content_type="text/html")

    world.outlets.script[URL] = [answer]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        (version,) = await steps.service.database.reading(versions)
    assert asked == ["1", "2", "3", "4", "5"]
    assert [number for number in range(1, 9) if f"Part {number}." in version.text] == [1, 2, 3, 4, 5]


async def test_the_next_part_of_an_article_stays_on_its_host(world: World) -> None:
    elsewhere = "http://herald.example/talks"
    link = f'<a rel="next" href="{elsewhere}?page=2">Next page</a>'
    body = paragraphs(BEGINNING, MIDDLE, END) + link
    text = f"<html><head><title>Talks resume</title></head><body><article>{body}</article></body></html>"
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [lambda _request: web.Response(text=text, content_type="text/html")]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        (version,) = await steps.service.database.reading(versions)
    assert END in version.text
    assert world.outlets.times(elsewhere) == 0


@pytest.mark.thorough
async def test_a_part_that_is_answered_elsewhere_is_followed_no_further(world: World) -> None:
    elsewhere = "http://herald.example/talks"

    def part(number: int) -> web.Response:
        link = f'<a rel="next" href="?page={number + 1}">Next page</a>'
        body = paragraphs(*(f"{line} Part {number}." for line in (BEGINNING, MIDDLE, END))) + link
        text = f"<html><head><title>Talks resume</title></head><body><article>{body}</article></body></html>"
        return web.Response(text=text, content_type="text/html")

    def answer(request: web.BaseRequest) -> web.Response:
        if "page" in request.query:
            raise web.HTTPFound(f"{elsewhere}?page={request.query['page']}")
        return part(1)

    asked: list[str] = []

    def answer_elsewhere(request: web.BaseRequest) -> web.Response:
        asked.append(request.query["page"])
        return part(int(request.query["page"]))

    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [answer]
    world.outlets.script[elsewhere] = [answer_elsewhere]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        (version,) = await steps.service.database.reading(versions)
    assert "Part 1." in version.text
    assert asked == ["2"]


async def test_walls_are_counted_and_the_feed_stands_in(world: World) -> None:
    wall = (
        "<html><head><title>Before you continue</title></head><body><h1>Before you continue</h1>"
        "<p>We value your privacy. We and our 812 partners store and/or access information on a device.</p>"
        "<button>Reject all</button><p>Accept all or manage preferences.</p></body></html>"
    )
    urls = [f"http://gazette.example/{number}" for number in range(6)]
    world.outlets.script[FEED] = [feed(*((url, f"News {number}") for number, url in enumerate(urls)))]
    for url in urls:
        world.outlets.script[url] = [lambda _request: web.Response(text=wall, content_type="text/html")]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        while len(steps.pages) < len(urls):
            await steps.at(steps.clock.now + timedelta(seconds=1))
        (quality,) = await steps.service.database.reading(page_quality)
    assert all("consent wall" in trouble_words(report.error) for report in steps.pages)
    assert (quality.is_worrying, quality.outcomes) == (True, {"consent wall": 6})
    assert quality.words == "6 of the last 6 pages were not read well: 6 consent wall"
    told = command(world, "outlets", "health")
    assert "Pages of gazette.example: 6 of the last 6 pages were not read well" in " ".join(told.split())
    (report,) = json.loads(command(world, "outlets", "health", "--json"))
    assert report["pages"][0]["outcomes"] == {"consent wall": 6}


async def test_pages_are_kept_as_evidence(world: World) -> None:
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", paragraphs(BEGINNING, MIDDLE, END))]
    settings = world.settings()
    update = {"keep_pages": "warc", "keep_pages_in": str(world.folder / "kept")}
    crawler = settings.crawler.model_copy(update=update)
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        await steps.at(NOON)
    (file,) = await asyncio.to_thread(lambda: list((world.folder / "kept").iterdir()))
    assert file.name == "tocsin-20260302.warc.gz"


def whole(number: int) -> str:
    """An article's text that is long enough for a feed to carry it whole."""
    return paragraphs(
        *(
            f"{line} This is part {part} of article {number}."
            for part in range(7)
            for line in (BEGINNING, MIDDLE, END)
        )
    )


async def test_full_text_of_a_feed_needs_no_fetch_and_is_sanitised(world: World) -> None:
    hostile = '<script>alert("Nasser Bourita")</script><iframe src="https://x.example">Bourita</iframe>'
    urls = [f"http://gazette.example/{number}" for number in range(3)]
    contents = [
        f"{whole(0)}{hostile}",
        f"{whole(1)}<p><a href='{urls[1]}'>Read more</a></p>",
        "<p>A teaser.</p>",
    ]
    items = "".join(
        f"<item><guid>{url}</guid><link>{url}</link><title>News {number}</title>"
        f"<pubDate>{format_datetime(NOON)}</pubDate><content:encoded><![CDATA[{content}]]></content:encoded></item>"
        for number, (url, content) in enumerate(zip(urls, contents, strict=True))
    )
    head = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>G</title>"
    world.outlets.script[FEED] = [
        raw(f"{head}{items}</channel></rss>".encode(), Content_Type="application/rss+xml")
    ]
    for url in urls:
        world.outlets.script[url] = [page("News", paragraphs(BEGINNING, MIDDLE, END))]
    async with stepped(world, world.settings()) as steps:
        await steps.finish(3)
        found = await steps.service.database.reading(articles)
    assert [world.outlets.times(url) for url in urls] == [0, 1, 1]
    by_url = {article.url: (article.text_source, version.text) for article, version in found}
    sources = [by_url[url][0] for url in urls]
    assert sources == [
        "feed",
        "summary",
        "page",
    ]  # what the feed gives of the second is more than its page has
    text = by_url[urls[0]][1]
    assert text.count("\n") == 20
    assert "Bourita" not in text


FURNITURE = (
    "Sign up for the letter of {outlet}, and have the day's news before all others do.",
    "Read also: ten things that {outlet} knows of the sea and its fish",
    "By going on you agree that {outlet} keeps cookies on your device.",
    "All rights of {outlet} and its agencies are reserved, copies need their leave.",
)


@pytest.mark.thorough
@on_both
async def test_injected_boilerplate_goes_and_true_lines_stay_over_many_outlets(world: World) -> None:
    """Four outlets of fifty pages; four boxes of each stand on nine pages of ten, and some true lines are told twice."""
    chance = random.Random(20260302)
    feeds = [f"http://{name}.example/rss" for name in ("gazette", "courier", "herald", "mirror")]
    true: dict[str, list[str]] = {}
    injected: dict[str, list[str]] = {}
    for feed_url in feeds:
        outlet = feed_url.split("/")[2]
        urls = [f"http://{outlet}/{number}" for number in range(50)]
        world.outlets.script[feed_url] = [
            feed(*((url, f"News {number} of {outlet}") for number, url in enumerate(urls)))
        ]
        for number, url in enumerate(urls):
            lines = [
                f"{line} So says {outlet} in its article {number}."
                for line in (BEGINNING, MIDDLE, END, BOURITA)
                for _ in "ab"
            ]
            lines = [f"{line} ({place})" for place, line in enumerate(lines)]
            if number % 10 < 2:
                lines.insert(
                    4,
                    f"{outlet} has told the same of the boats before, in its issue {number // 10} of the year.",
                )
            boxes = [box.format(outlet=outlet) for box in FURNITURE if chance.random() < 0.9]
            true[url], injected[url] = lines, boxes
            shown = lines[:4] + boxes[:1] + lines[4:] + boxes[1:]
            world.outlets.script[url] = [page(f"News {number} of {outlet}", paragraphs(*shown))]
    async with stepped(world, world.settings(*feeds)) as steps:
        await steps.finish(200)
        found = await steps.service.database.reading(articles)
    kept = {article.url: set(version.text.split("\n")) for article, version in found}
    boxes_shown = sum(map(len, injected.values()))
    removed = sum(box not in kept[url] for url, boxes in injected.items() for box in boxes)
    lines_told = sum(map(len, true.values()))
    lost = sum(line not in kept[url] for url, lines in true.items() for line in lines)
    log.info(
        "boilerplate", removed=removed, injected=boxes_shown, lost=lost, true_lines=lines_told
    )  # pytest -s shows it
    assert len(kept) == 200
    assert removed / boxes_shown >= 0.95
    assert lost / lines_told < 0.005


@pytest.mark.thorough
@on_both
async def test_boilerplate_that_is_not_seen_for_a_month_is_forgotten(world: World) -> None:
    box = FURNITURE[0].format(outlet="the Gazette")
    urls = [f"http://gazette.example/{number}" for number in range(6)]
    world.outlets.script[FEED] = [
        feed(*((url, f"News {number}") for number, url in enumerate(urls[:4]))),
        feed(*((url, f"News {number}") for number, url in enumerate(urls)), etag='"2"'),
    ]
    for number, url in enumerate(urls):
        own = [f"{line} This is what article {number} knows." for line in (BEGINNING, MIDDLE, END)]
        world.outlets.script[url] = [
            page(f"News {number}", paragraphs(*own[:2], *([box] if number < 4 else []), own[2]))
        ]
    async with stepped(world, world.settings()) as steps:
        await steps.finish(4)
        database = steps.service.database

        async def known() -> set[str]:
            return set(
                await database.reading(lambda session: boilerplate_of(session, 1, now=steps.clock.now))
            )

        assert await known() == {box}
        await steps.at(NOON + timedelta(days=40))
        assert await known() == set()
        await steps.finish(6)
        assert await known() == set()


@pytest.mark.thorough
async def test_articles_that_wait_too_long_for_their_host_have_the_feeds_words(world: World) -> None:
    urls = [f"http://gazette.example/{number}" for number in range(4)]
    world.outlets.script[FEED] = [feed(*((url, f"News {number}") for number, url in enumerate(urls)))]
    for url in urls:
        world.outlets.script[url] = [status(429, Retry_After="3600")]
    settings = world.settings()
    crawler = settings.crawler.model_copy(update={"concurrency": 1})
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        await steps.at(NOON)
        await steps.at(NOON + timedelta(minutes=4))
        waiting = [report.url for report in steps.pages]
        await steps.at(NOON + timedelta(minutes=6))  # more of them than one look takes
        assert len(waiting) < len(steps.matches) == len(urls)


async def test_rules_of_a_host_are_a_file(world: World) -> None:
    hidden = f"<div class='promo'>{paragraphs(*(f'{END} No. {number}.' for number in range(20)))}</div>"
    body = f"<div class='x1'>{paragraphs(BEGINNING, MIDDLE)}</div>{hidden}"
    rules = world.folder / "rules"
    rules.mkdir()
    (rules / "gazette.toml").write_text('host = "gazette.example"\ntext = "div.x1 p"\n', encoding="utf-8")
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", body)]
    settings = world.settings()
    crawler = settings.crawler.model_copy(update={"page_rules": str(rules)})
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        await steps.at(NOON)
        (version,) = await steps.service.database.reading(versions)
    assert version.text == f"{BEGINNING}\n{MIDDLE}"


@pytest.mark.thorough
async def test_pages_that_are_read_badly_show_in_health(world: World) -> None:
    urls = [f"http://gazette.example/{number}" for number in range(14)]
    world.outlets.script[FEED] = [feed(*((url, f"News {number}") for number, url in enumerate(urls)))]
    bodies = [whole(number) for number in range(8)]
    bodies += [
        paragraphs(f"{BEGINNING} It is all that there is."),
        paragraphs(f"{MIDDLE} It is short as well."),
    ]
    bodies += ["<div></div>", "<div></div>", whole(3), whole(4)]
    for url, body in zip(
        urls, bodies, strict=True
    ):  # the first entry of a feed is the newest, and read first
        world.outlets.script[url] = [page("News", body)]
    async with stepped(world, world.settings()) as steps:
        await steps.finish(14)
        (quality,) = await steps.service.database.reading(page_quality)
    assert (quality.read, quality.outcomes) == (8, {"short": 2, "empty": 2, "same text": 2})
    told = " ".join(command(world, "outlets", "health").split())
    assert "Pages of gazette.example: 6 of the last 14 pages were not read well" in told


async def test_soft_404_is_counted_and_the_feed_stands_in(world: World) -> None:
    lost = "<html><head><title>Page not found</title></head><body><h1>Page not found</h1><p>Sorry, it has gone.</p></body></html>"
    world.outlets.script[FEED] = [feed((URL, "Nasser Bourita speaks in Rabat"))]
    world.outlets.script[URL] = [lambda _request: web.Response(text=lost, content_type="text/html")]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        (quality,) = await steps.service.database.reading(page_quality)
        (version,) = await steps.service.database.reading(versions)
    assert quality.outcomes == {"not found": 1}
    assert version.title == "Nasser Bourita speaks in Rabat"
    assert [len(report.new_alerts) for report in steps.matches] == [1]


@pytest.mark.thorough
async def test_page_that_is_none_costs_no_article(world: World) -> None:
    world.outlets.script[FEED] = [feed((URL, "Nasser Bourita speaks in Rabat"))]
    world.outlets.script[URL] = [raw(b"\x89PNG\r\n \x00\xff", Content_Type="text/html")]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
    assert "this is not a web page" in trouble_words(steps.pages[0].error)
    assert [len(report.new_alerts) for report in steps.matches] == [1]


@pytest.mark.thorough
async def test_each_entry_of_a_live_blog_is_matched_in_one_article(world: World) -> None:
    updates = [
        {
            "@type": "BlogPosting",
            "headline": f"Update {number}",
            "articleBody": f"{line} It is {number} o'clock.",
        }
        for number, line in ((3, BOURITA), (2, MIDDLE), (1, BEGINNING))
    ]
    block = {"@type": "LiveBlogPosting", "headline": "Talks, live", "liveBlogUpdate": updates}
    script = f'<script type="application/ld+json">{json.dumps(block)}</script>'
    world.outlets.script[FEED] = [feed((URL, "Talks, live"))]
    world.outlets.script[URL] = [page("Talks, live", f"{script}{paragraphs(END)}")]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        (version,) = await steps.service.database.reading(versions)
    assert [line for line in version.text.split("\n") if line.startswith("Update")] == [
        "Update 3",
        "Update 2",
        "Update 1",
    ]
    (report,) = steps.matches
    assert [mention.surface for mention in report.mentions] == ["Nasser Bourita"]


@pytest.mark.thorough
async def test_a_video_is_an_article_of_its_title_and_summary(world: World) -> None:
    summary = (
        "Nasser Bourita spoke to the press in Rabat after the talks on fisheries, and took no questions."
    )
    block = {
        "@type": "VideoObject",
        "name": "The minister speaks",
        "description": summary,
        "uploadDate": "2026-03-02",
    }
    script = f'<script type="application/ld+json">{json.dumps(block)}</script>'
    world.outlets.script[FEED] = [feed((URL, "The minister speaks"))]
    world.outlets.script[URL] = [page("The minister speaks", f"{script}<div class='player'></div>")]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        (version,) = await steps.service.database.reading(versions)
    assert (version.title, version.text) == ("The minister speaks", summary)
    assert [len(report.new_alerts) for report in steps.matches] == [1]


@pytest.mark.thorough
async def test_amp_and_print_versions_are_the_article(world: World) -> None:
    forms = [URL, f"{URL}/amp", f"{URL}?amp=1", f"{URL}/print", f"{URL}?outputType=amp"]
    world.outlets.script[FEED] = [feed(*((form, "Talks resume") for form in forms))]
    for path in (URL, f"{URL}/amp", f"{URL}/print"):
        world.outlets.script[path] = [page("Talks resume", paragraphs(BEGINNING, MIDDLE, BOURITA))]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        found = await steps.service.database.reading(articles)
    assert [article.canonical_url for article, _version in found] == ["https://gazette.example/talks"]


@pytest.mark.thorough
async def test_credit_is_a_mention_only_where_it_is_asked_for(world: World) -> None:
    figure = "<figure><img src='/i.jpg'><figcaption>The port. Foto: Example Person/AFP</figcaption></figure>"
    topics = [{"name": "plain", "query": "AFP"}, {"name": "asked", "query": "credit:AFP talks"}]
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", figure + paragraphs(BEGINNING, MIDDLE, END))]
    async with stepped(world, world.settings(watch={"topics": topics})) as steps:
        await steps.at(NOON)
    (report,) = steps.matches
    assert {mention.topic for mention in report.mentions} == {"asked"}


@pytest.mark.thorough
@pytest.mark.parametrize("declared", ["nb-NO", "nn", "no", ""])
async def test_norwegian_is_one_language(world: World, declared: str) -> None:
    lines = (
        "Utenriksdepartementet opplyste mandag at samtalene om fiske blir gjenopptatt neste uke etter en pause på tre måneder.",
        "Fiskernes fagforening ønsker beslutningen velkommen og ber regjeringen om flere tillatelser før sommeren begynner.",
    )
    body = f"<body><article>{paragraphs(*lines)}</article></body>"
    document = f"<html lang='{declared}'><head><title>Fiske</title></head>{body}</html>"
    world.outlets.script[FEED] = [feed((URL, "Samtalene gjenopptas"))]
    world.outlets.script[URL] = [lambda _request: web.Response(text=document, content_type="text/html")]
    watch = {"languages": ["no"], "topics": [{"name": "T", "query": "fiske"}]}
    async with stepped(world, world.settings(watch=watch)) as steps:
        await steps.at(NOON)
    assert [len(report.new_alerts) for report in steps.matches] == [1]


@pytest.mark.thorough
async def test_evidence_is_dropped_when_its_time_has_passed(world: World) -> None:
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", paragraphs(BEGINNING, MIDDLE, END))]
    settings = world.settings()
    update = {
        "keep_pages": "warc",
        "keep_pages_in": str(world.folder / "kept"),
        "keep_pages_for": timedelta(days=2),
    }
    crawler = settings.crawler.model_copy(update=update)
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        for hours in (0, 1, 6, 24, 72):
            await steps.at(NOON + timedelta(hours=hours))
    files = await asyncio.to_thread(lambda: sorted(file.name for file in (world.folder / "kept").iterdir()))
    assert files == ["tocsin-20260303.warc.gz", "tocsin-20260305.warc.gz"]
