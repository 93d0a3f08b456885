"""A session with an IMAP server (RFC 3501, 9051). It blocks: `mailbox` and `watching` run it in threads.

The folder is opened read-only and messages are peeked at, so that nothing in the mailbox changes; only where the user asks for
it are messages marked as seen. Nothing is ever deleted.
"""

from __future__ import annotations

import difflib
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.datetime_util import format_criteria_date
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from crawler.errors import FetchError
from crawler.sources.mail.account import PORTS, MailAccount
from crawler.sources.mail.letters import Letter, LetterBatch, MailMarker
from crawler.unfetched import unfetched

FIRST_LETTERS = 50
"""Of a sender whose mail was never read, so many of the newest messages are."""
MOST_LETTERS = 200
MOST_BYTES = 30_000_000
"""Fetched at a time: the rest comes with the next poll."""
CONNECT = timedelta(seconds=10)
PATIENCE = timedelta(seconds=60)
"""After so long, what has come is read first: a lease lasts three minutes."""
OVERLAP = timedelta(days=2)
"""Where the mailbox has numbered its messages anew, it is read again from so long before the last one that was read."""

_COMMAND = re.compile(r"^(?:\w+ failed|command: \w+ =>|\w+ command error): ")
_TIMES = re.compile(r"\s*\([\d.]+ \+ [\d.]+[^)]*secs\)\.?")


