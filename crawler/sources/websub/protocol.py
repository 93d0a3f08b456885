"""WebSub as a subscriber speaks it: the request to the hub, signatures of pushes, leases. Pure.

Source: W3C Recommendation of 23 January 2018, §5 and §7; section numbers below are its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

Mode = Literal["subscribe", "unsubscribe"]

LEASE_WANTED = timedelta(days=10)
"""What we ask for; the hub decides."""
LEASE_UNSAID = timedelta(days=1)
"""What is assumed of a hub that names none or nonsense."""
LONGEST_LEASE = timedelta(days=365)
RENEW_AFTER = 0.8
"""Of a lease, how much has gone when it is renewed: the rest is left for trying again."""
PATIENCE = timedelta(minutes=10)
"""How long a hub that accepted a request may take to verify it, before it is asked again."""
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(days=1)
ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Of X-Hub-Signature (§7.1)."""
LONGEST_CHALLENGE = 4096


@dataclass(frozen=True, slots=True)
class Verification:
    """What a hub asks of the callback (§5.3), or tells it (§5.2: `denied`)."""

    mode: str
    topic: str
    challenge: str
    lease: timedelta | None
    """None where the hub names none that can be believed."""
    reason: str


def request_form(mode: Mode, *, topic: str, callback: str, secret: str) -> bytes:
    """Return the body that asks a hub (§5.1), as application/x-www-form-urlencoded."""
    fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        fields["hub.lease_seconds"] = str(int(LEASE_WANTED.total_seconds()))
        fields["hub.secret"] = secret
    return urlencode(fields).encode("ascii")


def read_verification(query: Mapping[str, str]) -> Verification:
    """Return what stands in the query of a hub's GET."""
    return Verification(
        mode=query.get("hub.mode", "").lower(),
        topic=query.get("hub.topic", ""),
        challenge=query.get("hub.challenge", ""),
        lease=_lease(query.get("hub.lease_seconds", "")),
        reason=" ".join(query.get("hub.reason", "").split())[:300],
    )


def is_signed(header: str | None, secret: str, body: bytes) -> bool:
    """Return whether `header` (X-Hub-Signature: method=hex) is of this body, under this secret. Takes constant time."""
    method, separator, claimed = (header or "").strip().partition("=")
    method = method.lower()
    if not separator or method not in ALGORITHMS or not claimed.isascii():
        return False
    signature = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(signature, claimed.strip().lower())


def renewal_at(lease: timedelta, *, now: datetime) -> datetime:
    """Return when a lease that begins now is to be renewed."""
    return now + lease * RENEW_AFTER


def retry_wait(failures: int) -> timedelta:
    """Return how long to wait after so many requests in a row that led to nothing."""
    return min(FIRST_RETRY * (1 << 2 * min(max(failures, 1) - 1, 10)), LAST_RETRY)


def _lease(text: str) -> timedelta | None:
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) == 0:
        return None
    return min(timedelta(seconds=min(int(text), 10**9)), LONGEST_LEASE)
