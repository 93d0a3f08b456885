"""Corrections: an edition that was sent is drafted anew under its number, edited, approved, and sent to those who had it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.editions import edition_shown
from service.actions.errors import ConflictError
from storage.language import _
from storage.stores.reviews.editions import (
    NewEdition,
    NewItem,
    StoredItem,
    add_edition,
    lock_edition,
    open_correction,
    sent_revision,
)
from storage.tables import EditionState


@act("edition", "correct", about="number")
def correct_edition(session: Session, number: int, *, now: datetime) -> int:
    """Draft a correction of an edition that was sent; return its number, or that of the one that is open already.

    It begins as the newest revision that was sent, and goes to those who had it once it is approved. Raise `NotFoundError`,
    `ConflictError` for an edition that was not sent.
    """
    first_id = edition_shown(session, number).listed.number
    lock_edition(session, first_id)
    newest = sent_revision(session, first_id)
    if newest is None or edition_shown(session, number).listed.state != EditionState.SENT:
        raise ConflictError(
            _("edition {number} was not sent: it can still be edited", number=number), key="edition"
        )
    known = open_correction(session, first_id)
    if known is not None:
        return known
    sent = edition_shown(session, newest)
    new = NewEdition(
        review_id=sent.listed.review_id,
        title=sent.listed.title,
        since=sent.listed.since,
        until=sent.listed.until,
        due_at=now,
        sections=sent.sections,
        figures=sent.figures,
        items=tuple(map(_copied, sent.shown)),
        intro=sent.intro,
        first_id=first_id,
        revision=sent.listed.revision + 1,
    )
    return add_edition(session, new, now=now)


def _copied(item: StoredItem) -> NewItem:
    return NewItem(
        section=item.section,
        outlet=item.outlet,
        headline=item.headline,
        excerpt=item.excerpt,
        note=item.note,
        url=item.url,
        language=item.language,
        authors=item.authors,
        came_out_at=item.came_out_at,
        article_id=item.article_id,
        story_id=item.story_id,
        outlets=item.outlets,
        corrects_id=item.id,
    )
