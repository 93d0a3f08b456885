"""Deliveries: look at one, send again what was given up."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import ConflictError, NotFoundError, UnknownNameError
from service.actions.views import MOST
from storage.language import _
from storage.stores.outbox.channels import list_of_channels
from storage.stores.outbox.deliveries import (
    Delivery,
    ListedDelivery,
    delivery,
    delivery_page,
    send_again,
    send_dead_again,
)
from storage.tables import NotificationState


def delivery_shown(session: Session, number: int) -> Delivery:
    """Return a notification with every attempt at it. Raise `NotFoundError`."""
    found = delivery(session, number)
    if found is None:
        raise NotFoundError(_("There is no notification {number}.", number=number))
    return found


def deliveries_to_export(
    session: Session, *, state: NotificationState | None = None, channel: str | None = None, limit: int = MOST
) -> list[ListedDelivery]:
    """Return the deliveries of a filtered view, newest first, up to `limit`."""
    return delivery_page(session, state=state, channel=channel, limit=limit)


@act("delivery", "send again", about="number")
def retry(session: Session, number: int, *, now: datetime) -> None:
    """Queue a notification again that was given up or suppressed, or send one now that waits; under the same id.

    Raise `NotFoundError`, or `ConflictError` where it was sent or is on its way.
    """
    queued = send_again(session, number, now=now)
    if queued is None:
        raise NotFoundError(_("There is no notification {number}.", number=number))
    if not queued:
        raise ConflictError(
            _("Notification {number} was sent or is being sent: it is not sent again.", number=number)
        )


@act("delivery", "send again", told=("channel", "since"))
def retry_dead(
    session: Session, *, channel: str | None = None, since: datetime | None = None, now: datetime
) -> int:
    """Queue again all that was given up, of one channel or of all, made `since` a time or ever; return how many.

    Raise `UnknownNameError` for a channel that does not exist.
    """
    if channel is not None and channel not in {known.name for known in list_of_channels(session)}:
        raise UnknownNameError(_("There is no channel {channel!r}.", channel=channel), key="channel")
    return send_dead_again(session, channel=channel, since=since, now=now)
