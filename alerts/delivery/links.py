"""Links that only we can make: unsubscribe, not relevant, feeds out. Signed, so that they need no login; pure."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

Purpose = Literal["unsubscribe", "dismiss", "act", "feed", "code", "leave", "read", "editions"]
ButtonAct = Literal["in-hand", "done"]
"""The states that a mail's button gives an alert."""
LINK_LASTS = timedelta(days=30)
"""How long a link that does something about an alert works."""

MAC_BYTES = 18
"""144 bits: not to be guessed, and no padding in base64."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of this Tocsin. `base` is its public address, `key` at least 32 random bytes."""

    base: str
    key: bytes = field(repr=False)
    since: datetime | None = None
    """When the message with the links was made: what acts on alerts expires `LINK_LASTS` later; None: it does not expire."""
    recipient: str = ""
    """Whose message it is: whoever acts by its links is known by this."""
    buttons: bool = False
    """Whether its reader may deal with alerts."""

    def dated(self, since: datetime) -> Links:
        """Return the links of a message that was made then."""
        return replace(self, since=since)

    def unsubscribe(self, channel: str, address: str) -> str:
        """Return the link by which a recipient wants no more mail of a channel."""
        token = sign(self.key, "unsubscribe", f"{channel}\n{address.lower()}")
        return f"{self._root}/unsubscribe/{token}"

    def leave(self, review_id: int, address: str) -> str:
        """Return the link by which one of a review's own recipients opts out of it."""
        token = sign(self.key, "leave", f"{review_id}\n{address.lower()}")
        return f"{self._root}/review/leave/{token}"

    def read(self, edition_id: int, address: str) -> str:
        """Return the link by which one of a review's own recipients reads an edition; it works for as long as they are one."""
        token = sign(self.key, "read", f"{edition_id}\n{address.lower()}")
        return f"{self._root}/review/{token}"

    def alert(self, alert_id: int) -> str:
        """Return the address of an alert's page."""
        return f"{self._root}/alerts/{alert_id}"

    def dismiss(self, alert_id: int) -> str:
        """Return the link by which a reader says that an alert is not relevant."""
        return f"{self._root}/dismiss/{sign(self.key, 'dismiss', self._about(alert_id))}"

    def act(self, alert_id: int, act: ButtonAct) -> str | None:
        """Return the link by which its reader gives an alert a state; None where they may not."""
        if not self.buttons or self.since is None:
            return None
        value = f"{act}\n{self._about(alert_id)}"
        return f"{self._root}/act/{sign(self.key, 'act', value)}"

    def feed(self, watch_list_id: int, mark: str, name: str, form: Literal["atom", "json"]) -> str:
        """Return the address of a watch list's feed out."""
        token = feed_token(self.key, watch_list_id, mark)
        return f"{self._root}/feeds/{quote(name, safe='')}.{form}?token={token}"

    def review_feed(self, review_id: int, form: Literal["atom", "json"]) -> str:
        """Return the address of the feed of a review's editions."""
        token = review_feed_token(self.key, review_id)
        return f"{self._root}/review-feeds/{review_id}.{form}?token={token}"

    def _about(self, alert_id: int) -> str:
        if self.since is None:
            return str(alert_id)
        return f"{alert_id}\n{int((self.since + LINK_LASTS).timestamp())}\n{self.recipient}"

    @property
    def _root(self) -> str:
        return self.base.rstrip("/")


@dataclass(frozen=True, slots=True)
class LinkedAlert:
    """What a link about an alert says: which, until when it works (None: for good), and whose it is."""

    alert_id: int
    until: datetime | None
    recipient: str

    def is_over(self, now: datetime) -> bool:
        """Return whether the link has expired."""
        return self.until is not None and now >= self.until


def linked_alert(value: str) -> LinkedAlert:
    """Read the value of a link about an alert, as `verify` returns it."""
    number, _newline, rest = value.partition("\n")
    until, _newline, recipient = rest.partition("\n")
    return LinkedAlert(int(number), datetime.fromtimestamp(int(until), UTC) if until else None, recipient)


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


def feed_token(key: bytes, watch_list_id: int, mark: str = "") -> str:
    """Return the token of a watch list's feeds: whoever has it may read them, until the list is given another mark."""
    return _text(_mac(key, "feed", f"{watch_list_id}\n{mark}" if mark else str(watch_list_id)))


def review_feed_token(key: bytes, review_id: int) -> str:
    """Return the token of the feeds of a review's editions: whoever has it may read those that were sent."""
    return _text(_mac(key, "editions", str(review_id)))


def _mac(key: bytes, purpose: Purpose, value: str) -> bytes:
    return hmac.new(key, f"{purpose}\n{value}".encode(), sha256).digest()[:MAC_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
