"""Commands whose module is imported when they are called: `tocsin --help` needs none of them, and a command only its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class CommandPlace:
    """Where a command or a group of commands is written."""

    name: str
    target: str
    """`module:attribute`: a command's function, or a group's `typer.Typer`."""
    help: str
    """What `tocsin --help` says of it: the first paragraph of its own help."""
    extended_by: tuple[str, ...] = ()
    """Modules of service.cli whose `register` adds commands to the group."""


class LazyCommands(TyperGroup):
    """A group that knows its commands by name and help, and imports the one that is called."""

    places: tuple[CommandPlace, ...] = ()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  (click's context, which typer carries within itself)
        """Return the commands' names, in the order in which help shows them."""
        return [place.name for place in self.places]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Return what help shows of a command."""
        place = self._place(cmd_name)
        return None if place is None else TyperCommand(place.name, help=_literal(place.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Return the command that is called, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        place = self._place(name or "")
        return name, command if place is None else load_command(place), rest

    def _place(self, name: str) -> CommandPlace | None:
        return next((place for place in self.places if place.name == name), None)


@cache
def load_command(place: CommandPlace) -> Any:  # noqa: ANN401
    """Return the command itself, or the group with all its commands."""
    module, _, attribute = place.target.partition(":")
    target = getattr(import_module(f"service.cli.{module}"), attribute)
    root = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="rich")
    root.callback()(lambda: None)
    if isinstance(target, typer.Typer):
        for extension in place.extended_by:
            import_module(f"service.cli.{extension}").register(target)
        root.add_typer(target, name=place.name)
    else:
        root.command(place.name)(target)
    return _as_written(typer.main.get_group(root).commands[place.name])


def _as_written(command: Any) -> Any:  # noqa: ANN401
    """Return a command whose help shows its words as they stand in the source."""
    for part in (command, *command.params):
        if getattr(part, "help", None):
            part.help = _literal(part.help)
    for subcommand in getattr(command, "commands", {}).values():
        _as_written(subcommand)
    return command


def _literal(help_text: str) -> str:
    """Return a text that Rich shows as it is, `[storage]` too, which it would take for markup and drop.

    As `rich.markup.escape`, which takes 50 ms to import: that is a third of what `tocsin --version` costs.
    """
    return help_text.replace("[", r"\[")
