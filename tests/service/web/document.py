"""The OpenAPI document and its operations. The document takes over a second of CPU: it is made where a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi.routing import APIRoute

from service.web.app import build_routes

STREAM = "/api/v1/alerts/stream"
"""It does not end: it has a test of its own."""


@cache
def document() -> dict[str, Any]:
    """Return what `/api/v1/openapi.json` says."""
    return build_routes().openapi()


def shape_of(reference: str) -> dict[str, Any]:
    """Return the schema that a `$ref` of the document names."""
    found: dict[str, Any] = document()["components"]["schemas"][reference.rpartition("/")[2]]
    return found


def all_routes(router: Any, prefix: str = "") -> Iterator[tuple[str, APIRoute]]:  # noqa: ANN401  (FastAPI's own kinds)
    """Give every route of a router and of those in it, with its path."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        elif hasattr(route, "original_router"):
            yield from all_routes(route.original_router, prefix + route.include_context.prefix)


OPERATIONS = [
    (path, method.lower())
    for path, route in all_routes(build_routes())
    if route.include_in_schema and path != STREAM
    for method in sorted(route.methods or ())
]
