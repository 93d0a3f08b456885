"""Alerts: the list with its filters, one alert with everything behind it, dismissing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.delivery.view import Segment
from alerts.raising.wording import words_of_spike
from service.actions.dismissals import (
    MOST,
    dismiss,
    dismiss_all,
    dismissal_kind,
    restore,
    restore_all,
)
from service.actions.errors import NotFoundError
from service.actions.exports import ViewFormat, view_to_export
from service.alert_facts import alert_facts
from service.web.access import Caller, EditorForm, Reader
from service.web.changes import Paragraph, changes
from service.web.days import day_of
from service.web.downloads import as_file
from service.web.marking import Sentence, paragraphs, segments, sentences
from service.web.numbers import Number, read_number
from service.web.render import render
from service.web.site import site_of
from storage.language import N_, _
from storage.stores.alerts.alert_details import FoundArticle
from storage.stores.alerts.alert_pages import (
    AlertFilter,
    ListedAlert,
    alert_page,
    languages_in_use,
    listed_alerts,
    newest_alert_id,
)
from storage.stores.articles.versions import StoredVersion, edits_among
from storage.stores.feeds.outlets import outlet_names
from storage.stores.watch.watch_lists import list_names
from storage.tables import DismissalKind

router = APIRouter(include_in_schema=False)

BECAUSE = (
    (DismissalKind.ANOTHER, N_("Another person or matter")),
    (DismissalKind.PASSING, N_("Only mentioned in passing")),
    (DismissalKind.NOT_NEWS, N_("Not news")),
    (DismissalKind.OUTLET, N_("Wrong outlet")),
)
"""What a reader can say of an alert that is not relevant."""

PAGE = 30
SENTENCES = 2
"""Shown of each alert in the list."""
ARTICLES = 20
"""Of an alert at a time."""
OPENED_SENTENCES, OTHER_SENTENCES = 50, 3
"""Shown of the article that is open, and of each other."""
MOST_TEXT = 50_000
"""Bytes of a text that a page shows; the whole is at the outlet."""


@dataclass(frozen=True, slots=True)
class Row:
    """An alert of the list, made ready to be shown."""

    alert: ListedAlert
    reason: str
    """What a spike is, in words; empty for others."""
    title: tuple[Segment, ...]
    names: tuple[str, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """How an article changed from one version to the next."""

    number: int
    seen_at: datetime
    title: list[Paragraph]
    text: list[Paragraph]


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """An article of an alert, made ready to be shown."""

    article: FoundArticle
    title: tuple[Segment, ...]
    sentences: list[Sentence]
    is_open: bool
    """Whether the text and its edits are shown too."""
    paragraphs: list[tuple[Segment, ...]]
    is_cut: bool
    changes: list[ShownVersion]


@router.get("/")
async def home(_caller: Reader) -> Response:
    """The alerts are where one begins."""
    return RedirectResponse("/alerts", 303)


@router.get("/alerts")
async def list_alerts(
    request: Request,
    caller: Reader,
    watch: str = "",
    name: str = "",
    outlet: str = "",
    language: str = "",
    since: str = "",
    until: str = "",
    score: str = "",
    dismissed: str = "",
    before: str = "",
    gone: str = "",
) -> Response:
    """The newest alerts that fit the filters."""
    wanted = _wanted(watch, name, outlet, language, since, until, score, dismissed)
    start = read_number(before)

    def read(session: Session) -> tuple[int, list[ListedAlert], list[str], list[str], list[str]]:
        return (
            newest_alert_id(session),  # read first: what comes after it is told by the stream
            alert_page(session, wanted, before=start, limit=PAGE + 1),
            list_names(session),
            outlet_names(session),
            languages_in_use(session),
        )

    newest, found, lists, outlets, languages = await site_of(request).database.reading(read)
    filters = {
        key: value
        for key, value in (
            ("watch", watch),
            ("name", name),
            ("outlet", outlet),
            ("language", language),
            ("since", since),
            ("until", until),
            ("score", score),
            ("dismissed", dismissed),
        )
        if value
    }
    more = f"/alerts?{urlencode({**filters, 'before': found[PAGE - 1].id})}" if len(found) > PAGE else None
    return render(
        request,
        "alerts.html",
        caller,
        glance=await site_of(request).glance(),
        rows=[_row(alert) for alert in found[:PAGE]],
        filters=filters,
        gone=[number for text in gone.split()[:MOST] if (number := read_number(text)) is not None],
        newest=newest,
        lists=lists,
        outlets=outlets,
        languages=languages,
        more=more,
        is_first=start is None,
        here=f"/alerts?{urlencode(filters)}" if filters else "/alerts",
        exports={
            each.name: f"/alerts/export?{urlencode({**filters, 'format': each.value})}" for each in ViewFormat
        },
    )


@router.get("/alerts/export")
async def export(
    request: Request,
    _caller: Reader,
    format: ViewFormat = ViewFormat.CSV,
    watch: str = "",
    name: str = "",
    outlet: str = "",
    language: str = "",
    since: str = "",
    until: str = "",
    score: str = "",
    dismissed: str = "",
) -> Response:
    """Return the alerts that fit the filters as a file."""
    wanted = _wanted(watch, name, outlet, language, since, until, score, dismissed)
    found = await site_of(request).database.reading(view_to_export, wanted=wanted)
    return await as_file(found, format)


@router.get("/alerts/{number}")
async def show_alert(
    request: Request, caller: Reader, number: Number, article: str = "", start: str = ""
) -> Response:
    """One alert: its articles, one of them open, what is mentioned where and why, how the story grew, who was told."""
    facts = await site_of(request).database.reading(alert_facts, number=number)
    if facts is None:
        raise NotFoundError(_("There is no alert {number}.", number=number))
    if facts.found.merged_into is not None:
        return RedirectResponse(f"/alerts/{facts.found.merged_into}", 303)
    alert, first = facts.found, read_number(start) or 0
    some = alert.articles[first : first + ARTICLES]
    chosen = read_number(article) or next((each.id for each in some), 0)
    return render(
        request,
        "alert.html",
        caller,
        alert=alert,
        facts=facts,
        articles=[_shown(each, facts.versions.get(each.id, []), is_open=each.id == chosen) for each in some],
        first=first,
        more=f"/alerts/{number}?start={first + ARTICLES}" if len(alert.articles) > first + ARTICLES else None,
        actors=sorted({m.name for a in alert.articles for m in a.mentions if m.kind == "actor"}),
        outlets=list(dict.fromkeys(article.outlet for article in alert.articles)),
        because=BECAUSE,
    )


@router.post("/alerts/dismiss")
async def dismiss_several(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Mark the selected alerts as not relevant, or take that back; go back to the list that they stood in."""
    site = site_of(request)
    numbers = [number for text in form.all("alert") if (number := read_number(text)) is not None]
    here = form.text("here")
    path = here if re.match(r"/alerts(\?|$)", here) else "/alerts"
    if form.flag("undo"):
        await site.database.writing(restore_all, numbers=numbers)
        return RedirectResponse(path, 303)
    act = partial(dismiss_all, numbers=numbers, via="page", caller=caller.name, now=site.now())
    await site.database.writing(act)
    gone = urlencode({"gone": " ".join(map(str, numbers))})
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{gone}", 303)


