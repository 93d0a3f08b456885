"""`tocsin watch add|remove|import`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from alerts.values import Actor, Topic, WatchList
from alerts.watchlists import open_actors, to_actor, to_topic
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    print_json,
    provisioned,
    refusing,
    say,
)
from service.cli.watch import NameArgument
from service.clock import utc_now
from service.watching import ImportReport, Saved, doubts, extend, import_actors
from service.watching import remove as remove_from_list
from storage.stores.watch.watch_lists import actors_named, facts_named, topics_named
from storage.tables import AlertPolicy

MOST_ERRORS = 20
"""At most so many bad rows are printed; with --json, all."""

ChannelOption = Annotated[
    list[str] | None, typer.Option("--channel", help="A channel that is told. May be given again.")
]


class Alerting(StrEnum):
    """The policies to choose from."""

    STORY = "story"
    ARTICLE = "article"


def register(app: typer.Typer) -> None:
    """Adds the commands to `tocsin watch`."""
    app.command("add")(add)
    app.command("remove")(remove)
    app.command("import")(import_file)


def add(
    name: NameArgument,
    actor: Annotated[
        list[str] | None, typer.Option("--actor", help="A person or organisation. May be given again.")
    ] = None,
    alias: Annotated[
        list[str] | None,
        typer.Option("--alias", help="Another name of an actor: ACTOR=ALIAS. May be given again."),
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="A topic: NAME=QUERY. May be given again.")
    ] = None,
    channel: ChannelOption = None,
    language: Annotated[
        list[str] | None,
        typer.Option("--language", help="Only articles in this language. May be given again."),
    ] = None,
    alert: Annotated[Alerting | None, typer.Option(help="One alert per story, or per article.")] = None,
    surname: Annotated[
        bool, typer.Option("--surname", help="The actors are persons: a later bare surname counts too.")
    ] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Make a watch list, or add to one. A service that runs takes it in within a second.

    Example: tocsin watch add "Energy" --actor "Leila Benali" --alias "Leila Benali=ليلى بنعلي" --surname --channel console
    """
    actors = [Actor(text.strip(), surname=surname) for text in actor or ()]
    topics = [Topic(*_pair(text, "--topic", "NAME=QUERY")) for text in topic or ()]
    aliases = [_pair(text, "--alias", "ACTOR=ALIAS") for text in alias or ()]
    with provisioned(settings) as (_loaded, database), refusing():
        with database.write() as session:
            saved = extend(
                session,
                name.strip(),
                actors=actors,
                aliases=aliases,
                topics=topics,
                channels=channel or (),
                languages=[_language(code) for code in language or ()],
                alert=None if alert is None else AlertPolicy(alert.value),
                now=utc_now(),
            )
        with database.read() as session:
            warnings = (*saved.warnings, *doubts(session, [_changed(session, saved)]))
    _print_saved(saved, warnings, as_json=as_json)


def remove(
    name: NameArgument,
    actor: Annotated[list[str] | None, typer.Option("--actor", help="Only this actor.")] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Only this topic.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Remove a watch list, or actors and topics of it. Its alerts stay.

    Example: tocsin watch remove "Energy" --actor "Leila Benali"
    """
    with provisioned(settings) as (_loaded, database), refusing(), database.write() as session:
        remove_from_list(session, name, actors=actor or (), topics=topic or (), now=utc_now())
    gone = ", ".join(map(repr, (*(actor or ()), *(topic or ()))))
    say(f"Removed {gone} from {name!r}." if gone else f"Removed {name!r}.")


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or FollowTheMoney JSON lines.")],
    into: Annotated[str, typer.Option("--list", help="The watch list; it is made where there is none.")],
    channel: ChannelOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Add the people and organisations of a file to a watch list. Bad rows are named, good ones kept; twice changes nothing.

    Example: tocsin watch import sanctions.csv --list "Sanctions" --channel console

    CSV: a header with name (or full_name), and aliases (parted by ; or |), language, note where there are such columns.
    FollowTheMoney, as OpenSanctions publishes it: Person, Organization, Company, LegalEntity, PublicBody.
    """
    with provisioned(settings) as (_loaded, database), refusing(), open_actors(file) as rows:
        report = import_actors(database, into.strip(), rows, channels=channel or (), now=utc_now())
    _print_import(report, file, as_json=as_json)
    if report.errors and not report.added + report.extended + report.unchanged:
        raise typer.Exit(1)


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left.strip() or not right.strip():
        complain(f"{option} {text!r} must be {form}")
        raise typer.Exit(2)
    return left.strip(), right.strip()


def _language(code: str) -> str:
    if not (code.isascii() and code.isalpha() and code.islower() and 2 <= len(code) <= 3):
        complain(f"--language {code!r} is no language code: use two or three small letters, such as en or ar")
        raise typer.Exit(2)
    return code


def _changed(session: Session, saved: Saved) -> WatchList:
    """Gives the part of a list that was saved now."""
    facts = facts_named(session, saved.name)
    if facts is None:
        return WatchList(saved.name)
    actors = tuple(to_actor(actor) for actor in actors_named(session, facts.id, saved.actors))
    topics = tuple(to_topic(topic) for topic in topics_named(session, facts.id, saved.topics))
    return WatchList(saved.name, actors, topics, facts.languages)


def _print_saved(saved: Saved, warnings: Sequence[str], *, as_json: bool) -> None:
    for warning in warnings:
        complain(f"warning: {warning}")
    if as_json:
        print_json({**asdict(saved), "warnings": warnings})
        return
    parts = [
        f"{len(names)} {what}{'s' if len(names) > 1 else ''}"
        for what, names in (("actor", saved.actors), ("topic", saved.topics))
        if names
    ]
    parts += ["channels, languages or policy"] if saved.facts and not saved.created else []
    if saved.created:
        say(f"Made {saved.name!r} with {' and '.join(parts)}.")
    else:
        say(
            f"{saved.name!r}: {', '.join(parts)} saved." if parts else f"{saved.name!r} has all that already."
        )


def _print_import(report: ImportReport, file: Path, *, as_json: bool) -> None:
    for warning in report.warnings:
        complain(f"warning: {warning}")
    if as_json:
        print_json({**asdict(report), "errors": [asdict(error) for error in report.errors]})
        return
    for error in report.errors[:MOST_ERRORS]:
        complain(f"{file}:{error.line}: {error.message}")
    if len(report.errors) > MOST_ERRORS:
        complain(f"{len(report.errors) - MOST_ERRORS:,} more bad rows: --json names them all")
    say(
        f"{report.name!r}: {report.added:,} actors added, {report.extended:,} given further names, "
        f"{report.unchanged:,} there already."
    )
    if report.skipped:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in report.skipped.most_common())
        say(f"Passed over, since they are no actors: {kinds}.")
    if report.errors:
        say(f"{len(report.errors):,} bad rows were left out: mend them and import the file again.")
