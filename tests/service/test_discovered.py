"""The words for what a discovery found and tried, and for what to do next."""

from __future__ import annotations

import pytest

from crawler.sources.discovery import Discovery, FoundFeed, NextStep, TriedAddress
from crawler.sources.listed import FoundSource
from service.discovered import discovery_as_json, next_words, option_words, tried_words
from storage.troubles import Trouble

SITE = "https://gazette.example/"
FEED = FoundFeed(SITE + "rss", "link", "rss", "Gazette", "en", 30, None)
LIST = FoundSource("list", {"url": SITE + "press"}, "Press", "en", 42, None, "/press/")


def answered(status: int) -> Discovery:
    return failed(Trouble("http", {"url": SITE, "status": status}))


def failed(trouble: Trouble) -> Discovery:
    return Discovery(SITE, (), (), tried=(TriedAddress(SITE, "page", trouble=trouble),))


def unreachable(kind: str, reason: str) -> Discovery:
    facts = {"url": SITE, "reason": reason, "host": "gazette.example", "detail": "it is private"}
    return failed(Trouble(kind, {**facts, "seconds": 30}))


LOOKED_AT = (TriedAddress(SITE, "page"),)


@pytest.mark.parametrize(
    ("found", "step", "words"),
    [
        pytest.param(Discovery(SITE, (FEED,), ()), NextStep.ADD, "Add it", id="a feed"),
        pytest.param(
            Discovery(SITE, (), (), (LIST,)),
            NextStep.FOLLOW,
            "https://gazette.example/press lists 42 articles like /press/…: follow it?",
            id="a list",
        ),
        pytest.param(
            Discovery(SITE, (FoundFeed(SITE, "page", "rss", "", None, 0, None),), ()),
            NextStep.EMPTY,
            "no entries yet",
            id="an empty feed",
        ),
        pytest.param(answered(404), NextStep.ADDRESS, "Check the address", id="no such page"),
        pytest.param(
            unreachable("dns", "unknown-name"), NextStep.ADDRESS, "Check the address", id="no such host"
        ),
        pytest.param(answered(403), NextStep.LOGIN, "tocsin outlets access", id="refused"),
        pytest.param(answered(401), NextStep.LOGIN, "wants a login", id="a login"),
        pytest.param(answered(503), NextStep.LATER, "in an hour", id="down"),
        pytest.param(answered(429), NextStep.LATER, "in an hour", id="busy"),
        pytest.param(unreachable("timeout", "slow"), NextStep.LATER, "in an hour", id="hangs"),
        pytest.param(
            unreachable("address", "private-address"), NextStep.NETWORK, "allow_networks", id="private"
        ),
        pytest.param(
            Discovery(SITE, (), (), (), LOOKED_AT, is_scripted=True),
            NextStep.SCRIPT,
            "browser = true",
            id="scripts",
        ),
        pytest.param(Discovery(SITE, (), (), (), LOOKED_AT), NextStep.LIST, "selectors", id="nothing"),
        pytest.param(
            Discovery(SITE, (), (), (), LOOKED_AT, is_cut_short=True),
            NextStep.LATER,
            "in an hour",
            id="cut short",
        ),
    ],
)
def test_what_to_do_next_follows_from_what_was_found(found: Discovery, step: NextStep, words: str) -> None:
    assert found.next_step is step
    assert words in next_words(found)
    told = discovery_as_json(found)
    assert (told["next"], told["advice"]) == (step.value, next_words(found))


def test_what_was_tried_is_a_line_for_each_sort() -> None:
    missing = Trouble("http", {"url": SITE, "status": 404})
    tried = (
        TriedAddress(SITE, "page"),
        TriedAddress(SITE + "robots.txt", "robots-file", trouble=missing),
        TriedAddress(SITE + "comments", "link", "atom", 0),
        TriedAddress(SITE + "rss", "link", "rss", 1),
        *(
            TriedAddress(f"{SITE}{path}", "path", trouble=missing)
            for path in ("feed", "rss.xml", "atom.xml", "feeds")
        ),
        TriedAddress(SITE + "press", "list", "list", 42),
    )
    assert tried_words(Discovery(SITE, (), (), (), tried)) == [
        "the address itself: a page, not a feed",
        "feeds that the page names: /comments (Atom feed, 0 entries), /rss (RSS feed, 1 entry)",
        "robots.txt: https://gazette.example/ answered HTTP 404: there is no such page",
        "usual addresses of feeds: nothing at /feed, /rss.xml, /atom.xml and 1 more",
        "pages that may list articles, and an API: /press (page with a list, 42 entries)",
    ]


def test_options_are_told_by_kind() -> None:
    platform = FoundFeed(SITE, "platform", "atom", "", None, 1, None)
    json_feed = FoundFeed(SITE, "link", "json", "", None, 2, None)
    api = FoundSource("json", {"url": SITE}, "", None, 5, None)
    assert [option_words(each) for each in (FEED, platform, json_feed, api, LIST)] == [
        "RSS feed, 30 entries",
        "the platform's Atom feed, 1 entry",
        "JSON Feed, 2 entries",
        "API (JSON), 5 entries",
        "page with a list, 42 entries like /press/…",
    ]
