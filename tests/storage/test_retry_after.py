"""The Retry-After header."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.retry_after import parse_retry_after
from tests.conftest import START


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(None, None, id="not sent"),
        pytest.param("120", 120, id="seconds"),
        pytest.param(" 120 ", 120, id="with spaces"),
        pytest.param("0", 0, id="at once"),
        pytest.param("Mon, 02 Mar 2026 12:05:00 GMT", 300, id="date"),
        pytest.param("Mon, 02 Mar 2026 11:00:00 GMT", 0, id="date in the past"),
        pytest.param("Mon, 02 Mar 2026 14:05:00 +0200", 300, id="date with a zone"),
        pytest.param("soon", None, id="words"),
        pytest.param("-5", None, id="negative"),
        pytest.param("٣٠", None, id="digits of another script"),
        pytest.param("9" * 5000, 10**9, id="absurd"),
        pytest.param("Mon, 02 Mar 2026 12:05:00 -0000", 300, id="date without a zone"),
        pytest.param("Mon, 02 Mar 99999999999999999999 12:05:00 GMT", None, id="no such year"),
        pytest.param("", None, id="empty"),
    ],
)
def test_retry_after(value: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert parse_retry_after(value, now=START) == expected


@given(st.text(max_size=60))
def test_nothing_is_fatal_or_negative(header: str) -> None:
    wish = parse_retry_after(header, now=START)
    assert wish is None or wish >= timedelta(0)
