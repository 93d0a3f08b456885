"""What a feed says about its hub: headers first, then the document."""

from __future__ import annotations

import pytest

from crawler.sources.websub.links import Advertised, advertised
from crawler.values import ParsedFeed

URL = "https://gazette.example/rss"
HUB = "https://hub.example/"
FEED = ParsedFeed("rss", "Gazette", None, "https://gazette.example/", ())
NAMING = ParsedFeed(
    "rss", "Gazette", None, "", (), hubs=("https://body.example/",), self_url="https://gazette.example/body"
)


@pytest.mark.parametrize(
    ("header", "feed", "hubs", "topic"),
    [
        pytest.param("", FEED, (), URL, id="nothing"),
        pytest.param("", NAMING, ("https://body.example/",), "https://gazette.example/body", id="document"),
        pytest.param(
            f'<{HUB}>; rel="hub", </self>; rel=self',
            NAMING,
            (HUB,),
            "https://gazette.example/self",
            id="header wins",
        ),
        pytest.param(
            f"<{HUB}>;rel=hub", NAMING, (HUB,), "https://gazette.example/body", id="self from document"
        ),
        pytest.param(
            f'<a>; title="x, <y>; rel=hub"; rel="next HUB", <{HUB}>; REL = "hub"',
            FEED,
            ("https://gazette.example/a", HUB),
            URL,
            id="quoted commas, several relations, case",
        ),
        pytest.param(f"<{HUB}>; rel=next; rel=hub", FEED, (), URL, id="second rel does not count"),
        pytest.param(
            "<ftp://hub.example/>; rel=hub, <https://[>; rel=hub",
            FEED,
            (),
            "https://gazette.example/rss",
            id="unusable",
        ),
        pytest.param(f"<{HUB}>; rel=hub, <{HUB}>; rel=hub", FEED, (HUB,), URL, id="twice"),
        pytest.param(
            f'<{HUB}>; rel="hub", <https://original.example/rss>; rel=self',
            FEED,
            (),
            "https://original.example/rss",
            id="a filtered copy that kept the original's links",
        ),
        pytest.param("<" * 20_000, FEED, (), URL, id="flood"),
        pytest.param(f"<{HUB}>; rel=hub" + ';x="' * 5_000, FEED, (HUB,), URL, id="open quotes"),
    ],
)
def test_hubs_and_topic(header: str, feed: ParsedFeed, hubs: tuple[str, ...], topic: str) -> None:
    assert advertised({"link": header}, URL, feed) == Advertised(hubs, topic)
