"""One message taken apart (RFC 5322, 2045): who sent it, what it is called, its texts and what is attached. Pure.

Broken headers, charsets and parts are the rule among newsletters: what can be read of them is, and nothing here raises by a
message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from crawler.text.charset import decode
from crawler.text.html_text import clean

DEEPEST = 20
"""Parts within parts."""
_DOCUMENTS = ("application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
_NAMES = (".pdf", ".docx")


@dataclass(frozen=True, slots=True)
class MailText:
    """A text of a message, as HTML or plain."""

    text: str
    is_html: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that comes with a message."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class MailParts:
    """What a message is made of."""

    id: str
    """Its Message-ID without the brackets; empty where it has none."""
    senders: tuple[tuple[str, str], ...]
    """Names and addresses, these in small letters."""
    subject: str
    date: datetime | None
    texts: tuple[MailText, ...]
    attachments: tuple[Attachment, ...]

    def is_from(self, sender: str) -> bool:
        """Return whether an address, or any of a domain ("@fisheries.example"), sent it."""
        return any(
            address.endswith(sender) if sender.startswith("@") else address == sender
            for _name, address in self.senders
        )


def take_apart(body: bytes) -> MailParts:
    """Return the parts of a message."""
    message = message_from_bytes(body)
    texts: list[MailText] = []
    attached: list[Attachment] = []
    for part in _seen(message, 0):
        found = _passage(part) if _is_text(part) else None
        if found is not None:
            texts.append(found)
        elif _is_document(part):
            attached.append(Attachment(_name(part), _payload(part)))
    senders = [
        (readable(name), address.strip().lower())
        for name, address in getaddresses(_headers(message, "from"))
        if "@" in address
    ]
    return MailParts(
        id=clean(_header(message, "message-id")).strip("<> "),
        senders=tuple(senders),
        subject=readable(_header(message, "subject")),
        date=_date(_header(message, "date")),
        texts=tuple(texts),
        attachments=tuple(attached),
    )


def _headers(message: Message, name: str) -> list[str]:
    """Return what headers of a name hold, as they stand: bytes that are not ASCII as surrogates (PEP 383)."""
    return [str(value) for key, value in message.raw_items() if key.lower() == name]


def _header(message: Message, name: str) -> str:
    return next(iter(_headers(message, name)), "")


def readable(value: str) -> str:
    """Return a header as words: encoded words (RFC 2047) decoded, raw bytes taken for what they most likely are."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return clean(value)
    words = []
    for part, charset in parts:
        if isinstance(part, str):
            words.append(part if part.isascii() else decode(part.encode("utf-8", "surrogateescape")))
        else:
            words.append(decode(part, content_type=f"text/plain; charset={charset}" if charset else None))
    return clean("".join(words))


def _seen(part: Message, depth: int) -> Iterator[Message]:
    """Yield the parts that a reader is shown: of alternatives the richest that has words."""
    if depth > DEEPEST:
        return
    children = part.get_payload() if part.is_multipart() else None  # what is text is not decoded here
    if not isinstance(children, list):
        yield part
        return
    inner = [child for child in children if isinstance(child, Message)]
    if part.get_content_subtype() != "alternative":
        for child in inner:
            yield from _seen(child, depth + 1)
        return
    versions = [list(_seen(child, depth + 1)) for child in inner]
    spoken = [version for version in versions if any(_has_words(each) for each in version)]
    html = [version for version in spoken if any(each.get_content_type() == "text/html" for each in version)]
    chosen = next(iter([*html[-1:], *spoken[-1:]]), [])
    yield from chosen
    for version in versions:  # a document may stand among the versions of the text
        if version is not chosen:
            yield from (each for each in version if _is_document(each))


def _is_text(part: Message) -> bool:
    return part.get_content_type() in ("text/plain", "text/html") and part.get_content_disposition() != (
        "attachment"
    )


def _has_words(part: Message) -> bool:
    found = _passage(part) if _is_text(part) else None
    return found is not None


def _passage(part: Message) -> MailText | None:
    text = decode(_payload(part), content_type=str(part.get("Content-Type", "")))
    is_html = part.get_content_type() == "text/html"
    words = re.sub(r"<[^>]*>|&nbsp;", " ", text) if is_html else text
    if not words.strip():
        return None
    return MailText(text if is_html else _flowed(_unsigned(text), part), is_html)


def _unsigned(text: str) -> str:
    """Return plain text without its signature (RFC 3676 §4.3)."""
    return text.replace("\r\n", "\n").partition("\n-- \n")[0]


def _flowed(text: str, part: Message) -> str:
    """Return plain text with each paragraph on one line.

    Lines that were broken for the width of a screen (RFC 3676, or by habit) are joined; short ones stand for themselves.
    """
    is_marked = str(part.get_param("format", "")).lower() == "flowed"
    paragraphs = []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = [line for line in block.split("\n") if line.strip()]
        joined = ""
        for number, line in enumerate(lines):
            joined += line.strip()
            if number + 1 < len(lines):
                goes_on = line.endswith(" ") if is_marked else len(line) >= 55
                joined += " " if goes_on else "\n"
        paragraphs.append(joined)
    return "\n".join(filter(None, paragraphs))


def _is_document(part: Message) -> bool:
    return part.get_content_type() in _DOCUMENTS or _name(part).lower().endswith(_NAMES)


def _name(part: Message) -> str:
    try:
        return readable(part.get_filename() or "")
    except (ValueError, LookupError):  # of a name that is encoded twice
        return ""


def _payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    return payload if isinstance(payload, bytes) else b""


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
