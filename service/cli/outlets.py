"""`tocsin outlets list|add|change|rename|pause|resume|remove`."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from service.actions.outlet_bulk import OutletAct, act_on_outlets
from service.actions.outlet_views import (
    FIGURED,
    OUTLET_SORTS,
    OutletFilter,
    outlets_listed,
    outlets_view,
)
from service.actions.outlets import OutletEdit, add_outlet, change_outlet, pause, resume
from service.actions.outlets import remove as remove_outlet
from service.actions.sources import read_sources
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    iso,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.cli.writing import OutputOption, format_of, write_view
from service.clock import utc_now
from service.troubles import trouble_words
from storage.stores.feeds.outlet_edits import OutletValues
from storage.stores.feeds.outlet_figures import outlet_figures
from storage.stores.feeds.outlets import ListedFeed, ListedOutlet
from storage.stores.feeds.outlets import list_outlets as stored_outlets
from storage.tables import FeedState

app = typer.Typer(help="Outlets and their feeds.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The outlet's name.")]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        help='A source of another kind: \'{ kind = "sitemap", url = "https://…" }\'. May be given several times.'
    ),
]
LANGUAGE = "ISO 639, such as ar."
COUNTRY = "ISO 3166-1, such as MA."


@app.command("list")
def list_outlets(
    state: Annotated[str, typer.Option(help="Only those in this state: failing, paused, ok …")] = "",
    tag: Annotated[str, typer.Option(help="Only with this tag.")] = "",
    country: Annotated[str, typer.Option(help="Only of this country, such as MA.")] = "",
    language: Annotated[str, typer.Option(help="Only in this language, such as ar.")] = "",
    type_: Annotated[str, typer.Option("--type", help="Only of this type, such as daily.")] = "",
    sort: Annotated[str, typer.Option(help="name, articles, alerts, delay or success.")] = "name",
    output: OutputOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List outlets with the state of their feeds; with --output, with what each brought and cost in the last 30 days.

    Example: tocsin outlets list --country MA --sort alerts --output outlets.xlsx
    """
    if sort not in OUTLET_SORTS:
        raise typer.BadParameter(f"one of {', '.join(OUTLET_SORTS)}", param_hint="--sort")
    now, written = utc_now(), None if output is None else format_of(output)
    wanted = OutletFilter(state, tag, "", country, language, type_, sort)
    with provisioned(settings) as (_loaded, database), database.read() as session:
        figures = outlet_figures(session, since=now - FIGURED)
        found = outlets_listed(stored_outlets(session, now=now), wanted, figures)
    if output is not None and written is not None:
        write_view(outlets_view(found, figures), written, output, now=now)
        return
    rows = [(outlet, feed) for outlet in found for feed in outlet.feeds]
    if as_json:
        print_json([_as_dict(outlet, feed) for outlet, feed in rows])
        return
    print_table(
        ["Outlet", "Lang", "State", "Last success", "Feed"],
        [[o.name, o.language, _state(o, f), f.last_success_at, f.address] for o, f in rows],
        empty="No outlets. Add one: tocsin outlets add NAME --feed URL",
    )


