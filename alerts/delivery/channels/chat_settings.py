"""What the settings of chat services share."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr


def _address(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("it is not a web address: it must begin with https:// and name a host")
    return value


SecretAddress = Annotated[SecretStr, AfterValidator(_address)]
"""A web address that holds a token."""


def host_named(address: SecretStr) -> str:
    """Return the host of an address, which may be shown."""
    return urlsplit(address.get_secret_value()).hostname or ""
