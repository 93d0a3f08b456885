"""Alerts: the list with its filters, one alert with everything behind it, dismissing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
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
from service.actions.exports import view_to_export
from service.actions.folders import folders_shown
from service.actions.triage import STATES, VIEWS, ViewWanted, see, view_filter
from service.actions.views import ViewFormat, alerts_view
from service.alert_facts import AlertFacts, alert_facts
from service.web.access import Caller, EditorForm, Reader
from service.web.changes import Paragraph, changes
from service.web.days import day_of
from service.web.downloads import as_file, links_to_save
from service.web.mark_words import marks_said
from service.web.marking import Sentence, paragraphs, segments, sentences
from service.web.numbers import Number, read_number
from service.web.render import render
from service.web.site import site_of
from service.web.triage_words import BECAUSE, shown_acts
from service.web.zones import zone_of
from storage.language import N_, _
from storage.stores.alerts.alert_details import FoundArticle
from storage.stores.alerts.alert_pages import (
    AlertFilter,
    ListedAlert,
    alert_page,
    listed_alerts,
    newest_alert_id,
)
from storage.stores.alerts.triage import DISMISSED, StoredAct, act_of, seen_by, tags_in_use
from storage.stores.articles.versions import StoredVersion, edits_among
from storage.stores.feeds.outlets import OutletChoices, outlet_choices
from storage.stores.folders.folders import ListedFolder
from storage.stores.people.users import all_users
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)

VIEW_WORDS = (
    ("", N_("All")),
    ("mine", N_("Mine")),
    ("unassigned", N_("Unassigned")),
    ("today", N_("Today")),
)
"""The views of the list."""

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
    seen: bool
    """Whether who looks has opened it."""
    act: int | None
    """What was just done about it, and can be undone."""


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


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The filters of the list, as its address has them."""

    watch: str = ""
    name: str = ""
    outlet: str = ""
    language: str = ""
    since: str = ""
    until: str = ""
    score: str = ""
    dismissed: str = ""
    view: str = ""
    state: str = ""
    assignee: str = ""
    tag: str = ""
    type: str = ""
    sort: str = ""

    @property
    def given(self) -> dict[str, str]:
        """Those that are set."""
        return {key: value for key, value in asdict(self).items() if value}

    def wanted(self, session: Session, person: str, zone: ZoneInfo, *, now: datetime) -> AlertFilter:
        """Return what they ask for, of a person. Raise `ActionError`."""
        view = ViewWanted(
            self.view if self.view in VIEWS else "",
            person,
            zone.key,
            self.state if self.state in STATES else "",
            self.assignee,
            self.tag,
        )
        dismissed: bool | None = bool(self.dismissed)
        return AlertFilter(
            watch_list=self.watch or None,
            name=self.name or None,
            outlet=self.outlet or None,
            language=self.language or None,
            since=day_of(self.since, zone=zone),
            until=day_of(self.until, after=True, zone=zone),
            min_score=float(number) if (number := read_number(self.score)) is not None else None,
            dismissed=None if self.state == DISMISSED else dismissed,
            by_publication=self.sort != "found",
            by_score=self.sort == "relevance",
            outlet_tag=self.type or None,
            triage=view_filter(session, view, now=now),
        )


Filters = Annotated[ListQuery, Depends()]


@dataclass(frozen=True, slots=True)
class ListRead:
    """What the list's page shows, as read in one go."""

    newest: int
    found: list[ListedAlert]
    seen: set[int]
    lists: list[str]
    outlets: OutletChoices
    people: list[str]
    tags: list[str]
    act: StoredAct | None


@router.get("/alerts")
async def list_alerts(
    request: Request, caller: Reader, filters: Filters, before: str = "", gone: str = "", act: str = ""
) -> Response:
    """The newest alerts that fit the filters."""
    site, start = site_of(request), read_number(before)
    read = partial(_read_list, filters=filters, caller=caller, zone=zone_of(request), now=site.now())
    page = await site.database.reading(read, start=start, act=read_number(act))
    given = filters.given
    last = page.found[PAGE - 1].id if len(page.found) > PAGE else None
    return render(
        request,
        "alerts.html",
        caller,
        glance=await site.glance(),
        page=page,
        rows=[_row(alert, seen=alert.id in page.seen) for alert in page.found[:PAGE]],
        filters=given,
        narrowed=[key for key in given if key != "view"],
        gone=[number for text in gone.split()[:MOST] if (number := read_number(text)) is not None],
        views=VIEW_WORDS,
        states=STATES,
        because=BECAUSE,
        more=None if last is None else f"/alerts?{urlencode({**given, 'before': last})}",
        is_first=start is None,
        here=f"/alerts?{urlencode(given)}" if given else "/alerts",
        exports=links_to_save("/alerts/export", given),
    )


def _read_list(
    session: Session,
    filters: ListQuery,
    caller: Caller,
    zone: ZoneInfo,
    *,
    start: int | None,
    act: int | None,
    now: datetime,
) -> ListRead:
    newest = newest_alert_id(session)  # read first: what comes after it is told by the stream
    wanted = filters.wanted(session, caller.name, zone, now=now)
    found = alert_page(session, wanted, before=start, limit=PAGE + 1)
    ids = [alert.id for alert in found]
    return ListRead(
        newest,
        found,
        set() if caller.user_id is None else seen_by(session, ids, caller.user_id),
        list_names(session),
        outlet_choices(session),
        [user.name for user in all_users(session)],
        tags_in_use(session),
        None if act is None else act_of(session, act),
    )


