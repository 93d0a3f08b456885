"""Mail over SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start (RFC 8314), and AUTH (RFC 4954)."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from typing import Literal

import aiosmtplib

from alerts.delivery.channels.base import RESPONSE_CHARS, BounceMarks, Channel, Receipt
from alerts.delivery.channels.email.mail import build_mail, parse_mailbox, return_address
from alerts.delivery.channels.email.smtp_sessions import SmtpSessions
from alerts.delivery.characters import storable
from alerts.delivery.links import Links
from alerts.delivery.payload import AddressedReview, Message
from alerts.delivery.render import DEFAULT, Renderer
from alerts.errors import DeliveryError
from storage.troubles import Fact, Trouble

AUTH_CODES = frozenset({530, 534, 535, 538})
"""The server wants (other) credentials: RFC 4954 §6."""


@dataclass(frozen=True, slots=True)
class EmailConfig:
    """Where mail goes and which server takes it. `timeout` counts for each answer of the server."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: timedelta = timedelta(seconds=30)
    renderer: Renderer = DEFAULT
    links: Links | None = None
    """Makes the links to unsubscribe and to dismiss; None where the service has no public address."""
    buttons: bool = False
    """Whether mails have buttons by which recipients deal with alerts."""
    bounces: BounceMarks | None = None
    """Marks mails to a review's own recipients, so that one that comes back is known as theirs."""


class EmailChannel(Channel):
    """Sends each message as a mail of its own to each recipient, all in one session; those of a backlog share it.

    What goes wrong before the mail itself is handed over (connection, certificate, login) is the channel's fault and not
    the mail's: it counts as passing even where the server says 5xx, so that putting a password right within the days of
    retries loses no alert. What the server says of the mail counts as it says it: 4xx passing, 5xx permanent.
    """

    def __init__(self, config: EmailConfig) -> None:
        """Raise `ValueError` for an address that can't be used."""
        if not config.to:
            raise ValueError("an email channel needs at least one address in `to`")
        self._config = config
        self._server = f"{config.host}:{config.port}"
        self._sender = parse_mailbox(config.sender)
        self._to = tuple(map(parse_mailbox, config.to))
        # Verifies name and certificate; a private authority is made known by SSL_CERT_FILE, as to all of OpenSSL.
        self._tls = None if config.security == "none" else ssl.create_default_context()
        self._sessions = SmtpSessions(self._client)

    async def send(self, message: Message) -> Receipt:
        """Send the mails. What the server said of each recipient is told, so that a later attempt skips those who have it."""
        wanted = self._to
        if isinstance(message.data, AddressedReview):
            wanted = tuple(map(parse_mailbox, message.data.to))
        targets = [address for address in wanted if address.addr_spec.lower() not in message.skip]
        if not targets:
            return Receipt(response="no recipient is left: all have it, refused it for good, or unsubscribed")
        said: dict[str, tuple[int, str]] = {}
        broken: Exception | None = None
        try:
            client = await self._sessions.take()
        except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:
            raise self._no_session(error) from error
        try:
            for address in targets:
                try:
                    answer = await self._hand_over(client, message, address)
                except (aiosmtplib.SMTPException, OSError) as error:
                    broken = error
                    break
                said[address.addr_spec.lower()] = answer
                message.taken(address.addr_spec.lower(), answer)
        except BaseException:  # the time is up, or the message can't be made
            self._sessions.drop(client)
            raise
        await self._sessions.give_back(client, well=broken is None)
        return self._concluded(said, broken)

    async def _hand_over(
        self, client: aiosmtplib.SMTP, message: Message, address: Address
    ) -> tuple[int, str]:
        """Send one mail; return the server's answer to it. Raises where the session broke."""
        config = self._config
        mail = build_mail(
            message,
            sender=self._sender,
            to=address,
            renderer=config.renderer,
            links=config.links,
            buttons=config.buttons,
            bounces=config.bounces,
        )
        sender = return_address(message, address, config.bounces) or self._sender.addr_spec
        try:
            _refused, answer = await client.send_message(mail, sender=sender, recipients=[address.addr_spec])
        except aiosmtplib.SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            if refusal.code in (421, *AUTH_CODES):
                raise aiosmtplib.SMTPResponseException(refusal.code, refusal.message) from error
            return refusal.code, storable(refusal.message)[:RESPONSE_CHARS]
        except aiosmtplib.SMTPResponseException as error:
            if error.code <= 0 or error.code in (421, *AUTH_CODES) or not client.is_connected:
                raise
            return error.code, storable(error.message)[:RESPONSE_CHARS]
        return 250, storable(answer)[:RESPONSE_CHARS]

    def _concluded(self, said: dict[str, tuple[int, str]], broken: Exception | None) -> Receipt:
        """Make one outcome of what was said of each: sent unless somebody may yet get it, or nobody did."""
        words = "; ".join(
            answer if code == 250 else f"{who}: {code} {answer}" for who, (code, answer) in said.items()
        )[:RESPONSE_CHARS]
        if broken is not None:
            code, answer = _answer(broken)
            if code is not None:
                why = self._why("answered", code=code, answer=answer)
            else:
                why = self._why("broke-off", detail=_words(broken))
            raise DeliveryError(
                why,
                recoverable=True,
                status=code,
                response=answer or words,
                recipients=said,
            )
        codes = [code for code, _ in said.values()]
        passing = [code for code in codes if not 200 <= code < 300 and _is_passing(code)]
        if passing or not any(200 <= code < 300 for code in codes):
            refusals = "; ".join(f"{who}: {code} {text}" for who, (code, text) in said.items() if code >= 300)
            raise DeliveryError(
                self._why("refused", refusals=refusals),
                recoverable=bool(passing),
                status=(passing or codes)[0],
                response=words,
                recipients=said,
            )
        return Receipt(250, words, said)

    async def aclose(self) -> None:
        """End the sessions that were kept open."""
        await self._sessions.aclose()

    def _client(self) -> aiosmtplib.SMTP:
        config = self._config
        return aiosmtplib.SMTP(
            hostname=config.host,
            port=config.port,
            use_tls=config.security == "tls",
            start_tls=config.security == "starttls",
            tls_context=self._tls,
            username=config.username or None,
            password=config.password or None,
            timeout=config.timeout.total_seconds(),
        )

    def _no_session(self, error: Exception) -> DeliveryError:
        code, answer = _answer(error)
        match error:
            case aiosmtplib.SMTPAuthenticationError():
                why = self._why("login", code=code or 0)
            case ssl.SSLCertVerificationError():
                why = self._why("certificate", detail=error.verify_message)
            case _ if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                why = self._why("certificate", detail=error.__cause__.verify_message)
            case _ if code is not None:
                why = self._why("not-accepted", code=code, answer=answer)
            case _:
                why = self._why("unreachable", detail=_words(error))
        return DeliveryError(why, recoverable=True, status=code, response=answer)

    def _why(self, kind: str, **facts: Fact) -> Trouble:
        return Trouble(f"mail-{kind}", {"server": self._server, **facts})


def _is_passing(code: int) -> bool:
    return code < 500


def _answer(error: Exception) -> tuple[int | None, str]:
    """Return the server's code and words where the error carries an answer. aiosmtplib says -1 for one that can't be read."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
        return error.code, storable(error.message)[:RESPONSE_CHARS]
    return None, ""


def _words(error: Exception) -> str:
    return " ".join(str(getattr(error, "message", None) or error).split()) or type(error).__name__
