"""`tocsin run`, `poll`, `demo`."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Annotated

import structlog
import typer
import uvloop
from rich.console import Console

from crawler.poll.poller import PollReport
from service.actions.outlets import poll_now
from service.actions.users import first_link
from service.assembly import Assembly, Watchers
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    print_json,
    print_table,
    provisioned,
    read_settings,
    say,
)
from service.clock import clock_of
from service.logs import configure_logging
from service.open_files import raise_file_limit
from service.process import open_service
from service.settings import Settings
from service.stages import EVERY_ROLE, ROLES, read_roles
from service.troubles import trouble_words
from storage.engine import Database
from storage.memory import limit_arenas, pass_over_what_lasts, return_free_memory
from storage.migrate import upgrade, upgrade_apart
from storage.stores.feeds.outlet_edits import names_in_use
from storage.stores.feeds.outlets import count_tracked

log = structlog.get_logger(__name__)


def run(
    settings: SettingsOption = DEFAULT_SETTINGS,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="ROLE,ROLE",
            help=f"Run these stages alone: {', '.join(ROLES)}. Several processes then share a PostgreSQL database.",
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log JSON lines.")] = False,
) -> None:
    """Run the service until SIGTERM or Ctrl-C.

    Example: tocsin run --settings settings.toml
    """
    try:
        roles = EVERY_ROLE if only is None else read_roles(only)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--only") from None
    loaded = read_settings(settings)
    configure_logging(verbose=verbose, as_json=log_json)
    limit_arenas()
    raise_file_limit()
    uvloop.run(serve(loaded, settings.name, roles=roles))


async def serve(
    settings: Settings,
    settings_file: str,
    *,
    clock: Callable[[], datetime] | None = None,
    roles: Collection[str] = EVERY_ROLE,
) -> None:
    """Run the service until a signal asks it to stop. Where nobody can sign in yet, a one-time link is printed for the first."""
    async with open_service(
        settings, settings_file=settings_file, clock=clock, roles=roles, migrate=upgrade_apart
    ) as service:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.stop.set)
        outlets, watch_lists = await service.database.reading(count_tracked)
        log.info(
            "tocsin runs",
            outlets=outlets,
            watch_lists=watch_lists,
            database=service.database.url.render_as_string(hide_password=True),
            web=None if service.web is None else service.web.url,
            stages=[stage.name for stage in service.stages],
        )
        if service.web is not None:
            link = await service.database.writing(first_link, now=service.parts.clock())
            if link is not None:  # printed, not logged: it is a secret
                say(
                    f"Nobody can sign in yet. Set the first password within 24 hours: {service.web.url}{link}"
                )
        pass_over_what_lasts()
        return_free_memory()
        await service.run()
    log.info("tocsin stopped")


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the service running at the end.")] = False,
    storage: Annotated[
        str | None,
        typer.Option("--storage", help="An empty database for it, which stays; by default none does."),
    ] = None,
) -> None:
    """Show the service at work, with nothing to set up: sample outlets and local receivers, all on this machine.

    Example: tocsin demo --storage postgresql://user@host/demo
    """
    from service.demo.run import demonstrate

    configure_logging()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if storage is not None:
        _check_empty(storage)
    if not uvloop.run(demonstrate(Console(highlight=False, soft_wrap=True), keep=keep, storage=storage)):
        raise typer.Exit(1)


def _check_empty(storage: str) -> None:
    """Make the tables. What was polled before would be counted with the rest."""
    with Database(storage) as database:
        upgrade(database)
        with database.read() as session:
            used = names_in_use(session)
    if used:
        complain("the demonstration needs a database without outlets: name an empty one")
        raise typer.Exit(1)


def poll(
    outlet: Annotated[str | None, typer.Argument(help="Only this outlet.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Poll now, whether due or not, and print what came. Articles found are matched by the running service.

    Example: tocsin poll "BBC News World"
    """
    with provisioned(settings) as (loaded, database):
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        clock = clock_of(database)
        with database.write() as session:
            due = poll_now(session, outlet, now=clock())
        reports = uvloop.run(_poll_all(loaded, database, clock, due, outlet))
    _print_reports(reports, as_json=as_json)
    if all(report.error is not None for report in reports):
        raise typer.Exit(1)


async def _poll_all(
    settings: Settings, database: Database, clock: Callable[[], datetime], due: int, outlet: str | None
) -> list[PollReport]:
    reports: list[PollReport] = []
    watchers = Watchers(on_poll=reports.append)
    parts = Assembly(settings, database, clock=clock, watchers=watchers)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(parts.pool)
        await stack.enter_async_context(parts.fetcher)
        if parts.mailbox is not None:
            stack.push_async_callback(parts.mailbox.aclose)
        poller = parts.poller
        pause = settings.crawler.per_host_delay.total_seconds()
        for _round in range(due):
            await poller.step(only_outlet=outlet)
            await poller.settle()
            if len(reports) >= due:
                break
            await asyncio.sleep(pause)
    return reports


def _print_reports(reports: list[PollReport], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "outlet": report.outlet,
                    "feed": report.url,
                    "status": report.status,
                    "entries": report.entries,
                    "new_articles": report.new_articles,
                    "error": trouble_words(report.error) or None,
                    "next_poll_at": iso(report.next_poll_at),
                }
                for report in reports
            ]
        )
        return
    print_table(
        ["Outlet", "Status", "Entries", "New", "Error"],
        [[r.outlet, r.status, r.entries, r.new_articles, trouble_words(r.error)] for r in reports],
        empty="Nothing was polled: its hosts are resting (Retry-After, or being polled).",
    )
