"""Errors as RFC 9457 problem details."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from storage.language import N_, _

TITLES = (
    N_("Bad Request"),
    N_("Unauthorized"),
    N_("Forbidden"),
    N_("Not Found"),
    N_("Method Not Allowed"),
    N_("Conflict"),
    N_("Precondition Failed"),
    N_("Unprocessable Entity"),
    N_("Unprocessable Content"),
    N_("Too Many Requests"),
    N_("Internal Server Error"),
    N_("Service Unavailable"),
)
"""Marked for the catalogues: the standard library's phrases (Python 3.13 calls 422 by its new name)."""
MEDIA_TYPE = "application/problem+json"


class FieldFault(BaseModel):
    """One field at fault."""

    at: str = Field(description="Where: the part of the request and the field.", examples=["query.limit"])
    message: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(default="about:blank")
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no alert 7."])
    errors: list[FieldFault] | None = Field(
        default=None, description="The fields at fault, where it is about fields."
    )


def problem(
    status: int,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the answer that says so."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _(HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = errors
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of these answers for the OpenAPI document."""
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": reference}}}
        for status in statuses
    }
