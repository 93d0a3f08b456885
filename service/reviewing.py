"""The stage of press reviews: editions are drafted some time before they are due, held or approved, and handed to their channels.

Each state is a column. An edition is handed over in one transaction, with a notification for each channel, where it is still
approved: whoever dies before does nothing, whoever dies after leaves the rest to the outbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from alerts.delivery.channels.base import ChannelSettings
from alerts.delivery.payload import ReviewData
from alerts.delivery.service_alerts import notify_of_service
from alerts.delivery.timing import next_send
from alerts.review.printing import PrintError
from alerts.review.printing.making import Printed, print_edition
from crawler.pool import WorkFailedError
from service.actions.edition_files import to_print
from service.actions.edition_words import edition_data
from service.actions.editions import edition_shown
from service.actions.errors import ActionError
from service.actions.review_drafts import prepare_edition, store_edition
from service.actions.reviews import ShownReview, as_shown, missing_lists, review_shown, rights_of
from service.channels import own_settings
from service.locale import translator
from service.settings import Settings
from storage.engine import Database
from storage.language import _, speaking
from storage.stores.outbox.channels import list_of_channels
from storage.stores.outbox.own_channels import own_channels
from storage.stores.outbox.waiting import NewNotification, add_notifications
from storage.stores.reviews.editions import (
    ListedEdition,
    editions_in,
    is_drafted,
    mark_sent,
    put_file,
    put_state,
    put_trouble,
)
from storage.stores.reviews.reviews import StoredReview, put_next, reviews_to_draft
from storage.tables import EditionState, NotificationKind
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

KINDS: tuple[Printed, ...] = ("pdf", "docx")
LONGEST_LEAD = timedelta(days=2)
"""No edition is drafted longer before."""
TOO_LATE = timedelta(hours=6)
"""An edition that could not be drafted until so long after its time is left out; the next one covers its time."""
BROKEN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Target:
    """A channel that an edition goes to, and how many recipients it has."""

    channel_id: int
    name: str
    recipients: int


class Reviews:
    """Drafts, holds, approves and sends, whatever is due."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        run: Callable[..., Awaitable[bytes]],
    ) -> None:
        """`run` has a worker process call a function."""
        self._database = database
        self._settings = settings
        self._clock = clock
        self._run = run
        self._rights = rights_of(settings)

    async def step(self) -> int:
        """Do what is due; return how many editions something was done with."""
        now = self._clock()
        done = 0
        for stored in await self._database.reading(reviews_to_draft, before=now + LONGEST_LEAD):
            done += await self._draft(stored, now)
        for edition in await self._due(EditionState.DRAFT, now):
            done += await self._decide(edition, now)
        for edition in await self._due(EditionState.APPROVED, now):
            done += await self._send(edition, now)
        return done

    async def _due(self, state: EditionState, now: datetime) -> list[ListedEdition]:
        return await self._database.reading(editions_in, state=state, due=now)

    async def _draft(self, stored: StoredReview, now: datetime) -> bool:
        """Draft the next edition of a review where it is time; one of several processes does."""
        due_at = stored.next_at
        if due_at is None:
            return False
        try:
            review = as_shown(stored)
        except ActionError as error:
            log.error("review's keys can't be used", review=stored.name, error=str(error))
            await self._database.writing(
                put_next, number=stored.id, before=due_at, after=now + LONGEST_LEAD + BROKEN_FOR
            )
            return False
        if review.keys.send is None or now < due_at - review.keys.draft_before:
            return False
        if now > due_at + TOO_LATE:
            log.warning("edition was due too long ago; left out", review=review.name, due=due_at.isoformat())
            after = next_send(review.keys.send, now)
            return await self._database.writing(put_next, number=stored.id, before=due_at, after=after)
        new = await self._database.reading(
            prepare_edition, review=review, rights=self._rights, due_at=due_at, now=now
        )
        for name in await self._database.reading(missing_lists, review=review):
            log.warning("review names a watch list that is not there", review=review.name, watch_list=name)
        after = next_send(review.keys.send, due_at)

        def store(session: Session) -> int | None:
            if not put_next(session, review.id, before=due_at, after=after):
                return None
            return None if is_drafted(session, review.id, due_at) else store_edition(session, new, now=now)

        number = await self._database.writing(store)
        if number is not None:
            log.info("edition drafted", review=review.name, edition=number, items=len(new.items))
        return number is not None

    async def _decide(self, edition: ListedEdition, now: datetime) -> bool:
        """Approve an edition that needs nobody's word; hold any other, and tell the editors."""

        def decide(session: Session) -> bool:
            review = review_shown(session, edition.review_id)
            if not review.keys.approve:
                return put_state(
                    session, edition.id, EditionState.APPROVED, only=(EditionState.DRAFT,), approved_at=now
                )
            return self._hold(session, edition, None, now)

        return await self._database.writing(decide)

    def _hold(self, session: Session, edition: ListedEdition, trouble: Trouble | None, now: datetime) -> bool:
        """Hold an edition, and tell the editors why, once."""
        only = (EditionState.DRAFT,) if trouble is None else (EditionState.APPROVED,)
        if not put_state(session, edition.id, EditionState.HELD, only=only):
            return False
        put_trouble(session, edition.id, trouble)
        with speaking(translator(self._settings.service.language)):
            subject = _("Press review not sent: {title}", title=edition.title)
            text = (
                _("Nobody has approved it yet. It is sent as soon as somebody does.")
                if trouble is None
                else _("It is held because of an error: see its page, then approve it again.")
            )
            address = self._settings.web.public_url.rstrip("/")
            if address:
                text = f"{text}\n{address}/reviews/editions/{edition.id}"
        told = notify_of_service(session, subject=subject, text=text, now=now)
        log.warning("edition held", review=edition.review, edition=edition.id, told_on=told)
        return True

    async def _send(self, edition: ListedEdition, now: datetime) -> bool:
        """Hand an approved edition to its channels."""

        def read(session: Session) -> tuple[ReviewData, ShownReview, list[_Target]]:
            whole = edition_shown(session, edition.id)
            review = review_shown(session, edition.review_id)
            return (
                edition_data(whole, review),
                review,
                _targets(session, review.keys.channels, self._settings),
            )

        data, review, targets = await self._database.reading(read)
        trouble, files = None, dict[str, bytes]()
        if not targets:
            trouble = Trouble("review-channels", {"names": ", ".join(review.keys.channels) or "none"})
        for kind in KINDS if trouble is None else ():
            if kind in review.keys.formats:
                try:
                    view, look = to_print(data, review)
                    files[kind] = await self._run(print_edition, kind, view, look)
                except (PrintError, WorkFailedError) as error:
                    trouble = Trouble("review-not-printed", {"format": kind, "detail": str(error)})
        if trouble is not None:
            return await self._database.writing(self._hold, edition=edition, trouble=trouble, now=now)
        return await self._database.writing(
            _hand_over, edition=edition, data=data, targets=targets, files=files, now=now
        )


