"""`tocsin channels`."""

from __future__ import annotations

import asyncio
import shutil
import textwrap
from collections import Counter
from typing import Annotated

import typer
from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.delivery.channels.base import TrialStep
from alerts.delivery.links import Links
from service.channels import trial_steps
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    open_database,
    print_json,
    print_table,
    provisioned,
    read_settings,
    say,
)
from service.clock import utc_now
from service.settings import Settings
from storage.rows import id_of
from storage.stores.outbox.channels import channel_named, enable_channel, signing_key, subscribe
from storage.tables import Channel, Notification, NotificationState, Unsubscription, WatchList

app = typer.Typer(help="Channels: where alerts go, and how they fare.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Channels: where alerts go, and how they fare."""


@app.command("list")
def list_channels(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List channels: when they send, how they fare, how much is queued, sent, dead and suppressed, who has unsubscribed.

    Example: tocsin channels list
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        rows = session.exec(select(Channel).order_by(col(Channel.name))).all()
        counts = _counts(session)
        gone = session.exec(select(Unsubscription)).all()
    names = {id_of(row): row.name for row in rows}
    listed = [
        {
            "name": row.name,
            "type": row.type,
            "send": row.send,
            "state": _state(row),
            "failing_since": iso(row.failing_since),
            "rests_until": iso(row.rests_until),
            "fallback": names.get(row.fallback_id or 0),
            "notifications": dict(counts[id_of(row)]),
            "unsubscribed": [item.address for item in gone if item.channel_id == row.id],
        }
        for row in rows
    ]
    if as_json:
        print_json(listed)
        return
    print_table(
        ["Name", "Type", "Sends", "State", "Queued", "Sent", "Dead", "Suppressed"],
        [
            [row.name, row.type, row.send, _state(row)]
            + [counts[id_of(row)][state] for state in ("queued", "sent", "failed", "suppressed")]
            for row in rows
        ],
        empty="No channels: add [[channels]] to the settings.",
    )
    for item in gone:
        say(f"{item.address} has unsubscribed from {names[item.channel_id]}.")


@app.command("test")
def send_test(
    name: Annotated[str, typer.Argument(help="The channel.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Send a real test on a channel and show each step: name, connection, TLS, login, answer.

    Example: tocsin channels test press-desk
    """
    loaded = read_settings(settings)
    if name not in {declared.name for declared in loaded.channels}:
        known = ", ".join(declared.name for declared in loaded.channels) or "none"
        complain(f"there is no channel {name!r} in the settings; there are: {known}")
        raise typer.Exit(1)
    steps = asyncio.run(_try(loaded, name, quiet=as_json))
    if as_json:
        print_json(
            [{"step": s.name, "ok": s.ok, "words": s.words, "ms": round(1000 * s.seconds)} for s in steps]
        )
    if not steps[-1].ok:
        raise typer.Exit(1)


async def _try(settings: Settings, name: str, *, quiet: bool) -> list[TrialStep]:
    steps = []
    columns = shutil.get_terminal_size().columns
    async for step in trial_steps(settings, name, now=utc_now()):
        steps.append(step)
        if not quiet:
            sign = "ok    " if step.ok else "FAILED"
            line = f"{sign} {step.name}: {step.words} ({1000 * step.seconds:.0f} ms)"
            say(textwrap.fill(line, columns, subsequent_indent=" " * 7, break_on_hyphens=False))
    return steps


@app.command("enable")
def enable(
    name: Annotated[str, typer.Argument(help="The channel.")],
    address: Annotated[
        str | None, typer.Option(help="Take back this recipient's unsubscription instead.")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Switch a channel on again that was switched off for failing; what is queued for it is then sent.

    Example: tocsin channels enable ops-hook
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        channel = channel_named(session, name)
        if channel is None:
            complain(f"there is no channel {name!r}: tocsin channels list")
            raise typer.Exit(1)
        if address is not None:
            if not subscribe(session, channel, address):
                complain(f"{address} has not unsubscribed from {name!r}")
                raise typer.Exit(1)
            say(f"{address} gets mail from {name!r} again.")
            return
        enable_channel(channel)
    say(f"{name!r} is on.")


@app.command("feeds")
def feeds(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the feeds out: two addresses for each watch list. Whoever has one may read it.

    Example: tocsin channels feeds
    """
    with provisioned(settings) as (loaded, database), database.write() as session:
        key = signing_key(session, now=utc_now())
        lists = session.exec(
            select(WatchList).where(col(WatchList.active)).order_by(col(WatchList.name))
        ).all()
    base = loaded.web.public_url or f"http://{loaded.web.listen}"
    links = Links(base, key)
    listed = [
        {
            "watch_list": row.name,
            "atom": links.feed(id_of(row), row.name, "atom"),
            "json": links.feed(id_of(row), row.name, "json"),
        }
        for row in lists
    ]
    if as_json:
        print_json(listed)
        return
    for item in listed:
        say(f"{item['watch_list']}\n  {item['atom']}\n  {item['json']}")
    if not listed:
        say("No watch lists.")


def _state(channel: Channel) -> str:
    if not channel.active:
        return f"off: {channel.disabled_reason}" if channel.disabled_reason else "off"
    if channel.failures:
        since = f"{channel.failing_since:%Y-%m-%d %H:%M} UTC" if channel.failing_since else "?"
        return f"failing since {since} ({channel.failures} in a row)"
    return "on"


def _counts(session: Session) -> dict[int, Counter[str]]:
    counts: dict[int, Counter[str]] = {id_of(row): Counter() for row in session.exec(select(Channel))}
    rows = session.exec(
        select(Notification.channel_id, Notification.state, func.count())
        .where(col(Notification.digest_id).is_(None))
        .group_by(col(Notification.channel_id), col(Notification.state))
    )
    for channel_id, state, count in rows:
        counts[channel_id][NotificationState(state).value] = count
    return counts
