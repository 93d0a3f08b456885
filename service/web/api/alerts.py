"""Alerts and silences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from alerts.values import FIELDS
from service.actions.dismissals import dismiss, dismiss_all, restore, restore_all
from service.actions.errors import NotFoundError
from service.actions.exports import view_to_export
from service.actions.silences import Muted, add_silence, end_silence
from service.actions.triage import By, ViewWanted, view_filter
from service.actions.views import ViewFormat, alerts_view
from service.alert_facts import AlertFacts, alert_facts
from service.web.access import Caller
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.alerts import (
    AlertLine,
    AlertOut,
    ArticleOut,
    ChangeOut,
    DismissalIn,
    DismissalOut,
    DismissalsIn,
    EditOut,
    GrowthOut,
    HandlingOut,
    MentionOut,
    NoteOut,
    PrecisionOut,
    RelatedOut,
    SilenceIn,
    SilenceOut,
    TriageActOut,
)
from service.web.api.shapes.common import (
    Cursor,
    Filter,
    Limit,
    ListPage,
    Since,
    Until,
    WholeList,
    read_cursor,
    whole,
    write_cursor,
)
from service.web.downloads import as_file
from service.web.numbers import Number
from service.web.site import site_of
from storage.diff import diff_paragraphs
from storage.language import _
from storage.stores.alerts.alert_details import FoundArticle, FoundMention
from storage.stores.alerts.alert_pages import AlertFilter, ListedAlert, alert_page, listed_alerts
from storage.stores.alerts.dismissals import Precision
from storage.stores.alerts.silences import ListedSilence, list_silences
from storage.stores.articles.versions import StoredVersion, edits_among
from storage.tables import DismissalKind

router = APIRouter(route_class=ApiRoute, tags=["alerts"])


@dataclass(frozen=True, slots=True)
class ViewQuery:
    """How the alerts that are asked for are dealt with."""

    view: Annotated[
        Literal["mine", "unassigned", "today"] | None, Query(description="What is left to do, and whose.")
    ] = None
    person: Annotated[
        Filter, Query(description="A user's name: whose alerts `mine` are; left out: who asks.")
    ] = None
    zone: Annotated[Filter, Query(description="Where `today` is, such as Africa/Casablanca.")] = None
    state: Annotated[Filter, Query(description="`new`, `seen`, `in-hand`, `done` or `dismissed`.")] = None
    assignee: Annotated[Filter, Query(description="A user's name.")] = None
    tag: Filter = None
    outlet_tag: Annotated[Filter, Query(description="Of the outlet; its type and themes are tags.")] = None
    sort: Annotated[
        Literal["raised", "published", "relevance"],
        Query(description="What comes first: raised last, published last, or most relevant."),
    ] = "raised"

    def onto(self, wanted: AlertFilter) -> AlertFilter:
        """Return a filter with the outlet's tag, in this order."""
        return replace(
            wanted,
            outlet_tag=self.outlet_tag,
            by_publication=self.sort == "published",
            by_score=self.sort == "relevance",
        )

    def of(self, caller: Caller) -> ViewWanted:
        """Return what a caller asks for."""
        own = caller.name if caller.user_id is not None else ""
        return ViewWanted(
            self.view or "",
            self.person or own,
            self.zone or "",
            self.state or "",
            self.assignee or "",
            self.tag or "",
        )


View = Annotated[ViewQuery, Depends()]


def _dealt_with(session: Session, wanted: AlertFilter, view: ViewWanted, now: datetime) -> AlertFilter:
    return replace(wanted, triage=view_filter(session, view, now=now))


def by_of(caller: Caller) -> By:
    """Return whose act it is that comes by the API."""
    return By(caller.name, "api", is_user=caller.user_id is not None)


NO_REASON = DismissalIn(kind=DismissalKind.UNSAID)


