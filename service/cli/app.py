"""The application: which command stands where, and its entry point. A module is imported when its command is called."""

from __future__ import annotations

import sys
from typing import Any

import typer

from service.actions.errors import ActionError, InvalidError, UnknownNameError
from service.cli.common import complain
from service.cli.errors import errors_in_words
from service.cli.lazy import CommandPlace, LazyCommands


class Commands(LazyCommands):
    """The commands of `tocsin`, in the order in which help shows them."""

    places = (
        CommandPlace(
            "init",
            "beginning:init",
            "Write a commented settings file to begin with: sample outlets, a watch list, alerts printed where the service runs.",
        ),
        CommandPlace("run", "running:run", "Run the service until SIGTERM or Ctrl-C."),
        CommandPlace(
            "check",
            "checking:check",
            "Check settings and database: every mistake is named, nothing is started or sent.",
        ),
        CommandPlace(
            "poll",
            "running:poll",
            "Poll now, whether due or not, and print what came. Articles found are matched by the running service.",
        ),
        CommandPlace(
            "demo",
            "running:demo",
            "Show the service at work, with nothing to set up: sample outlets and local receivers, all on this machine.",
        ),
        CommandPlace(
            "backfill",
            "backfilling:backfill",
            "Make the alerts that a watch list would have made from the stored articles. Running it again is safe.",
        ),
        CommandPlace(
            "search",
            "searching:search_archive",
            "Search the stored articles by publication, newest first, with the place that matches marked; or save a search.",
        ),
        CommandPlace(
            "missed",
            "missed:missed",
            "Say why articles were not found: for each address, where it stopped on its way.",
        ),
        CommandPlace(
            "outlets",
            "outlets:app",
            "Outlets and their feeds.",
            (
                "health",
                "outlets_find",
                "outlets_survey",
                "outlets_access",
                "outlets_catalogue",
                "outlets_mail",
                "outlets_cited",
            ),
        ),
        CommandPlace(
            "watch",
            "watch:app",
            "Watch lists.",
            ("watch_edit", "watch_share", "watch_try", "watch_suggest", "watch_proposals"),
        ),
        CommandPlace(
            "folders", "folders:app", "Folders: what belongs to one matter, and all of it as one archive."
        ),
        CommandPlace("alerts", "alerts:app", "Alerts.", ("alerts_triage", "exporting")),
        CommandPlace(
            "trends",
            "trends:trends",
            "Compare how many articles names, lists, outlets, countries, languages or types of outlets have a day.",
        ),
        CommandPlace(
            "report",
            "report:report",
            "Report a month in numbers: volume, share of voice, outlets, stories, time to alert, what was dismissed, triage.",
        ),
        CommandPlace("review", "review:app", "Press reviews: drafted, edited, approved, sent."),
        CommandPlace("archive", "archive:app", "Archives of web pages (WARC files)."),
        CommandPlace("stories", "stories:app", "Stories: which articles tell one event."),
        CommandPlace(
            "channels",
            "channels:app",
            "Channels: where alerts go, and how they fare.",
            extended_by=("channels_edit",),
        ),
        CommandPlace("subscription", "subscriptions:app", "Alerts that users have sent to themselves."),
        CommandPlace("deliveries", "deliveries:app", "Notifications and what became of them."),
        CommandPlace(
            "silence", "silence:app", "Silences: mute a watch list, actor, outlet or story for a time."
        ),
        CommandPlace("db", "database:app", "The database."),
        CommandPlace(
            "try",
            "trying:app",
            "Try one stage on files or standard input: no database, no network. (spider asks its hosts.)",
        ),
        CommandPlace(
            "plugins",
            "plugins:plugins",
            "List the installed channels, sources, extractors, query operators and enrichers, with their packages.",
        ),
        CommandPlace("token", "token:tokens", "Tokens for the API."),
        CommandPlace("user", "token:users", "Who may sign in to the page.", extended_by=("user_sessions",)),
        CommandPlace(
            "audit",
            "audit:audit",
            "Show who changed what, newest first: by the page, the API and the command line.",
        ),
    )

    def main(self, *words: Any, **options: Any) -> Any:  # noqa: ANN401  (as typer has it)
        """Run the command that was called. What an action refuses is its message and exit code 1, or 2 for a bad value."""
        try:
            return super().main(*words, **options)
        except ActionError as error:
            complain(str(error))
            is_usage = isinstance(error, InvalidError) and not isinstance(error, UnknownNameError)
            sys.exit(2 if is_usage else 1)


app = typer.Typer(
    name="tocsin",
    cls=Commands,
    help="Self-hosted news monitoring: polls outlets' feeds, matches tracked actors and topics, sends alerts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"tocsin {version('tocsin')}")
        raise typer.Exit


@app.callback()
def root(
    _version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Self-hosted news monitoring: polls outlets' feeds, matches tracked actors and topics, sends alerts."""


def main() -> None:
    """Run the command line. Exit code 0: done, 1: failed, 2: the call or the settings are wrong."""
    with errors_in_words():
        app()
