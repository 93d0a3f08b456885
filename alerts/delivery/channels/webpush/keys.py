"""The keys of web push: ours (VAPID), drawn from the key of our links, and a browser's as it gives them."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha512
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the points of P-256."""


def vapid_number(key: bytes) -> int:
    """Return the private number of our key pair, drawn from the key of our links. Pure."""
    drawn = hmac.new(key, b"web push", sha512).digest()
    return int.from_bytes(drawn, "big") % (_ORDER - 1) + 1


def public_key(key: bytes) -> str:
    """Return the public half, as a browser is given it (`applicationServerKey`)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = private_key(key).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without its padding. Raise `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def private_key(key: bytes) -> EllipticCurvePrivateKey:
    """Return our private key."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    return derive_private_key(vapid_number(key), SECP256R1())
