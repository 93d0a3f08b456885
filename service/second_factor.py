"""Codes of a second factor: by time (RFC 6238), and a few to write down in case the telephone is lost. Pure but for chance."""

from __future__ import annotations

import io
import secrets
from datetime import datetime

import pyotp
import segno

from service.credentials import fingerprint, is_same

STEP = 30
"""Seconds that a code is shown for."""
AROUND = (0, -1, 1)
"""Steps that count: this one and its neighbours, for clocks differ and people are slow (RFC 6238 §5.2)."""
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody mistakes for another."""


def new_factor() -> str:
    """Return the secret that an app is given, 160 bits in base32 (RFC 4226 §4)."""
    return pyotp.random_base32()


def factor_uri(secret: str, name: str) -> str:
    """Return what the QR code holds: the secret, and what the app is to call it."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Tocsin")


def qr_code(text: str) -> str:
    """Return a QR code as an SVG element, dark on white whatever the page's colours are."""
    out = io.BytesIO()
    code = segno.make(text, error="m")
    code.save(
        out, kind="svg", xmldecl=False, svgns=False, scale=5, border=4, dark="#000", light="#fff", nl=False
    )
    return out.getvalue().decode()


def matching_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """Return which step's code this is, of those that count and come after the one that was used last; None of none."""
    digits = "".join(code.split())
    present = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    found = None
    for step in (present + offset for offset in AROUND):
        if is_same(digits, totp.at(step * STEP)) and step > after and found is None:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return codes of 50 random bits, to be written down."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _letter in range(5)) for _half in range(2))
        for _each in range(RECOVERY_CODES)
    ]


def recovery_fingerprint(code: str) -> str:
    """Return by what a recovery code is known again, however it is typed."""
    return fingerprint("".join(filter(str.isalnum, code.lower())))
