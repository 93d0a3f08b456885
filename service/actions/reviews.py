"""Press reviews: what there are, made, changed and removed. Those of the settings file are edited there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from alerts.delivery.timing import next_send
from alerts.review.values import ReviewPlan, RightsTable
from service.actions.acting import act
from service.actions.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    ReadOnlyError,
    UnknownNameError,
)
from service.actions.lookup import check_name
from service.actions.reports import check_names
from service.settings.faults import first_fault
from service.settings.models import Settings
from service.settings.review_models import FILES, ReviewKeys
from storage.language import _
from storage.stores.outbox.channels import ListedChannel, list_of_channels
from storage.stores.reviews.reviews import (
    ReviewValues,
    StoredReview,
    add_review,
    list_reviews,
    remove_review,
    review_named,
    review_numbered,
)
from storage.stores.reviews.reviews import change_review as change_stored
from storage.stores.watch.watch_lists import list_names
from storage.suggest import did_you_mean
from storage.viewers import looking_as

MAIL_TYPE = "email"
"""The type of mail channels."""


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A review with its keys as they are read."""

    id: int
    name: str
    keys: ReviewKeys
    provisioned: bool
    next_at: datetime | None
    created_at: datetime

    @property
    def plan(self) -> ReviewPlan:
        """How its editions are drafted."""
        keys = self.keys
        sections = tuple(section.value() for section in keys.sections)
        return ReviewPlan(sections, keys.prefer, keys.brief, keys.event)

    @property
    def zone(self) -> str:
        """The time zone of its schedule, in which its times are told; UTC without one."""
        return "UTC" if self.keys.send is None else self.keys.send.slots[0].zone


def shown_reviews(session: Session) -> list[ShownReview]:
    """Return the reviews, by name."""
    return [as_shown(stored) for stored in list_reviews(session)]


def review_shown(session: Session, which: str | int) -> ShownReview:
    """Return the review of this name or number. Raise `NotFoundError`."""
    stored = review_named(session, which) if isinstance(which, str) else review_numbered(session, which)
    if stored is None:
        hint = (
            did_you_mean(which, [one.name for one in list_reviews(session)]) if isinstance(which, str) else ""
        )
        raise NotFoundError(_("there is no review {which!r}{hint}", which=which, hint=hint), key="review")
    return as_shown(stored)


def as_shown(stored: StoredReview) -> ShownReview:
    """Return a stored review with its keys read. Raise `InvalidError` where this version does not know them."""
    return ShownReview(
        stored.id,
        stored.name,
        _read(stored.name, stored.keys),
        stored.provisioned,
        stored.next_at,
        stored.created_at,
    )


def missing_lists(session: Session, review: ShownReview) -> tuple[str, ...]:
    """Return the watch lists that its sections name and that are not there: nothing comes of them."""
    known = set(list_names(session))
    keys = review.keys
    of_report = () if keys.report is None else keys.report.watch
    named = dict.fromkeys([*(name for section in keys.sections for name in section.watch), *of_report])
    return tuple(name for name in named if name not in known)


@act("review", "add", about="name", told=("keys",))
def make_review(session: Session, name: str, keys: Mapping[str, Any], *, now: datetime) -> ShownReview:
    """Make a review of the keys of a `[[reviews]]` table. Raise `ActionError`, with the key at fault."""
    check_name(name, "review")
    _refuse_taken(session, name)
    checked = _checked(session, name, keys)
    number = add_review(session, review_values(name, checked, now=now), now=now)
    return review_shown(session, number)


@act("review", "change", about="which", told=("keys", "name"))
def change_review(
    session: Session, which: str | int, keys: Mapping[str, Any], *, name: str | None = None, now: datetime
) -> ShownReview:
    """Change what is given of a review, and its name; None takes a key's value away. Raise `ActionError`."""
    review = _editable(session, which)
    name = name or review.name
    if name != review.name:
        check_name(name, "review")
        _refuse_taken(session, name)
    wanted = {**review.keys.stored(), **keys}
    checked = _checked(session, name, {key: value for key, value in wanted.items() if value is not None})
    change_stored(session, review.id, review_values(name, checked, now=now))
    return review_shown(session, review.id)


@act("review", "copy", about="which", told=("name",))
def copy_review(session: Session, which: str | int, name: str | None = None, *, now: datetime) -> ShownReview:
    """Make another review of one's keys, its recipients, logo and templates aside; it is paused, so that nothing is sent twice.

    Without a `name` it is called after the first. Raise `NotFoundError`, `ConflictError`.
    """
    review = review_shown(session, which)
    taken = {one.name.casefold() for one in list_reviews(session)}
    names = (_("{name} (copy {number})", name=review.name, number=number) for number in count(1))
    chosen = name or next(one for one in names if one.casefold() not in taken)
    keys = {**review.keys.stored(), "paused": True}
    for key in FILES:
        keys.pop(key, None)
    return make_review(session, chosen, keys, now=now)


