"""`tocsin deliveries`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from sqlmodel import col, select

from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    open_database,
    print_json,
    print_table,
    say,
    shown,
)
from service.process import utc_now
from storage.queries.channels import channel_named
from storage.queries.outbox import requeue
from storage.rows import id_of
from storage.tables import Attempt, Channel, Notification, NotificationState

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


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="The notification's number.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show a notification: what it tells, every attempt with the answer, and each recipient.

    Example: tocsin deliveries show 7
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        row = session.get(Notification, number)
        channel = session.get(Channel, row.channel_id) if row is not None else None
        attempts = session.exec(
            select(Attempt).where(Attempt.notification_id == number).order_by(col(Attempt.number))
        ).all()
    if row is None or channel is None:
        complain(f"there is no notification {number}: tocsin deliveries list")
        raise typer.Exit(1)
    told = [
        {
            "number": attempt.number,
            "started_at": iso(attempt.started_at),
            "duration_ms": attempt.duration_ms,
            "outcome": attempt.outcome.value,
            "status": attempt.status,
            "response": attempt.response,
            "error": attempt.error,
        }
        for attempt in attempts
    ]
    if as_json:
        more = {"recipients": row.recipients, "digest": row.digest_id, "silence": row.silence_id}
        print_json({**_as_dict(row, channel.name), **more, "attempts": told, "payload": row.payload})
        return
    what = "a digest" if row.alert_id is None else f"alert {row.alert_id}"
    say(f"Notification {row.id} ({row.uid}): {row.kind.value}, {what}, on {channel.name}: {row.state.value}")
    if row.digest_id is not None:
        say(f"Carried by the digest {row.digest_id}.")
    if row.silence_id is not None:
        say(f"Suppressed by silence {row.silence_id}.")
    if row.state is NotificationState.QUEUED:
        say(f"Due {shown(row.due_at)} UTC.")
    for who, (code, words) in row.recipients.items():
        say(f"  {who}: {code} {words}")
    for attempt in attempts:
        status = f" {attempt.status}" if attempt.status is not None else ""
        say(
            f"Attempt {attempt.number}, {attempt.started_at:%Y-%m-%d %H:%M:%S} UTC, {attempt.duration_ms} ms: "
            f"{attempt.outcome.value}{status} {attempt.error or attempt.response}".rstrip()
        )


@app.command("retry")
def retry(
    number: Annotated[int | None, typer.Argument(help="The notification's number.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
    since: Annotated[datetime | None, typer.Option(help="Of those, only the ones made since (UTC).")] = None,
    channel: Annotated[str | None, typer.Option(help="Of those, only this channel's.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Queue notifications again, due now, under the same id: one, or all that were given up.

    Example: tocsin deliveries retry --dead --since 2026-03-01 --channel ops-hook
    """
    if (number is None) == (not dead):
        complain("say which: a number, or --dead for all that were given up")
        raise typer.Exit(2)
    query = select(Notification)
    if number is not None:
        query = query.where(Notification.id == number)
    else:
        query = query.where(
            col(Notification.state) == NotificationState.FAILED, col(Notification.digest_id).is_(None)
        )
    if since is not None:
        query = query.where(col(Notification.created_at) >= since.replace(tzinfo=UTC))
    with open_database(settings) as (_loaded, database), database.write() as session:
        if channel is not None:
            row = channel_named(session, channel)
            if row is None:
                complain(f"there is no channel {channel!r}: tocsin channels list")
                raise typer.Exit(1)
            query = query.where(Notification.channel_id == id_of(row))
        count = requeue(session, session.exec(query).all(), now=utc_now())
    if number is not None and not count:
        complain(f"there is no notification {number} that could be sent again: tocsin deliveries list")
        raise typer.Exit(1)
    say(f"{count} notification{'' if count == 1 else 's'} queued again.")


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
