"""What a feed and its host say about when to poll."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.schedule import PollHints, freshness, hints_of
from crawler.values import ParsedFeed
from tests.conftest import START

DATE = "Mon, 02 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"cache-control": "max-age=600"}, 600, id="max-age"),
        pytest.param(
            {"cache-control": 'public, Max-Age="600"'}, 600, id="quoted, another directive, capitals"
        ),
        pytest.param({"cache-control": "max-age=600", "age": "500"}, 100, id="Age is taken off"),
        pytest.param({"cache-control": "max-age=600", "age": "700"}, 0, id="stale already"),
        pytest.param({"cache-control": "max-age=600", "expires": DATE}, 600, id="max-age before Expires"),
        pytest.param({"cache-control": "no-cache, max-age=600"}, None, id="no-cache"),
        pytest.param({"cache-control": "no-store"}, None, id="no-store"),
        pytest.param({"cache-control": "max-age=x"}, None, id="no number"),
        pytest.param({"cache-control": "max-age=" + "9" * 40}, 366 * 86400, id="beyond reason"),
        pytest.param({"cache-control": "s-maxage=600"}, None, id="for shared caches"),
        pytest.param({"expires": "Mon, 02 Mar 2026 12:30:00 GMT", "date": DATE}, 1800, id="Expires"),
        pytest.param(
            {"expires": "Mon, 02 Mar 2026 11:30:00 GMT", "date": "Mon, 02 Mar 2026 11:00:00 GMT"},
            1800,
            id="the host's clock is slow",
        ),
        pytest.param({"expires": "Mon, 02 Mar 2026 12:30:00 GMT"}, 1800, id="without Date: our clock"),
        pytest.param({"expires": "0", "date": DATE}, None, id="Expires: 0"),
        pytest.param({"expires": "Thu, 01 Jan 1970 00:00:00 GMT", "date": DATE}, 0, id="long ago"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_freshness(headers: dict[str, str], seconds: int | None) -> None:
    fresh = freshness(headers, now=START)
    assert (None if fresh is None else fresh.total_seconds()) == seconds


def test_document_asks_by_ttl_and_update_period() -> None:
    parsed = ParsedFeed(
        "rss",
        "",
        None,
        "",
        (),
        ttl=timedelta(minutes=30),
        update_interval=timedelta(hours=1),
        skip_hours=frozenset({3}),
        skip_days=frozenset({6}),
    )
    hints = hints_of(parsed)
    assert hints.shortest == timedelta(hours=1)
    assert PollHints.from_json(hints.to_json()) == hints
    assert hints.skips(START.replace(hour=3))
    assert hints.skips(START.replace(day=8))
    assert not hints.skips(START)
