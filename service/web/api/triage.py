"""How alerts are dealt with: state, assignee, due time, tags, notes; who has seen them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.actions.triage import AlertChange, TriageOutcome, see, triage, undo, unsee
from service.web.api.alerts import by_of
from service.web.api.callers import WRITING, IdempotencyKey, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.alerts import SeenIn, TriageIn, TriageOut
from service.web.numbers import Number
from service.web.site import site_of

Person = Annotated[str, Query(max_length=200, description="A user's name.")]

router = APIRouter(route_class=ApiRoute, tags=["alerts"])


@router.post("/alerts/triage", responses=WRITING)
async def deal_with_alerts(
    request: Request, caller: WriteCaller, wanted: TriageIn, _key: IdempotencyKey = None
) -> TriageOut:
    """Change state, assignee, due time or tags of alerts, or add a note: all or none."""
    site = site_of(request)
    change = AlertChange(
        state=wanted.state,
        because=wanted.kind,
        reason=wanted.reason,
        assignee=wanted.assignee,
        due_at=wanted.due_at,
        no_due=wanted.no_due,
        add_tags=tuple(wanted.add_tags),
        remove_tags=tuple(wanted.remove_tags),
        note=wanted.note,
    )
    act = partial(triage, numbers=wanted.alerts, change=change, by=by_of(caller), now=site.now())
    done = await site.database.writing(act)
    site.hints.wake()
    return _shown(done)


@router.post("/alerts/acts/{number}/undo", responses=WRITING)
async def undo_act(
    request: Request, caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> TriageOut:
    """Take an act back, where what it changed still stands so."""
    site = site_of(request)
    done = await site.database.writing(undo, act_id=number, by=by_of(caller), now=site.now())
    site.hints.wake()
    return _shown(done)


@router.put("/alerts/{number}/seen", status_code=204, responses=WRITING)
async def mark_as_seen(request: Request, _caller: WriteCaller, number: Number, who: SeenIn) -> Response:
    """Mark an alert as seen by one person. The team's state stays. Twice is once."""
    site = site_of(request)
    await site.database.writing(see, number=number, person=who.person, now=site.now())
    return Response(status_code=204)


@router.delete("/alerts/{number}/seen", status_code=204, responses=WRITING)
async def mark_as_unseen(request: Request, _caller: WriteCaller, number: Number, person: Person) -> Response:
    """Mark an alert as not seen by one person."""
    await site_of(request).database.writing(unsee, number=number, person=person)
    return Response(status_code=204)


def _shown(done: TriageOutcome) -> TriageOut:
    return TriageOut(act=done.id, alerts=list(done.changed))
