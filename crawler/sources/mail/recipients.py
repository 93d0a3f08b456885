"""Addresses of our own, one a source: nobody can guess one, and each is made of its name and our key. Pure."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

MAC_BYTES = 10
"""80 bits: more than anybody can try by mail, and 16 letters."""


def recipient(key: bytes, name: str, domain: str) -> str:
    """Return the address of the source of this name: `fisheries.k3…@in.example.org`."""
    return f"{name}.{_mac(key, name)}@{domain}"


def name_of(key: bytes, address: str, domain: str) -> str | None:
    """Return the name of the source whose address this is; None for any that we did not make. Case does not count."""
    local, _, host = address.strip().lower().rpartition("@")
    name, _, mac = local.rpartition(".")
    is_ours = host == domain.lower() and hmac.compare_digest(mac.encode(), _mac(key, name).encode())
    return name if name and is_ours else None


def _mac(key: bytes, name: str) -> str:
    digest = hmac.new(key, f"recipient\n{name}".encode(), sha256).digest()
    return base64.b32encode(digest[:MAC_BYTES]).decode().lower()
