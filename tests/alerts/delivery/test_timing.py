"""When a channel sends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.delivery.timing import next_send, parse_send


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("send", "now", "expected"),
    [
        pytest.param("immediate", "2026-03-02T12:34:56", "2026-03-02T12:34:56", id="at once"),
        pytest.param("hourly", "2026-03-02T12:34:56", "2026-03-02T13:00:00", id="full hour"),
        pytest.param("hourly", "2026-03-02T12:00:00", "2026-03-02T13:00:00", id="on the hour, the next"),
        pytest.param("08:00 UTC", "2026-03-02T07:59:59", "2026-03-02T08:00:00", id="today"),
        pytest.param("08:00 UTC", "2026-03-02T08:00:00", "2026-03-03T08:00:00", id="tomorrow"),
        pytest.param(
            "08:00 Europe/Paris", "2026-03-28T08:00:00", "2026-03-29T06:00:00", id="summer time begins"
        ),
        pytest.param(
            "02:30 Europe/Paris", "2026-03-28T12:00:00", "2026-03-29T01:30:00", id="skipped local time"
        ),
        pytest.param(
            "02:30 Europe/Paris", "2026-10-24T12:00:00", "2026-10-25T00:30:00", id="twice: the first"
        ),
        pytest.param(
            "02:30 Europe/Paris", "2026-10-25T00:45:00", "2026-10-26T01:30:00", id="twice: not again"
        ),
    ],
)
def test_next_send(send: str, now: str, expected: str) -> None:
    assert next_send(parse_send(send), at(now)) == at(expected)


@pytest.mark.parametrize("text", ["immediate", "hourly", "08:00 Africa/Casablanca"])
def test_written_as_read(text: str) -> None:
    assert str(parse_send(text)) == text


@pytest.mark.parametrize(
    "text", ["", "daily", "8 o'clock", "25:00 UTC", "08:00", "08:00 Mars/Base", "08:00 ../etc/passwd"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="use"):
        parse_send(text)
