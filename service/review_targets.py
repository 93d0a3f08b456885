"""Where an edition goes: its review's channels, and its review's own recipients by a mail channel, each address once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from alerts.delivery.channels.base import ChannelSettings
from alerts.delivery.channels.email.mail import parse_mailbox
from alerts.delivery.payload import ReviewData
from service.actions.reviews import MAIL_TYPE, ShownReview, mail_channel
from service.channels import own_settings
from service.settings import Settings
from storage.stores.outbox.channels import ListedChannel, list_of_channels
from storage.stores.outbox.own_channels import own_channels
from storage.stores.outbox.waiting import NewNotification
from storage.stores.reviews.editions import StoredEdition
from storage.stores.reviews.recipients import recipients_of
from storage.tables import NotificationKind
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

IN_ONE = 50
"""Addresses of one notification: it is sent within the time of one attempt."""


@dataclass(frozen=True, slots=True)
class Target:
    """A channel that an edition goes to, and how many recipients it has."""

    channel_id: int
    name: str
    recipients: int


@dataclass(frozen=True, slots=True)
class Readers:
    """Own recipients who are sent the same."""

    language: str
    form: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Targets:
    """Where an edition goes. `mail_id` is the channel by which its readers have it."""

    channels: tuple[Target, ...]
    readers: tuple[Readers, ...]
    mail_id: int | None
    trouble: Trouble | None = None
    """Why it can't be sent."""

    @property
    def copies(self) -> dict[str, int]:
        """How many recipients each channel has; under an empty name, how many of the review's own."""
        own = sum(len(each.addresses) for each in self.readers)
        found = {target.name: target.recipients for target in self.channels}
        return found | {"": own} if own else found

    def files(self, kind: str, formats: Sequence[str], language: str) -> Iterator[tuple[str, str]]:
        """Give what is to be printed of a kind: under which name it is kept, and in which language."""
        if kind in formats:
            yield kind, language
        spoken = {each.language for each in self.readers if each.form == kind}
        for other in sorted(spoken - ({language} if kind in formats else set())):
            yield f"{kind}.{other}", other


def targets_of(session: Session, review: ShownReview, settings: Settings, edition: StoredEdition) -> Targets:
    """Return where an edition goes: a correction to those who were sent what it corrects, as far as they still are."""
    first = edition
    while first.corrects is not None:
        first = first.corrects
    is_first = first is edition
    names = review.keys.channels if is_first else tuple(name for name in first.copies if name)
    had_since = None if is_first else first.listed.sent_at
    declared = _declared(session, settings)
    listed = list_of_channels(session)
    channels, mailed = [], set[str]()
    for channel in listed:
        if channel.name in names:
            has = _addresses(declared.get(channel.name), channel)
            mailed |= has or set()
            channels.append(Target(channel.id, channel.name, 1 if has is None else len(has)))
    missing = set(names) - {target.name for target in channels}
    readers = _readers(session, review, but=mailed, added_until=had_since)
    if missing and (channels or readers):
        log.warning("review's channels are not there", channels=sorted(missing))
    mail = mail_channel(listed, review.keys) if readers else None
    trouble = None
    if readers and mail is None:
        trouble = Trouble("review-mail", {"name": review.keys.mail})
    elif not channels and not readers:
        trouble = Trouble("review-channels", {"names": ", ".join(names) or "none"})
    return Targets(tuple(channels), readers, None if mail is None else mail.id, trouble)


def notifications_of(
    data: ReviewData, review_id: int, targets: Targets, *, now: datetime
) -> Iterator[NewNotification]:
    """Give what is put into the outbox."""
    payload = data.model_dump(mode="json")
    for target in targets.channels:
        yield NewNotification(target.channel_id, NotificationKind.REVIEW, payload, now)
    for each in targets.readers if targets.mail_id is not None else ():
        for start in range(0, len(each.addresses), IN_ONE):
            own = {
                "language": each.language,
                "review_id": review_id,
                "to": list(each.addresses[start : start + IN_ONE]),
                "form": each.form,
            }
            yield NewNotification(targets.mail_id or 0, NotificationKind.REVIEW, {**payload, **own}, now)


def _readers(
    session: Session, review: ShownReview, *, but: set[str], added_until: datetime | None
) -> tuple[Readers, ...]:
    """Return a review's own recipients, those alike together; whom one of its channels mails to has it by that."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in recipients_of(session, review.id):
        is_late = added_until is not None and one.added_at > added_until
        if one.is_sent and not is_late and one.address not in but:
            alike[one.language or review.keys.language, one.form].append(one.address)
    return tuple(Readers(*key, tuple(addresses)) for key, addresses in sorted(alike.items()))


def _declared(session: Session, settings: Settings) -> Mapping[str, ChannelSettings]:
    known: dict[str, ChannelSettings] = {channel.name: channel for channel in settings.channels}
    for own in own_channels(session):
        try:
            known[own.name] = own_settings(own)
        except ValueError as error:  # said where it is sent
            log.warning("channel's settings can't be used", channel=own.name, error=str(error))
    return known


def _addresses(kept: ChannelSettings | None, channel: ListedChannel) -> set[str] | None:
    """Return the addresses that a mail channel mails to, without who unsubscribed; None of any other channel."""
    to = getattr(kept, "to", None)
    if channel.type != MAIL_TYPE or not isinstance(to, tuple):
        return None
    addresses = {parse_mailbox(str(one)).addr_spec.lower() for one in to}
    return addresses - set(channel.unsubscribed)
