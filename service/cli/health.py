"""`tocsin outlets health`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from textwrap import fill
from typing import Annotated

import typer
from rich.console import Console

from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.clock import utc_now
from service.feed_reports import GAPS_SHOWN, FeedReport, read_reports
from service.troubles import trouble_words
from storage.stores.articles.page_lessons import PageQuality, page_quality
from storage.stores.feeds.feed_health import FeedGap

LEGEND = "Read, New entry: how long ago. Delay from publication to sight: half of the entries, nine of ten."


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin outlets`."""
    app.command("health")(health)


def health(
    outlet: Annotated[str | None, typer.Argument(help="Only this outlet.")] = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only feeds that are not well.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show how each feed fares: last success, last new entry, delay from publication to sight, gaps, what is wrong.

    Example: tocsin outlets health --problems
    """
    now = utc_now()
    with provisioned(settings) as (loaded, database), database.read() as session:
        reports = read_reports(session, failures=loaded.service.failures, outlet=outlet, now=now)
        qualities = page_quality(session)
    if outlet is not None and not reports:
        complain(f"there is no outlet {outlet!r} with a feed: tocsin outlets list")
        raise typer.Exit(1)
    shown = [report for report in reports if not problems or report.verdict not in ("ok", "new")]
    if as_json:
        print_json([as_dict(report) | {"pages": _pages(report, qualities)} for report in shown])
        return
    print_table(
        ["Outlet", "State", "Read", "New entry", "Delay", "Gaps"],
        [
            [
                report.outlet,
                report.verdict,
                _ago(report.last_success_at, now),
                _ago(report.last_entry_at, now),
                _pair(report.delay_median_seconds, report.delay_p90_seconds),
                _gaps(report.gaps),
            ]
            for report in shown
        ],
        empty="Every feed is well." if reports else "No outlets. Add one: tocsin outlets add NAME --feed URL",
    )
    width = Console().width
    if any(report.delays for report in shown):
        say("\n" + fill(LEGEND, width))
    for report in shown:
        remarks = _remarks(report, now)
        if remarks:
            say(f"\n{report.outlet}: {report.url}")
        for remark in remarks:
            say(fill(remark, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))
    outlets = {report.outlet_id for report in reports}
    for quality in qualities:
        if (quality.is_worrying or quality.needs_browser) and outlets.intersection(quality.outlet_ids):
            advice = (
                "Their text needs JavaScript. Turn the browser on? tocsin outlets browser NAME"
                if quality.needs_browser
                else "Rules for the host may help: docs/pages.md"
            )
            say(f"\nPages of {quality.host}: {quality.words}. {advice}")
            for outcome, url in quality.examples.items():
                say(f"  {outcome}: {url}")


def as_dict(report: FeedReport) -> dict[str, object]:
    """Return a report as `--json` prints it."""
    return {
        "outlet": report.outlet,
        "feed": report.url,
        "address": report.address,
        "state": report.verdict,
        "reason": report.reason,
        "since": iso(report.since),
        "last_success_at": iso(report.last_success_at),
        "last_entry_at": iso(report.last_entry_at),
        "last_error": trouble_words(report.last_failure) or None,
        "failures": report.failures,
        "problem": trouble_words(report.problem) or None,
        "moved_at": iso(report.moved_at),
        "interval_seconds": round(report.interval_seconds),
        "next_poll_at": iso(report.next_poll_at),
        "delay_median_seconds": report.delay_median_seconds,
        "delay_p90_seconds": report.delay_p90_seconds,
        "delays_counted": len(report.delays),
        "gaps": [
            {
                "since": iso(gap.since),
                "until": iso(gap.until),
                "entries": gap.entries,
                "closed_at": iso(gap.closed_at),
                "filled": gap.filled,
            }
            for gap in report.gaps
        ],
    }


def _pages(report: FeedReport, qualities: Sequence[PageQuality]) -> list[dict[str, object]]:
    """Return how the pages of the outlet's hosts are read, as `--json` prints it."""
    return [
        {
            "host": quality.host,
            "pages": quality.pages,
            "read": quality.read,
            "median_characters": quality.median_characters,
            "outcomes": quality.outcomes,
            "examples": quality.examples,
            "worrying": quality.is_worrying,
            "needs_browser": quality.needs_browser,
        }
        for quality in qualities
        if report.outlet_id in quality.outlet_ids
    ]


def _remarks(report: FeedReport, now: datetime) -> list[str]:
    """Return what is said of a feed below the table, in words."""
    remarks = []
    if report.reason:
        since = f"since {report.since:%Y-%m-%d %H:%M} UTC: " if report.since else ""
        remarks.append(f"{report.verdict} {since}{report.reason}")
    elif report.failing_since is not None:
        remarks.append(f"the last try failed: {trouble_words(report.last_error)}")
    if report.moved_at is not None and now - report.moved_at < GAPS_SHOWN:
        remarks.append(f"moved to {report.address}: put that into the settings")
    if report.problem:
        remarks.append(trouble_words(report.problem))
    return remarks


def _gaps(gaps: Sequence[FeedGap]) -> str:
    if not gaps:
        return "–"
    filled = sum(gap.filled for gap in gaps)
    return f"{len(gaps)}, {filled} filled" if filled else str(len(gaps))


def _ago(moment: datetime | None, now: datetime) -> str:
    return "–" if moment is None else _short((now - moment).total_seconds())


def _pair(median: float | None, p90: float | None) -> str:
    return "–" if median is None or p90 is None else f"{_short(median)}, {_short(p90)}"


def _short(seconds: float) -> str:
    """Return a time as people say it: 40 s, 12 min, 3 h, 5 d."""
    for unit, size, least in (("d", 86400, 2), ("h", 3600, 2), ("min", 60, 2)):
        if seconds >= size * least:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
