"""Messages as a mailbox gives them, on their way from the fetch to the worker that reads them: one document of bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: its number in the mailbox, when it came, and its bytes."""

    uid: int
    received: datetime
    body: bytes
    size: int = 0
    """Bytes that it has; more than `body`, where only its beginning was fetched."""
    fault: str = ""
    """Why the mailbox could not give it; its body is then empty."""


@dataclass(frozen=True, slots=True)
class MailMarker:
    """How far a mailbox has been read: no number up to `uid` is asked for again while `validity` is the mailbox's.

    That is RFC 3501 §2.3.1.1. `since` is when the newest message came that was read: where the numbers have changed, it tells how
    far to go back.
    """

    validity: int
    uid: int = 0
    since: datetime | None = None

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self | None:
        """Return what a source remembers; None where it has not been read yet."""
        if "validity" not in state:
            return None
        since = state.get("since")
        return cls(
            int(state["validity"]), int(state["uid"]), datetime.fromisoformat(since) if since else None
        )

    def to_state(self) -> dict[str, Any]:
        """Return what to remember."""
        return {
            "validity": self.validity,
            "uid": self.uid,
            "since": self.since.isoformat() if self.since else None,
        }


@dataclass(frozen=True, slots=True)
class LetterBatch:
    """What came since a mailbox was read last, the oldest first, and how far it has been read with it."""

    marker: MailMarker
    letters: Sequence[Letter] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    """Where tracking links lead, of those that were asked."""

    def pack(self) -> bytes:
        """Return it as one document: a line that says what follows, then the messages, one after the other."""
        head = {
            "marker": self.marker.to_state(),
            "links": dict(self.links),
            "letters": [
                {**asdict(letter), "body": len(letter.body), "received": letter.received.isoformat()}
                for letter in self.letters
            ],
        }
        return json.dumps(head).encode() + b"\n" + b"".join(letter.body for letter in self.letters)

    @classmethod
    def unpack(cls, document: bytes) -> Self:
        """Return what `pack` made a document of. Raises `ValueError` for any other."""
        first, _, rest = document.partition(b"\n")
        head = json.loads(first)
        marker = MailMarker.from_state(head["marker"])
        if marker is None:
            raise ValueError("no marker")
        letters, start = [], 0
        for told in head["letters"]:
            end = start + told["body"]
            received = datetime.fromisoformat(told["received"])
            letters.append(Letter(told["uid"], received, rest[start:end], told["size"], told["fault"]))
            start = end
        return cls(marker, tuple(letters), head["links"])
