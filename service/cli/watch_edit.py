"""`tocsin watch add|set|rename|copy|pause|resume|remove|import`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from alerts.watchlists import open_actors
from service.actions import actors as actor_actions
from service.actions import topics as topic_actions
from service.actions import watch_lists
from service.actions.imports import ImportReport, import_actors, preview_actors
from service.actions.reading import read_input
from service.actions.saved import Saved, save
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.cli.watch import NameArgument
from service.clock import utc_now
from service.settings.watch_models import ActorSettings, ListSettings, TopicSettings

MOST_ERRORS = 20
"""At most so many bad rows are printed; with --json, all."""


class Alerting(StrEnum):
    """The policies to choose from."""

    STORY = "story"
    ARTICLE = "article"


ChannelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--channel",
        help="A channel to notify; with conditions: '{ channel = \"urgent\", min_score = 60 }'. May be given again.",
    ),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option("--language", help="Only articles in this language. May be given again."),
]
AlertOption = Annotated[Alerting | None, typer.Option("--alert", help="One alert per story, or per article.")]
ScoreOption = Annotated[
    str | None, typer.Option("--min-score", help="Articles of a lower relevance (0 to 100) make no alert.")
]
IntervalOption = Annotated[
    str | None, typer.Option("--update-interval", help="Updates of an alert at most so often: 30m, 6h.")
]
SpikesOption = Annotated[
    bool | None,
    typer.Option("--spikes/--no-spikes", help="Alert when an actor has many more articles than usual."),
]
TagOption = Annotated[
    list[str] | None, typer.Option("--tag", help="A tag, by which people find it. May be given again.")
]
ActorOption = Annotated[str | None, typer.Option("--actor", help="This actor of the list.")]
TopicOption = Annotated[str | None, typer.Option("--topic", help="This topic of the list.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin watch`."""
    app.command("add")(add)
    app.command("set")(change)
    app.command("rename")(rename)
    app.command("copy")(copy)
    app.command("pause")(pause)
    app.command("resume")(resume)
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
    language: LanguageOption = None,
    alert: AlertOption = None,
    min_score: ScoreOption = None,
    update_interval: IntervalOption = None,
    spikes: SpikesOption = None,
    tag: TagOption = None,
    surname: Annotated[
        bool, typer.Option("--surname", help="The actors are persons: a later bare surname counts too.")
    ] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Make a watch list, or add to one. A running service picks it up within a second.

    Example: tocsin watch add "Energy" --actor "Leila Benali" --alias "Leila Benali=ليلى بنعلي" --surname --channel console
    """
    actors = [read_input(ActorSettings, {"name": text, "surname": surname}) for text in actor or ()]
    pairs = [_pair(text, "--topic", "NAME=QUERY") for text in topic or ()]
    topics = [read_input(TopicSettings, {"name": title, "query": query}) for title, query in pairs]
    aliases = [_pair(text, "--alias", "ACTOR=ALIAS") for text in alias or ()]
    wanted = _facts(channel, language, alert, min_score, update_interval, spikes, tag)
    with provisioned(settings) as (_loaded, database):
        edit = partial(
            watch_lists.extend,
            name=name.strip(),
            actors=actors,
            aliases=aliases,
            topics=topics,
            wanted=wanted,
            now=utc_now(),
        )
        saved = save(database, edit)
    _print_saved(saved, as_json=as_json)


def change(
    name: NameArgument,
    channel: ChannelOption = None,
    language: LanguageOption = None,
    alert: AlertOption = None,
    min_score: ScoreOption = None,
    update_interval: IntervalOption = None,
    spikes: SpikesOption = None,
    tag: TagOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Set a list's channels, languages, policy or thresholds. What is given replaces what was set; the rest stays.

    Example: tocsin watch set "Energy" --channel desk --channel '{ channel = "urgent", min_score = 60 }' --update-interval 6h
    """
    wanted = _facts(channel, language, alert, min_score, update_interval, spikes, tag)
    with provisioned(settings) as (_loaded, database):
        saved = save(database, partial(watch_lists.change_list, which=name, wanted=wanted, now=utc_now()))
    _print_saved(saved, as_json=as_json)