@act("review", "pause", about="which")
def pause_review(session: Session, which: str | int, *, now: datetime) -> ShownReview:
    """Draft nothing by a review's time until it is resumed; what is drafted stays. Raise `NotFoundError`, `ReadOnlyError`."""
    return change_review(session, which, {"paused": True}, now=now)


@act("review", "resume", about="which")
def resume_review(session: Session, which: str | int, *, now: datetime) -> ShownReview:
    """Draft by a review's time again. Raise `NotFoundError`, `ReadOnlyError`."""
    return change_review(session, which, {"paused": False}, now=now)


@act("review", "remove", about="which")
def drop_review(session: Session, which: str | int) -> str:
    """Remove a review with its editions; return its name. Raise `NotFoundError`, `ReadOnlyError`."""
    review = _editable(session, which)
    remove_review(session, review.id)
    return review.name


def review_values(name: str, keys: ReviewKeys, *, now: datetime) -> ReviewValues:
    """Return what is stored of a review."""
    next_at = None if keys.send is None or keys.paused else next_send(keys.send, now)
    return ReviewValues(name, keys.stored(), next_at)


def mail_channel(channels: Sequence[ListedChannel], keys: ReviewKeys) -> ListedChannel | None:
    """Return the channel by which a review's own recipients are sent it: the one it names, else the first mail channel of its
    channels, else the first there is. None where there is no such.
    """
    mails = [channel for channel in channels if channel.type == MAIL_TYPE]
    if keys.mail:
        return next((channel for channel in mails if channel.name == keys.mail), None)
    of_review = [channel for channel in mails if channel.name in keys.channels]
    return next(iter([*of_review, *(channel for channel in mails if channel.active), *mails]), None)


def rights_of(settings: Settings) -> RightsTable:
    """Return what `[[licences]]` allows reviews to reproduce."""
    named = {outlet: licence.rights for licence in reversed(settings.licences) for outlet in licence.outlets}
    general = next((licence.rights for licence in settings.licences if not licence.outlets), None)
    return RightsTable(named) if general is None else RightsTable(named, general)


def _editable(session: Session, which: str | int) -> ShownReview:
    review = review_shown(session, which)
    if review.provisioned:
        raise ReadOnlyError(
            _("the review {name!r} is declared in the settings file: edit it there", name=review.name),
            key="review",
        )
    return review


def _refuse_taken(session: Session, name: str) -> None:
    for review in list_reviews(session):
        if review.name.casefold() == name.casefold():
            raise ConflictError(
                _("there is a review {name!r} already: choose another name", name=review.name), key="name"
            )
    with looking_as(None):
        if review_named(session, name) is not None:  # of lists that who acts may not see
            raise ConflictError(_("The name {name!r} is taken: choose another one.", name=name), key="name")


def _checked(session: Session, name: str, keys: Mapping[str, Any]) -> ReviewKeys:
    for key in FILES:  # of this machine, which who calls may not be let to read
        if keys.get(key):
            raise InvalidError(_("{key}: it can be set in the settings file alone", key=key), key=key)
    checked = _read(name, keys)
    listed = list_of_channels(session)
    channels = [channel.name for channel in listed]
    for channel in checked.channels:
        if channel not in channels:
            hint = did_you_mean(channel, channels)
            raise _unknown("channels", _("there is no channel {channel!r}{hint}", channel=channel, hint=hint))
    if checked.mail and mail_channel(listed, checked) is None:
        hint = did_you_mean(checked.mail, [channel.name for channel in listed if channel.type == MAIL_TYPE])
        raise _unknown(
            "mail", _("there is no mail channel {channel!r}{hint}", channel=checked.mail, hint=hint)
        )
    lists = list_names(session)
    for place, section in enumerate(checked.sections):
        for watch in section.watch:
            if watch not in lists:
                hint = did_you_mean(watch, lists)
                raise _unknown(
                    f"sections[{place}].watch",
                    _("there is no watch list {name!r}{hint}", name=watch, hint=hint),
                )
    if checked.report is not None:
        check_names(session, checked.report.watch, checked.report.actors)
    return checked


def _unknown(key: str, words: str) -> UnknownNameError:
    return UnknownNameError(f"{key.partition('[')[0]}: {words}", key=key, at_field=words)


def _read(name: str, keys: Mapping[str, Any]) -> ReviewKeys:
    try:
        return ReviewKeys.model_validate(dict(keys))
    except ValidationError as error:
        key, words = first_fault(error)
        what = f"{key}: {words}" if key else words
        raise InvalidError(
            _("review {name!r}: {what}", name=name, what=what),
            key=key or None,
            at_field=words,
        ) from error
