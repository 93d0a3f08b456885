"""All operations of the API."""

from __future__ import annotations

from fastapi import APIRouter

from service.web.api import alerts, deliveries, outlets, search, stream, tokens, trends, watch, watch_parts

router = APIRouter(prefix="/api/v1")
for part in (stream, alerts, watch, watch_parts, search, outlets, deliveries, trends, tokens):
    router.include_router(part.router)
