"""The OpenAPI document and its operations, made once in a process: it takes a second and a half of CPU."""

from __future__ import annotations

import pytest

from service.web.app import build_routes

DOCUMENT = build_routes().openapi()
STREAM = "/api/v1/alerts/stream"
"""It does not end: it has a test of its own."""
OPERATIONS = [
    pytest.param(path, method, id=f"{method.upper()} {path}")
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
    if path != STREAM
]
