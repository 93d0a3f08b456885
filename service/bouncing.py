"""Mails to a review's own recipients that come back: noted at the recipient, who is paused after some, and the editors told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from alerts.delivery.characters import one_line
from alerts.delivery.service_alerts import notify_of_service
from crawler.errors import FetchError
from crawler.sources.mail.bounces import LONGEST_WORDS, Bounce, read_bounce
from crawler.sources.mail.letters import MailMarker
from crawler.sources.mail.mailbox import Mailbox
from service.actions.reviews import review_shown
from service.locale import translator
from service.settings import Settings
from storage.bounce_tags import is_tag_of, tag_in
from storage.engine import Database
from storage.language import _, ngettext, speaking
from storage.stores.outbox.channels import signing_key
from storage.stores.reviews.recipients import NotedBounce, StoredRecipient, note_bounce, recipients_of
from storage.stores.watch.access import is_of_private

log = structlog.get_logger(__name__)

SENDERS = ("mailer-daemon", "postmaster")
"""Whom a mailbox's reports are from, by all or a part of the address."""
EVERY = timedelta(minutes=2)


class Bounces:
    """Takes what came back, whose tag says whose it is; what has none of ours is nobody's."""

    def __init__(self, database: Database, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._key: bytes | None = None

    async def knows(self, address: str) -> bool:
        """Return whether an address is one that our mails to somebody come back to."""
        if tag_in(address) is None:  # anybody may ask: most cost no look into the database
            return False
        key = await self._our_key()
        return await self._database.reading(_recipient, tagged=address, key=key) is not None

    async def take(self, address: str, body: bytes) -> None:
        """Note what came to such an address."""
        bounce = read_bounce(body)
        if bounce is not None:
            await self._note(address, bounce, self._clock())

    async def take_letter(self, body: bytes, received: datetime) -> None:
        """Note what came to the mailbox, where it tells the Message-ID of a mail of ours."""
        bounce = read_bounce(body)
        if bounce is not None and bounce.message_id:
            await self._note(bounce.message_id, bounce, received)

    async def _note(self, tagged: str, bounce: Bounce, at: datetime) -> None:
        key = await self._our_key()

        def note(session: Session) -> None:
            found = _recipient(session, tagged, key)
            if found is None:
                return
            noted = NotedBounce(bounce.status, one_line(bounce.words, LONGEST_WORDS), bounce.message_id, at)
            after = note_bounce(session, found.id, noted, most=self._settings.delivery.bounces)
            log.info("mail came back", review=found.review_id, recipient=found.id, status=bounce.status)
            if after is not None and after.paused_at is not None:
                self._tell(session, after)

        await self._database.writing(note)

    async def _our_key(self) -> bytes:
        if self._key is None:
            self._key = await self._database.writing(signing_key, now=self._clock())
        return self._key

    def _tell(self, session: Session, paused: StoredRecipient) -> None:
        with speaking(translator(self._settings.service.language)):
            review = review_shown(session, paused.review_id).name
            why = f"{paused.bounced_status} {paused.bounced_words}".strip()
            subject = _("{review}: a recipient is paused", review=review)
            text = ngettext(
                "Mail to {address} came back once for good: {why}. Correct the address, or choose “Try again” at the recipients.",
                "Mail to {address} came back {count} times for good: {why}. "
                "Correct the address, or choose “Try again” at the recipients.",
                paused.bounces,
                address=paused.address,
                why=why,
            )
            if is_of_private(session, paused.review_id):  # who reads service messages may not see it
                subject = text = _("A recipient of a press review is paused: mail to them comes back")
            address = self._settings.web.public_url.rstrip("/")
            if address:
                text = f"{text}\n{address}/reviews/{paused.review_id}/recipients"
        notify_of_service(session, subject=subject, text=text, now=self._clock())


class BouncesInMailbox:
    """The stage that reads what came back to the mailbox of `[imap]`."""

    def __init__(self, mailbox: Mailbox, bounces: Bounces, *, clock: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._bounces = bounces
        self._clock = clock
        self._markers: dict[str, MailMarker | None] = dict.fromkeys(SENDERS)
        """Up to where it was read; what is read again after a start is known by its time."""
        self._next_at: datetime | None = None
        self._trouble = ""

    async def step(self) -> int:
        """Read what came since; return how many messages that was."""
        now = self._clock()
        if self._next_at is not None and now < self._next_at <= now + EVERY:
            return 0
        self._next_at = now + EVERY
        return sum([await self._read(sender) for sender in SENDERS])

    async def _read(self, sender: str) -> int:
        try:
            batch = await self._mailbox.new_letters(sender, self._markers[sender])
        except FetchError as error:
            if str(error) != self._trouble:
                log.warning("the mailbox can't be read for mail that came back; retrying", error=str(error))
            self._trouble = str(error)
            return 0
        self._trouble = ""
        for letter in batch.letters:
            await self._bounces.take_letter(letter.body, letter.received)
        self._markers[sender] = batch.marker
        return len(batch.letters)


def _recipient(session: Session, tagged: str, key: bytes) -> StoredRecipient | None:
    """Return whose tag stands in a text; None where it is nobody's, or forged."""
    found = tag_in(tagged)
    if found is None:
        return None
    review_id, tag = found
    known: Sequence[StoredRecipient] = recipients_of(session, review_id)
    return next((one for one in known if is_tag_of(tag, key, review_id, one.address)), None)
