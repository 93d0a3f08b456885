"""`tocsin outlets`."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlmodel import col, select

from crawler.urls import host_of
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
)
from service.clock import utc_now
from service.provision import add_outlet, provision
from storage.tables import Feed, FeedState, Outlet

app = typer.Typer(help="Outlets and their feeds.", no_args_is_help=True)


@app.command("list")
def list_outlets(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List outlets with the state of their feeds.

    Example: tocsin outlets list --json
    """
    with open_database(settings) as (loaded, database):
        with database.write() as session:
            provision(session, loaded, now=utc_now())
        with database.read() as session:
            rows = session.exec(
                select(Outlet, Feed)
                .join(Feed, col(Feed.outlet_id) == col(Outlet.id))
                .where(col(Outlet.active), col(Feed.state) != FeedState.REMOVED)
                .order_by(col(Outlet.name), col(Feed.id))
            ).all()
    if as_json:
        print_json([_as_dict(outlet, feed) for outlet, feed in rows])
        return
    print_table(
        ["Outlet", "Lang", "State", "Last success", "Feed"],
        [[o.name, o.language, _state(f), f.last_success_at, f.address] for o, f in rows],
        empty="No outlets. Add one: tocsin outlets add NAME --feed URL",
    )


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The outlet's name.")],
    site: Annotated[
        str, typer.Option(help="Its home page; with no --feed, the feed is discovered from it.")
    ] = "",
    feed: Annotated[
        list[str] | None, typer.Option(help="A feed's address; may be given several times.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="ISO 639-1, such as ar.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166-1, such as MA.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Add an outlet to the database, beside those of the settings file.

    Example: tocsin outlets add "Example Gazette" --feed https://gazette.example/rss --language en
    """
    for url in filter(None, [site, *(feed or [])]):
        try:
            host_of(url)
        except ValueError as error:
            raise typer.BadParameter(f"{error}; it must begin with https:// or http://") from None
    if not site and not feed:
        raise typer.BadParameter("give its --feed, or its --site, from which the feed is discovered")
    with open_database(settings) as (loaded, database):
        if any(outlet.name == name for outlet in loaded.outlets):
            complain(f"{name!r} is declared in {settings}: change it there")
            raise typer.Exit(1)
        with database.write() as session:
            add_outlet(
                session,
                name=name,
                site=site,
                feeds=feed or [],
                language=language,
                country=country,
                interval=loaded.crawler.interval,
                now=utc_now(),
            )
    say(f"Added {name!r}; its feeds are polled at once where the service runs.")


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="The outlet's name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Stop polling an outlet; its articles and alerts stay.

    Example: tocsin outlets remove "Example Gazette"
    """
    with open_database(settings) as (loaded, database), database.write() as session:
        outlet = session.exec(select(Outlet).where(Outlet.name == name, col(Outlet.active))).first()
        if outlet is None:
            complain(f"there is no outlet {name!r}: tocsin outlets list")
            raise typer.Exit(1)
        if any(declared.name == name for declared in loaded.outlets):
            complain(f"{name!r} is declared in {settings}: remove it there")
            raise typer.Exit(1)
        outlet.active = False
    say(f"Removed {name!r}.")


def _state(feed: Feed) -> str:
    if feed.state is FeedState.RETIRED:
        return "retired"
    if feed.failing_since is not None:
        return f"failing ({feed.failures})"
    return "ok" if feed.last_success_at is not None else "new"


def _as_dict(outlet: Outlet, feed: Feed) -> dict[str, object]:
    return {
        "outlet": outlet.name,
        "site": outlet.site,
        "language": outlet.language,
        "country": outlet.country,
        "tags": outlet.tags,
        "from_settings": outlet.provisioned,
        "feed": feed.url,
        "address": feed.address,
        "state": _state(feed),
        "last_polled_at": iso(feed.last_polled_at),
        "last_success_at": iso(feed.last_success_at),
        "last_entry_at": iso(feed.last_entry_at),
        "last_status": feed.last_status,
        "last_error": feed.last_error,
        "failing_since": iso(feed.failing_since),
        "failures": feed.failures,
        "next_poll_at": iso(feed.next_poll_at),
    }
