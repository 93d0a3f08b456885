"""Messages as a mailbox gives them, on their way from the fetch to the worker that reads them: one document of bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
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
    """What came since it was read last, the oldest first, and what to remember of that.

    Of a mailbox that is how far it has been read (`marker`), of our own inbox which messages were (`read`).
    """

    marker: MailMarker | None = None
    letters: Sequence[Letter] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    """Where tracking links lead, of those that were asked."""
    read: Sequence[str] = ()

    @property
    def state(self) -> dict[str, Any]:
        """What the source remembers once this is stored."""
        return self.marker.to_state() if self.marker is not None else {"read": list(self.read)}

    def first(self, count: int) -> LetterBatch:
        """Return a batch of its first messages: the rest comes again."""
        letters, marker = self.letters[:count], self.marker
        if marker is not None and letters:
            marker = replace(marker, uid=letters[-1].uid, since=max(letter.received for letter in letters))
        return replace(self, letters=letters, marker=marker, read=self.read[:count])

    def pack(self) -> bytes:
        """Return it as one document: a line that says what follows, then the messages, one after the other."""
        head = {
            "state": self.state,
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
        state = head["state"]
        letters, start = [], 0
        for told in head["letters"]:
            end = start + told["body"]
            received = datetime.fromisoformat(told["received"])
            letters.append(Letter(told["uid"], received, rest[start:end], told["size"], told["fault"]))
            start = end
        return cls(MailMarker.from_state(state), tuple(letters), head["links"], tuple(state.get("read", ())))
