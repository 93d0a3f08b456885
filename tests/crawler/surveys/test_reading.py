"""Outlets as people paste them: lines, tables, lists of feeds; what can't be used is told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.surveys.reading import (
    MOST_ADDRESSES,
    GivenOutlet,
    address_fault,
    gather_outlets,
    read_outlets,
)


def test_lines_hold_addresses_and_perhaps_a_name() -> None:
    text = """
# Morocco
https://gazette.example/
Le Courrier: https://courrier.example/rss
1. Herald of the North — herald.example
see https://a.example/x, https://b.example/y.
- feed://tribune.example/atom
[Weekly](https://weekly.example/news)
nothing here
desk@mail.example
"""
    read = read_outlets(text.encode())
    assert read.outlets == (
        GivenOutlet("https://gazette.example/"),
        GivenOutlet("https://courrier.example/rss", "Le Courrier"),
        GivenOutlet("herald.example", "Herald of the North"),
        GivenOutlet("https://a.example/x"),
        GivenOutlet("https://b.example/y"),
        GivenOutlet("http://tribune.example/atom"),
        GivenOutlet("https://weekly.example/news", "Weekly"),
    )
    assert read.problems == (
        "line 9: no address in 'nothing here': left out",
        "line 10: no address in 'desk@mail.example': left out",
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_says_what_its_columns_are(mark: str) -> None:
    rows = [
        ["Name", "Website", "RSS", "Language", "Country", "Tags"],
        [
            "Gazette",
            "https://gazette.example",
            "https://gazette.example/rss",
            "English",
            "Morocco",
            "press/daily",
        ],
        ["البيان", "https://bayan.example", "", "ar", "ma", ""],
        ["Nobody", "", "", "", "", ""],
        ["Odd", "odd.example", "", "Klingonese", "Atlantis", ""],
    ]
    read = read_outlets("\n".join(mark.join(row) for row in rows).encode())
    assert read.outlets == (
        GivenOutlet(
            "https://gazette.example/rss",
            "Gazette",
            "https://gazette.example",
            "en",
            "MA",
            ("press", "daily"),
        ),
        GivenOutlet("https://bayan.example", "البيان", "https://bayan.example", "ar", "MA"),
        GivenOutlet("odd.example", "Odd", "https://odd.example"),
    )
    assert [problem.partition(":")[0] for problem in read.problems] == ["row 4", "row 5", "row 5"]
    assert "'Atlantis' is not a country" in read.problems[2]


def test_a_table_without_a_header_is_read_by_its_cells() -> None:
    read = read_outlets(b"Gazette,https://gazette.example,MA,ar\nHerald,herald.example/press,FR,fr\n")
    assert read.outlets == (
        GivenOutlet("https://gazette.example", "Gazette", "", "ar", "MA"),
        GivenOutlet("herald.example/press", "Herald", "", "fr", "FR"),
    )


def test_a_list_of_feeds_has_country_and_tags() -> None:
    body = """<opml version="2.0"><body><outline text="Morocco"><outline text="Gazette" xmlUrl="https://gazette.example/rss"
        htmlUrl="https://gazette.example" language="ar"/></outline><outline text="World"><outline text="Herald" country="FR"
        xmlUrl="https://herald.example/rss"/></outline></body></opml>"""
    read = read_outlets(body.encode())
    assert read.outlets == (
        GivenOutlet(
            "https://gazette.example/rss", "Gazette", "https://gazette.example", "ar", "MA", ("Morocco",)
        ),
        GivenOutlet("https://herald.example/rss", "Herald", "", None, "FR", ("World",)),
    )
    assert read_outlets(b"<opml><!ENTITY x 'y'></opml>").problems[0].startswith("the file declares entities")


def test_each_address_is_kept_once_and_defaults_fill_what_is_not_said() -> None:
    others = GivenOutlet("", language="fr", country="MA", tags=("press",))
    found = gather_outlets(
        [GivenOutlet("a.example", language="ar"), GivenOutlet("ftp://b.example"), GivenOutlet("two words")],
        [b"a.example\nc.example"],
        others=others,
    )
    assert found.outlets == (
        GivenOutlet("a.example", language="ar", country="MA", tags=("press",)),
        GivenOutlet("c.example", language="fr", country="MA", tags=("press",)),
    )
    assert [problem.partition(" is not")[0] for problem in found.problems] == [
        "'ftp://b.example'",
        "'two words'",
    ]


def test_more_than_one_survey_takes_are_told() -> None:
    found = gather_outlets([], ["\n".join(f"o{n}.example" for n in range(MOST_ADDRESSES + 7)).encode()])
    assert len(found.outlets) == MOST_ADDRESSES
    assert found.problems == (f"7 addresses were left out: {MOST_ADDRESSES} are looked at at a time",)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode(errors="replace")))
def test_whatever_is_pasted_is_read(body: bytes) -> None:
    found = gather_outlets([], [body])
    assert all(outlet.address.isprintable() and " " not in outlet.address for outlet in found.outlets)


def test_mail_address_is_told_how_to_be_followed() -> None:
    assert '{ kind = "mail", from = "news@fisheries.example" }' in address_fault("news@fisheries.example")
    assert address_fault("fisheries.example/@news") == ""
