"""Dates as feeds write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.text.dates import believable, parse_date
from crawler.text.day_order import month_first

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Mon, 02 Mar 2026 12:00:00 GMT", (12, 0), id="RFC 822"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 +0100", (11, 0), id="offset"),
        pytest.param("02 Mar 2026 12:00 EST", (17, 0), id="EST"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 CET", (11, 0), id="CET"),
        pytest.param("Mon, 02 Mar 2026 4:35:5 GMT+9", (-1, 0), id="GMT+9, the day before"),
        pytest.param("Mon, 02 Mar 2026 12:00:00", (12, 0), id="no zone is UTC"),
        pytest.param("2026-03-02T12:00:00Z", (12, 0), id="ISO"),
        pytest.param("2026-03-02T12:00:00.123+02:00", (10, 0), id="ISO with fractions"),
        pytest.param("2026-03-02 12:00", (12, 0), id="ISO without seconds"),
        pytest.param("2026-03-02T12:00:00+0330", (8, 30), id="ISO half hour"),
        pytest.param("2026-03-02", (0, 0), id="day"),
        pytest.param("lundi 2 mars 2026 12:00", (12, 0), id="French"),
        pytest.param("2 de marzo de 2026 12:00", (12, 0), id="Spanish"),
        pytest.param("2. März 2026 12:00", (12, 0), id="German"),
        pytest.param("2 مارس 2026 12:00", (12, 0), id="Arabic"),
        pytest.param("٢ مارس ٢٠٢٦ ١٢:٠٠", (12, 0), id="Arabic digits"),
        pytest.param("Mon, 02 Mar 2026 11:59:60 GMT", (12, 0), id="leap second"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 +0000", None, id="year 1"),
        pytest.param("0001-01-01T00:00:00Z", None, id="year 1 in ISO"),
        pytest.param("yesterday", None, id="relative"),
        pytest.param("12:00", None, id="hour only"),
        pytest.param("", None, id="empty"),
        pytest.param("2026-13-45T99:00:00Z", None, id="impossible"),
        pytest.param("x" * 1000, None, id="long"),
    ],
)
def test_date(text: str, expected: tuple[int, int] | None) -> None:
    moment = parse_date(text)
    if expected is None:
        assert moment is None
    elif expected[0] < 0:
        assert moment == datetime(2026, 3, 1, 19, 35, 5, tzinfo=UTC)
    else:
        assert moment is not None
        assert moment.replace(second=0, microsecond=0) == datetime(2026, 3, 2, *expected, tzinfo=UTC)


LOCAL = json.loads((Path(__file__).parent / "local_dates.json").read_text(encoding="utf-8"))
"""As outlets write them in their own language: text, and the day in UTC."""


@pytest.mark.parametrize(("text", "day"), [pytest.param(*row, id=row[0]) for row in LOCAL])
def test_dates_in_the_words_of_the_place(text: str, day: str | None) -> None:
    moment = parse_date(text, month_first=False)
    assert (None if moment is None else str(moment.date())) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2. März 2026, 14:05 Uhr", "2026-03-02T14:05", id="German"),
        pytest.param("2 mars 2026 à 14h05", "2026-03-02T14:05", id="French"),
        pytest.param("2.3.2026 klo 14.05", "2026-03-02T14:05", id="Finnish"),
        pytest.param("March 2, 2026 2:05 p.m. EST", "2026-03-02T19:05", id="afternoon in New York"),
        pytest.param("12:05 am, 2 March 2026", "2026-03-02T00:05", id="after midnight"),
        pytest.param("2026.03.02. 오후 2:05", "2026-03-02T14:05", id="Korean"),
        pytest.param("2026年3月2日 14時05分", "2026-03-02T14:05", id="Japanese"),
        pytest.param("Senin, 02 Maret 2026 | 14:05 WIB", "2026-03-02T07:05", id="Indonesian"),
        pytest.param("2026-03-02T14:05:00+01:00[Europe/Berlin]", "2026-03-02T13:05", id="zone in brackets"),
        pytest.param("20260302T140500+0900", "2026-03-02T05:05", id="compact"),
    ],
)
def test_the_time_of_day_counts(text: str, expected: str) -> None:
    assert parse_date(text, month_first=False) == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    ("text", "month_first", "language", "day"),
    [
        pytest.param("03/02/2026 02:05 PM", True, None, "2026-03-02", id="month first"),
        pytest.param("03/02/2026", False, None, "2026-02-03", id="day first"),
        pytest.param("22/03/2026", True, None, "2026-03-22", id="no month 22"),
        pytest.param("03-02-2026", True, None, "2026-02-03", id="dashes are day first"),
        pytest.param("2. listopada 2026.", False, "hr", "2026-10-02", id="October in Croatian"),
        pytest.param("2 listopada 2026", False, "pl", "2026-11-02", id="November in Polish"),
    ],
)
def test_the_place_decides(text: str, month_first: bool, language: str | None, day: str) -> None:
    moment = parse_date(text, month_first=month_first, language=language)
    assert moment is not None
    assert str(moment.date()) == day


@pytest.mark.parametrize(
    ("declared", "url", "home", "first"),
    [
        pytest.param("", "https://gazette.example/", "", True, id="nothing known"),
        pytest.param("en", "https://gazette.co.uk/", "", False, id="a British address"),
        pytest.param("en-GB", "https://gazette.example/", "", False, id="British English"),
        pytest.param("en", "https://gazette.example/", "en-GB", False, id="a British outlet"),
        pytest.param("en-US", "https://gazette.example/", "en-MA", False, id="what software says by default"),
        pytest.param("", "https://gazette.example/", "en-US", True, id="an American outlet"),
        pytest.param("", "https://gazette.example/", "und-PH", True, id="a Philippine outlet of no language"),
        pytest.param("es", "https://gazette.example/", "en-US", True, id="Spanish in the United States"),
        pytest.param("fr", "https://gazette.example/", "en-US", False, id="French in the United States"),
        pytest.param("", "https://gazette.example/", "fr", False, id="a French outlet of no country"),
        pytest.param("", "https://gazette.example/", "en", True, id="an English outlet of no country"),
        pytest.param("en", "https://gazette.example/", "fr", True, id="an English feed of a French outlet"),
    ],
)
def test_the_outlets_country_says_what_comes_first(declared: str, url: str, home: str, first: bool) -> None:
    assert month_first(declared, url, home=home, by_default=True) is first


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        pytest.param(timedelta(hours=-30), NOW - timedelta(hours=30), id="past"),
        pytest.param(timedelta(0), NOW, id="now"),
        pytest.param(timedelta(hours=5), NOW, id="a zone left out"),
        pytest.param(timedelta(days=2), None, id="of an event to come"),
    ],
)
def test_no_article_is_published_after_it_was_seen(ahead: timedelta, expected: datetime | None) -> None:
    assert believable(NOW + ahead, now=NOW) == expected
    assert believable(None, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Mon, 02 Mar 2026 12:00:00 +03", (9, 0), id="hours alone"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 +3", (9, 0), id="an hour of one figure"),
        pytest.param("2026-03-02T12:00:00+3", (9, 0), id="in ISO"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 GMT-3", (15, 0), id="beside GMT"),
        pytest.param("2026-03-02 12:00 WAT", (11, 0), id="West Africa"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 EAT", (9, 0), id="East Africa"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 SAST", (10, 0), id="South Africa"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 PKT", (7, 0), id="Pakistan"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 IRST", (8, 30), id="Iran"),
        pytest.param("2026-03-02 12:00 America/New_York", (17, 0), id="a region"),
        pytest.param("2026-03-02T12:00:00[America/New_York]", (17, 0), id="a region in brackets"),
        pytest.param("2026-03-02T12:00:00+01:00[America/New_York]", (11, 0), id="an offset before a region"),
        pytest.param("2 mars 2026 12:00 Africa/Casablanca", (12, 0), id="a region behind words"),
        pytest.param("2026-03-02 12:00 Nowhere/Land", (12, 0), id="a region that is none"),
        pytest.param("2026-W10-1", (0, 0), id="a week"),
        pytest.param("2026W101T12:00+01:00", (11, 0), id="a week with a time"),
        pytest.param("2569-03-02 12:00", (12, 0), id="Buddhist"),
        pytest.param("1404/12/11 12:00", (12, 0), id="Jalali"),
    ],
)
def test_date_of_any_zone_or_calendar(text: str, expected: tuple[int, int]) -> None:
    assert parse_date(text) == NOW.replace(hour=expected[0], minute=expected[1])


@pytest.mark.parametrize("text", ["0115-03-02", "Mon, 02 Mar 115 12:00:00 GMT", "2026-W54-1", "2026-W10-8"])
def test_date_that_can_not_be_is_none(text: str) -> None:
    assert parse_date(text) is None
