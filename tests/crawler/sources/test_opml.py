"""Lists of feeds in OPML: read, written, and read again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.opml import OpmlError, OutletOutline, format_opml, parse_opml
from crawler.text.html_text import clean

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = "https://gazette.example/rss"


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{body}</body></opml>'.encode()


def test_folders_and_categories_are_tags() -> None:
    listed = parse_opml(
        opml(
            '<outline text="News"><outline title="World"><outline text="Example Gazette" type="rss" language="en-GB"'
            f' xmlUrl="{FEED}" htmlUrl="https://gazette.example" category="/News,Daily"/></outline></outline>'
        )
    )
    assert listed.problems == ()
    assert listed.outlets == (
        OutletOutline(
            "Example Gazette", (FEED,), "https://gazette.example", "en", ("News", "World", "Daily")
        ),
    )


def test_outlines_of_one_name_and_site_are_one_outlet() -> None:
    one = '<outline text="Gazette" xmlUrl="https://gazette.example/{}" htmlUrl="https://gazette.example"/>'
    listed = parse_opml(
        opml(
            f'<outline text="A">{one.format(1)}</outline><outline text="B">{one.format(2)}{one.format(1)}</outline>'
        )
    )
    (outlet,) = listed.outlets
    assert outlet.feeds == ("https://gazette.example/1", "https://gazette.example/2")
    assert outlet.tags == ("A", "B")


def test_outlets_of_one_name_and_other_sites_are_told_apart() -> None:
    one = '<outline text="Gazette" xmlUrl="https://{0}.example/rss" htmlUrl="https://{0}.example"/>'
    listed = parse_opml(opml(one.format("north") + one.format("south")))
    assert [outlet.name for outlet in listed.outlets] == ["Gazette", "Gazette (south.example)"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("feed://gazette.example/rss", "http://gazette.example/rss", id="feed scheme"),
        pytest.param("feed:https://gazette.example/rss", FEED, id="feed before https"),
        pytest.param(
            "https://gazette.example/?a=1&b=2", "https://gazette.example/?a=1&b=2", id="bare ampersand"
        ),
        pytest.param(
            "https://gazette.example/?a=1&amp;b=2", "https://gazette.example/?a=1&b=2", id="escaped"
        ),
    ],
)
def test_addresses_as_they_are_written(written: str, expected: str) -> None:
    listed = parse_opml(opml(f'<outline text="Gazette" XMLURL="{written}"/>'))
    assert listed.outlets[0].feeds == (expected,)


@pytest.mark.parametrize(
    ("outline", "message"),
    [
        pytest.param('<outline text="Gazette"/>', "line 1: 'Gazette' has no xmlUrl", id="no address"),
        pytest.param(
            '<outline text="G" xmlUrl="ftp://g.example/"/>', "not an http or https address", id="ftp"
        ),
        pytest.param(
            '<outline text="G" xmlUrl="javascript:alert(1)"/>', "not an http or https address", id="script"
        ),
        pytest.param(
            '<outline type="include" text="L" url="https://l.example"/>', "includes another", id="include"
        ),
        pytest.param("<outline/>", "an outline without a name has no xmlUrl", id="nothing"),
    ],
)
def test_an_outline_that_cannot_be_used_is_told_and_loses_no_other(outline: str, message: str) -> None:
    listed = parse_opml(opml(f'{outline}<outline text="Gazette" xmlUrl="{FEED}"/>'))
    assert [outlet.feeds for outlet in listed.outlets] == [(FEED,)]
    (problem,) = listed.problems
    assert message in problem


def test_quotes_and_markup_in_a_description_lose_nothing() -> None:
    listed = parse_opml(
        opml(
            f'<outline text="Gazette" description="The "Gazette" of <b>all" xmlUrl="{FEED}"/>'
            '<outline text="Other" xmlUrl="https://other.example/rss"/>'
        )
    )
    assert [outlet.name for outlet in listed.outlets] == ["Gazette", "Other"]
    assert "is broken" in listed.problems[0]


def test_cut_off_file_keeps_what_can_be_read() -> None:
    listed = parse_opml(
        opml(f'<outline text="Gazette" xmlUrl="{FEED}"/><outline text="Cut').partition(b"</body>")[0]
    )
    assert listed.outlets[0].feeds == (FEED,)
    assert listed.problems


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", "not OPML", id="empty"),
        pytest.param(b"<rss/>", "not OPML", id="a feed"),
        pytest.param(
            b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]><opml><body/></opml>',
            "entities",
            id="entity",
        ),
        pytest.param(
            b'<!DOCTYPE o [<!ENTITY % x SYSTEM "http://x.example">%x;]><opml/>', "entities", id="parameter"
        ),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(OpmlError, match=message):
        parse_opml(body)


def test_folders_without_end_are_left() -> None:
    listed = parse_opml(
        opml('<outline text="x">' * 200 + f'<outline text="G" xmlUrl="{FEED}"/>' + "</outline>" * 200)
    )
    assert listed.outlets == ()
    assert "too deep" in listed.problems[0]


WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
TAGS = WORDS.filter(lambda tag: "," not in tag and tag == tag.strip("/"))


@given(
    st.dictionaries(
        WORDS,
        st.tuples(
            st.integers(1, 3),
            st.lists(TAGS, max_size=3, unique=True),
            st.sampled_from([None, "en", "ar"]),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read_again(
    given_outlets: dict[str, tuple[int, list[str], str | None, bool]],
) -> None:
    outlets = [
        OutletOutline(
            name=parse_name(name),
            feeds=tuple(f"https://o{number}.example/{feed}?a=1&b=<2>" for feed in range(feeds)),
            site=f"https://o{number}.example/" if site else "",
            language=language,
            tags=tuple(dict.fromkeys(map(parse_name, tags))),
        )
        for number, (name, (feeds, tags, language, site)) in enumerate(given_outlets.items())
    ]
    if len({outlet.name for outlet in outlets}) < len(outlets):
        return
    read = parse_opml(format_opml(outlets, title="All", created=NOON))
    assert read.problems == ()
    assert sorted(read.outlets, key=lambda outlet: outlet.name) == sorted(
        outlets, key=lambda outlet: outlet.name
    )


def parse_name(name: str) -> str:
    """A name as Tocsin keeps it: composed."""
    return clean(name)


def test_every_feed_of_the_real_lists_is_read(data: Path) -> None:
    files = sorted((data / "opml").rglob("*.opml"))
    assert len(files) > 100
    for file in files:
        body = file.read_bytes()
        listed = parse_opml(body)
        assert sum(len(outlet.feeds) for outlet in listed.outlets) == body.count(b'xmlUrl="'), file.name
        again = parse_opml(format_opml(listed.outlets, title=file.stem, created=NOON))
        assert (set(again.outlets), again.problems) == (set(listed.outlets), ())
