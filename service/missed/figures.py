"""How we compare with control sources: found of what they had, missed and why, and what only we found."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from crawler.unwrapping import article_keys
from service.missed.tracing import Given, trace_articles
from service.missed.values import StopKind, TracedArticle
from service.missed.words import LABELS, article_as_json, stop_words
from storage.language import _, ngettext, number, percent
from storage.stores.feeds.control_findings import (
    AlertedArticle,
    ControlArticle,
    alerted_since,
    control_names,
    findings_since,
)

MOST_EXPLAINED = 1_000
"""Findings, the newest, of which it is said why each was missed: some 10 ms each."""
MOST_COUNTED = 10_000
"""Findings, the newest, of which it is only counted how many were found."""
WEEK = timedelta(days=7)
LISTED = 25
"""Of the missed, in a mail."""


@dataclass(frozen=True, slots=True)
class ControlCount:
    """What one control source had, what of it stands in our alerts, and what of that we had before it."""

    control: str
    total: int
    found: int
    ahead: int


@dataclass(frozen=True, slots=True)
class ControlWeek:
    """Seven days of the comparison, from `since`; those that the comparison begins in may be fewer."""

    since: datetime
    total: int
    found: int


@dataclass(frozen=True, slots=True)
class MissedFinding:
    """An article that a control source had and that stands in no alert of ours."""

    control: str
    first_seen_at: datetime
    traced: TracedArticle


@dataclass(frozen=True, slots=True)
class ControlFigure:
    """The comparison over a time. `ours` are articles in our alerts that no control source had."""

    since: datetime
    until: datetime
    counts: tuple[ControlCount, ...]
    missed: tuple[MissedFinding, ...]
    ours: tuple[AlertedArticle, ...]
    weeks: tuple[ControlWeek, ...] = ()
    """The newest first."""
    left_out: int = 0
    """Older findings that were not compared."""

    @property
    def total(self) -> int:
        """How many articles the control sources had; one that two had counts for both."""
        return sum(count.total for count in self.counts)

    @property
    def found(self) -> int:
        """How many of them stand in our alerts."""
        return sum(count.found for count in self.counts)

    @property
    def kinds(self) -> list[tuple[StopKind, int]]:
        """How many of the missed stopped where, the most first."""
        return Counter(one.traced.reason.kind for one in self.missed).most_common()


def control_figure(
    session: Session, *, since: datetime, now: datetime, watch: str | None = None, reasons: bool = True
) -> ControlFigure:
    """Return how we compare with the control sources since then, for one watch list or for all.

    Without `reasons`, no text is read again to say which rule was missed by what: only the counts hold.
    """
    findings = findings_since(session, since)
    left_out = max(0, len(findings) - (MOST_EXPLAINED if reasons else MOST_COUNTED))
    findings = findings[left_out:]
    given = [Given(finding.url) for finding in findings]
    traced = trace_articles(session, given, now=now, watch=watch, reasons=reasons)
    pairs = [
        (finding, article if article.title else replace(article, title=finding.title))
        for finding, article in zip(findings, traced, strict=True)
    ]
    had = {key for finding in findings for key in article_keys(finding.url)}
    alerted = alerted_since(session, since, watch_list=watch)
    return ControlFigure(
        since,
        now,
        tuple(
            _count(name, [pair for pair in pairs if pair[0].control == name])
            for name in control_names(session)
        ),
        tuple(
            MissedFinding(finding.control, finding.first_seen_at, article)
            for finding, article in pairs
            if not article.is_found
        ),
        tuple(
            article
            for article in alerted
            if article.canonical_url not in had and article.declared_url not in had
        ),
        _weeks(pairs, since, now),
        left_out,
    )


def describe_figure(figure: ControlFigure) -> tuple[str, str]:
    """Return subject and text of the mail to the operators."""
    share = f" ({percent(figure.found / figure.total)})" if figure.total else ""
    subject = _(
        "Control sources: {found} of {total} articles found{share}",
        found=number(figure.found),
        total=number(figure.total),
        share=share,
    )
    lines = [f"{figure.since:%Y-%m-%d %H:%M} – {figure.until:%Y-%m-%d %H:%M} UTC"]
    lines += [
        _(
            "{control}: {found} of {total} found, {ahead} of them before it had them",
            control=count.control,
            found=number(count.found),
            total=number(count.total),
            ahead=number(count.ahead),
        )
        for count in figure.counts
    ]
    lines.append(_("In alerts, and at no control source: {count}", count=number(len(figure.ours))))
    if figure.missed:
        told = "\n".join(f"  {number(count)} {_(LABELS[kind])}" for kind, count in figure.kinds)
        lines.append(_("Missed: {count}", count=number(len(figure.missed))) + f"\n{told}")
    for one in figure.missed[:LISTED]:
        title = one.traced.title or one.traced.url
        lines.append(f"{title}\n{one.traced.url}\n{stop_words(one.traced.reason)}")
    if len(figure.missed) > LISTED:
        lines.append(ngettext("… and {count} more.", "… and {count} more.", len(figure.missed) - LISTED))
    lines.append(_("All of it: tocsin missed --controls"))
    return subject, "\n\n".join(lines)


def figure_as_json(figure: ControlFigure) -> dict[str, Any]:
    """Return the comparison for JSON, as the command line and the API give it."""
    return {
        "since": figure.since,
        "until": figure.until,
        "total": figure.total,
        "found": figure.found,
        "controls": [asdict(count) for count in figure.counts],
        "weeks": [asdict(week) for week in figure.weeks],
        "missed_by_kind": {kind.value: count for kind, count in figure.kinds},
        "missed": [
            {"control": one.control, "first_seen_at": one.first_seen_at, **article_as_json(one.traced)}
            for one in figure.missed
        ],
        "only_ours": [
            {"url": article.canonical_url, "outlet": article.outlet, "title": article.title}
            for article in figure.ours
        ],
        "left_out": figure.left_out,
    }


def _weeks(
    pairs: list[tuple[ControlArticle, TracedArticle]], since: datetime, now: datetime
) -> tuple[ControlWeek, ...]:
    last = max(0, -((since - now) // WEEK) - 1)
    total, found = Counter[int](), Counter[int]()
    for finding, article in pairs:
        week = min(max(0, (now - finding.first_seen_at) // WEEK), last)
        total[week] += 1
        found[week] += article.is_found
    return tuple(
        ControlWeek(max(since, now - (week + 1) * WEEK), total[week], found[week]) for week in range(last + 1)
    )


def _count(name: str, pairs: list[tuple[ControlArticle, TracedArticle]]) -> ControlCount:
    found = [(finding, article) for finding, article in pairs if article.is_found]
    ahead = sum(
        article.found_at is not None and article.found_at <= finding.first_seen_at
        for finding, article in found
    )
    return ControlCount(name, len(pairs), len(found), ahead)
