"""Editions of a review that is a report: a month's numbers, drafted with their stories, and shown with the editor's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.review.values import RightsTable
from service.actions.editions import edition_shown
from service.actions.errors import InvalidError, UnknownNameError
from service.actions.reports import PeriodReport, ReportAsked, last_month, read_report
from service.actions.reviews import ShownReview
from service.locale import translator
from service.reports.values import ReportView
from service.reports.words import report_view, summary_of
from storage import language
from storage.language import _, speaking
from storage.stores.reviews.editions import NewEdition, NewItem, StoredEdition
from storage.stores.stories.charted import ChartSpan
from storage.viewers import TEAM, looking_as

STORIES = "0"
"""The section of the stories: the one that such an edition has."""


def prepare_report_edition(
    session: Session, review: ShownReview, rights: RightsTable, *, due_at: datetime, now: datetime
) -> NewEdition:
    """Return an edition of the last whole month: its numbers in short, and its stories. Nothing is stored.

    Where a watch list, actor or topic is not there any more it is empty: its printing says which, and holds it.
    """
    span = last_month(due_at, ZoneInfo(review.zone))
    with speaking(translator(review.keys.language)):
        intro, items = "", tuple[NewItem, ...]()
        try:
            report = _read(session, review, span, rights, now=now)
            intro, items = summary_of(report), _items(report)
        except UnknownNameError:
            pass
        return NewEdition(
            review_id=review.id,
            title=_("{review}, {month}", review=review.name, month=language.month(span.first)),
            since=span.start,
            until=span.end,
            due_at=due_at,
            sections=(_("Stories of the month"),),
            figures=(),
            items=items,
            intro=intro,
        )


def edition_report(
    session: Session, number: int, review: ShownReview, rights: RightsTable, *, spoken: str, now: datetime
) -> ReportView:
    """Return the report of an edition in a language, under its title, with its stories as the editor left them.

    Raise `NotFoundError`, `UnknownNameError`.
    """
    edition = edition_shown(session, number)
    zone = ZoneInfo(review.zone)
    first, end = (at.astimezone(zone) for at in (edition.listed.since, edition.listed.until))
    span = ChartSpan(first.date(), (end - timedelta(seconds=1)).date(), zone)
    with speaking(translator(spoken)):
        report = _read(session, review, span, rights, now=now)
        return report_view(
            _as_edited(report, edition), name=review.name, title=edition.listed.title, intro=edition.intro
        )


def refuse_sheet(review: ShownReview, kind: str) -> None:
    """Raise `InvalidError` where a press review is asked for as a spreadsheet."""
    if kind == "xlsx" and review.keys.report is None:
        raise InvalidError(
            _("Only reports come as XLSX; {name!r} is a press review.", name=review.name), key="format"
        )


def _read(
    session: Session, review: ShownReview, span: ChartSpan, rights: RightsTable, *, now: datetime
) -> PeriodReport:
    """Return the numbers: of the lists that the review names, or of those that everybody sees, whoever asks."""
    named = review.keys.report is not None and bool(review.keys.report.watch)
    with looking_as(None if named else TEAM):
        return read_report(session, _asked(review, span), rights, now=now)


def _asked(review: ShownReview, span: ChartSpan) -> ReportAsked:
    keys = review.keys.report
    return ReportAsked(span) if keys is None else ReportAsked(span, keys.watch, keys.actors)


def _as_edited(report: PeriodReport, edition: StoredEdition) -> PeriodReport:
    """Return the numbers with the stories that are still in the edition, in its order and under its headlines."""
    known = {told.story.id: told for told in report.stories}
    stories = []
    for item in edition.shown:
        told = known.get(item.story_id or 0)
        if told is not None:
            stories.append(replace(told, article=replace(told.article, title=item.headline)))
    return replace(report, stories=tuple(stories))


def _items(report: PeriodReport) -> tuple[NewItem, ...]:
    return tuple(
        NewItem(
            section=STORIES,
            outlet=told.article.outlet,
            headline=" ".join(told.article.title.split()),
            url=told.article.url,
            language=told.article.language,
            came_out_at=told.article.at,
            article_id=told.article.id,
            story_id=told.story.id,
            outlets=told.story.outlets,
        )
        for told in report.stories
    )