@router.get("/alerts", responses=READING)
async def list_alerts(
    request: Request,
    caller: ReadCaller,
    view: View,
    watch_list: Filter = None,
    name: Annotated[Filter, Query(description="Of an actor or topic.")] = None,
    outlet: Filter = None,
    language: Filter = None,
    since: Since = None,
    until: Until = None,
    min_score: Annotated[float | None, Query(ge=0, le=100, description="Relevance, at least.")] = None,
    dismissed: Annotated[
        bool | None, Query(description="Only those that were, or were not. Left out: both.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> ListPage[AlertLine]:
    """Return alerts, newest first."""
    site = site_of(request)
    wanted = view.onto(AlertFilter(watch_list, name, outlet, language, since, until, min_score, dismissed))
    wanted = await site.database.reading(_dealt_with, wanted=wanted, view=view.of(caller), now=site.now())
    before = read_cursor(cursor)
    found = await site.database.reading(alert_page, wanted=wanted, before=before, limit=limit + 1)
    more = write_cursor(found[limit - 1].id) if len(found) > limit else None
    return ListPage(items=[alert_line(alert) for alert in found[:limit]], next=more)


@router.get(
    "/alerts/export",
    response_class=Response,
    responses={**READING, 200: {"description": "A file: a row for each alert, newest first."}},
)
async def export(
    request: Request,
    caller: ReadCaller,
    view: View,
    format: Annotated[ViewFormat, Query(description="Of the file.")] = ViewFormat.JSON,
    watch_list: Filter = None,
    name: Annotated[Filter, Query(description="Of an actor or topic.")] = None,
    outlet: Filter = None,
    language: Filter = None,
    since: Since = None,
    until: Until = None,
    min_score: Annotated[float | None, Query(ge=0, le=100, description="Relevance, at least.")] = None,
    dismissed: Annotated[bool | None, Query(description="As in the list.")] = None,
) -> Response:
    """Return the newest 10,000 alerts that fit the filters as a file."""
    site = site_of(request)
    wanted = view.onto(AlertFilter(watch_list, name, outlet, language, since, until, min_score, dismissed))
    wanted = await site.database.reading(_dealt_with, wanted=wanted, view=view.of(caller), now=site.now())
    found = await site.database.reading(view_to_export, wanted=wanted)
    return await as_file(site, alerts_view(found), format)


@router.get("/alerts/{number}", responses=READING)
async def show_alert(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> AlertOut:
    """Return an alert: its articles with every mention and edit, its story, its rules. Who was told: /deliveries?alert=…"""

    def read(session: Session) -> tuple[AlertFacts | None, list[ListedAlert]]:
        return alert_facts(session, number), listed_alerts(session, [number])

    facts, listed = await site_of(request).database.reading(read)
    if facts is None:
        raise NotFoundError(_("There is no alert {number}.", number=number))
    return _whole(facts, listed[0])


@router.put("/alerts/{number}/dismissal", status_code=204, responses=WRITING)
async def dismiss_alert(
    request: Request, caller: WriteCaller, number: Number, why: DismissalIn = NO_REASON
) -> Response:
    """Mark an alert as not relevant; say why, and Tocsin can propose how to change the list. Twice is once."""
    site = site_of(request)
    act = partial(dismiss, number=number, via="api", kind=why.kind, caller=caller.name, now=site.now())
    await site.database.writing(act)
    site.hints.wake()
    return Response(status_code=204)


@router.delete("/alerts/{number}/dismissal", status_code=204, responses=WRITING)
async def undo_dismissal(request: Request, caller: WriteCaller, number: Number) -> Response:
    """Take a dismissal back."""
    site = site_of(request)
    await site.database.writing(restore, number=number, via="api", caller=caller.name, now=site.now())
    site.hints.wake()
    return Response(status_code=204)


@router.post("/alerts/dismissals", status_code=204, responses=WRITING)
async def dismiss_several(
    request: Request, caller: WriteCaller, wanted: DismissalsIn, _key: IdempotencyKey = None
) -> Response:
    """Mark several alerts as not relevant, or take that back: all or none."""
    site = site_of(request)
    if wanted.undo:
        await site.database.writing(
            restore_all, numbers=wanted.alerts, via="api", caller=caller.name, now=site.now()
        )
        return Response(status_code=204)
    act = partial(
        dismiss_all,
        numbers=wanted.alerts,
        via="api",
        kind=wanted.kind,
        caller=caller.name,
        now=site.now(),
    )
    await site.database.writing(act)
    site.hints.wake()
    return Response(status_code=204)


@router.get("/silences", responses=READING, response_model=ListPage[SilenceOut])
async def show_silences(
    request: Request,
    _caller: ReadCaller,
    ended: Annotated[bool, Query(description="Also those that ended.")] = False,
    _known: IfNoneMatch = None,
) -> WholeList:
    """Return the silences, newest first."""
    site = site_of(request)
    return whole(await site.database.reading(list_silences, now=site.now(), all_=ended))


@router.post("/silences", status_code=201, responses=WRITING, response_model=SilenceOut)
async def silence(
    request: Request, _caller: WriteCaller, wanted: SilenceIn, _key: IdempotencyKey = None
) -> ListedSilence:
    """Mute a watch list, actor, outlet or story for a time. Alerts are made and stored, and no notifications are sent."""
    site = site_of(request)
    muted = Muted(wanted.watch_list, wanted.actor, wanted.outlet, wanted.story)
    length = timedelta(hours=wanted.hours)
    add = partial(add_silence, muted=muted, length=length, reason=wanted.reason, now=site.now())
    return (await site.database.writing(add)).silence


@router.delete("/silences/{number}", status_code=204, responses=WRITING)
async def stop_silence(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """End a silence now."""
    site = site_of(request)
    await site.database.writing(end_silence, number=number, now=site.now())
    return Response(status_code=204)


def alert_line(alert: ListedAlert) -> AlertLine:
    """Return an alert as a list and the stream tell it."""
    return AlertLine(
        id=alert.id,
        watch_list=alert.watch_list,
        story=alert.story_id,
        created_at=alert.created_at,
        title=alert.title,
        outlet=alert.outlet,
        url=alert.url,
        language=alert.language,
        published_at=alert.published_at,
        articles=alert.articles,
        outlets=alert.outlets,
        names=list(dict.fromkeys(mention.name for mention in alert.mentions)),
        kind=alert.kind,
        score=alert.score,
        dismissed=alert.dismissed,
        state=alert.handling.state,
        assignee=alert.handling.assignee,
        due_at=alert.handling.due_at,
        tags=list(alert.handling.tags),
        notes=alert.handling.notes,
    )


def _whole(facts: AlertFacts, listed: ListedAlert) -> AlertOut:
    alert, line, story, dismissal = facts.found, alert_line(listed), facts.story, facts.dismissal
    return AlertOut(
        id=line.id,
        watch_list=line.watch_list,
        story=line.story,
        created_at=line.created_at,
        title=line.title,
        outlet=line.outlet,
        url=line.url,
        language=line.language,
        published_at=line.published_at,
        names=line.names,
        kind=facts.kind,
        score=facts.score,
        score_reason=story.score_reason,
        reason=story.reason,
        merged_into=facts.found.merged_into,
        dismissed=None
        if dismissal is None
        else DismissalOut(
            at=dismissal.at,
            via=dismissal.via,
            kind=dismissal.kind,
            reason=dismissal.reason,
            by=dismissal.caller,
        ),
        outlets=story.outlets,
        languages=list(story.languages),
        growth=[GrowthOut(at=step.at, articles=step.articles, outlets=step.outlets) for step in story.growth],
        related=[
            RelatedOut(
                story=other.story_id,
                title=other.title,
                outlet=other.outlet,
                url=other.url,
                language=other.language,
                actors=list(other.actors),
                marks=list(other.marks),
                alike=other.alike,
            )
            for other in story.related
        ],
        precision=[_precision(item) for item in facts.precision],
        articles=[_article(article, facts.versions.get(article.id, [])) for article in alert.articles],
        state=line.state,
        assignee=line.assignee,
        due_at=line.due_at,
        tags=line.tags,
        notes=line.notes,
        triage=_handling(facts),
    )


def _handling(facts: AlertFacts) -> HandlingOut:
    handling = facts.handling
    return HandlingOut(
        state=handling.state,
        assignee=handling.assignee,
        due_at=handling.due_at,
        tags=list(handling.tags),
        notes=[NoteOut(id=note.id, at=note.at, by=note.by, text=note.text) for note in facts.notes],
        acts=[
            TriageActOut(
                id=act.id,
                at=act.at,
                by=act.by,
                via=act.via,
                undoes=act.undoes,
                undone=act.undone,
                changes=dict(act.changes[facts.found.id]),
            )
            for act in facts.acts
        ],
        seen_by=list(facts.seen_by),
    )


def _article(article: FoundArticle, versions: Sequence[StoredVersion]) -> ArticleOut:
    return ArticleOut(
        id=article.id,
        outlet=article.outlet,
        url=article.url,
        title=article.title,
        text=article.text,
        text_source=article.text_source,
        **article.beside.columns(),
        language=article.language,
        published_at=article.published_at,
        mentions=[_mention(mention) for mention in article.mentions],
        facts={name: dict(told) for name, told in article.facts.items()},
        edits=[_edit(old, new) for old, new in edits_among(versions)][::-1],
    )


def _edit(old: StoredVersion, new: StoredVersion) -> EditOut:
    return EditOut(
        version=new.number,
        seen_at=new.seen_at,
        title_before=old.title if old.title != new.title else None,
        changes=[
            ChangeOut(kind=change.kind, before=change.before, after=change.after)
            for change in diff_paragraphs(old.text, new.text)
        ],
    )


def _precision(item: Precision) -> PrecisionOut:
    return PrecisionOut.model_validate(
        {
            "kind": item.kind,
            "name": item.name,
            "rule": item.rule,
            "alerts": item.alerts,
            "dismissed": item.dismissed,
        }
    )


def _mention(mention: FoundMention) -> MentionOut:
    return MentionOut(
        kind="actor" if mention.kind == "actor" else "topic",
        name=mention.name,
        field=next(field for field in FIELDS if field == mention.field),
        start=mention.start,
        end=mention.end,
        surface=mention.surface,
        rule=mention.rule,
    )