class ImapSession:
    """An open folder of an account. What goes wrong is a `FetchError` of kind `mailbox`; the session is of no use afterwards.

    `has_idle`: the server tells of new messages by itself (RFC 2177).
    """

    def __init__(self, account: MailAccount, folder: str = "", *, readonly: bool = False) -> None:
        """Connect, log in and open the folder; "" is the account's. `readonly`: in any case. Raises `FetchError`."""
        self._account = account
        self._marks_seen = account.mark_seen and not readonly
        self.folder = folder or account.folder
        with self._failing():
            self._client: Any = self._connect()
            try:
                self._client.normalise_times = False
                self._log_in()
                self.has_idle: bool = self._client.has_capability("IDLE")
                self.validity, self.next_uid = self._open()
            except BaseException:
                self.close()
                raise

    def new_letters(self, sender: str, marker: MailMarker | None) -> LetterBatch:
        """Return what a sender (an address, or "@" and a domain) sent since `marker`. Raises `FetchError`."""
        with self._failing():
            self._client.noop()  # an open folder is only then brought up to date
            uids = self._find(sender, marker)
            letters: list[Letter] = []
            end = time.monotonic() + PATIENCE.total_seconds()
            for uid, size in self._sizes(uids).items():
                letter = self._letter(uid, size)
                if letter is not None:
                    letters.append(letter)
                if letters and (
                    sum(len(each.body) for each in letters) >= MOST_BYTES or time.monotonic() > end
                ):
                    break
            if self._marks_seen and letters:
                self._client.add_flags([letter.uid for letter in letters], [rb"\Seen"], silent=True)
        return LetterBatch(self._marker(marker, letters), tuple(letters))

    def senders_after(self, uid: int) -> dict[int, bytes]:
        """Return the headers that say who sent each message with a higher number, and to whom. Raises `FetchError`."""
        with self._failing():
            self._client.noop()
            uids = [each for each in self._client.search(f"UID {uid + 1}:*") if each > uid]
            if not uids:
                return {}
            field = b"BODY[HEADER.FIELDS (FROM)]"
            found = self._client.fetch(uids, [b"BODY.PEEK[HEADER.FIELDS (FROM)]"])
            return {each: bytes(parts.get(field) or b"") for each, parts in sorted(found.items())}

    def idle(self, patience: timedelta) -> None:
        """Wait until something changes in the folder, or for so long. Raises `FetchError`."""
        with self._failing():
            self._client.idle()
            self._client.idle_check(timeout=patience.total_seconds())
            self._client.idle_done()  # raises where the server has gone meanwhile

    def interrupt(self) -> None:
        """End what another thread is waiting for in this session, which is of no use afterwards."""
        with suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Log out."""
        with suppress(IMAPClientError, OSError):
            self._client.logout()
        self.abandon()

    def abandon(self) -> None:
        """Close the connection without a word."""
        with suppress(IMAPClientError, OSError):
            self._client.shutdown()

    def _connect(self) -> Any:  # noqa: ANN401  (imapclient ships no types)
        account = self._account
        context = ssl.create_default_context()
        if account.ca_file is not None:
            context.load_verify_locations(cafile=account.ca_file)
        client = IMAPClient(
            account.host,
            port=account.port or PORTS[account.security],
            ssl=account.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(CONNECT.total_seconds(), account.timeout.total_seconds()),
        )
        if account.security == "starttls":
            try:
                client.starttls(context)
            except BaseException as error:
                with suppress(IMAPClientError, OSError):  # the handshake may have closed it
                    client.shutdown()
                if isinstance(error, CapabilityError):
                    raise _failed("mailbox-starttls", account) from None
                raise
        return client

    def _log_in(self) -> None:
        account = self._account
        is_plain = (account.username + account.password).isascii()
        try:
            log_in = self._client.login if is_plain else self._client.plain_login
            log_in(account.username, account.password)
        except LoginError as error:
            raise _failed(
                "mailbox-login", account, user=account.username, said=_said(error, account.password)
            ) from None

    def _open(self) -> tuple[int, int]:
        try:
            opened = self._client.select_folder(self.folder, readonly=not self._marks_seen)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            names = [str(name) for _flags, _mark, name in self._client.list_folders()]
            raise _failed(
                "mailbox-folder",
                self._account,
                folder=self.folder,
                said=_said(error),
                near=_near(self.folder, names),
            ) from None
        return int(opened.get(b"UIDVALIDITY", 0)), int(opened.get(b"UIDNEXT", 0))

    def _find(self, sender: str, marker: MailMarker | None) -> Sequence[int]:
        """Return the numbers of a sender's messages to read, the oldest first."""
        wanted = f'FROM "{sender}"'
        if marker is not None and marker.validity == self.validity:
            found = self._client.search(f"UID {marker.uid + 1}:* {wanted}")
            return sorted(uid for uid in found if uid > marker.uid)  # "n:*" has the last one in any case
        if marker is not None and marker.since is not None:
            since = format_criteria_date(marker.since - OVERLAP).decode()
            return sorted(self._client.search(f"SINCE {since} {wanted}"))
        return sorted(self._client.search(wanted))[-FIRST_LETTERS:]

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        uids = uids[:MOST_LETTERS]
        found = self._client.fetch(uids, [b"RFC822.SIZE"]) if uids else {}
        return {uid: int(found[uid][b"RFC822.SIZE"]) for uid in uids if uid in found}

    def _letter(self, uid: int, size: int) -> Letter | None:
        """Return a message, or the beginning of a large one; None where it has gone meanwhile."""
        most = self._account.max_letter_bytes
        part = b"BODY.PEEK[]" if size <= most else b"BODY.PEEK[]<0.%d>" % most
        try:
            found = self._client.fetch([uid], [b"INTERNALDATE", part]).get(uid)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:  # this one is broken where it is kept; the others are not
            return Letter(uid, datetime.now(UTC), b"", size, _said(error))
        if found is None:
            return None
        body = next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)
        return Letter(
            uid,
            (found.get(b"INTERNALDATE") or datetime.now(UTC)).astimezone(UTC),
            bytes(body or b""),
            size,
            "" if body else "it has no content",
        )

    def _marker(self, before: MailMarker | None, letters: Sequence[Letter]) -> MailMarker:
        is_same = before is not None and before.validity == self.validity
        uid = max((letter.uid for letter in letters), default=before.uid if before and is_same else 0)
        times = [letter.received for letter in letters] + ([before.since] if before and before.since else [])
        return MailMarker(self.validity, uid, max(times, default=None))

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Give what goes wrong as a `FetchError`, in words that say what to do."""
        account = self._account
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise _failed("mailbox-certificate", account, detail=error.verify_message) from error
        except ssl.SSLError as error:
            raise _failed("mailbox-handshake", account, detail=error.reason or str(error)) from error
        except socket.gaierror as error:
            raise _failed("unknown-name", account) from error
        except TimeoutError as error:
            raise _failed("silent", account) from error
        except OSError as error:
            raise _failed("refused", account, detail=error.strerror or str(error)) from error
        except IMAPClientAbortError as error:
            raise _failed("mailbox-ended", account, said=_said(error, account.password)) from error
        except IMAPClientError as error:
            raise _failed("mailbox-refused", account, said=_said(error, account.password)) from error


def _near(folder: str, names: Sequence[str]) -> str:
    """Return which folder was probably meant, whatever its capitals; "" where none is close."""
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(folder.casefold(), folded, n=1)
    return f"did you mean {folded[close[0]]!r}?" if close else ""


def _failed(reason: str, account: MailAccount, **facts: str) -> FetchError:
    return FetchError(unfetched("mailbox", reason, "", host=account.place, **facts))


def _said(error: Exception, secret: str = "") -> str:
    """Return what a server said, on one line, without what is secret and how long it took to say it."""
    said = " ".join(str(error).removeprefix("b'").removesuffix("'").split())
    said = _TIMES.sub("", _COMMAND.sub("", said))[:300].rstrip(". ")
    return said.replace(secret, "…") if secret else said
