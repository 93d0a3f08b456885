"""A review's own recipients: people without an account, who are sent it by mail. They opt out by a link in each mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from typing import get_args

from sqlmodel import Session

from alerts.delivery.channels.email.mail import parse_mailbox
from service.actions.acting import act
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from service.actions.reviews import review_shown
from storage.language import Spoken, _
from storage.stores.reviews.editions import edition_of
from storage.stores.reviews.recipients import (
    RecipientValues,
    StoredRecipient,
    add_recipient,
    delete_recipient,
    forget_refusals,
    put_left,
    put_recipient,
    recipient_called,
    recipient_numbered,
    recipients_of,
)
from storage.tables import EditionState, RecipientForm

MOST_AT_ONCE = 1_000
LONGEST_NAME = 200
SPOKEN: tuple[str, ...] = get_args(Spoken)
FORMS = tuple(form.value for form in RecipientForm)


@dataclass(frozen=True, slots=True)
class RecipientChange:
    """What is to change of a recipient; None leaves it as it is, and an empty language is the review's."""

    address: str | None = None
    name: str | None = None
    language: str | None = None
    form: str | None = None


def recipients_shown(session: Session, which: str | int) -> list[StoredRecipient]:
    """Return a review's own recipients, by address. Raise `NotFoundError`."""
    return recipients_of(session, review_shown(session, which).id)


def recipient_shown(session: Session, which: str | int, address: str) -> StoredRecipient:
    """Return a review's recipient of this address. Raise `NotFoundError`."""
    review = review_shown(session, which)
    found = recipient_called(session, review.id, address.strip())
    if found is None:
        raise NotFoundError(
            _("{address} is not a recipient of {review!r}", address=address, review=review.name),
            key="address",
        )
    return found


def addresses_in(text: str) -> list[str]:
    """Return the addresses of a list as people paste it: parted by commas, semicolons or lines. Pure."""
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]


@act("review", "recipient", about="which", told=("addresses",))
def add_recipients(
    session: Session,
    which: str | int,
    addresses: Sequence[str],
    *,
    language: str = "",
    form: str = "html",
    now: datetime,
) -> list[StoredRecipient]:
    """Send a review to these addresses too (`desk@example.org` or `Desk <desk@example.org>`): all of them, or none.

    Raise `InvalidError` with what can't be used, `ConflictError` for those who are recipients already.
    """
    review = review_shown(session, which)
    if not addresses:
        raise InvalidError(_("give at least one address"), key="address")
    if len(addresses) > MOST_AT_ONCE:
        raise InvalidError(_("at most {most:,} addresses at once", most=MOST_AT_ONCE), key="address")
    wanted = {one.address: one for one in (_read(address, language, form) for address in addresses)}
    for address in wanted:
        _refuse_taken(session, review.id, address)
    for one in wanted.values():
        add_recipient(session, review.id, one, now=now)
    return [one for one in recipients_of(session, review.id) if one.address in wanted]


@act("review", "recipient", told=("change",))
def change_recipient(session: Session, recipient_id: int, change: RecipientChange) -> StoredRecipient:
    """Change who a recipient is, or what they are sent. Raise `InvalidError`, `ConflictError`, `NotFoundError`."""
    known = _numbered(session, recipient_id)
    language = (known.language or "") if change.language is None else change.language
    read = _read(change.address or known.address, language, change.form or known.form)
    name = read.name or known.name if change.name is None else change.name.strip()
    if len(name) > LONGEST_NAME:
        raise InvalidError(_("{key}: at most {most:,} characters", key="name", most=LONGEST_NAME), key="name")
    if read.address != known.address:
        _refuse_taken(session, known.review_id, read.address)
    put_recipient(session, recipient_id, replace(read, name=name))
    if read.address != known.address:  # what was said of the other is said of nobody now
        forget_refusals(session, recipient_id)
    return _numbered(session, recipient_id)


@act("review", "recipient removed", told=("recipient_id",))
def remove_recipient(session: Session, recipient_id: int) -> StoredRecipient:
    """Send a recipient nothing more, and forget them. Raise `NotFoundError`."""
    known = _numbered(session, recipient_id)
    delete_recipient(session, recipient_id)
    return known


@act("review", "recipient", told=("recipient_id",))
def try_recipient_again(session: Session, recipient_id: int) -> StoredRecipient:
    """Send a recipient the next edition again whose mail was refused too often. Raise `NotFoundError`, `ConflictError`."""
    known = _numbered(session, recipient_id)
    if known.left_at is not None:
        raise ConflictError(
            _("{address} opted out: only they can take that back", address=known.address), key="address"
        )
    forget_refusals(session, recipient_id)
    return _numbered(session, recipient_id)


@act("review", "unsubscribe", about="review_id", told=("address",))
def leave_review(session: Session, review_id: int, address: str, *, now: datetime) -> str:
    """Opt out of a review, by the link in its mails; twice is once. Return its name. Raise `NotFoundError`."""
    known = recipient_shown(session, review_id, address)
    put_left(session, known.id, known.left_at or now)
    return review_shown(session, review_id).name


@act("review", "resubscribe", about="review_id", told=("address",))
def rejoin_review(session: Session, review_id: int, address: str) -> str:
    """Take it back that one opted out. Return the review's name. Raise `NotFoundError`."""
    put_left(session, recipient_shown(session, review_id, address).id, None)
    return review_shown(session, review_id).name


def reader_of(session: Session, edition_id: int, address: str) -> StoredRecipient | None:
    """Return the recipient whom a link shows an edition that was sent; None where the address is no recipient any more."""
    edition = edition_of(session, edition_id)
    if edition is None or edition.listed.state != EditionState.SENT:
        return None
    known = recipient_called(session, edition.listed.review_id, address)
    return known if known is not None and known.left_at is None else None


def _numbered(session: Session, recipient_id: int) -> StoredRecipient:
    known = recipient_numbered(session, recipient_id)
    if known is None:
        raise NotFoundError(_("there is no recipient {number}", number=recipient_id), key="recipient")
    return known


def _refuse_taken(session: Session, review_id: int, address: str) -> None:
    known = recipient_called(session, review_id, address)
    if known is None:
        return
    if known.left_at is not None:
        raise ConflictError(
            _("{address} opted out: only they can take that back", address=address), key="address"
        )
    raise ConflictError(_("{address} is a recipient already", address=address), key="address")


def _read(address: str, language: str, form: str) -> RecipientValues:
    try:
        mailbox = parse_mailbox(address)
    except ValueError:
        raise InvalidError(_("{address!r} is not an email address", address=address), key="address") from None
    if language and language not in SPOKEN:
        raise InvalidError(
            _("language: {language!r} is none of {known}", language=language, known=", ".join(SPOKEN)),
            key="language",
        )
    if form not in FORMS:
        raise InvalidError(
            _("format: {form!r} is none of {known}", form=form, known=", ".join(FORMS)), key="form"
        )
    if form == "pdf" and find_spec("typst") is None:
        raise InvalidError(_("format: PDF needs Typst: pip install 'tocsin[review]'"), key="form")
    return RecipientValues(
        mailbox.addr_spec.lower(), mailbox.display_name[:LONGEST_NAME], language or None, form
    )
