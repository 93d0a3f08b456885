"""Messages as entries: each is one whole article, or each of its headlines is an entry. Runs in a worker; pure.

A message that can't be read is left out and logged; the others are taken in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import lxml.html

from crawler.errors import ExtractionError
from crawler.extract.docx import extract_docx, is_docx
from crawler.extract.pdf import NO_TEXT, extract_pdf, is_pdf
from crawler.sources.base import SourceDocument
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.documents.passages import FeedText
from crawler.sources.mail.headlines import MailHeadline, headlines, is_tracking
from crawler.sources.mail.letters import Letter, LetterBatch
from crawler.sources.mail.markup import read_markup
from crawler.sources.mail.message import Attachment, MailParts, take_apart
from crawler.values import ExtractedPage, ParsedFeed
from storage.troubles import Trouble

if TYPE_CHECKING:
    from crawler.sources.mail.source import MailSettings


_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
ON_THE_WAY = timedelta(days=3)
"""The longest that a message takes: one that says it was sent before comes of a clock that is wrong."""


@dataclass(slots=True)
class _Fault:
    """The first thing that went wrong."""

    trouble: Trouble | None = None

    def note(self, kind: str, subject: str, detail: str) -> None:
        """Keep it where it is the first."""
        self.trouble = self.trouble or Trouble(kind, {"subject": subject[:200], "detail": detail[:500]})


def read_letters(batch: LetterBatch, settings: MailSettings, document: SourceDocument) -> ParsedFeed:
    """Return what came as entries, the newest first, as feeds list them; and how far the mailbox has been read."""
    fault = _Fault()
    drafts: list[Draft] = []
    title = str(document.state.get("title", ""))
    home = ""
    for letter in reversed(batch.letters):
        if letter.fault:
            fault.note("message-not-read", f"#{letter.uid}", letter.fault)
            continue
        parts = take_apart(letter.body)
        if letter.size > len(letter.body):
            fault.note("message-cut", parts.subject, f"{letter.size / 1e6:.0f} MB")
        if not parts.senders:
            fault.note("message-not-read", parts.subject or f"#{letter.uid}", "nothing says who sent it")
            continue
        if not _is_meant(parts, settings):
            continue
        title, home = title or parts.senders[0][0], home or _home_of(parts.senders[0][1])
        if settings.takes_headlines and (found := headlines(parts)):
            each = [_headline(letter, parts, one, batch.links) for one in found]
            drafts += [*each, *_attached(letter, parts, document, fault)]
        else:
            drafts += _article(letter, parts, document, fault)
    entries = finish(drafts, base="", site="")
    counting = {entry.url for entry in entries if is_tracking(entry.url)}
    return ParsedFeed(
        kind="mail",
        title=title,
        language=None,
        site="",
        entries=entries,
        problem=fault.trouble,
        state={**batch.state, "title": title},
        home=home,
        is_stream=True,
        sealed=tuple(sorted(counting.difference(batch.links.values()))),
    )


def _home_of(address: str) -> str:
    """Return the home page of an address's domain, as far as it can be one."""
    domain = address.rpartition("@")[2]
    return f"https://{domain}/" if _DOMAIN.fullmatch(domain) else ""


def _is_meant(parts: MailParts, settings: MailSettings) -> bool:
    is_theirs = not settings.sender or parts.is_from(settings.sender)
    return is_theirs and settings.subject.casefold() in parts.subject.casefold()


def _article(letter: Letter, parts: MailParts, document: SourceDocument, fault: _Fault) -> Iterator[Draft]:
    """Yield a message as one article, its documents after its own words; nothing where it has no words at all."""
    documents = (
        FeedText(f"{page.title}\n{page.text}", plain=True).html()
        for _name, page in _documents(parts, document, fault)
    )
    content = "\n".join([*_own_words(parts), *documents])
    if not content and not parts.subject:
        fault.note("message-not-read", f"#{letter.uid}", "it has neither a subject nor a text")
        return
    yield Draft(
        guid=parts.id or _digest(letter, parts),
        links=(),
        title=parts.subject,
        summary="",
        content=content,
        author=parts.senders[0][0],
        published=moment_of(letter, parts),
        categories=(),
        guid_is_link=False,
    )


def moment_of(letter: Letter, parts: MailParts) -> datetime:
    """Return when a message was sent: by its own date where its sender's clock may be right, else when the mailbox had it."""
    sent = parts.date
    if sent is None or not letter.received - ON_THE_WAY <= sent <= letter.received:
        return letter.received
    return sent


def _own_words(parts: MailParts) -> Iterator[str]:
    for text in parts.texts:
        if not text.is_html:
            yield FeedText(text.text, plain=True).html()
            continue
        root = read_markup(text.text)
        if root is not None:
            yield str(lxml.html.tostring(root, encoding="unicode"))


def _headline(letter: Letter, parts: MailParts, headline: MailHeadline, links: Mapping[str, str]) -> Draft:
    """Return a headline as an entry; one whose link is made for its reader alone is known by its message and words."""
    url = links.get(headline.url, headline.url)
    number = parts.id or _digest(letter, parts)
    return Draft(
        guid=f"{number} {headline.title}" if url == headline.url and is_tracking(url) else url,
        links=(url,),
        title=headline.title,
        summary=headline.summary,
        content="",
        author="",
        published=moment_of(letter, parts),
        categories=(),
        guid_is_link=False,
    )


def _attached(letter: Letter, parts: MailParts, document: SourceDocument, fault: _Fault) -> Iterator[Draft]:
    """Yield each document of a message as an article of its own."""
    for name, page in _documents(parts, document, fault):
        yield Draft(
            guid=f"{parts.id or _digest(letter, parts)} {name}",
            links=(),
            title=page.title or parts.subject,
            summary="",
            content=FeedText(page.text, plain=True).html(),
            author=", ".join(page.authors) or parts.senders[0][0],
            published=moment_of(letter, parts),
            categories=(),
            guid_is_link=False,
        )


def _documents(
    parts: MailParts, document: SourceDocument, fault: _Fault
) -> Iterator[tuple[str, ExtractedPage]]:
    """Yield the documents that come with a message, by their names; those that can't be read are noted."""
    for attachment in parts.attachments:
        name = attachment.name or "attachment"
        try:
            read = _extract(attachment, name, document)
        except ExtractionError as error:
            fault.note("attachment-not-read", parts.subject, str(error))
            continue
        if read is None:
            fault.note(
                "attachment-not-read", parts.subject, f"{name}: this is neither a PDF nor a Word document"
            )
        elif read.problem or not read.text:
            fault.note("attachment-not-read", parts.subject, f"{name}: {read.problem or NO_TEXT}")
        else:
            yield name, read


def _extract(attachment: Attachment, name: str, document: SourceDocument) -> ExtractedPage | None:
    if is_pdf(attachment.body):
        return extract_pdf(attachment.body, url=name, now=document.now, home=document.home)
    if is_docx(attachment.body):
        return extract_docx(attachment.body, url=name, now=document.now)
    return None


def _digest(letter: Letter, parts: MailParts) -> str:
    """Return what a message without an id is known by, whatever number a mailbox gives it."""
    said = "\n".join([parts.subject, str(parts.date), *(text.text for text in parts.texts)])
    return "mail:" + hashlib.blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()
