"""`tocsin channels`."""

from __future__ import annotations

import asyncio
import shutil
import textwrap
from typing import Annotated

import typer

from alerts.delivery.channels.base import TrialStep
from alerts.delivery.links import Links
from service.actions import channel_trials
from service.actions.channel_edits import resume_channel
from service.actions.channels import resubscribe, unsubscribe
from service.channels import destinations
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
    say,
)
from service.clock import utc_now
from service.troubles import trouble_words
from storage.stores.outbox.channels import (
    ListedChannel,
    list_of_channels,
    notification_counts,
    signing_key,
)
from storage.stores.outbox.own_channels import own_channels
from storage.stores.watch.watch_lists import watch_facts

app = typer.Typer(help="Channels: where alerts go, and how they fare.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Channels: where alerts go, and how they fare."""


@app.command("list")
def list_channels(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List channels: when they send, how they fare, how much is queued, sent, dead and suppressed, who has unsubscribed.

    Example: tocsin channels list
    """
    with provisioned(settings) as (loaded, database), database.read() as session:
        channels, counts = list_of_channels(session), notification_counts(session)
        goes_to = destinations(loaded, own_channels(session))
    listed = [
        {
            "name": channel.name,
            "type": channel.type,
            "goes_to": goes_to.get(channel.name, ""),
            "send": channel.send,
            "state": _state(channel),
            "failing_since": iso(channel.failing_since),
            "rests_until": iso(channel.rests_until),
            "fallback": channel.fallback,
            "notifications": counts.get(channel.id, {}),
            "unsubscribed": channel.unsubscribed,
        }
        for channel in channels
    ]
    if as_json:
        print_json(listed)
        return
    print_table(
        ["Name", "Type", "Goes to", "Sends", "State", "Queued", "Sent", "Dead", "Suppressed"],
        [
            [channel.name, channel.type, goes_to.get(channel.name, ""), channel.send, _state(channel)]
            + [
                counts.get(channel.id, {}).get(state, 0)
                for state in ("queued", "sent", "failed", "suppressed")
            ]
            for channel in channels
        ],
        empty="No channels: tocsin channels add, or [[channels]] in the settings.",
    )
    for channel in channels:
        for address in channel.unsubscribed:
            say(f"{address} has unsubscribed from {channel.name}.")


@app.command("test")
def send_test(
    name: Annotated[str, typer.Argument(help="The channel.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Send a real test on a channel and show each step: name, connection, TLS, login, answer.

    Example: tocsin channels test press-desk
    """
    with open_database(settings) as (loaded, database):
        with database.read() as session:
            own = [each.name for each in own_channels(session)]
        known = sorted({*own, *(each.name for each in loaded.channels)})
        if name not in known:
            complain(f"there is no channel {name!r}; there are: {', '.join(known) or 'none'}")
            raise typer.Exit(1)
        show = _ignore if as_json else _print_step
        steps = asyncio.run(channel_trials.send_test(database, loaded, name, now=utc_now(), show=show))
    if as_json:
        print_json(
            [{"step": s.name, "ok": s.ok, "words": s.words, "ms": round(1000 * s.seconds)} for s in steps]
        )
    if not steps[-1].ok:
        raise typer.Exit(1)


def _print_step(step: TrialStep) -> None:
    sign = "ok    " if step.ok else "FAILED"
    line = f"{sign} {step.name}: {step.words} ({1000 * step.seconds:.0f} ms)"
    columns = shutil.get_terminal_size().columns
    say(textwrap.fill(line, columns, subsequent_indent=" " * 7, break_on_hyphens=False))


def _ignore(_step: TrialStep) -> None:
    """Print nothing."""


@app.command("enable")
def enable(
    name: Annotated[str, typer.Argument(help="The channel.")],
    address: Annotated[
        str | None, typer.Option(help="Take back this recipient's unsubscription instead.")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Switch a channel on again that was paused, or switched off for failing; what is queued for it is then sent.

    Example: tocsin channels enable ops-hook
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        if address is not None:
            resubscribe(session, name, address)
            say(f"{address} gets mail from {name!r} again.")
            return
        resume_channel(session, name)
    say(f"{name!r} is on.")


@app.command("unsubscribe")
def stop_mail(
    name: Annotated[str, typer.Argument(help="The channel.")],
    address: Annotated[str, typer.Argument(help="The recipient.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Send a recipient no more mail of a channel, as the link in its mails does.

    Example: tocsin channels unsubscribe press-desk leila@press.example
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        unsubscribe(session, name, address, now=utc_now())
    say(f"{address} gets no more mail from {name!r}.")


@app.command("feeds")
def feeds(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the feeds out: two addresses for each watch list. Whoever has one may read it.

    Example: tocsin channels feeds
    """
    with provisioned(settings) as (loaded, database), database.write() as session:
        key = signing_key(session, now=utc_now())
        lists = watch_facts(session)
    base = loaded.web.public_url or f"http://{loaded.web.listen}"
    links = Links(base, key)
    listed = [
        {
            "watch_list": row.name,
            "atom": links.feed(row.id, row.feed_mark, row.name, "atom"),
            "json": links.feed(row.id, row.feed_mark, row.name, "json"),
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


def _state(channel: ListedChannel) -> str:
    if not channel.active:
        if channel.disabled_reason:
            return f"off: {trouble_words(channel.disabled_reason)}"
        return "off" if channel.provisioned else "paused"
    if channel.failures:
        since = f"{channel.failing_since:%Y-%m-%d %H:%M} UTC" if channel.failing_since else "?"
        return f"failing since {since} ({channel.failures} in a row)"
    return "on"