@router.post("/alerts/{number}/dismiss")
async def dismiss_alert(request: Request, caller: Reader, form: EditorForm, number: Number) -> Response:
    """Mark an alert as not relevant, or takes that back."""
    site = site_of(request)
    act: Callable[[Session], object] = partial(restore, number=number)
    if not form.flag("undo"):
        act = partial(
            dismiss,
            number=number,
            via="page",
            kind=dismissal_kind(form.text("because")),
            caller=caller.name,
            now=site.now(),
        )
    await site.database.writing(act)
    if "hx-request" in request.headers and form.flag("in_list"):
        return await _in_place(request, caller, number, undone=form.flag("undo"))
    return RedirectResponse(f"/alerts/{number}", 303)


async def _in_place(request: Request, caller: Caller, number: int, *, undone: bool) -> Response:
    """Return what takes a row's place in the list: that it is dismissed, or the row again."""
    if not undone:
        return render(request, "alert_gone.html", caller, number=number)
    found = await site_of(request).database.reading(listed_alerts, ids=[number])
    if not found:  # it became one with another meanwhile
        return Response("", media_type="text/html")
    return render(request, "alert_row.html", caller, row=_row(found[0]))


def _row(alert: ListedAlert) -> Row:
    found = [s for s in sentences(alert, alert.mentions) if s.segments]
    in_text = [s for s in found if not _is_title(s, alert.title)]
    return Row(
        alert,
        words_of_spike(alert.spike),
        segments(alert.title, [(m.start, m.end) for m in alert.mentions if m.field == "title"]),
        tuple(dict.fromkeys(mention.name for mention in alert.mentions)),
        tuple(in_text[:SENTENCES]),
    )


def _is_title(sentence: Sentence, title: str) -> bool:
    return "".join(segment.text for segment in sentence.segments) == title


def _shown(article: FoundArticle, versions: list[StoredVersion], *, is_open: bool) -> ShownArticle:
    places = article.mentions
    text = article.text.encode()[:MOST_TEXT].decode(errors="ignore") if is_open else ""
    edits = edits_among(versions)[::-1] if is_open else []
    return ShownArticle(
        article,
        segments(article.title, [(m.start, m.end) for m in places if m.field == "title"]),
        sentences(article, places, most=OPENED_SENTENCES if is_open else OTHER_SENTENCES),
        is_open,
        paragraphs(text, places),
        is_open and len(text) < len(article.text),
        [
            ShownVersion(new.number, new.seen_at, changes(old.title, new.title), changes(old.text, new.text))
            for old, new in edits
        ],
    )


def _wanted(
    watch: str, name: str, outlet: str, language: str, since: str, until: str, score: str, dismissed: str
) -> AlertFilter:
    """Return what the filters of the page ask for."""
    return AlertFilter(
        watch_list=watch or None,
        name=name or None,
        outlet=outlet or None,
        language=language or None,
        since=day_of(since),
        until=day_of(until, after=True),
        min_score=float(number) if (number := read_number(score)) is not None else None,
        dismissed=bool(dismissed),
        by_publication=True,
    )
