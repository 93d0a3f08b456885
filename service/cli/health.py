"""`tocsin outlets health`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import fill
from typing import Annotated

import typer
from rich.console import Console
from sqlmodel import Session, col, select

from crawler.health import judge
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
from service.health import facts_of
from service.process import utc_now
from storage.queries.health import gaps_of
from storage.queries.pages import PageQuality, page_quality
from storage.rows import id_of
from storage.tables import Feed, FeedHealth, FeedState, Gap, Outlet

GAPS_SHOWN = timedelta(days=30)
LEGEND = "Read, New entry: how long ago. Delay from publication to sight: half of the entries, nine of ten."
_WORDS = {
    FeedHealth.OK: "ok",
    FeedHealth.FAILING: "failing",
    FeedHealth.SILENT: "silent",
    FeedHealth.GONE: "gone",
}
_ORDER = {"gone": 0, "failing": 1, "silent": 2, "new": 3, "ok": 4}


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What is shown of one feed."""

    outlet: str
    feed: Feed
    state: str
    reason: str
    since: datetime | None
    gaps: Sequence[Gap]

    @property
    def median(self) -> float | None:
        """Seconds from publication to sight, in the middle of the last hundred entries."""
        return statistics.median(self.feed.delays) if self.feed.delays else None

    @property
    def p90(self) -> float | None:
        """The delay that nine of ten entries stay below."""
        delays = sorted(self.feed.delays)
        return delays[int(0.9 * (len(delays) - 1))] if delays else None


def register(app: typer.Typer) -> None:
    """Adds the command to `tocsin outlets`."""
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
    shown = [report for report in reports if not problems or report.state not in ("ok", "new")]
    if as_json:
        print_json([as_dict(report) | {"pages": _pages(report, qualities)} for report in shown])
        return
    print_table(
        ["Outlet", "State", "Read", "New entry", "Delay", "Gaps"],
        [
            [
                report.outlet,
                report.state,
                _ago(report.feed.last_success_at, now),
                _ago(report.feed.last_entry_at, now),
                _pair(report.median, report.p90),
                _gaps(report.gaps),
            ]
            for report in shown
        ],
        empty="Every feed is well." if reports else "No outlets. Add one: tocsin outlets add NAME --feed URL",
    )
    width = Console().width
    if any(report.feed.delays for report in shown):
        say("\n" + fill(LEGEND, width))
    for report in shown:
        remarks = _remarks(report, now)
        if remarks:
            say(f"\n{report.outlet}: {report.feed.url}")
        for remark in remarks:
            say(fill(remark, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))
    outlets = {report.feed.outlet_id for report in reports}
    for quality in qualities:
        if quality.is_worrying and outlets.intersection(quality.outlet_ids):
            say(f"\nPages of {quality.host}: {quality.words}. Rules for the host may help: docs/pages.md")
            for outcome, url in quality.examples.items():
                say(f"  {outcome}: {url}")


def read_reports(session: Session, *, failures: int, outlet: str | None, now: datetime) -> list[FeedReport]:
    """Gives every feed's report, those that are not well first."""
    query = (
        select(Feed, Outlet.name)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Outlet.active), col(Feed.state) != FeedState.REMOVED)
    )
    if outlet is not None:
        query = query.where(col(Outlet.name) == outlet)
    gaps = gaps_of(session, since=now - GAPS_SHOWN)
    reports = []
    for feed, name in session.exec(query.order_by(col(Outlet.name), col(Feed.id))):
        verdict = judge(facts_of(feed), failures=failures, now=now)
        state = _WORDS[verdict.health]
        if state == "ok" and feed.last_success_at is None:
            state = "new"
        reports.append(
            FeedReport(name, feed, state, verdict.reason, verdict.since, gaps.get(id_of(feed), ()))
        )
    return sorted(reports, key=lambda report: _ORDER[report.state])


def as_dict(report: FeedReport) -> dict[str, object]:
    """Gives a report as `--json` prints it."""
    feed = report.feed
    return {
        "outlet": report.outlet,
        "feed": feed.url,
        "address": feed.address,
        "state": report.state,
        "reason": report.reason,
        "since": iso(report.since),
        "last_success_at": iso(feed.last_success_at),
        "last_entry_at": iso(feed.last_entry_at),
        "last_error": feed.last_error,
        "failures": feed.failures,
        "problem": feed.problem,
        "moved_at": iso(feed.moved_at),
        "interval_seconds": round(feed.interval_seconds),
        "next_poll_at": iso(feed.next_poll_at),
        "delay_median_seconds": report.median,
        "delay_p90_seconds": report.p90,
        "delays_counted": len(feed.delays),
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
    """Gives how the pages of the outlet's hosts are read, as `--json` prints it."""
    return [
        {
            "host": quality.host,
            "pages": quality.pages,
            "read": quality.read,
            "median_characters": quality.median_characters,
            "outcomes": quality.outcomes,
            "examples": quality.examples,
            "worrying": quality.is_worrying,
        }
        for quality in qualities
        if report.feed.outlet_id in quality.outlet_ids
    ]


def _remarks(report: FeedReport, now: datetime) -> list[str]:
    """Gives what is said of a feed below the table, in words."""
    feed = report.feed
    remarks = []
    if report.reason:
        since = f"since {report.since:%Y-%m-%d %H:%M} UTC: " if report.since else ""
        remarks.append(f"{report.state} {since}{report.reason}")
    elif feed.failing_since is not None:
        remarks.append(f"the last try failed: {feed.last_error}")
    if feed.moved_at is not None and now - feed.moved_at < GAPS_SHOWN:
        remarks.append(f"moved to {feed.address}: put that into the settings")
    if feed.problem:
        remarks.append(f"its document is broken, but can be read: {feed.problem}")
    return remarks


def _gaps(gaps: Sequence[Gap]) -> str:
    if not gaps:
        return "–"
    filled = sum(gap.filled for gap in gaps)
    return f"{len(gaps)}, {filled} filled" if filled else str(len(gaps))


def _ago(moment: datetime | None, now: datetime) -> str:
    return "–" if moment is None else _short((now - moment).total_seconds())


def _pair(median: float | None, p90: float | None) -> str:
    return "–" if median is None or p90 is None else f"{_short(median)}, {_short(p90)}"


def _short(seconds: float) -> str:
    """Gives a time as people say it: 40 s, 12 min, 3 h, 5 d."""
    for unit, size, least in (("d", 86400, 2), ("h", 3600, 2), ("min", 60, 2)):
        if seconds >= size * least:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
