"""The words of WebSub: requests, verifications, signatures, leases."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.websub.protocol import is_signed, read_verification, renewal_at, request_form, retry_wait
from tests.conftest import START

BODY = b"<rss/>"
SECRET = "s" * 64
SIGNED = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


def test_request_says_what_the_standard_asks_for() -> None:
    form = request_form(
        "subscribe", topic="https://a.example/ü?x=1&y", callback="https://n.example/c", secret="k"
    )
    assert parse_qs(form.decode(), strict_parsing=True) == {
        "hub.mode": ["subscribe"],
        "hub.topic": ["https://a.example/ü?x=1&y"],
        "hub.callback": ["https://n.example/c"],
        "hub.lease_seconds": ["864000"],
        "hub.secret": ["k"],
    }
    left = request_form("unsubscribe", topic="https://a.example/", callback="https://n.example/c", secret="k")
    assert set(parse_qs(left.decode())) == {"hub.mode", "hub.topic", "hub.callback"}


@pytest.mark.parametrize(
    ("header", "good"),
    [
        pytest.param(f"sha256={SIGNED}", True, id="as the standard writes it"),
        pytest.param(f" SHA256={SIGNED.upper()} ", True, id="in capitals"),
        pytest.param(f"sha1={SIGNED}", False, id="other method"),
        pytest.param(f"md5={SIGNED}", False, id="method that is not of the standard"),
        pytest.param(SIGNED, False, id="no method"),
        pytest.param("sha256=", False, id="empty"),
        pytest.param("sha256=é", False, id="not ascii"),
        pytest.param("", False, id="nothing"),
        pytest.param(None, False, id="no header"),
    ],
)
def test_signature(header: str | None, good: bool) -> None:
    assert is_signed(header, SECRET, BODY) is good


@given(st.binary(), st.sampled_from(["sha1", "sha256", "sha384", "sha512"]), st.integers(0, 255))
def test_one_changed_byte_breaks_the_signature(body: bytes, method: str, byte: int) -> None:
    header = f"{method}={hmac.new(SECRET.encode(), body, getattr(hashlib, method)).hexdigest()}"
    assert is_signed(header, SECRET, body)
    assert not is_signed(header, SECRET, body + bytes([byte]))


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        pytest.param("3600", timedelta(hours=1), id="an hour"),
        pytest.param("", None, id="none"),
        pytest.param("0", None, id="nothing"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1e9", None, id="no number"),
        pytest.param("٣", None, id="other digits"),
        pytest.param("9" * 5000, None, id="endless"),
        pytest.param("999999999999", timedelta(days=365), id="for ever"),
    ],
)
def test_lease_is_believed_within_reason(seconds: str, lease: timedelta | None) -> None:
    assert read_verification({"hub.lease_seconds": seconds}).lease == lease


def test_lease_is_renewed_while_a_fifth_is_left() -> None:
    assert renewal_at(timedelta(days=10), now=START) == START + timedelta(days=8)


def test_pauses_grow_to_a_day() -> None:
    minutes = [retry_wait(failures).total_seconds() / 60 for failures in (1, 2, 3, 6, 7, 1000)]
    assert minutes == [1, 4, 16, 1024, 1440, 1440]
