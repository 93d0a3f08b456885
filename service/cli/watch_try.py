"""`tocsin watch test|why`."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from alerts.errors import QueryError
from alerts.values import Clause, Explanation, Mention
from service.actions.errors import InvalidError
from service.actions.lookup import find_list
from service.actions.topics import BrokenQueryError
from service.actions.trials import Example, Trial, try_stored, try_watch_list
from service.actions.why import Why, explain_article
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    open_database,
    print_json,
    print_table,
    provisioned,
    say,
    shown,
)
from service.clock import utc_now
from service.logs import configure_logging
from service.settings import Settings, WatchSettings, load_watch_file
from storage.engine import Database
from storage.tables import AlertPolicy

WIDTH = 80
MOST_PLACES = 3
MOST_RULES = 10
LONGEST_BAR = 40

DaysOption = Annotated[int, typer.Option(min=1, max=3650, help="How far back.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin watch`."""
    app.command("test")(try_out)
    app.command("why")(why)


def try_out(
    watch: Annotated[
        str, typer.Argument(help="A watch list's name, or a TOML file that holds one under [[watch]].")
    ],
    days: DaysOption = 30,
    only: Annotated[
        str | None, typer.Option("--watch", help="Which watch list of the file, if it holds several.")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Try a watch list on the stored articles: how many alerts it would have made, and why. Nothing is saved or sent.

    Example: tocsin watch test draft.toml --days 14
    """
    configure_logging()
    with open_database(settings) as (loaded, database):
        trial = _try(loaded, database, watch, only, days)
    for warning in trial.warnings:
        complain(f"warning: {warning}")
    if as_json:
        print_json(_trial_as_dict(trial))
        return
    _print_trial(trial)


def why(
    article: Annotated[str, typer.Argument(help="The article's number, or its address.")],
    watch: Annotated[str | None, typer.Option("--watch", help="Only this watch list.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Explain why an article matches, or doesn't: each part of its rule, true or false, and where.

    Example: tocsin watch why https://gazette.example/a/1 --watch "Energy"

    Without --watch, only what matches is explained whole; the rest is counted.
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        found = explain_article(session, article, watch=watch)
    if as_json:
        print_json(_why_as_dict(found))
        return
    for line in _why_lines(found, all_of_it=watch is not None):
        say(line)


def _try(loaded: Settings, database: Database, watch: str, only: str | None, days: int) -> Trial:
    declared = _declared(loaded, watch, only)
    with database.read() as session:
        if declared is None:
            return try_stored(session, find_list(session, watch), days=days, now=utc_now())
        try:
            policy = AlertPolicy(declared.alert)
            return try_watch_list(session, declared.value(), policy, days=days, now=utc_now())
        except QueryError as error:
            raise BrokenQueryError.of(error) from error


def _declared(loaded: Settings, watch: str, only: str | None) -> WatchSettings | None:
    """Return the watch list of a file or of the settings; None where the name can only be one in the database."""
    if not watch.endswith(".toml"):
        return next((item for item in loaded.watch if item.name == watch), None)
    lists = load_watch_file(Path(watch))
    chosen = [item for item in lists if only in (None, item.name)]
    if len(chosen) != 1:
        names = ", ".join(repr(item.name) for item in lists)
        raise InvalidError(f"{watch} holds {names}: choose one with --watch", key="watch")
    return chosen[0]


def _print_trial(trial: Trial) -> None:
    say(
        f"{trial.watch}: {trial.alerts:,} alerts in the last {trial.days} days ({trial.alerts_a_day:.1f} a day), one per "
        f"{trial.alert.value}.\n{trial.articles:,} of {trial.searched:,} articles mention it."
    )
    if not trial.alerts:
        return
    say("\nAlerts a day")
    most = max(count for _day, count in trial.per_day)
    for day, count in trial.per_day:
        say(f"{day}  {count:>5}  {'█' * round(LONGEST_BAR * count / most)}".rstrip())
    say("\nWhat brings most")
    print_table(
        ["Articles", "Name", "Rule"],
        [[rule.articles, rule.name, rule.rule] for rule in trial.rules[:MOST_RULES]],
        empty="",
    )
    say("\nExamples")
    for example in trial.examples:
        say(f"\n{example.title}\n{example.outlet}, {shown(example.date)}, article {example.article_id}")
        for line in _wrapped(_marked(example), "  "):
            say(line)
        say(f"  {example.name}: {example.rule}")


def _marked(example: Example) -> str:
    text, start, end = example.sentence, example.start, example.end
    return f"{text[:start]}«{text[start:end]}»{text[end:]}"


def _trial_as_dict(trial: Trial) -> dict[str, object]:
    return {
        **asdict(trial),
        "alerts_a_day": round(trial.alerts_a_day, 2),
        "per_day": [{"day": day.isoformat(), "alerts": count} for day, count in trial.per_day],
    }


def _why_lines(found: Why, *, all_of_it: bool) -> Iterator[str]:
    article = found.article
    yield f"{article.title}\n{article.outlet}, {shown(article.date)}, article {article.id}\n{article.url}"
    by_watch: dict[str, list[Explanation]] = defaultdict(list)
    for item in found.explanations:
        by_watch[item.watch].append(item)
    if not by_watch:
        yield "\nThere is nothing to explain: no actor or topic is tracked."
    for watch, items in by_watch.items():
        yield f"\n{watch}"
        left = [item for item in items if not item.true and not all_of_it]
        for item in items:
            if item not in left:
                yield from _explained(item)
        if left:
            rest = f"{len(left):,} others don't" if len(left) > 1 else "1 other doesn't"
            yield from _wrapped(f"{rest} match: --watch {watch!r} explains more", "  ✗ ")


def _explained(item: Explanation) -> Iterator[str]:
    kind, name = ("actor", item.actor) if item.actor is not None else ("topic", item.topic)
    clause = item.clause
    nothing_stands = not item.true and not clause.notes and not any(map(_says_something, clause.parts))
    yield from _wrapped(f"{kind} {name}", f"  {_sign(clause)} ")
    if item.topic is not None:
        yield from _tree(clause, "    ")
    elif nothing_stands:
        yield "      none of its names is there"
    else:
        yield from _details(clause, "    ")
        for part in clause.parts:
            yield from _tree(part, "    ")


def _tree(clause: Clause, indent: str) -> Iterator[str]:
    yield from _wrapped(clause.text, f"{indent}{_sign(clause)} ")
    yield from _details(clause, f"{indent}  ")
    for part in clause.parts:
        yield from _tree(part, f"{indent}  ")


def _details(clause: Clause, indent: str) -> Iterator[str]:
    for place in clause.places[:MOST_PLACES]:
        yield from _wrapped(f"{place.field} {place.start}–{place.end} «{place.surface}»", f"{indent}· ")
    if len(clause.places) > MOST_PLACES:
        yield f"{indent}· and {len(clause.places) - MOST_PLACES} more places"
    for note in clause.notes:
        yield from _wrapped(note, f"{indent}– ")


def _says_something(clause: Clause) -> bool:
    return bool(clause.true or clause.notes or clause.places or any(map(_says_something, clause.parts)))


def _sign(clause: Clause) -> str:
    return "✓" if clause.true else "✗"


def _wrapped(text: str, start: str) -> list[str]:
    """Breaks a text at 80 columns; what follows the first line stands under it."""
    return textwrap.wrap(
        " ".join(text.split()), WIDTH, initial_indent=start, subsequent_indent=" " * len(start)
    )


def _why_as_dict(found: Why) -> dict[str, object]:
    article = found.article
    return {
        "article": {
            "id": article.id,
            "url": article.url,
            "title": article.title,
            "outlet": article.outlet,
            "language": article.language,
            "published_at": iso(article.published_at),
        },
        "explanations": [
            {
                "watch": item.watch,
                "actor" if item.actor is not None else "topic": item.actor or item.topic,
                "true": item.true,
                "clause": _clause_as_dict(item.clause),
            }
            for item in found.explanations
        ],
    }


def _clause_as_dict(clause: Clause) -> dict[str, object]:
    return {
        "text": clause.text,
        "true": clause.true,
        "places": _places(clause.places),
        "notes": clause.notes,
        "parts": [_clause_as_dict(part) for part in clause.parts],
    }


def _places(places: Sequence[Mention]) -> list[dict[str, object]]:
    return [
        {"field": place.field, "start": place.start, "end": place.end, "surface": place.surface}
        for place in places
    ]