@app.command("add")
def add(
    name: NameArgument,
    site: Annotated[
        str, typer.Option(help="Its home page; with no --feed, the feed is discovered from it.")
    ] = "",
    feed: Annotated[
        list[str] | None, typer.Option(help="A feed's address; may be given several times.")
    ] = None,
    language: Annotated[str | None, typer.Option(help=LANGUAGE)] = None,
    country: Annotated[str | None, typer.Option(help=COUNTRY)] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given several times.")] = None,
    control: Annotated[
        bool, typer.Option("--control", help="A control source: what it has is compared, and never alerts.")
    ] = False,
    source: SourceOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Add an outlet to the database, beside those of the settings file.

    Example: tocsin outlets add "Example Gazette" --feed https://gazette.example/rss --language en
    """
    sources = read_sources(source or ())
    wanted = OutletValues(
        name, site, tuple(feed or ()), language, country, tuple(tag or ()), control, sources
    )
    with provisioned(settings) as (loaded, database), database.write() as session:
        outlet = add_outlet(
            session, wanted, interval=loaded.crawler.interval, now=utc_now(), by_operator=True
        )
    say(f"Added {outlet.name!r}; its feeds are polled at once where the service runs.")


@app.command("change")
def change(
    name: NameArgument,
    new_name: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    site: Annotated[str | None, typer.Option(help='Its home page; "": none.')] = None,
    feed: Annotated[
        list[str] | None,
        typer.Option(help='All its feeds, each with a --feed of its own; "": discovered from the site.'),
    ] = None,
    language: Annotated[str | None, typer.Option(help=f'{LANGUAGE} "": none.')] = None,
    country: Annotated[str | None, typer.Option(help=f'{COUNTRY} "": none.')] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help='All its tags, each with a --tag of its own; "": none.')
    ] = None,
    control: Annotated[
        bool | None, typer.Option("--control/--no-control", help="Whether it is a control source.")
    ] = None,
    source: SourceOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Change what is given of an outlet; all else stays as it is.

    Example: tocsin outlets change "Example Gazette" --language fr --tag morning
    """
    given = _given(source)
    sources = None if given is None else read_sources(given)
    edit = OutletEdit(new_name, site, _given(feed), language, country, _given(tag), control, sources)
    if edit == OutletEdit():
        complain(
            "give what to change: --name, --site, --feed, --source, --language, --country, --tag or --control"
        )
        raise typer.Exit(2)
    with provisioned(settings) as (loaded, database), database.write() as session:
        outlet = change_outlet(
            session, name, edit, interval=loaded.crawler.interval, now=utc_now(), by_operator=True
        )
    say(f"Changed {outlet.name!r}.")


@app.command("rename")
def rename(
    name: NameArgument,
    new_name: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Give an outlet another name; its feeds, articles and alerts stay.

    Example: tocsin outlets rename "Example Gazette" "The Example Gazette"
    """
    with provisioned(settings) as (loaded, database), database.write() as session:
        edit = OutletEdit(name=new_name)
        outlet = change_outlet(session, name, edit, interval=loaded.crawler.interval, now=utc_now())
    say(f"{name!r} is called {outlet.name!r} now.")


@app.command("pause")
def pause_outlet(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Stop polling an outlet until you resume it.

    Example: tocsin outlets pause "Example Gazette"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        pause(session, name, now=utc_now())
    say(f'Paused {name!r}. To go on: tocsin outlets resume "{name}"')


@app.command("resume")
def resume_outlet(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Poll an outlet again that was paused.

    Example: tocsin outlets resume "Example Gazette"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        resume(session, name, now=utc_now())
    say(f"Resumed {name!r}; its feeds are polled at once where the service runs.")


@app.command("bulk")
def act_on_several(
    act: Annotated[str, typer.Argument(metavar="ACT", help=f"{' | '.join(get_args(OutletAct))}.")],
    names: Annotated[list[str], typer.Argument(help="The outlets.")],
    tag: Annotated[str, typer.Option(help="The tag to add or take away.")] = "",
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Pause, resume, poll, tag, untag or remove several outlets at once: all or none.

    Example: tocsin outlets bulk tag "Example Gazette" "Example Herald" --tag morning
    """
    with provisioned(settings) as (loaded, database), database.write() as session:
        interval = loaded.crawler.interval
        done = act_on_outlets(session, names, act, tag=tag, interval=interval, now=utc_now())
    say(f"{act}: {counted(done, 'outlet')}.")


@app.command("remove")
def remove(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Stop polling an outlet for good; its articles and alerts stay.

    Example: tocsin outlets remove "Example Gazette"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        remove_outlet(session, name)
    say(f"Removed {name!r}.")


def _given(values: list[str] | None) -> list[str] | None:
    """Return the values of an option that may stand several times; an empty one takes all away."""
    return [value for value in values if value.strip()] if values else None


def _state(outlet: ListedOutlet, feed: ListedFeed) -> str:
    if outlet.paused_at is not None:
        return "paused"
    if feed.state is FeedState.RETIRED:
        return "retired"
    if feed.blocked_until is not None and feed.blocked_until > utc_now():
        return "resting"
    if feed.failing_since is not None:
        return f"failing ({feed.failures})"
    return "ok" if feed.last_success_at is not None else "new"


def _as_dict(outlet: ListedOutlet, feed: ListedFeed) -> dict[str, object]:
    return {
        "outlet": outlet.name,
        "site": outlet.site,
        "language": outlet.language,
        "country": outlet.country,
        "tags": outlet.tags,
        "from_settings": outlet.provisioned,
        "paused_at": iso(outlet.paused_at),
        "control": outlet.control,
        "feed": feed.url,
        "address": feed.address,
        "state": _state(outlet, feed),
        "last_polled_at": iso(feed.last_polled_at),
        "last_success_at": iso(feed.last_success_at),
        "last_entry_at": iso(feed.last_entry_at),
        "last_status": feed.last_status,
        "last_error": trouble_words(feed.last_failure) or None,
        "failing_since": iso(feed.failing_since),
        "failures": feed.failures,
        "next_poll_at": iso(feed.next_poll_at),
    }
