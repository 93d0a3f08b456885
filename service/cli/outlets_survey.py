"""`tocsin outlets survey`: many addresses are looked at, and what was found is added by its rows."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from crawler.fetch import Fetcher
from crawler.surveys.reading import LARGEST, GivenOutlet, GivenOutlets
from crawler.surveys.surveyor import SurveyOptions, Surveyor
from service.actions.errors import InvalidError
from service.actions.surveys import (
    AddedOutlets,
    ShownSurvey,
    SurveyRow,
    Ticked,
    add_from_survey,
    begin_survey,
    option_address,
    read_given,
    survey_again,
    survey_shown,
)
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
    shown,
)
from service.clock import clock_of, utc_now
from service.discovered import next_words, option_words, tried_words
from service.settings import Settings
from service.surveyed import survey_as_json
from storage.engine import Database
from storage.stores.leases import new_owner

LOOK_AGAIN = 0.3
"""Seconds between two looks at whether there is more to do."""


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin outlets`."""
    app.command("survey")(survey)


def survey(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ADDRESS|FILE",
            help="Addresses of sites, pages or feeds, or files with them: text, CSV, OPML. -: standard input.",
        ),
    ] = None,
    number: Annotated[
        int | None, typer.Option("--number", help="Show this survey again instead, or add rows of it.")
    ] = None,
    add: Annotated[
        str | None, typer.Option("--add", help="Add the outlets of these rows, such as 1,3,8-12; or all.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="With --number: look again where nothing was found.")
    ] = False,
    language: Annotated[str | None, typer.Option(help="For those that don't say theirs: ISO 639.")] = None,
    country: Annotated[str | None, typer.Option(help="For those that don't say theirs: ISO 3166-1.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for all; may be given several times.")] = None,
    details: Annotated[bool, typer.Option("--details", help="Say of each address what was tried.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Look at many addresses, and show what was found at each. Nothing is added without --add.

    Example: tocsin outlets survey addresses.csv --country MA

    Example: tocsin outlets survey --number 7 --add 1,3,8-12
    """
    if (number is None) == (not targets) or (again and number is None):
        raise InvalidError("give addresses or files, or --number with a survey's number", key="addresses")
    ticked = _ticked(add)
    given = _given(targets or [], language, country, tag or ()) if number is None else None
    with provisioned(settings) as (loaded, database):
        if number is None:
            number = _survey(loaded, database, given or GivenOutlets())
        elif again:
            number = _again(loaded, database, number)
        added = _add(loaded, database, number, ticked) if add is not None else None
        with database.read() as session:
            found = survey_shown(session, number, now=utc_now())
    if as_json:
        print_json({**survey_as_json(found), **({} if added is None else asdict(added))})
    else:
        _print(found, added, details=details)
    if added is not None and added.problems and not added.added and not added.extended:
        raise typer.Exit(1)


def _given(
    targets: Sequence[str], language: str | None, country: str | None, tags: Sequence[str]
) -> GivenOutlets:
    addresses: list[GivenOutlet] = []
    bodies: list[bytes] = []
    for target in targets:
        if target == "-":
            bodies.append(sys.stdin.buffer.read(LARGEST))
        elif "://" not in target and Path(target).is_file():
            with Path(target).open("rb") as file:
                bodies.append(file.read(LARGEST))
        else:
            addresses.append(GivenOutlet(target))
    return read_given(addresses, bodies, language=language, country=country, tags=tags)


def _ticked(rows: str | None) -> list[Ticked] | None:
    """Read `1,3,8-12`; None for all. Raise `InvalidError`."""
    if rows is None or rows.strip() == "all":
        return None
    places: list[int] = []
    for part in rows.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or not (last or first).isdigit() or int(last or first) - int(first) > 500:
            raise InvalidError(f"{rows!r} names no rows: use numbers such as 1,3,8-12, or all", key="rows")
        places += range(int(first), int(last or first) + 1)
    return [Ticked(place) for place in dict.fromkeys(places)]


def _survey(settings: Settings, database: Database, given: GivenOutlets) -> int:
    """Look at addresses until it is done; return the survey's number."""
    for problem in given.problems:
        complain(problem)
    with database.write() as session:
        number = begin_survey(session, given, caller="command line", now=utc_now())
    asyncio.run(_look(settings, database, number))
    return number


def _again(settings: Settings, database: Database, number: int) -> int:
    with database.write() as session:
        number = survey_again(session, number, caller="command line", now=utc_now())
    asyncio.run(_look(settings, database, number))
    return number


async def _look(settings: Settings, database: Database, number: int) -> None:
    """Work on a survey until all of it was looked at; a service that runs beside takes its share."""
    from crawler.polite.host_gate import HostGate
    from crawler.pool import CpuPool
    from service.assembly import fetcher_options

    crawler, clock = settings.crawler, clock_of(database)
    gate = HostGate(
        database,
        per_host=crawler.per_host_concurrency,
        host_delay=crawler.per_host_delay,
        clock=clock,
    )
    room = asyncio.Event()
    options = SurveyOptions(new_owner(), clock, room.set, survey=number)
    async with Fetcher(fetcher_options(settings)) as fetcher, CpuPool(reads_pages=False) as pool:
        surveyor = Surveyor(database, fetcher, pool, gate, options)
        told = -1
        while True:
            await surveyor.step()
            looked_at, total = await database.reading(_counts, number=number)
            if looked_at != told and sys.stderr.isatty():
                print(f"\r{looked_at} of {total} addresses", end="", file=sys.stderr, flush=True)  # noqa: T201
                told = looked_at
            if looked_at == total:
                break
            room.clear()
            try:
                async with asyncio.timeout(LOOK_AGAIN):
                    await room.wait()
            except TimeoutError:
                continue
    if told >= 0:
        print(file=sys.stderr)  # noqa: T201


def _counts(session: Session, *, number: int) -> tuple[int, int]:
    found = survey_shown(session, number, now=utc_now())
    return found.looked_at, len(found.rows)


def _add(
    settings: Settings, database: Database, number: int, ticked: Sequence[Ticked] | None
) -> AddedOutlets:
    with database.write() as session:
        return add_from_survey(session, number, ticked, interval=settings.crawler.interval, now=utc_now())


def _print(found: ShownSurvey, added: AddedOutlets | None, *, details: bool) -> None:
    print_table(
        ["Row", "Outlet", "State", "Found", "Newest"],
        [
            [
                row.place,
                f"{row.name}\n{row.given.address}" if row.name != row.given.address else row.name,
                f"{row.state}{f' ({row.outlet})' if row.outlet else ''}",
                _found(row, details=details),
                shown(row.options[0].newest) if row.options else "–",
            ]
            for row in found.rows
        ],
        empty="",
    )
    if added is not None:
        for problem in added.problems:
            complain(problem)
        say(f"{counted(len(added.added), 'outlet')} added, {len(added.extended)} extended.")
    elif any(row.state == "found" for row in found.rows):
        say(f"Add them: tocsin outlets survey --number {found.id} --add all (or rows, such as 1,3,8-12)")


def _found(row: SurveyRow, *, details: bool) -> str:
    if row.found is None:
        return "…"
    lines = [f"{option_words(option)}\n{option_address(option)}" for option in row.options[:1]]
    if len(row.options) > 1:
        lines.append(f"and {len(row.options) - 1} more")
    if not row.options:
        lines.append(next_words(row.found))
    if details or not row.options:
        lines += [f"– {line}" for line in tried_words(row.found)]
    return "\n".join(lines)
