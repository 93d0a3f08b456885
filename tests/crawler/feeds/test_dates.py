"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.feeds.dates import believable, parse_date

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
