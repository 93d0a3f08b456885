"""What is read of a document in pieces is what is read of it whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.errors import FeedError
from crawler.poll.seen import read_new
from crawler.sources.documents import parse_feed
from crawler.sources.documents.fast_entry import EntryReader
from crawler.sources.documents.pieces import Pieces, in_pieces
from tests.calls import calls_of
from tests.crawler.sources.documents.test_agreement import documents

URL = "https://gazette.example/rss"
HEAD = (
    "<rss version='2.0'><channel><title>Gazette</title><link>https://gazette.example/</link>"
    "<lastBuildDate>Mon, 02 Mar 2026 12:00:00 GMT</lastBuildDate>"
)
TAIL = "</channel></rss>"


def item(number: int, title: str = "Bourita meets the envoy", more: str = "") -> str:
    return (
        f"<item><guid>{number}</guid><link>https://gazette.example/{number}</link><title>{title}</title>"
        f"<pubDate>Mon, 02 Mar 2026 10:0{number}:00 GMT</pubDate>{more}</item>"
    )


def described(number: int, text: str) -> str:
    return item(number, more=f"<description>{text}</description>")


FIRST, SECOND, THIRD = item(1), item(2), item(3)
ODD = [
    item(1, "Bourita met the envoy"),
    described(4, f"<![CDATA[{FIRST}]]>"),
    described(5, f"<![CDATA[</item>{FIRST}<item>]]>"),
    described(6, f"<![CDATA[x</item>{FIRST}"),
    f"<!--{FIRST}-->",
    "<!-- <item> -->",
    "<!-- </item> -->",
    "<item/>",
    "<items/>",
    "said between",
    "<image><title>Arms</title></image>",
    item(7, "caf\u00c3\u00a9 &#x92; l\u0092\u00e9tat &eacute;"),
    item(8, "Rain").replace("Mon, 02 Mar 2026", "the day before yesterday"),
    item(1).replace("<guid>1</guid>", "<guid>9</guid>"),
    item(9, more="<category>a</category>").replace("https://gazette.example/9", "/9"),
    "<ITEM><title>Large</title></ITEM>",
    "<item xml:base='https://else.example/'><link>9</link><title>Based</title></item>",
    "<item><title>Not closed</item>",
    "\x00",
    "\n  ",
]
HEADS = [
    HEAD,
    HEAD.replace("12:00:00", "13:00:00"),
    HEAD.replace("gazette", "herald"),
    HEAD + "<!-- <item> -->",
    HEAD + "<!--",
    f"<!DOCTYPE rss><!-- {FIRST} -->{HEAD}",
    HEAD + "<ttl>60</ttl>",
]
TAILS = [TAIL, TAIL + "<!-- made in 3 ms -->", "", "--><item>", "</rss>"]
bodies = st.builds(
    lambda head, items, tail: "".join((head, *items, tail)).encode(),
    st.one_of(st.just(HEAD), st.sampled_from(HEADS)),
    st.lists(st.sampled_from([FIRST, SECOND, THIRD, *ODD]), min_size=1, max_size=6),
    st.one_of(st.just(TAIL), st.sampled_from(TAILS)),
)


def rss(*items: str, head: str = HEAD, tail: str = TAIL) -> bytes:
    return "".join((head, *items, tail)).encode()


@settings(max_examples=400, deadline=None)
@given(bodies, bodies)
@example(rss(FIRST, SECOND), rss(described(5, f"<![CDATA[</item>{FIRST}<item>]]>"), SECOND))
@example(rss(FIRST, SECOND, head=HEAD + "<!-- <item> -->"), rss(SECOND, head=HEAD + "<!-- <item> -->"))
@example(rss(FIRST, SECOND), rss(THIRD, f"<!--{FIRST}-->", SECOND))
@example(rss(FIRST, SECOND), rss(SECOND, SECOND, FIRST))
@example(rss(FIRST, SECOND), rss(THIRD, FIRST, SECOND, tail=""))
@pytest.mark.thorough
def test_a_document_in_pieces_is_read_as_if_it_were_read_whole(before: bytes, after: bytes) -> None:
    assert_read_alike(before, after)


def test_what_stood_in_the_last_document_is_not_parsed_again() -> None:
    seen = read_new(rss(FIRST, SECOND), url=URL, content_type=None).seen
    for document, parsed in ((rss(THIRD, FIRST, SECOND), 1), (rss(FIRST), 1)):
        with calls_of(EntryReader.read) as calls:
            read_new(document, url=URL, content_type=None, seen=seen)
        assert calls.count == parsed
    with calls_of(EntryReader.read) as calls:
        read_new(rss(FIRST, SECOND, head=HEADS[2]), url=URL, content_type=None, seen=seen)
    assert calls.count == 2  # another site


def assert_read_alike(before: bytes, after: bytes, content_type: str | None = None) -> bool:
    """Holds that what is new in `after` is read as `parse_feed` reads it; tells whether it is the new alone."""
    try:
        known = parse_feed(before, url=URL, content_type=content_type)
        whole = parse_feed(after, url=URL, content_type=content_type)
    except FeedError:
        return False
    seen = read_new(before, url=URL, content_type=content_type).seen
    read = read_new(after, url=URL, content_type=content_type, seen=seen)
    new = tuple(entry for entry in whole.entries if entry not in known.entries)
    assert replace(read, entries=(), total=0, seen=b"") == replace(whole, entries=())
    assert read.entries in (new, whole.entries)
    assert read.total == len(whole.entries)
    assert read.seen == read_new(after, url=URL, content_type=content_type).seen
    return read.entries == new


@pytest.mark.thorough
def test_real_feeds_are_read_alike_as_their_entries_come_and_go(data: Path) -> None:
    cut = 0
    for name, body in documents(data / "feeds"):
        pieces = in_pieces(body)
        if pieces is None or len(pieces.entries) < 3 or not name.startswith("real/"):
            continue
        cut += 1
        count = len(pieces.entries)
        latest = pieces.with_entries(range(count - 1))
        assert_read_alike(pieces.with_entries(range(1, count)), latest)
        assert_read_alike(latest, pieces.with_entries((count - 1, *range(count - 2))))
        assert_read_alike(latest, pieces.with_entries([0, 0]))
    assert cut > 90


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        rss(FIRST, "<!-- -->", SECOND),
        rss(FIRST, "<item/>"),
        rss(described(4, f"<![CDATA[{FIRST}]]>")),
        rss(FIRST, tail="<!-- </item> -->" + TAIL),
        rss(FIRST, head=HEAD + "<!-- <item> -->"),
        rss(FIRST)[: -len(TAIL) - 3],
    ],
)
def test_what_may_not_be_entries_is_not_cut(body: bytes) -> None:
    assert in_pieces(body) is None


def test_pieces_are_the_entries_and_what_stands_around_them() -> None:
    pieces = in_pieces(rss(FIRST, "\n", SECOND))
    assert pieces is not None
    assert pieces == Pieces(HEAD.encode(), (FIRST.encode(), SECOND.encode()), TAIL.encode())
    assert pieces.with_entries([1]) == rss(SECOND)
    made_later = in_pieces(rss(FIRST, head=HEAD.replace("12:00:00", "13:00:00")))
    assert made_later is not None
    assert made_later.around() == pieces.around()
