"""`tocsin deliveries`."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from service.actions.deliveries import deliveries_to_export, delivery_shown, retry_dead
from service.actions.deliveries import retry as retry_one
from service.actions.views import MOST, deliveries_view
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    iso,
    open_database,
    parse_since,
    print_json,
    print_table,
    say,
    shown,
)
from service.cli.writing import OutputOption, format_of, write_view
from service.clock import utc_now
from service.troubles import trouble_words
from storage.stores.outbox.deliveries import ListedDelivery
from storage.tables import NotificationState

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
    channel: Annotated[str | None, typer.Option(help="Only those of this channel.")] = None,
    output: OutputOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List notifications, newest first, with their state, attempts and last error.

    Example: tocsin deliveries list --state failed
    """
    wanted = None if state is None else NotificationState(state.value)
    written = None if output is None else format_of(output)
    most = limit if written is None else MOST
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = deliveries_to_export(session, state=wanted, channel=channel, limit=most)
    if output is not None and written is not None:
        write_view(deliveries_view(found), written, output, now=utc_now())
        return
    if as_json:
        print_json([_as_dict(item) for item in found])
        return
    print_table(
        ["Id", "State", "Channel", "Alert", "Tries", "Due or sent (UTC)", "Last error"],
        [
            [
                item.id,
                item.state.value,
                item.channel,
                item.alert_id or item.kind,
                item.attempts,
                item.sent_at or item.due_at,
                trouble_words(item.last_error),
            ]
            for item in found
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
        found = delivery_shown(session, number)
    attempts = [{**asdict(one), "started_at": iso(one.started_at)} for one in found.attempts]
    facts = found.facts
    if as_json:
        more = {"recipients": found.recipients, "digest": facts.digest_id, "silence": facts.silence_id}
        print_json({**_as_dict(facts), **more, "attempts": attempts, "payload": found.payload})
        return
    what = f"alert {facts.alert_id}, on" if facts.alert_id is not None else "on"
    say(f"Notification {facts.id} ({facts.uid}): {facts.kind}, {what} {facts.channel}: {facts.state.value}")
    if facts.digest_id is not None:
        say(f"Carried by the digest {facts.digest_id}.")
    if facts.silence_id is not None:
        say(f"Suppressed by silence {facts.silence_id}.")
    if facts.state is NotificationState.QUEUED:
        say(f"Due {shown(facts.due_at)} UTC.")
    for who, (code, words) in found.recipients.items():
        say(f"  {who}: {code} {words}")
    for attempt in found.attempts:
        status = f" {attempt.status}" if attempt.status is not None else ""
        said = ": ".join(filter(None, (trouble_words(attempt.error), attempt.response)))
        say(
            f"Attempt {attempt.number}, {attempt.started_at:%Y-%m-%d %H:%M:%S} UTC, {attempt.duration_ms} ms: "
            f"{attempt.outcome.value}{status} {said}".rstrip()
        )


@app.command("retry")
def retry(
    number: Annotated[int | None, typer.Argument(help="The notification's number.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
    since: Annotated[
        str | None,
        typer.Option(help="Of those, only the ones made since: a time (UTC), or within 12h or 3d."),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Of those, only this channel's.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Queue notifications again, due now, under the same id: one, or all that were given up.

    Example: tocsin deliveries retry --dead --since 2026-03-01 --channel ops-hook
    """
    if (number is None) == (not dead):
        complain("say which: a number, or --dead for all that were given up")
        raise typer.Exit(2)
    if number is not None and (since is not None or channel is not None):
        complain("--since and --channel choose among --dead; a number needs neither")
        raise typer.Exit(2)
    now = utc_now()
    made_since = parse_since(since, now=now)
    count = 1
    with open_database(settings) as (_loaded, database), database.write() as session:
        if number is not None:
            retry_one(session, number, now=now)
        else:
            count = retry_dead(session, channel=channel, since=made_since, now=now)
    say(f"{counted(count, 'notification')} queued again.")


def _as_dict(item: ListedDelivery) -> dict[str, object]:
    return {
        "id": item.id,
        "uid": item.uid,
        "channel": item.channel,
        "kind": item.kind,
        "alert": item.alert_id,
        "state": item.state.value,
        "attempts": item.attempts,
        "created_at": iso(item.created_at),
        "due_at": iso(item.due_at),
        "sent_at": iso(item.sent_at),
        "last_error": trouble_words(item.last_error) or None,
    }