@router.get("/alerts/export")
async def export(
    request: Request, caller: Reader, filters: Filters, format: ViewFormat = ViewFormat.CSV
) -> Response:
    """Return the alerts that fit the filters as a file."""
    site, zone = site_of(request), zone_of(request)

    def read(session: Session) -> list[ListedAlert]:
        return view_to_export(session, filters.wanted(session, caller.name, zone, now=site.now()))

    return await as_file(site, alerts_view(await site.database.reading(read)), format)


@router.get("/alerts/{number}")
async def show_alert(
    request: Request, caller: Reader, number: Number, article: str = "", start: str = "", act: str = ""
) -> Response:
    """One alert: its articles, one of them open, what is mentioned where and why, how the story grew, who was told."""
    site = site_of(request)
    facts, people, folders = await site.database.reading(_read_alert, number=number)
    if facts is None:
        raise NotFoundError(_("There is no alert {number}.", number=number))
    if facts.found.merged_into is not None:
        return RedirectResponse(f"/alerts/{facts.found.merged_into}", 303)
    if caller.name not in facts.seen_by:
        await site.database.writing(see, number=number, person=caller.name, now=site.now())
    alert, first = facts.found, read_number(start) or 0
    zone = zone_of(request)
    due = facts.handling.due_at
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
        said=partial(marks_said, texts=[f"{each.title}\n{each.text}" for each in alert.articles]),
        states=STATES,
        people=people,
        folders=[folder for folder in folders if folder.closed_at is None],
        acts=shown_acts(facts.acts, number, zone),
        due="" if due is None else due.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        zone=zone.key,
        act=next((one for one in facts.acts if one.id == read_number(act)), None),
    )


def _read_alert(session: Session, number: int) -> tuple[AlertFacts | None, list[str], list[ListedFolder]]:
    """Return an alert, who can be asked to deal with it, and the folders that it can be put into."""
    return (
        alert_facts(session, number),
        [user.name for user in all_users(session)],
        folders_shown(session),
    )


@router.post("/alerts/dismiss")
async def dismiss_several(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Mark the selected alerts as not relevant, or take that back; go back to the list that they stood in.

    One of a list says so in its place.
    """
    site = site_of(request)
    numbers = [number for text in form.all("alert") if (number := read_number(text)) is not None]
    here = form.text("here")
    path = here if re.match(r"/alerts(\?|$)", here) else "/alerts"
    if form.flag("undo"):
        await site.database.writing(
            restore_all, numbers=numbers, via="page", caller=caller.name, now=site.now()
        )
        site.hints.wake()
        return RedirectResponse(path, 303)
    act = partial(dismiss_all, numbers=numbers, via="page", caller=caller.name, now=site.now())
    await site.database.writing(act)
    site.hints.wake()
    if "hx-request" in request.headers and form.flag("in_list") and len(numbers) == 1:
        return render(request, "alert_gone.html", caller, number=numbers[0])
    gone = urlencode({"gone": " ".join(map(str, numbers))})
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{gone}", 303)


@router.post("/alerts/{number}/dismiss")
async def dismiss_alert(request: Request, caller: Reader, form: EditorForm, number: Number) -> Response:
    """Mark an alert as not relevant, or takes that back."""
    site = site_of(request)
    act: Callable[[Session], object] = partial(
        restore, number=number, via="page", caller=caller.name, now=site.now()
    )
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
    site.hints.wake()
    if "hx-request" in request.headers and form.flag("in_list"):
        if not form.flag("undo"):
            return render(request, "alert_gone.html", caller, number=number)
        return await row_in_place(request, caller, number)
    return RedirectResponse(f"/alerts/{number}", 303)


async def row_in_place(request: Request, caller: Caller, number: int, *, act: int | None = None) -> Response:
    """Return a row of the list, to take its place there; with the act that can be undone."""

    def read(session: Session) -> tuple[list[ListedAlert], bool]:
        saw = caller.user_id is not None and bool(seen_by(session, [number], caller.user_id))
        return listed_alerts(session, [number]), saw

    found, seen = await site_of(request).database.reading(read)
    if not found:  # it became one with another meanwhile
        return Response("", media_type="text/html")
    return render(request, "alert_row.html", caller, row=_row(found[0], seen=seen, act=act))


def _row(alert: ListedAlert, *, seen: bool, act: int | None = None) -> Row:
    found = [s for s in sentences(alert, alert.mentions) if s.segments]
    in_text = [s for s in found if not _is_title(s, alert.title)]
    return Row(
        alert,
        words_of_spike(alert.spike),
        segments(alert.title, [(m.start, m.end) for m in alert.mentions if m.field == "title"]),
        tuple(dict.fromkeys(mention.name for mention in alert.mentions)),
        tuple(in_text[:SENTENCES]),
        seen,
        act,
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
