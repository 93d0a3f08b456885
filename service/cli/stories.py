"""`tocsin stories`: put right which articles tell one event, and export them to be measured."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from service.actions.exports import stories_lines
from service.actions.stories import put_together, stories_to_export, story_members, take_apart
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    counted,
    open_database,
    parse_since,
    print_json,
    print_table,
    say,
)
from service.clock import utc_now

app = typer.Typer(help="Stories: which articles tell one event.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Stories: which articles tell one event."""


@app.command("show")
def show(
    story: Annotated[int, typer.Argument(help="The story's number.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List the articles of a story, with their numbers.

    Example: tocsin stories show 3
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = story_members(session, story)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        ["Article", "Outlet", "Title", "URL"],
        [[one.article_id, one.outlet, one.title, one.url] for one in found],
        empty="No articles.",
    )


@app.command("apart")
def apart(
    articles: Annotated[list[int], typer.Argument(help="The articles' numbers.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Take articles out of their story: they tell another one, and stay out. Watch lists that they match are notified.

    Example: tocsin stories apart 41 44
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        change = take_apart(session, articles, caller="command", now=utc_now())
    say(
        f"{counted(len(set(articles)), 'article')} moved from story {change.story_id} to story {change.other_id}."
    )


@app.command("same")
def same(
    story: Annotated[int, typer.Argument(help="A story's number.")],
    other: Annotated[int, typer.Argument(help="The story that is the same.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Make two stories one, and their alerts too; their articles stay together.

    Example: tocsin stories same 3 8
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        change = put_together(session, story, other, caller="command", now=utc_now())
    say(f"Story {change.other_id} is part of story {change.story_id} now.")


@app.command("export")
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; left out: standard output.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="Articles found since: a time (UTC), or within 12h or 14d.")
    ] = "14d",
    limit: Annotated[int, typer.Option(min=1, help="At most so many articles, the newest.")] = 100_000,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Export articles with their stories and what readers said of them, as JSON Lines: benchmarks.stories --days reads it.

    Example: tocsin stories export --since 14d --output stories.jsonl
    """
    now = utc_now()
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = stories_to_export(
            session, parse_since(since, now=now) or now - timedelta(days=14), limit=limit
        )
    lines = stories_lines(found.articles, found.rulings)
    if output is None:
        sys.stdout.writelines(lines)
        return
    with output.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    articles, said = counted(len(found.articles), "article"), counted(len(found.rulings), "pair")
    typer.echo(f"{articles} and {said} that readers spoke of in {output}")
