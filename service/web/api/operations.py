"""All operations of the API."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from service.web.api import (
    alerts,
    articles,
    audit,
    catalogue,
    channels,
    cited,
    deliveries,
    folders,
    missed,
    outlets,
    reports,
    review_recipients,
    reviews,
    search,
    sessions,
    state,
    stories,
    stream,
    subscriptions,
    surveys,
    tokens,
    trends,
    triage,
    users,
    watch,
    watch_parts,
)
from service.web.api.parameters import only_known_parameters

router = APIRouter(prefix="/api/v1", dependencies=[Depends(only_known_parameters)])
for part in (
    stream,
    triage,
    alerts,
    stories,
    watch,
    watch_parts,
    search,
    missed,
    outlets,
    surveys,
    catalogue,
    cited,
    articles,
    reports,
    reviews,
    review_recipients,
    folders,
    deliveries,
    channels,
    trends,
    state,
    users,
    sessions,
    subscriptions,
    audit,
    tokens,
):
    router.include_router(part.router)
