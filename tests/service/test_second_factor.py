"""Codes of a second factor: those of RFC 6238, each once, and those to write down."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pyotp
import pytest

from service.actions.errors import ConflictError, InvalidError
from service.actions.second_factors import (
    begin_factor,
    confirm_factor,
    end_factor,
    reset_factor,
    sign_in_by_code,
)
from service.second_factor import factor_uri, matching_step, new_recovery_codes, qr_code, recovery_fingerprint
from storage.engine import Database
from storage.stores.people.users import put_user, user_numbered
from storage.tables import Role
from tests.databases import on_both, on_sqlite

pytestmark = on_sqlite

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, f"{code[:3]} {code[3:]}", after=0, now=now) == seconds // 30
    assert matching_step(SECRET, code, after=seconds // 30, now=now) is None  # used already
    for late, counts in ((30, True), (-30, True), (60, False), (90, False)):
        if seconds + late < 60:  # there was no step before the first
            continue
        found = matching_step(SECRET, code, after=0, now=now + timedelta(seconds=late))
        assert (found is not None) is counts


@pytest.mark.parametrize("code", ["", "28708", "2870820", "٢٨٧٠٨٢", "287082\x00", "abcdef"])
def test_what_is_no_code_is_none(code: str) -> None:
    assert matching_step(SECRET, code, after=0, now=datetime.fromtimestamp(59, UTC)) is None


def test_a_qr_code_is_a_drawing_alone() -> None:
    uri = factor_uri(SECRET, "Leïla & Co <script>")
    assert uri.startswith("otpauth://totp/Tocsin:")
    assert f"secret={SECRET}" in uri
    drawing = ElementTree.fromstring(qr_code(uri))
    assert drawing.tag == "svg"
    assert {child.tag for child in drawing.iter()} <= {"svg", "g", "path"}
    assert not any(
        name.startswith("on") or name == "style" for child in drawing.iter() for name in child.attrib
    )


def test_recovery_codes_are_known_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert recovery_fingerprint(codes[0]) == recovery_fingerprint(f" {codes[0].upper().replace('-', ' ')}")
    assert len({recovery_fingerprint(code) for code in codes}) == 10


def code_at(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret).at(now)


@on_both
def test_a_code_signs_in_once(database: Database) -> None:
    with database.write() as session:
        number = put_user(session, "leila", Role.EDITOR, now=NOW).id
        secret = begin_factor(session, number)
        assert begin_factor(session, number) == secret
    with database.write() as session:
        with pytest.raises(InvalidError):
            confirm_factor(session, number, "000000", now=NOW)
        recovery = confirm_factor(session, number, code_at(secret, NOW), now=NOW)
        with pytest.raises(ConflictError):
            begin_factor(session, number)
    later = NOW + timedelta(minutes=1)
    for code, when, counts in (
        (code_at(secret, NOW), NOW, False),  # confirmed it
        (code_at(secret, later), later, True),
        (code_at(secret, later), later, False),
        (code_at(secret, later - timedelta(seconds=30)), later, False),  # an older one
        (recovery[3], later, True),
        (recovery[3], later, False),
        (recovery[4].upper(), later, True),
        ("", later, False),
    ):
        with database.write() as session:
            if counts:
                assert sign_in_by_code(session, number, code, now=when)
            else:
                with pytest.raises(InvalidError):
                    sign_in_by_code(session, number, code, now=when)
    much_later = later + timedelta(minutes=5)
    with database.write() as session:
        with pytest.raises(InvalidError):
            end_factor(session, number, code_at(secret, later), now=much_later)
        end_factor(session, number, code_at(secret, much_later), now=much_later)
        user = user_numbered(session, number)
        with pytest.raises(ConflictError):
            reset_factor(session, number)
    assert user is not None
    assert not user.has_factor
