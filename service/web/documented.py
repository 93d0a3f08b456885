"""`/docs`: the description of the API, to read and try in a browser. Open, as `/api/v1/openapi.json` is; all from here."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.web.access import caller_of
from service.web.headers import POLICY
from service.web.render import render

router = APIRouter(include_in_schema=False)

DOCS_POLICY = POLICY.replace("img-src 'self'", "img-src 'self' data:")
"""Swagger UI's stylesheet has its icons as data: addresses."""


@router.get("/docs")
async def show_docs(request: Request) -> Response:
    """Return the page on which Swagger UI shows what the API can do."""
    page = render(request, "docs.html", await caller_of(request))
    page.headers["Content-Security-Policy"] = DOCS_POLICY
    return page
