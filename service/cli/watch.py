"""`tocsin watch list|show`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from sqlmodel import Session

from service.actions.lookup import find_list
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    print_json,
    print_table,
    provisioned,
    say,
)
from storage.stores.watch.watch_lists import (
    ListFacts,
    Size,
    WatchedActor,
    WatchFacts,
    WatchRoute,
    sizes,
    stream_actors,
    stream_topics,
    watch_facts,
)
from storage.units import format_duration
from storage.watched import Alias

app = typer.Typer(help="Watch lists.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The watch list's name.")]


@app.command("list")
def list_watch(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the watch lists.

    Example: tocsin watch list
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        lists = watch_facts(session)
        if as_json:
            print_json([_as_dict(session, facts) for facts in lists])
            return
        counts = sizes(session)
    rows = [(facts, counts.get(facts.id, Size(0, 0))) for facts in lists]
    print_table(
        ["Watch list", "Actors", "Topics", "Channels", "Alert", "Paused"],
        [[w.name, size.actors, size.topics, w.channels, w.alert.value, w.paused] for w, size in rows],
        empty="No watch lists. Declare one under [[watch]] in the settings, or: tocsin watch add --help",
    )


@app.command("show")
def show(
    name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False
) -> None:
    """Show what a watch list tracks.

    Example: tocsin watch show "Morocco's diplomacy"
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        facts = find_list(session, name)
        if as_json:
            print_json(_as_dict(session, facts))
            return
        notified = ", ".join(map(_route, facts.routes)) or "nobody"
        say(
            f"{facts.name}: one alert per {facts.alert.value}, to {notified}{' (paused)' if facts.paused else ''}"
        )
        for line in _settings(facts):
            say(line)
        for actor in stream_actors(session, facts.id):
            _show_actor(actor)
        for topic in stream_topics(session, facts.id):
            say(f"\ntopic  {topic.name}\n       {topic.query.strip()}")


def _settings(facts: WatchFacts) -> Iterator[str]:
    """Give a line for each setting of a list that is not the default."""
    default = ListFacts()
    if facts.languages:
        yield f"languages: {', '.join(facts.languages)}"
    if facts.min_score != default.min_score:
        yield f"minimum score: {facts.min_score:g}"
    if facts.update_interval != default.update_interval:
        yield f"updates at most every {format_duration(facts.update_interval)}"
    if facts.spikes:
        yield "spikes make alerts"
    if facts.tags:
        yield f"tags: {', '.join(facts.tags)}"


def _route(route: WatchRoute) -> str:
    conditions = [
        name
        if value is True
        else f"{name} {' | '.join(map(str, value)) if isinstance(value, list) else format(value, 'g')}"
        for name, value in route.conditions.items()
    ]
    return f"{route.channel} ({', '.join(conditions)})" if conditions else route.channel


def _show_actor(actor: WatchedActor) -> None:
    say(f"\nactor  {actor.name}{_surname_note(actor)}")
    for label, values in (
        ("aliases", list(map(_described, actor.aliases))),
        ("context", actor.context),
        ("exclude", actor.exclude),
        ("order", ["any"] if actor.any_order else []),
        ("language", [actor.language] if actor.language else []),
        ("note", [actor.note] if actor.note else []),
    ):
        if values:
            say(f"       {label}: {'; '.join(values)}")


def _surname_note(actor: WatchedActor) -> str:
    if isinstance(actor.surname, str):
        return f" (the surname {actor.surname} counts beside the full name)"
    return " (the surname counts beside the full name)" if actor.surname else ""


def _described(alias: Alias) -> str:
    options = [name for name in ("exact", "title", "weak", "any_order") if getattr(alias, name)]
    options += [] if alias.forms else ["no other forms"]
    options += [] if alias.alone is None else ["alone" if alias.alone else "not only alone"]
    options += [
        f"{name} {', '.join(terms)}"
        for name, terms in (("context", alias.context), ("exclude", alias.exclude))
        if terms
    ]
    options += [f"at least {alias.least}"] if alias.least > 1 else []
    return alias.text + (f" ({'; '.join(options)})" if options else "")


def _as_dict(session: Session, facts: WatchFacts) -> dict[str, object]:
    return {
        "name": facts.name,
        "alert": facts.alert.value,
        "languages": facts.languages,
        "channels": facts.channels,
        "routes": [{"channel": route.channel, **route.conditions} for route in facts.routes],
        "min_score": facts.min_score,
        "update_interval": format_duration(facts.update_interval),
        "spikes": facts.spikes,
        "paused": facts.paused,
        "from_settings": facts.provisioned,
        "private": facts.private,
        "actors": [
            {
                "name": actor.name,
                "aliases": list(map(_alias_value, actor.aliases)),
                "surname": actor.surname,
                "context": actor.context,
                "exclude": actor.exclude,
                "any_order": actor.any_order,
                "forms": actor.forms,
                "alone": actor.alone,
                "language": actor.language,
                "note": actor.note,
            }
            for actor in stream_actors(session, facts.id)
        ],
        "topics": [asdict(topic) for topic in stream_topics(session, facts.id)],
    }


def _alias_value(alias: Alias) -> str | dict[str, object]:
    """Return an alias as settings.toml has it: a text, or a table of what is set."""
    plain = asdict(Alias(alias.text))
    options = {key: value for key, value in asdict(alias).items() if value != plain[key]}
    return {"text": alias.text, **options} if options else alias.text
