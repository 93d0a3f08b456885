"""`tocsin folders`: what belongs to one matter, and all of it as one archive."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from alerts.review.printing import PrintError
from service.actions.errors import ConflictError
from service.actions.folders import (
    change_folder,
    close_folder,
    file_item,
    folder_contents,
    folder_shown,
    folders_shown,
    make_folder,
    remove_folder,
    reopen_folder,
    take_out,
    write_folder_note,
)
from service.actions.triage import checked_zone
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    account_name,
    counted,
    open_database,
    print_json,
    print_table,
    say,
    shown,
)
from service.clock import utc_now

app = typer.Typer(
    help="Folders: what belongs to one matter, and all of it as one archive.", no_args_is_help=True
)
FolderArgument = Annotated[str, typer.Argument(help="The folder's name or number.")]


@app.callback()
def group() -> None:
    """Folders: what belongs to one matter, and all of it as one archive."""


@app.command("list")
def list_folders(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the folders, open ones first.

    Example: tocsin folders list
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = folders_shown(session)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        ["Id", "Name", "Items", "Opened (UTC)", "Closed (UTC)"],
        [[one.id, one.name, one.items, one.created_at, one.closed_at] for one in found],
        empty="No folders yet: tocsin folders add NAME.",
    )


@app.command("show")
def show(
    folder: FolderArgument, settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False
) -> None:
    """Show a folder's timeline: what it holds and its notes, the earliest first.

    Example: tocsin folders show "Fishing agreement"
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = folder_shown(session, _which(folder))
    if as_json:
        print_json(asdict(found))
        return
    say(f"{found.listed.name}: {counted(len(found.items), 'item')}")
    for moment in found.timeline:
        number = f"  (item {moment.item.id})" if moment.item is not None else ""
        say(f"{shown(moment.at)} UTC  {moment.kind}  {moment.by}  {moment.words}{number}")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    about: Annotated[str, typer.Option(help="What it is about.")] = "",
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Make a folder.

    Example: tocsin folders add "Fishing agreement" --about "What becomes of the licences"
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        made = make_folder(session, name, about=about, caller=account_name(), now=utc_now())
    say(f"Folder {made.listed.id} made: {made.listed.name}")


@app.command("change")
def change(
    folder: FolderArgument,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    about: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Change a folder's name or what it is about.

    Example: tocsin folders change "Fishing agreement" --name "Fishing licences"
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        changed = change_folder(session, _which(folder), name=name, about=about)
    say(f"Folder {changed.listed.name} changed.")


@app.command("file")
def file(
    folder: FolderArgument,
    alert: Annotated[list[int] | None, typer.Option(help="An alert's number; may be repeated.")] = None,
    article: Annotated[list[int] | None, typer.Option(help="An article's number.")] = None,
    story: Annotated[list[int] | None, typer.Option(help="A story's number.")] = None,
    url: Annotated[
        list[str] | None, typer.Option(help="An address: its article, else the page is fetched.")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Put alerts, articles, stories, or pages by their address into a folder.

    Example: tocsin folders file "Fishing agreement" --alert 7 --url https://ministry.example/statement
    """
    from crawler.fetch import Fetcher
    from service.assembly import fetcher_options
    from service.folders.making import fetch_into
    from service.missed.looking import ArticleLooker

    which, caller = _which(folder), account_name()
    with open_database(settings) as (loaded, database):
        with database.write() as session:
            for kind, numbers in (("alert", alert), ("article", article), ("story", story)):
                for number in numbers or ():
                    file_item(session, which, kind, number, caller=caller, now=utc_now())

        async def fetch() -> None:
            async with Fetcher(fetcher_options(loaded)) as fetcher:
                looker = ArticleLooker(database, fetcher, loaded, clock=utc_now)
                for address in url or ():
                    await fetch_into(database, looker, which, address, caller=caller, clock=utc_now)

        if url:
            asyncio.run(fetch())
    say("Filed.")


@app.command("unfile")
def unfile(
    item: Annotated[int, typer.Argument(help="The item's number, which tocsin folders show says.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Take an item out of its folder.

    Example: tocsin folders unfile 5
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        left = take_out(session, item)
    say(f"Taken out of {left.listed.name}.")


@app.command("note")
def note(
    folder: FolderArgument,
    text: Annotated[str, typer.Argument(help="The note.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Add a note to a folder.

    Example: tocsin folders note "Fishing agreement" "Called the ministry."
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        noted = write_folder_note(session, _which(folder), text, caller=account_name(), now=utc_now())
    say(f"Noted in {noted.listed.name}.")


@app.command("close")
def close(
    folder: FolderArgument,
    reason: Annotated[str, typer.Option(help="Why it is closed.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Close a folder with a reason: it stays as it is until it is opened again.

    Example: tocsin folders close "Fishing agreement" --reason "The agreement was signed."
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        closed = close_folder(session, _which(folder), reason=reason, caller=account_name(), now=utc_now())
    say(f"Folder {closed.listed.name} is closed.")


@app.command("reopen")
def reopen(folder: FolderArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Open a closed folder again.

    Example: tocsin folders reopen "Fishing agreement"
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        opened = reopen_folder(session, _which(folder))
    say(f"Folder {opened.listed.name} is open again.")


@app.command("remove")
def remove(folder: FolderArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Remove a folder with its notes and pages. Alerts and articles stay.

    Example: tocsin folders remove "Fishing agreement"
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        name = remove_folder(session, _which(folder))
    say(f"Folder {name} removed.")


@app.command("export")
def export(
    folder: FolderArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file: NAME.zip.")],
    zone: Annotated[str, typer.Option(help="The time zone of what is printed.")] = "UTC",
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Write a folder as one archive: printed, as data, its pages as they were sent, and a manifest that sha256sum -c checks.

    Example: tocsin folders export "Fishing agreement" --output fishing.zip
    """
    from service.folders.archive import pack_folder
    from service.folders.evidence import EvidenceError
    from service.folders.making import kept_in_of, stamped
    from service.folders.printed import printed_folder
    from service.folders.stamping import StampError

    now = utc_now()
    with open_database(settings) as (loaded, database), database.read() as session:
        contents = folder_contents(session, _which(folder))
    try:
        view = printed_folder(contents, checked_zone(zone))
        packed = pack_folder(contents, view, kept_in_of(loaded), now)
        body = asyncio.run(stamped(loaded, packed, now))
    except (PrintError, EvidenceError, StampError) as error:
        raise ConflictError(str(error)) from error
    output.write_bytes(body)
    say(f"{os.fspath(output)}: {counted(len(body), 'byte')}")


def _which(text: str) -> str | int:
    return int(text) if text.isdecimal() and len(text) < 10 else text
