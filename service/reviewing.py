"""The stage of press reviews: editions are drafted some time before they are due, held or approved, and handed to their channels.

Each state is a column. An edition is handed over in one transaction, with a notification for each channel, where it is still
approved: whoever dies before does nothing, whoever dies after leaves the rest to the outbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from alerts.delivery.payload import ReviewData
from alerts.delivery.service_alerts import notify_of_service
from alerts.delivery.timing import next_send
from alerts.review.printing import PrintError, TemplateError
from alerts.review.printing.making import Printed, print_edition
from crawler.pool import WorkFailedError
from service.actions.edition_files import to_print
from service.actions.edition_words import edition_data
from service.actions.editions import edition_shown
from service.actions.errors import ActionError
from service.actions.report_editions import edition_report
from service.actions.review_drafts import prepare_edition, store_edition
from service.actions.reviews import ShownReview, as_shown, missing_lists, review_shown, rights_of
from service.locale import translator
from service.reports.making import print_report
from service.reports.values import ReportFormat
from service.review_targets import Targets, notifications_of, targets_of
from service.settings import Settings
from storage.engine import Database
from storage.language import _, speaking
from storage.stores.outbox.waiting import add_notifications
from storage.stores.reviews.editions import (
    ListedEdition,
    editions_in,
    is_drafted,
    mark_sent,
    put_file,
    put_state,
    put_trouble,
)
from storage.stores.reviews.pictures import are_pictures_awaited, picture_bodies
from storage.stores.reviews.reviews import StoredReview, put_next, reviews_to_draft
from storage.stores.watch.access import is_of_private
from storage.tables import EditionState
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

KINDS: tuple[ReportFormat, ...] = ("pdf", "docx", "xlsx")
LONGEST_LEAD = timedelta(days=2)
"""No edition is drafted longer before."""
TOO_LATE = timedelta(hours=6)
"""An edition that could not be drafted until so long after its time is left out; the next one covers its time."""
BROKEN_FOR = timedelta(days=1)
PICTURES_WITHIN = timedelta(minutes=3)
"""An edition that is approved waits for its pictures for no longer since they are wanted; it goes without those that lack."""


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
            if edition.revision > 1:  # a correction waits until an editor approves it
                continue
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
            told = self._tell(session, edition, _("A press review was not sent"), subject, text, now)
        log.warning("edition held", review=edition.review, edition=edition.id, told_on=told)
        return True

    def _tell(
        self, session: Session, edition: ListedEdition, unnamed: str, subject: str, text: str, now: datetime
    ) -> int:
        """Tell the editors of an edition; return on how many channels. `unnamed`: the subject where its name is not for all."""
        if is_of_private(session, edition.review_id):  # who reads service messages may not see it
            subject = unnamed
        address = self._settings.web.public_url.rstrip("/")
        if address:
            text = f"{text}\n{address}/reviews/editions/{edition.id}".strip()
        return notify_of_service(session, subject=subject, text=text, now=now)

    async def _send(self, edition: ListedEdition, now: datetime) -> bool:
        """Hand an approved edition to its channels, once its pictures were fetched or have taken too long."""
        if await self._database.reading(
            are_pictures_awaited, edition_id=edition.id, since=now - PICTURES_WITHIN
        ):
            return False

        def read(session: Session) -> tuple[ReviewData, ShownReview, Targets, dict[int, bytes]]:
            whole = edition_shown(session, edition.id)
            review = review_shown(session, edition.review_id)
            targets = targets_of(session, review, self._settings, whole)
            return edition_data(whole, review), review, targets, picture_bodies(session, edition.id)

        data, review, targets, pictures = await self._database.reading(read)
        files, faults = dict[str, bytes](), dict[str, str]()
        trouble = targets.trouble or await self._print(data, review, targets, files, pictures, faults)
        if trouble is not None:
            return await self._database.writing(self._hold, edition=edition, trouble=trouble, now=now)

        def hand_over(session: Session) -> bool:
            done = _hand_over(session, edition=edition, data=data, targets=targets, files=files, now=now)
            if done and faults:
                self._tell_of_template(session, edition, faults, now)
            return done

        return await self._database.writing(hand_over)

    def _tell_of_template(
        self, session: Session, edition: ListedEdition, faults: Mapping[str, str], now: datetime
    ) -> None:
        """Tell the editors that an edition went out without a template of theirs, and why."""
        (kind, detail), *_others = faults.items()
        put_trouble(session, edition.id, Trouble("review-template", {"format": kind, "detail": detail}))
        with speaking(translator(self._settings.service.language)):
            self._tell(
                session,
                edition,
                _("A press review was sent without its template"),
                _("Press review sent without its template: {title}", title=edition.title),
                _(
                    "Your template could not be used, so Tocsin's own layout took its place. {why}",
                    why=detail,
                ),
                now,
            )

    async def _print(
        self,
        data: ReviewData,
        review: ShownReview,
        targets: Targets,
        files: dict[str, bytes],
        pictures: Mapping[int, bytes],
        faults: dict[str, str],
    ) -> Trouble | None:
        """Print what its channels and recipients are sent, in their languages; return why it can't be.

        What is wrong with templates of the user's is put into `faults`, by format: ours took their place.
        """
        for kind in KINDS:
            for name, language in targets.files(kind, review.keys.formats, review.keys.language):
                try:
                    if review.keys.report is not None:
                        files[name] = await self._print_report(data.edition_id, review, kind, language)
                    elif kind != "xlsx":
                        spoken = data.model_copy(update={"language": language})
                        files[name], fault = await self._printed(kind, spoken, review, pictures)
                        faults |= {kind: fault} if fault else {}
                except (PrintError, WorkFailedError, ActionError) as error:
                    return Trouble("review-not-printed", {"format": kind, "detail": str(error)})
        return None

    async def _printed(
        self, kind: Printed, data: ReviewData, review: ShownReview, pictures: Mapping[int, bytes]
    ) -> tuple[bytes, str]:
        """Return a file; where the user's template fails it is ours, with why. Raise `PrintError`, `WorkFailedError`."""
        has_own = bool(review.keys.pdf_template if kind == "pdf" else review.keys.word_template)
        try:
            view, look = to_print(data, review, pictures, kind=kind)
            return await self._run(print_edition, kind, view, look), ""
        except (TemplateError, WorkFailedError) as error:  # the latter where it never ends
            if not has_own:
                raise
            log.error("a template of yours failed; ours is used", review=review.name, error=str(error))
            view, look = to_print(data, review, pictures)
            return await self._run(print_edition, kind, view, look), str(error)

    async def _print_report(
        self, number: int, review: ShownReview, kind: ReportFormat, language: str
    ) -> bytes:
        view = await self._database.reading(
            edition_report,
            number=number,
            review=review,
            rights=self._rights,
            spoken=language,
            now=self._clock(),
        )
        return await self._run(print_report, kind, view)


def _hand_over(
    session: Session,
    *,
    edition: ListedEdition,
    data: ReviewData,
    targets: Targets,
    files: Mapping[str, bytes],
    now: datetime,
) -> bool:
    """Give an edition to its channels' outbox, once, if it is still approved as it was read."""
    approved_at, copies = edition.approved_at, targets.copies
    if not mark_sent(session, edition.id, approved_at=approved_at, now=now, copies=copies):
        return False
    for kind, body in files.items():
        put_file(session, edition.id, kind, body)
    new = list(notifications_of(data, edition.review_id, targets, now=now))
    add_notifications(session, new, now=now)
    log.info("edition sent", review=edition.review, edition=edition.id, recipients=sum(copies.values()))
    return True
