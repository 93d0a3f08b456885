"""Lists of outlets: which are asked for and in which order, what each brought and cost, and the same as a file."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.actions.views import View
from storage.language import _
from storage.outlet_types import type_of
from storage.stores.feeds.outlet_figures import OutletFigures
from storage.stores.feeds.outlets import ListedOutlet

FIGURED = timedelta(days=30)
"""What each outlet brought and cost is shown for so long."""
OUTLET_SORTS = ("name", "articles", "alerts", "delay", "success")
NOTHING = OutletFigures()


@dataclass(frozen=True, slots=True)
class OutletFilter:
    """Which outlets are asked for; everything that is set must fit. `search` stands in a name or site."""

    state: str = ""
    tag: str = ""
    search: str = ""
    country: str = ""
    language: str = ""
    type: str = ""
    sort: str = ""


def delay_of(outlet: ListedOutlet) -> float | None:
    """Return seconds from publication to sight, in the middle of its feeds' last entries; None where none are known."""
    delays = [delay for feed in outlet.feeds for delay in feed.delays]
    return statistics.median(delays) if delays else None


def last_success_of(outlet: ListedOutlet) -> datetime | None:
    """Return when one of its feeds was read last; None where none ever was."""
    return max(
        (feed.last_success_at for feed in outlet.feeds if feed.last_success_at is not None), default=None
    )


def outlets_listed(
    outlets: Sequence[ListedOutlet], wanted: OutletFilter, figures: Mapping[int, OutletFigures]
) -> list[ListedOutlet]:
    """Return the outlets that fit, in the order that is asked for: by name, or what has most, or has waited longest, first."""
    found = [
        each
        for each in outlets
        if wanted.state in ("", each.health)
        and (not wanted.tag or wanted.tag in each.tags)
        and wanted.search.casefold() in f"{each.name}\n{each.site}".casefold()
        and wanted.country in ("", each.country)
        and wanted.language in ("", each.language)
        and wanted.type in ("", type_of(each.tags))
    ]
    match wanted.sort:
        case "articles":
            return sorted(found, key=lambda each: -figures.get(each.id, NOTHING).articles)
        case "alerts":
            return sorted(found, key=lambda each: -figures.get(each.id, NOTHING).alerts)
        case "delay":
            return sorted(found, key=lambda each: -(delay_of(each) or -1.0))
        case "success":
            return sorted(found, key=_success)
        case _:
            return found


def _success(outlet: ListedOutlet) -> float:
    last = last_success_of(outlet)
    return last.timestamp() if last is not None else 0.0


def outlets_view(outlets: Sequence[ListedOutlet], figures: Mapping[int, OutletFigures]) -> View:
    """Return outlets as a list shows them, with what each brought and cost in the last 30 days."""
    columns = (
        *(
            "outlet",
            "site",
            "state",
            "type",
            "country",
            "language",
            "tags",
            "last_success_at",
            "delay_seconds",
        ),
        *("articles_a_day", "alerts_30_days", "pages_30_days", "page_requests_30_days"),
    )
    rows = []
    for each in outlets:
        had = figures.get(each.id, NOTHING)
        rows.append(
            (
                *(each.name, each.site, each.health, type_of(each.tags), each.country, each.language),
                *("; ".join(each.tags), last_success_of(each), delay_of(each)),
                *(round(had.articles / FIGURED.days, 2), had.alerts, had.pages, had.requests),
            )
        )
    return View("outlets", _("Outlets"), columns, rows)
