"""`tocsin channels add`, `change`, `show`, `types`, `pause`, `remove`: channels that are not of the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from service.actions.channel_edits import (
    OPERATOR,
    change_channel,
    channel_edited,
    make_channel,
    pause_channel,
    remove_channel,
)
from service.actions.channel_kinds import ChannelKind, channel_kinds, typed_keys
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.clock import utc_now
from service.settings.secrets import SUFFIX

ASKED = "?"
"""In place of a secret: it is asked for, so that no shell remembers it."""
NameArgument = Annotated[str, typer.Argument(help="The channel.")]
KeysArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Its settings as KEY=VALUE, as [[channels]] has them; a key with several values is given several times. "
        "? asks for a secret; KEY= takes a value away."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin channels`."""
    app.command("types")(types)
    app.command("add")(add)
    app.command("change")(change)
    app.command("show")(show)
    app.command("pause")(pause)
    app.command("remove")(remove)


def types(as_json: JsonOption = False) -> None:
    """List the types of channels that can be made, and the keys of each.

    Example: tocsin channels types
    """
    kinds = channel_kinds()
    if as_json:
        print_json([asdict(kind) for kind in kinds])
        return
    for kind in kinds:
        say(f"{kind.type}: {kind.doc}")
        print_table(
            ["  Key", "What it is"],
            [
                [f"  {field.key}{' *' if field.required else ''}", _what(field.label, field.hint)]
                for field in kind.fields
            ],
            empty="  no keys of its own",
        )
    say("every channel:")
    common = kinds[0].common if kinds else ()
    print_table(
        ["  Key", "What it is"],
        [[f"  {field.key}", _what(field.label, field.hint)] for field in common],
        empty="",
    )


def add(
    name: Annotated[str, typer.Argument(help="What watch lists call it.")],
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="Such as email: tocsin channels types.")],
    keys: KeysArgument = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Make a channel.

    Example: tocsin channels add morning email to=desk@press.example "send=08:00 Africa/Casablanca"
    """
    with provisioned(settings) as (_loaded, database):
        table = _keys(_known_kind(kind), keys or ())
        with database.write() as session:
            make_channel(session, name, kind, table, asker=OPERATOR, now=utc_now())
    say(f"Made the channel {name!r}. Try it: tocsin channels test {name!r}")


def change(
    name: NameArgument,
    keys: KeysArgument = None,
    rename: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Change what is given of a channel's settings; the rest stays.

    Example: tocsin channels change morning "quiet=22:00-07:00 Africa/Casablanca"
    """
    with provisioned(settings) as (_loaded, database):
        with database.read() as session:
            kind = channel_edited(session, name).kind
        table = _keys(kind, keys or ())
        with database.write() as session:
            change_channel(session, name, table, name=rename, asker=OPERATOR, now=utc_now())
    say(f"Changed the channel {rename or name!r}.")


def show(
    name: NameArgument,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show a channel's settings; *** stands for a secret.

    Example: tocsin channels show morning
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        shown = channel_edited(session, name)
    if as_json:
        print_json({"name": shown.name, "type": shown.kind.type, "settings": dict(shown.keys)})
        return
    print_table(
        ["Key", "Value"],
        [["type", shown.kind.type], *([key, shown.keys[key]] for key in shown.keys)],
        empty="",
    )


def pause(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Send nothing on a channel until it is enabled again; what comes for it is queued.

    Example: tocsin channels pause morning
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        is_new = pause_channel(session, name)
    say(f"{name!r} is paused." if is_new else f"{name!r} was paused already.")


def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Remove a channel, with its deliveries and its place in watch lists.

    Example: tocsin channels remove morning
    """
    with provisioned(settings) as (_loaded, database):
        with database.read() as session:
            channel_edited(session, name)
        if not yes:
            typer.confirm(f"Remove the channel {name!r}, with its deliveries?", abort=True)
        with database.write() as session:
            remove_channel(session, name, now=utc_now())
    say(f"Removed the channel {name!r}.")


def _what(label: str, hint: str) -> str:
    return f"{label}: {hint}" if hint else label


def _known_kind(name: str) -> ChannelKind | None:
    return next((kind for kind in channel_kinds() if kind.type == name), None)


def _keys(kind: ChannelKind | None, pairs: list[str] | tuple[()]) -> dict[str, Any]:
    """Return what KEY=VALUE words say, each as its field takes it. Unknown keys are left to the action, which names them."""
    given: dict[str, list[str]] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            raise typer.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="KEYS")
        given.setdefault(key.strip(), []).append(_asked(key, value))
    return {key: _typed(kind, key, values) for key, values in given.items()}


def _typed(kind: ChannelKind | None, key: str, values: list[str]) -> object:
    field = next((field for field in kind.every_field if field.key == key), None) if kind else None
    if field is None or key.endswith(SUFFIX) or values == [""]:
        return values[0] if len(values) == 1 else values
    texts: Mapping[str, str] = {key: "\n".join(values)}
    return typed_keys([field], texts)[key]


def _asked(key: str, value: str) -> str:
    if value != ASKED:
        return value
    answer: str = typer.prompt(key, hide_input=True)
    return answer
