"""What a mail server says of a mail that it could not deliver: delivery status notifications (RFC 3464). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from typing import Protocol

MOST_BYTES = 200_000
"""What is looked at: the report and the headers of what came back stand before its text."""
LONGEST_WORDS = 300
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that came back for good. `status` is a code of RFC 3463, as 5.1.1; `message_id` is our mail's, where it is told."""

    status: str
    words: str
    message_id: str = ""


class BounceTaker(Protocol):
    """Takes in what comes back."""

    async def knows(self, address: str) -> bool:
        """Return whether an address is one that our mails to somebody come back to."""

    async def take(self, address: str, body: bytes) -> None:
        """Note what came to such an address."""


def read_bounce(body: bytes) -> Bounce | None:
    """Return why a mail came back for good; None of what says anything else: delayed, delivered, an answer of somebody away."""
    letter = message_from_bytes(body[:MOST_BYTES], policy=policy.compat32)
    if letter.get_content_type() != "multipart/report":
        return None
    failed: Bounce | None = None
    message_id = ""
    for part in letter.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status" and failed is None:
            failed = _failed(part)
        elif kind == "text/rfc822-headers" and not message_id:
            message_id = _header(message_from_bytes(_decoded(part), policy=policy.compat32), "message-id")
        elif kind == "message/rfc822" and not message_id:
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                message_id = _header(inner[0], "message-id")
    return None if failed is None else Bounce(failed.status, failed.words, message_id)


def _failed(report: Message) -> Bounce | None:
    """Return the first recipient's failure that is permanent."""
    fields = report.get_payload()
    for one in fields if isinstance(fields, list) else ():
        if not isinstance(one, Message):
            continue
        status = _STATUS.search(_header(one, "status"))
        if _header(one, "action").lower() == "failed" and status is not None and status[1].startswith("5"):
            said = _header(one, "diagnostic-code")
            words = said.partition(";")[2].strip() or said
            return Bounce(status[1], words[:LONGEST_WORDS])
    return None


def _header(letter: Message, name: str) -> str:
    return " ".join(str(letter.get(name, "")).split())


def _decoded(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""
