"""`tocsin backfill`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.actions.backfill import backfill as backfill_list
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    print_json,
    provisioned,
    say,
)
from service.clock import utc_now


def backfill(
    watch: Annotated[str, typer.Argument(help="The watch list's name.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back.")] = 30,
    send: Annotated[
        bool, typer.Option("--send", help="Notify the list's channels; else the alerts are only stored.")
    ] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Make the alerts that a watch list would have made from the stored articles. Running it again is safe.

    Example: tocsin backfill "Energy" --days 14
    """
    with provisioned(settings) as (_loaded, database):
        report = backfill_list(database, watch, days=days, send=send, now=utc_now())
    if as_json:
        print_json(asdict(report))
        return
    say(
        f"{report.watch!r}: {report.new_alerts:,} new alerts; {report.articles:,} of {report.searched:,} articles mention it."
    )
    if send:
        say(f"{report.notifications:,} notifications are queued; the service sends them.")
    elif report.new_alerts:
        say("No notifications were sent: run it again with --send for that.")
