"""Where newsletters come in, as the settings say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

Security = Literal["tls", "starttls", "none"]
PORTS: dict[Security, int] = {"tls": 993, "starttls": 143, "none": 143}
"""Those that are usual."""


@dataclass(frozen=True, slots=True)
class MailAccount:
    """An account on an IMAP server. `port` 0 is the usual one."""

    host: str
    username: str
    password: str = field(default="", repr=False)
    port: int = 0
    security: Security = "tls"
    folder: str = "INBOX"
    ca_file: Path | None = None
    """Certificates that are trusted beside the system's."""
    mark_seen: bool = False
    """Messages that were read are marked so in the mailbox; else it is only looked at."""
    timeout: timedelta = timedelta(seconds=20)
    max_letter_bytes: int = 10_000_000
    """Of a larger message only the beginning is fetched."""

    @property
    def place(self) -> str:
        """The host with its port, as messages name it."""
        return f"{self.host}:{self.port or PORTS[self.security]}"
