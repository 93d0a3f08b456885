"""A message as a mail: headers, text and HTML (RFC 5322, 2045, 2919, 3834). Pure; the same message gives the same bytes."""

from __future__ import annotations

import re
from dataclasses import replace
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from hashlib import sha256

from alerts.delivery.channels.base import BounceMarks
from alerts.delivery.links import Links
from alerts.delivery.payload import (
    AddressedReview,
    AlertData,
    ArticleData,
    DigestData,
    Message,
    ReviewData,
    ServiceData,
    StoryData,
    TriageData,
)
from alerts.delivery.render import DEFAULT, Reader, Renderer, picture_id
from storage.bounce_tags import bounce_tag


class _Whole(UnstructuredHeader, BaseHeader):
    """A header of one word. Longer than a line, the stdlib would write it as encoded words, which nobody reads there."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header on one line; RFC 5322 allows it 998 characters."""
        return f"{self.name}: {self}{policy.linesep}"


class _Registry(HeaderRegistry):
    """Makes a class for each header once; the stdlib makes one for each header of each mail, a tenth of its cost."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type[BaseHeader]] = {}

    def __getitem__(self, name: str) -> type[BaseHeader]:
        """Return the class of the headers of that name."""
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = super().__getitem__(name)
        return made


_HEADERS = _Registry()
for _name in ("message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _Whole)
_POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)
"""Bodies are encoded so that they pass any server, whatever it announces."""


def parse_mailbox(text: str) -> Address:
    """Read one mailbox: `desk@example.org` or `Desk <desk@example.org>`. Raises `ValueError` for anything else."""
    try:
        header = SMTP.header_factory("To", text)
        addresses: tuple[Address, ...] = header.addresses
        (address,) = addresses
        domain = address.domain.encode("idna").decode("ascii")
    except (ValueError, IndexError):  # IndexError: how the stdlib's parser fails on some malformed input
        raise ValueError(f"{text!r} is not one mail address") from None
    if header.defects or not address.username or not domain or not address.username.isascii():
        raise ValueError(f"{text!r} is not a mail address in ASCII (the domain may be international)")
    return Address(address.display_name, address.username, domain)


def build_mail(
    message: Message,
    *,
    sender: Address,
    to: Address,
    renderer: Renderer = DEFAULT,
    links: Links | None = None,
    buttons: bool = False,
    bounces: BounceMarks | None = None,
) -> EmailMessage:
    """Return the mail to one recipient.

    Message-ID is made of the uid, so that a mail that is sent twice is known as one. Mails of a story name the same
    References, so that they thread. List-Id is made of the watch list, so that they can be filtered. With `links`, the recipient
    can unsubscribe, by one click (RFC 8058) where the links are https; with `buttons`, they can deal with alerts. With `bounces`,
    the Message-ID of a mail to a review's own recipient says whose it is, should it come back.
    """
    unsubscribe = None if links is None else _way_out(message, links, to)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = _unencoded(renderer.subject(message))
    mail["Date"] = format_datetime(message.created_at)
    mark = _mark(message, to, bounces)
    mail["Message-ID"] = f"<{message.uid}{'.' if mark else ''}{mark}@{sender.domain}>"
    match message.data:
        case AlertData() as alert:
            story = f"<story-{alert.story_id}.tocsin@{sender.domain}>"
            if message.kind == "alert.updated":
                mail["In-Reply-To"] = story
            mail["References"] = story
            mail["List-Id"] = f"<{_label(alert.watch_list)}.tocsin.{sender.domain}>"
        case DigestData():
            mail["List-Id"] = f"<{_label(message.channel)}.digest.tocsin.{sender.domain}>"
        case ReviewData() as review:
            mail["List-Id"] = f"<{_label(review.review)}.review.tocsin.{sender.domain}>"
        case ServiceData() | StoryData() | TriageData() | ArticleData():
            mail["List-Id"] = f"<service.tocsin.{sender.domain}>"
    if unsubscribe is not None:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        if unsubscribe.startswith("https://"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    own = None if links is None else replace(links, recipient=to.addr_spec.lower(), buttons=buttons)
    reader = Reader(own, unsubscribe, parts=True)
    if isinstance(message.data, AddressedReview) and message.data.form == "text":
        mail.set_content(renderer.text(message, reader))
    else:
        text, html = renderer.both(message, reader)
        mail.set_content(text)
        mail.add_alternative(html, subtype="html")
        _add_pictures(mail, html, message)
    for file in message.attachments:
        mail.add_attachment(file.body, maintype="application", subtype=file.subtype, filename=file.name)
    # `=_` can't stand in a body that is quoted-printable or base64
    for depth, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{message.uid}" + (f"_{depth}" if depth else ""))
    return mail


def return_address(message: Message, to: Address, bounces: BounceMarks | None) -> str:
    """Return the envelope sender to which a mail comes back (RFC 3464); "" where it is the usual one."""
    mark = _mark(message, to, bounces)
    return f"{mark}@{bounces.domain}" if mark and bounces is not None and bounces.domain else ""


def _mark(message: Message, to: Address, bounces: BounceMarks | None) -> str:
    if bounces is None or not isinstance(message.data, AddressedReview):
        return ""
    return bounce_tag(bounces.key, message.data.review_id, to.addr_spec)


def _add_pictures(mail: EmailMessage, html: str, message: Message) -> None:
    """Add the pictures that the HTML shows, as parts of it (RFC 2387): a template of the user's may leave them out."""
    shown = mail.get_body(("html",))
    for number, body in message.pictures.items():
        called = picture_id(message, number)
        if isinstance(shown, EmailMessage) and f'"cid:{called}"' in html:
            shown.add_related(
                body,
                maintype="image",
                subtype="jpeg",
                cid=f"<{called}>",
                disposition="inline",
                filename=f"picture-{number}.jpg",
            )


def _way_out(message: Message, links: Links, to: Address) -> str:
    """Return the link by which a recipient gets no more of this: of a channel, or of the review whose recipient they are."""
    if isinstance(message.data, AddressedReview):
        return links.leave(message.data.review_id, to.addr_spec)
    return links.unsubscribe(message.channel, to.addr_spec)


def _unencoded(text: str) -> str:
    """Keep a title from passing for an encoded word (RFC 2047): the stdlib would decode it, line breaks included, and so does a
    reader. The word joiner in between is not seen.
    """
    return text.replace("=?", "=\u2060?")


def _label(name: str) -> str:
    """Return a name as it may stand in a List-Id: words with hyphens, or a digest of it where it is not all ASCII."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    if not words or not name.isascii():
        return f"list-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return "-".join(words)[:60].strip("-")
