"""The source `mail`: newsletters of one sender, from the mailbox that `[imap]` names, or to an address of our own (`[inbound]`).

A message is an article, or the headlines in it are. The mailbox is only looked at: nothing is deleted or marked, unless
`[imap] mark_seen` asks for it. How far it has been read is kept with the source (`letters.MailMarker`), and stored with what was
read in one transaction, so that no message is lost or read twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import override

from crawler.errors import FetchError
from crawler.sources.base import Source, SourceDocument, SourceRun, SourceSettings, Web
from crawler.sources.mail.letters import LetterBatch, MailMarker
from crawler.unfetched import unfetched
from crawler.values import ParsedFeed, Response

if TYPE_CHECKING:
    from crawler.sources.mail.inbox import Inbox
    from crawler.sources.mail.mailbox import Mailbox

_SENDER = re.compile(r"[a-z0-9!#$&'*+/=?^_`{|}~.-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*")
"""An address, or a domain with "@" before it (RFC 5322 §3.4.1, without quotes)."""

_OF_SEARCHES = ("googlealerts-noreply@google.com",)
"""Who mails what searches found."""


def _sender(text: str) -> str:
    sender = text.strip().lower()
    if sender and not _SENDER.fullmatch(sender):
        raise ValueError(
            f'{text!r} is not a mail address: write "news@fisheries.example", or "@fisheries.example" for all of its senders'
        )
    return sender


class MailSettings(SourceSettings):
    """Whose mail it is, and what of it is meant."""

    model_config = ConfigDict(serialize_by_alias=True)

    sender: Annotated[str, AfterValidator(_sender), Field(alias="from")] = ""
    """The address that newsletters come from; "@" and a domain: any of its addresses."""
    to: Annotated[str, Field(pattern=r"^(?:[a-z0-9][a-z0-9-]{0,39})?$")] = ""
    """A name of which an address of our own is made; mail to it is taken in, whoever sends it where `sender` says nobody."""
    subject: str = ""
    """Only messages that have these words in their subject, in small or capital letters."""
    folder: str = ""
    """Another folder than `[imap]` names."""
    take: Literal["article", "headlines"] | None = None
    """Whether each message is an article, or each headline in it; left out, the latter for Google Alerts alone."""
    resolve: bool = False
    """Links that count readers are asked where they lead; else nobody follows them."""

    @property
    def takes_headlines(self) -> bool:
        """Whether each headline is an entry."""
        return self.take == "headlines" or (self.take is None and self.sender in _OF_SEARCHES)

    @property
    def name(self) -> str:
        """What no other source has: the address, with what narrows it."""
        if self.to:
            return f"mail:to {self.to}"
        parts = [part for part in (self.sender, self.folder, self.subject.strip().lower()) if part]
        return "mail:" + " ".join(parts)

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where it names neither a sender nor an address of ours, or a folder of the latter."""
        if not data.get("from") and not data.get("to"):
            yield 'say from = "news@fisheries.example" for the mailbox of [imap], or to = "fisheries" for an address of your own'
        if data.get("to") and data.get("folder"):
            yield "what comes to an address of ours is in no folder: leave out to, or folder"


class MailSource(Source):
    """Newsletters of one sender. The service makes it with the mailbox; whoever only reads needs none."""

    kind: ClassVar[str] = "mail"
    doc: ClassVar[str] = (
        "newsletters of a sender in the mailbox of [imap], or to an address of your own; from, to, subject, take, resolve"
    )
    settings: ClassVar[type[SourceSettings]] = MailSettings

    def __init__(self, mailbox: Mailbox | None = None, inbox: Inbox | None = None) -> None:
        self._mailbox = mailbox
        self._inbox = inbox

    @override
    def address(self, settings: SourceSettings) -> str:
        return _mail(settings).name

    @override
    def host(self, settings: SourceSettings) -> str:
        return "mail.invalid"  # RFC 6761 §6.4: no host of the web; one poll of the mailbox at a time

    @override
    async def fetch(self, run: SourceRun, web: Web) -> Response:
        """Return what came since the last poll, as one document (`letters`)."""
        settings = _mail(run.settings)
        batch = await self._new_letters(settings, run)
        if settings.takes_headlines and settings.resolve:
            from crawler.sources.mail.resolving import with_links  # here: it loads what reads HTML

            batch = await with_links(batch, settings.sender, web)
        return Response(run.address, run.address, 200, {"content-type": "message/rfc822"}, batch.pack())

    async def _new_letters(self, settings: MailSettings, run: SourceRun) -> LetterBatch:
        if settings.to:
            if self._inbox is None:
                raise FetchError(unfetched("mailbox", "inbox-missing", ""))
            return await self._inbox.new_letters(settings.name, run.state.get("read", ()))
        if self._mailbox is None:
            raise FetchError(unfetched("mailbox", "mailbox-missing", ""))
        marker = MailMarker.from_state(run.state)
        return await self._mailbox.new_letters(settings.sender, marker, folder=settings.folder)

    @override
    def read(self, document: SourceDocument) -> ParsedFeed:
        from crawler.sources.mail.reading import read_letters  # here: it loads what reads HTML and documents

        return read_letters(LetterBatch.unpack(document.body), _mail(document.settings), document)


def _mail(settings: SourceSettings) -> MailSettings:
    if not isinstance(settings, MailSettings):
        raise TypeError(f"{type(settings).__name__} says no sender")
    return settings
