"""`tocsin deliveries`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from sqlmodel import col, select

from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    iso,
    open_database,
    print_json,
    print_table,
)
from storage.tables import Channel, Notification, NotificationState

app = typer.Typer(help="Notifications and what became of them.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Notifications and what became of them."""


class State(StrEnum):
    """The states to choose from."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


@app.command("list")
def list_deliveries(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List notifications, newest first, with their state, attempts and last error.

    Example: tocsin deliveries list --state failed
    """
    query = select(Notification, Channel.name).join(Channel, col(Channel.id) == col(Notification.channel_id))
    if state is not None:
        query = query.where(col(Notification.state) == NotificationState(state.value))
    with open_database(settings) as (_loaded, database), database.read() as session:
        rows = session.exec(query.order_by(col(Notification.id).desc()).limit(limit)).all()
    if as_json:
        print_json([_as_dict(notification, channel) for notification, channel in rows])
        return
    print_table(
        ["Id", "State", "Channel", "Alert", "Tries", "Due or sent (UTC)", "Last error"],
        [
            [
                n.id,
                n.state.value,
                channel,
                n.alert_id or "digest",
                n.attempts,
                n.sent_at or n.due_at,
                n.last_error or "",
            ]
            for n, channel in rows
        ],
        empty="No notifications.",
    )


def _as_dict(notification: Notification, channel: str) -> dict[str, object]:
    return {
        "id": notification.id,
        "uid": notification.uid,
        "channel": channel,
        "kind": notification.kind.value,
        "alert": notification.alert_id,
        "state": notification.state.value,
        "attempts": notification.attempts,
        "created_at": iso(notification.created_at),
        "due_at": iso(notification.due_at),
        "sent_at": iso(notification.sent_at),
        "last_error": notification.last_error,
    }
