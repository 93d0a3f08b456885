"""`tocsin try spider`: a user's spider is run once, and its entries are shown."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    iso,
    print_json,
    print_table,
    read_settings,
    say,
)

if TYPE_CHECKING:
    from crawler.sources.spider import SpiderSettings
    from service.actions.spider_trials import SpiderTrial
    from service.settings import Settings


def spider(
    name: Annotated[
        str, typer.Argument(metavar="SPIDER", help="A file, package.module:Class, or an entry point.")
    ],
    argument: Annotated[
        list[str] | None,
        typer.Option("-a", metavar="NAME=VALUE", help="An argument, as for scrapy crawl; several times."),
    ] = None,
    project: Annotated[str, typer.Option(help="The settings module of a Scrapy project.")] = "",
    timeout: Annotated[str, typer.Option(help="The longest run.")] = "15m",
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Run a Scrapy spider of yours once, as politely as the service would, and show its entries. Nothing is stored.

    Without a settings file, the defaults hold.

    Example: tocsin try spider spiders/fisheries.py -a section=press
    """
    from service.actions.spider_trials import try_spider
    from service.logs import configure_logging

    configure_logging()
    keys = _keys(name, argument or [], project, timeout)
    trial = asyncio.run(try_spider(_settings(settings), keys))
    if as_json:
        print_json(_as_dict(name, trial))
    else:
        _print(trial)
    if trial.outcome.has_failed or trial.outcome.was_stopped:
        raise typer.Exit(1)


def _keys(name: str, arguments: list[str], project: str, timeout: str) -> SpiderSettings:
    from pydantic import ValidationError

    from crawler.sources.spider import SpiderSettings

    pairs = [argument.partition("=") for argument in arguments]
    for key, sign, _value in pairs:
        if not sign:
            complain(f"-a {key}: write it as NAME=VALUE")
            raise typer.Exit(2)
    given: dict[str, Any] = {
        "spider": name,
        "args": {key: value for key, _sign, value in pairs},
        "project": project,
        "timeout": timeout,
    }
    try:
        return SpiderSettings.model_validate(given)
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"])
            complain(f"{where}: {problem['msg'].removeprefix('Value error, ')}")
        raise typer.Exit(2) from error


def _settings(path: Path) -> Settings:
    """Return the file's settings; the defaults where there is no such file and none was asked for."""
    from service.settings import Settings

    return Settings() if path == DEFAULT_SETTINGS and not path.exists() else read_settings(path)


def _print(trial: SpiderTrial) -> None:
    from service.troubles import trouble_words

    outcome = trial.outcome
    for trace in outcome.tracebacks:
        print(trace, file=sys.stderr)  # noqa: T201  (the spider's own error, for its author)
    print_table(
        ["Published", "Title", "Text", "Address"],
        [
            [
                entry.published,
                entry.title,
                f"{len(entry.content)} characters" if entry.content else "–",
                entry.url,
            ]
            for entry in trial.entries
        ],
        empty="No entries.",
    )
    end = outcome.finish or "not begun"
    say(f"\n{_entries(len(trial.entries))} from {counted(outcome.requests, 'request')}; it ended: {end}.")
    if outcome.trouble is not None:
        complain(trouble_words(outcome.trouble))


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def _as_dict(name: str, trial: SpiderTrial) -> dict[str, Any]:
    from service.troubles import trouble_words

    outcome = trial.outcome
    return {
        "spider": name,
        "entries": [
            {
                **{
                    key: getattr(entry, key)
                    for key in ("guid", "url", "title", "summary", "content", "author")
                },
                "published": iso(entry.published),
                "categories": list(entry.categories),
            }
            for entry in trial.entries
        ],
        "requests": outcome.requests,
        "finish": outcome.finish,
        "problem": trouble_words(outcome.trouble) or None,
        "tracebacks": list(outcome.tracebacks),
        "stats": dict(outcome.stats),
    }