def rename(
    name: NameArgument,
    new: Annotated[str, typer.Argument(help="The new name.")],
    actor: ActorOption = None,
    topic: TopicOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Rename a watch list, or an actor or topic of it. Its alerts stay.

    Example: tocsin watch rename "Energy" "Leila Benali" --actor "L. Benali"
    """
    if actor is not None and topic is not None:
        raise typer.BadParameter("give --actor or --topic, not both")
    with provisioned(settings) as (_loaded, database):
        if actor is not None:
            edit = partial(actor_actions.rename_actor, which=name, old=actor, new=new, now=utc_now())
        elif topic is not None:
            edit = partial(topic_actions.rename_topic, which=name, old=topic, new=new, now=utc_now())
        else:
            edit = partial(watch_lists.rename, which=name, name=new, now=utc_now())
        saved = save(database, edit)
    for warning in saved.warnings:
        complain(f"warning: {warning}")
    say(f"{actor or topic or name!r} is now called {new!r}.")


def copy(
    name: NameArgument,
    new: Annotated[str, typer.Argument(help="The copy's name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Copy a watch list, one of the settings file too, into one that can be edited.

    Example: tocsin watch copy "Energy" "Energy, Gulf"
    """
    with provisioned(settings) as (_loaded, database):
        saved = save(database, partial(watch_lists.copy, which=name, name=new, now=utc_now()))
    for warning in saved.warnings:
        complain(f"warning: {warning}")
    if as_json:
        print_json(asdict(saved))
    else:
        say(f"Copied {name!r} to {new!r}.")


def pause(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Pause a watch list: nothing is matched or sent for it until it is resumed.

    Example: tocsin watch pause "Energy"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        is_new = watch_lists.pause(session, name, now=utc_now())
    say(f"{name!r} is paused." if is_new else f"{name!r} was paused already.")


def resume(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Resume a paused watch list. Articles found meanwhile are not matched by this: tocsin backfill does it.

    Example: tocsin watch resume "Energy"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        is_new = watch_lists.resume(session, name, now=utc_now())
    say(f"{name!r} is resumed." if is_new else f"{name!r} is not paused.")


def remove(
    name: NameArgument,
    actor: Annotated[list[str] | None, typer.Option("--actor", help="Only this actor.")] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Only this topic.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Remove a watch list, or actors and topics of it. Its alerts stay.

    Example: tocsin watch remove "Energy" --actor "Leila Benali"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        if not actor and not topic:
            watch_lists.remove(session, name, now=utc_now())
        actor_actions.remove_actors(session, name, actor, now=utc_now()) if actor else None
        topic_actions.remove_topics(session, name, topic, now=utc_now()) if topic else None
    gone = ", ".join(map(repr, (*(actor or ()), *(topic or ()))))
    say(f"Removed {gone} from {name!r}." if gone else f"Removed {name!r}.")


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with a header, or FollowTheMoney JSON lines.")],
    into: Annotated[str, typer.Option("--list", help="The watch list; it is made where there is none.")],
    channel: ChannelOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Save nothing; show what would become of each row.")
    ] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Add the people and organisations of a file to a watch list. Bad rows are reported, good ones kept.

    Example: tocsin watch import sanctions.csv --list "Sanctions" --channel console

    CSV, XLSX: a header with name (or full_name; or first name and last name), and aliases (separated by ; or |), language, note,
    surname, forms, alone where there are such columns; headers may be English, French, Spanish or Arabic.
    FollowTheMoney, as OpenSanctions publishes it: Person, Organization, Company, LegalEntity, PublicBody.
    """
    wanted = _facts(channel) if channel else None
    with provisioned(settings) as (_loaded, database), open_actors(file) as opened:
        if dry_run:
            report = preview_actors(database, into.strip(), opened.rows, encoding=opened.encoding)
        else:
            report = import_actors(
                database, into.strip(), opened.rows, wanted=wanted, encoding=opened.encoding, now=utc_now()
            )
    if dry_run and not as_json:
        _print_preview(report)
    else:
        _print_import(report, file, as_json=as_json)
    if report.errors and not report.added + report.extended + report.unchanged:
        raise typer.Exit(1)


def _facts(
    channels: Sequence[str] | None,
    languages: Sequence[str] | None = None,
    alert: Alerting | None = None,
    min_score: str | None = None,
    update_interval: str | None = None,
    spikes: bool | None = None,
    tags: Sequence[str] | None = None,
) -> ListSettings:
    return read_input(
        ListSettings,
        {
            "channels": [_route(text) for text in channels] if channels else None,
            "languages": languages or None,
            "alert": None if alert is None else alert.value,
            "min_score": min_score,
            "update_interval": update_interval,
            "spikes": spikes,
            "tags": tags or None,
        },
    )


def _route(text: str) -> object:
    """Read a channel: its name, or the table that the settings file would have."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return tomllib.loads(f"channel = {text}")["channel"]
    except tomllib.TOMLDecodeError as error:
        raise typer.BadParameter(f"{text!r} is not a TOML table: {error}", param_hint="--channel") from error


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left.strip() or not right.strip():
        complain(f"{option} {text!r} must be {form}")
        raise typer.Exit(2)
    return left.strip(), right.strip()


def _print_saved(saved: Saved, *, as_json: bool) -> None:
    for warning in saved.warnings:
        complain(f"warning: {warning}")
    if as_json:
        print_json(asdict(saved))
        return
    parts = [
        f"{len(names)} {what}{'s' if len(names) > 1 else ''}"
        for what, names in (("actor", saved.actors), ("topic", saved.topics))
        if names
    ]
    parts += ["settings of the list"] if saved.facts and not saved.created else []
    if saved.created:
        say(f"Made {saved.name!r} with {' and '.join(parts)}.")
    else:
        say(
            f"{saved.name!r}: {', '.join(parts)} saved." if parts else f"{saved.name!r} has all that already."
        )


def _print_preview(report: ImportReport) -> None:
    for warning in report.warnings:
        complain(f"warning: {warning}")
    print_table(
        ["Line", "Fate", "Name", "New aliases", "Why"],
        [[row.line, row.fate.value, row.name, "; ".join(row.aliases), row.why] for row in report.rows],
        empty="No rows.",
    )
    if report.is_cut:
        say(f"Rows after the first {len(report.rows):,} were not looked at.")
    say(
        f"{report.name!r}, if imported: {counted(report.added, 'actor')} added, {report.extended:,} updated, "
        f"{report.unchanged:,} unchanged, {sum(report.skipped.values()):,} skipped, {counted(len(report.errors), 'bad row')}."
    )
    say("Nothing is saved (--dry-run).")


def _print_import(report: ImportReport, file: Path, *, as_json: bool) -> None:
    for warning in report.warnings:
        complain(f"warning: {warning}")
    if as_json:
        print_json({**asdict(report), "errors": [asdict(error) for error in report.errors]})
        return
    for error in report.errors[:MOST_ERRORS]:
        complain(f"{file}:{error.line}: {error.message}")
    if len(report.errors) > MOST_ERRORS:
        complain(f"{counted(len(report.errors) - MOST_ERRORS, 'more bad row')}: --json lists them all")
    say(
        f"{report.name!r}: {counted(report.added, 'actor')} added, {report.extended:,} updated, {report.unchanged:,} unchanged."
    )
    if report.skipped:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in report.skipped.most_common())
        say(f"Skipped (not people or organisations): {kinds}.")
    if report.errors:
        say(f"Left out: {counted(len(report.errors), 'bad row')}. Correct the file and import it again.")
