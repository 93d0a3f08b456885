"""Links that only we can make: unsubscribe, not relevant, feeds out. Signed, so that they need no login; pure."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

Purpose = Literal["unsubscribe", "dismiss", "feed"]

MAC_BYTES = 18
"""144 bits: not to be guessed, and no padding in base64."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of this Tocsin. `base` is its public address, `key` at least 32 random bytes."""

    base: str
    key: bytes = field(repr=False)

    def unsubscribe(self, channel: str, address: str) -> str:
        """Return the link by which a recipient wants no more mail of a channel."""
        token = sign(self.key, "unsubscribe", f"{channel}\n{address.lower()}")
        return f"{self._root}/unsubscribe/{token}"

    def alert(self, alert_id: int) -> str:
        """Return the address of an alert's page."""
        return f"{self._root}/alerts/{alert_id}"

    def dismiss(self, alert_id: int) -> str:
        """Return the link by which a reader says that an alert is not relevant."""
        return f"{self._root}/dismiss/{sign(self.key, 'dismiss', str(alert_id))}"

    def feed(self, watch_list_id: int, name: str, form: Literal["atom", "json"]) -> str:
        """Return the address of a watch list's feed out."""
        return f"{self._root}/feeds/{quote(name, safe='')}.{form}?token={feed_token(self.key, watch_list_id)}"

    @property
    def _root(self) -> str:
        return self.base.rstrip("/")


def sign(key: bytes, purpose: Purpose, value: str) -> str:
    """Return a token that holds `value` and that only the key's owner can make. Good for URLs and mail headers."""
    return f"{_text(value.encode())}.{_text(_mac(key, purpose, value))}"


def verify(key: bytes, purpose: Purpose, token: str) -> str | None:
    """Return the value of a token that `sign` made for this purpose; None of any other."""
    try:
        body, mac = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
        value = body.decode()
    except ValueError:
        return None
    return value if hmac.compare_digest(mac, _mac(key, purpose, value)) else None


def feed_token(key: bytes, watch_list_id: int) -> str:
    """Return the token of a watch list's feeds: whoever has it may read them."""
    return _text(_mac(key, "feed", str(watch_list_id)))


def _mac(key: bytes, purpose: Purpose, value: str) -> bytes:
    return hmac.new(key, f"{purpose}\n{value}".encode(), sha256).digest()[:MAC_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
