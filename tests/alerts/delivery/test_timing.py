"""When a channel sends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.delivery.timing import next_send, parse_quiet, parse_send, quiet_until


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
        pytest.param(
            "mon-fri 08:00 UTC", "2026-03-06T09:00:00", "2026-03-09T08:00:00", id="over the weekend"
        ),
        pytest.param(
            "sat-mon 08:00 UTC", "2026-03-03T09:00:00", "2026-03-07T08:00:00", id="days over Sunday"
        ),
        pytest.param(
            "Mon,Wed 08:00,17:30 UTC", "2026-03-02T08:00:00", "2026-03-02T17:30:00", id="several times"
        ),
        pytest.param(
            "mon-fri 08:00 UTC; sat 10:00 Europe/Paris",
            "2026-03-06T09:00",
            "2026-03-07T09:00",
            id="two parts",
        ),
        pytest.param(
            "02:30 Europe/Paris",
            "2026-10-25T01:00:00",
            "2026-10-26T01:30:00",
            id="twice: within the second hour",
        ),
        pytest.param(
            "sun 02:30 Europe/Paris", "2026-10-25T00:30:00", "2026-11-01T01:30:00", id="twice: a week later"
        ),
        pytest.param(
            "hourly", "2026-10-25T00:30:00.000001", "2026-10-25T01:00:00", id="full hours are UTC's"
        ),
        pytest.param("08:00 UTC", "2026-03-02T07:59:59.999999", "2026-03-02T08:00:00", id="a moment before"),
        pytest.param(
            "08:00 Africa/Casablanca", "2026-02-17T12:00", "2026-02-18T08:00", id="Ramadan: back to UTC"
        ),
    ],
)
def test_next_send(send: str, now: str, expected: str) -> None:
    assert next_send(parse_send(send), at(now)) == at(expected)


@pytest.mark.parametrize(
    "text",
    ["immediate", "hourly", "08:00 Africa/Casablanca", "mon,tue 08:00 UTC; mon,tue 17:30 UTC; sat 10:00 UTC"],
)
def test_written_as_read(text: str) -> None:
    assert str(parse_send(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daily",
        "8 o'clock",
        "25:00 UTC",
        "08:00",
        "08:00 Mars/Base",
        "08:00 ../etc/passwd",
        "noday 08:00 UTC",
        "hourly; 08:00 UTC",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="use"):
        parse_send(text)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        pytest.param(["22:00-07:00 UTC"], "2026-03-02T21:59:59", None, id="not yet"),
        pytest.param(["22:00-07:00 UTC"], "2026-03-02T22:00:00", "2026-03-03T07:00:00", id="evening"),
        pytest.param(["22:00-07:00 UTC"], "2026-03-03T06:59:59", "2026-03-03T07:00:00", id="before dawn"),
        pytest.param(["22:00-07:00 UTC"], "2026-03-03T07:00:00", None, id="over"),
        pytest.param(["12:00-13:00 UTC"], "2026-03-03T12:30:00", "2026-03-03T13:00:00", id="noon"),
        pytest.param(
            ["sat,sun 00:00-24:00 UTC"], "2026-03-07T12:00:00", "2026-03-09T00:00:00", id="a weekend"
        ),
        pytest.param(
            ["fri 22:00-07:00 UTC"], "2026-03-07T01:00:00", "2026-03-07T07:00:00", id="of the day before"
        ),
        pytest.param(
            ["22:00-07:00 UTC", "sat,sun 00:00-24:00 UTC"],
            "2026-03-06T23:00:00",
            "2026-03-09T07:00:00",
            id="spans that touch",
        ),
        pytest.param(
            ["22:00-07:00 Europe/Paris"],
            "2026-03-28T23:00:00",
            "2026-03-29T05:00:00",
            id="summer time begins",
        ),
        pytest.param([], "2026-03-02T22:00:00", None, id="none"),
        pytest.param(
            ["mon-sun 00:00-24:00 UTC"], "2026-03-02T22:00:00", "2026-03-10T00:00:00", id="always, almost"
        ),
    ],
)
def test_quiet_until(quiet: list[str], now: str, until: str | None) -> None:
    assert quiet_until(map(parse_quiet, quiet), at(now)) == (at(until) if until else None)


@pytest.mark.parametrize(
    "text", ["", "22:00 UTC", "22:00-22:00 UTC", "25:00-07:00 UTC", "22:00-07:00 Mars/Base"]
)
def test_what_are_no_quiet_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="use"):
        parse_quiet(text)