def _hand_over(
    session: Session,
    *,
    edition: ListedEdition,
    data: ReviewData,
    targets: Sequence[_Target],
    files: Mapping[str, bytes],
    now: datetime,
) -> bool:
    """Give an edition to its channels' outbox, once, if it is still approved as it was read."""
    copies = {target.name: target.recipients for target in targets}
    if not mark_sent(session, edition.id, approved_at=edition.approved_at, now=now, copies=copies):
        return False
    for kind, body in files.items():
        put_file(session, edition.id, kind, body)
    payload = data.model_dump(mode="json")
    new = [NewNotification(target.channel_id, NotificationKind.REVIEW, payload, now) for target in targets]
    add_notifications(session, new, now=now)
    log.info("edition sent", review=edition.review, edition=edition.id, channels=len(targets))
    return True


def _targets(session: Session, names: Sequence[str], settings: Settings) -> list[_Target]:
    """Return the channels of these names that there are."""
    known: dict[str, ChannelSettings] = {channel.name: channel for channel in settings.channels}
    for own in own_channels(session):
        try:
            known[own.name] = own_settings(own)
        except ValueError as error:  # said where it is sent
            log.warning("channel's settings can't be used", channel=own.name, error=str(error))
    found = []
    for channel in list_of_channels(session):
        if channel.name in names:
            to = getattr(known.get(channel.name), "to", None)
            addresses = {str(one).lower() for one in to} if isinstance(to, tuple) else set()
            gone = sum(any(who in one for one in addresses) for who in channel.unsubscribed)
            found.append(_Target(channel.id, channel.name, max(len(addresses) - gone, 0) if addresses else 1))
    missing = set(names) - {target.name for target in found}
    if missing and found:
        log.warning("review's channels are not there", channels=sorted(missing))
    return found
