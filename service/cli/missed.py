"""`tocsin missed`: why articles were not found."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from crawler.fetch import Fetcher
from service.actions.errors import InvalidError
from service.actions.missed import MissedReport, compare_controls, trace_missed
from service.assembly import fetcher_options
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    parse_since,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.clock import utc_now
from service.missed.addresses import LARGEST, GivenAddresses, gather_addresses
from service.missed.figures import figure_as_json
from service.missed.looking import ArticleLooker
from service.missed.values import StopKind, TracedArticle
from service.missed.words import LABELS, article_as_json, label, remedy, stop_words
from service.settings import Settings
from service.troubles import page_trouble_words
from storage.engine import Database

WIDTH = 80
WEEK = timedelta(days=7)


def missed(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL|FILE",
            help="Addresses of articles, or files with them: text, CSV, mail (EML), OPML of searches, feed. -: standard input.",
        ),
    ] = None,
    watch: Annotated[str | None, typer.Option("--watch", help="Only for this watch list.")] = None,
    fetch: Annotated[
        bool,
        typer.Option(
            "--fetch/--no-fetch",
            help="Fetch pages that were never seen, and look for feeds of outlets that are not followed.",
        ),
    ] = True,
    details: Annotated[
        bool, typer.Option("--details", help="Say all that is known of each of several articles.")
    ] = False,
    controls: Annotated[
        bool, typer.Option("--controls", help="Compare with the control sources instead.")
    ] = False,
    since: Annotated[
        str | None, typer.Option("--since", help="With --controls: since when, such as 7d (the default).")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Say why articles were not found: for each address, where it stopped on its way.

    Example: tocsin missed https://gazette.example/talks

    Example: tocsin missed competitor.eml --watch Energy

    Example: tocsin missed - < pasted.txt

    Example: tocsin missed --controls --since 7d
    """
    now = utc_now()
    if controls:
        if targets:
            raise InvalidError("--controls takes no addresses", key="addresses")
        _controls(settings, parse_since(since, now=now) or now - WEEK, now, watch, as_json=as_json)
        return
    if since is not None:
        raise InvalidError("--since goes with --controls", key="since")
    given = _given(targets or [])
    with provisioned(settings) as (loaded, database):
        report = asyncio.run(_trace(loaded, database, given, watch, fetch=fetch))
    for problem in report.problems:
        complain(problem)
    if as_json:
        print_json([article_as_json(article) for article in report.articles])
    else:
        _print(report, details=details or len(report.articles) == 1)
    if not report.articles:
        raise typer.Exit(1)


def _given(targets: Sequence[str]) -> GivenAddresses:
    if not targets:
        raise InvalidError("give an address, a file, - for standard input, or --controls", key="addresses")
    addresses: list[str] = []
    bodies: list[bytes] = []
    for target in targets:
        if target == "-":
            bodies.append(sys.stdin.buffer.read(LARGEST))
        elif "://" not in target and Path(target).is_file():
            with Path(target).open("rb") as file:
                bodies.append(file.read(LARGEST))
        elif "://" in target or ("." in target.partition("/")[0].strip(".") and "/" in target):
            addresses.append(target)
        else:
            raise InvalidError(f"{target!r} is neither an address nor a file", key="addresses")
    return gather_addresses(addresses, bodies)


async def _trace(
    settings: Settings, database: Database, given: GivenAddresses, watch: str | None, *, fetch: bool
) -> MissedReport:
    if not fetch:
        return await trace_missed(database, given, now=utc_now(), watch=watch)
    async with Fetcher(fetcher_options(settings)) as fetcher:
        looker = ArticleLooker(database, fetcher, settings, clock=utc_now)
        return await trace_missed(database, given, now=utc_now(), watch=watch, looker=looker)


def _print(report: MissedReport, *, details: bool) -> None:
    if details:
        for article in report.articles:
            for line in _lines(article):
                say(line)
            say("")
    elif report.articles:
        print_table(
            ["", "Article", "Where it stopped"],
            [
                [
                    "✓" if article.is_found else "✗",
                    "\n".join(filter(None, (article.title or _short(article.url), article.outlet))),
                    f"{label(article.reason)}\n{stop_words(article.reason)}\n",
                ]
                for article in report.articles
            ],
            empty="",
        )
    if len(report.articles) > 1:
        _print_kinds(len(report.articles), report.found, report.kinds)


def _short(url: str) -> str:
    return url.removeprefix("https://").removeprefix("http://")


def _lines(article: TracedArticle) -> Iterator[str]:
    yield f"{'✓' if article.is_found else '✗'} {label(article.reason)}"
    if article.title:
        yield from _wrapped(article.title, "  ")
    dated = article.published_at
    known = [article.outlet, f"{dated:%Y-%m-%d %H:%M} UTC" if dated is not None else ""]
    if article.article_id is not None:
        known.append(f"#{article.article_id}")
    if any(known):
        yield f"  {' · '.join(filter(None, known))}"
    yield f"  {article.url}"
    for stop in article.stops:
        yield from _wrapped(stop_words(stop), "  – ")
    yield from _page_lines(article)
    command = remedy(article.reason, article.proposal, article=article.article_id)
    if command:
        yield f"  $ {command}"


def _page_lines(article: TracedArticle) -> Iterator[str]:
    """Say what the page of an article that was never seen tells."""
    page = article.page
    if page is None:
        return
    if page.trouble is not None:
        yield from _wrapped(f"Its page was fetched: {page_trouble_words(page.trouble)}.", "  – ")
    elif page.matches:
        yield from _wrapped(f"It would have matched: {', '.join(page.matches)}.", "  – ")
    else:
        yield from _wrapped("No watch list would have matched it.", "  – ")


def _controls(settings: Path, since: datetime, now: datetime, watch: str | None, *, as_json: bool) -> None:
    with provisioned(settings) as (_loaded, database), database.read() as session:
        figure = compare_controls(session, since=since, now=now, watch=watch)
    if as_json:
        print_json(figure_as_json(figure))
        return
    print_table(
        ["Control source", "Had", "Found", "Missed", "Found before it"],
        [[one.control, one.total, one.found, one.total - one.found, one.ahead] for one in figure.counts],
        empty="No control sources. Mark an outlet as one: tocsin outlets change NAME --control",
    )
    if not figure.counts:
        return
    say("")
    if len(figure.weeks) > 1:
        weeks = [[f"{week.since:%Y-%m-%d %H:%M}", week.total, week.found] for week in figure.weeks]
        print_table(["Week from (UTC)", "They had", "Found"], weeks, empty="")
        say("")
    for one in figure.missed:
        yielded = f"{one.control}, first seen {one.first_seen_at:%Y-%m-%d %H:%M} UTC"
        for line in (*_lines(one.traced), f"  {yielded}", ""):
            say(line)
    _print_kinds(figure.total, figure.found, figure.kinds)
    only = counted(len(figure.ours), "article")
    say(f"{only} in alerts since {since:%Y-%m-%d %H:%M} UTC that no control source had.")


def _print_kinds(total: int, found: int, kinds: Sequence[tuple[StopKind, int]]) -> None:
    say(f"{counted(total, 'article')}: {found} found, {total - found} missed.")
    if kinds:
        say("")
        print_table(["Missed", "Because"], [[count, LABELS[kind]] for kind, count in kinds], empty="")
        say("")


def _wrapped(text: str, start: str) -> list[str]:
    """Break a text at 80 columns; what follows the first line stands under it."""
    after = " " * len(start)
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=start,
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
    )
