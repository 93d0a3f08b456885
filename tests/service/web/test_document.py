"""What the API promises: an operation for everything that the pages do, and an example of everything that is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from service.web.api.shapes import (
    alerts,
    catalogue,
    channels,
    cited,
    deliveries,
    folders,
    missed,
    outlets,
    people,
    reports,
    review_recipients,
    reviews,
    search,
    state,
    subscriptions,
    surveys,
    watch,
)
from service.web.api.shapes.common import ApiInput
from service.web.app import PAGES
from storage.setting_types import Table
from tests.service.web.document import OPERATIONS, STREAM, document, shape_of

OPERATION_OF = {
    "GET /": "GET /api/v1/first-steps",
    "GET /start": "GET /api/v1/first-steps",
    "POST /start/outlets": "POST /api/v1/catalogue/add",
    "POST /start/spellings": "GET /api/v1/watch-lists/{number}/spellings",
    "POST /start/follow": "PUT /api/v1/watch-lists/{number}/actors",
    "POST /start/tell": "POST /api/v1/channels",
    "POST /start/test": "POST /api/v1/channels/{number}/test",
    "GET /start/preview": "POST /api/v1/watch-lists/{number}/preview",
    "GET /alerts": "GET /api/v1/alerts",
    "GET /alerts/{number}": "GET /api/v1/alerts/{number}",
    "POST /alerts/{number}/apart": "POST /api/v1/stories/apart",
    "POST /alerts/{number}/same": "POST /api/v1/stories/{number}/same",
    "GET /alerts/export": "GET /api/v1/alerts/export",
    "POST /alerts/triage": "POST /api/v1/alerts/triage",
    "POST /alerts/acts/{number}/undo": "POST /api/v1/alerts/acts/{number}/undo",
    "POST /alerts/seen": "PUT /api/v1/alerts/{number}/seen",
    "POST /alerts/{number}/unseen": "DELETE /api/v1/alerts/{number}/seen",
    "POST /alerts/dismiss": "POST /api/v1/alerts/dismissals",
    "POST /alerts/{number}/dismiss": "PUT /api/v1/alerts/{number}/dismissal",
    "GET /silences": "GET /api/v1/silences",
    "POST /silences": "POST /api/v1/silences",
    "POST /silences/{number}/end": "DELETE /api/v1/silences/{number}",
    "GET /watch": "GET /api/v1/watch-lists",
    "GET /watch/list": "GET /api/v1/watch-lists/{number}",
    "GET /watch/new": "POST /api/v1/watch-lists",
    "POST /watch/new": "POST /api/v1/watch-lists",
    "POST /watch/facts": "PATCH /api/v1/watch-lists/{number}",
    "POST /watch/access": "PUT /api/v1/watch-lists/{number}/access",
    "POST /watch/pause": "PATCH /api/v1/watch-lists/{number}",
    "POST /watch/copy": "POST /api/v1/watch-lists/{number}/copy",
    "POST /watch/remove": "DELETE /api/v1/watch-lists/{number}",
    "GET /watch/actor": "GET /api/v1/watch-lists/{number}/actors",
    "POST /watch/actor": "PUT /api/v1/watch-lists/{number}/actors",
    "POST /watch/spellings": "GET /api/v1/watch-lists/{number}/spellings",
    "GET /watch/topic": "GET /api/v1/watch-lists/{number}/topics",
    "POST /watch/topic": "PUT /api/v1/watch-lists/{number}/topics",
    "POST /watch/import": "POST /api/v1/watch-lists/{number}/import",
    "POST /watch/backfill": "POST /api/v1/watch-lists/{number}/backfill",
    "POST /watch/check": "POST /api/v1/queries/check",
    "POST /watch/preview": "POST /api/v1/previews",
    "POST /watch/preview/list": "POST /api/v1/watch-lists/{number}/preview",
    "GET /watch/why": "GET /api/v1/why",
    "GET /watch/proposals": "GET /api/v1/watch-lists/{number}/proposals",
    "POST /watch/proposals": "POST /api/v1/watch-lists/{number}/proposals",
    "GET /search": "GET /api/v1/search",
    "GET /search/export": "GET /api/v1/search/export",
    "POST /searches": "PUT /api/v1/searches",
    "POST /searches/remove": "DELETE /api/v1/searches/{number}",
    "GET /missed": "POST /api/v1/missed",
    "POST /missed": "POST /api/v1/missed",
    "GET /missed/controls": "GET /api/v1/missed/controls",
    "GET /outlets": "GET /api/v1/outlets",
    "GET /outlets/export": "GET /api/v1/outlets/export",
    "POST /outlets/bulk": "POST /api/v1/outlets/bulk",
    "GET /outlets/one": "GET /api/v1/outlets/{number}",
    "GET /outlets/new": "POST /api/v1/outlets/discover",
    "POST /outlets/discover": "POST /api/v1/outlets/discover",
    "POST /outlets": "POST /api/v1/outlets",
    "GET /outlets/cited": "GET /api/v1/cited-outlets",
    "POST /outlets/cited": "POST /api/v1/cited-outlets/add",
    "GET /outlets/catalogue": "GET /api/v1/catalogue",
    "POST /outlets/catalogue": "POST /api/v1/catalogue/add",
    "GET /outlets/surveys": "GET /api/v1/surveys",
    "POST /outlets/surveys": "POST /api/v1/surveys",
    "GET /outlets/surveys/{number}": "GET /api/v1/surveys/{number}",
    "POST /outlets/surveys/{number}/add": "POST /api/v1/surveys/{number}/add",
    "POST /outlets/surveys/{number}/again": "POST /api/v1/surveys/{number}/again",
    "POST /outlets/surveys/{number}/remove": "DELETE /api/v1/surveys/{number}",
    "GET /outlets/export.opml": "GET /api/v1/outlets.opml",
    "POST /outlets/import": "POST /api/v1/outlets.opml",
    "POST /outlets/poll": "POST /api/v1/outlets/{number}/poll",
    "GET /outlets/edit": "PATCH /api/v1/outlets/{number}",
    "POST /outlets/edit": "PATCH /api/v1/outlets/{number}",
    "POST /outlets/browser": "PUT /api/v1/outlets/{number}/access",
    "GET /outlets/access": "GET /api/v1/outlets/{number}/access",
    "POST /outlets/access": "PUT /api/v1/outlets/{number}/access",
    "POST /outlets/pause": "POST /api/v1/outlets/{number}/pause",
    "POST /outlets/resume": "POST /api/v1/outlets/{number}/resume",
    "POST /outlets/remove": "DELETE /api/v1/outlets/{number}",
    "GET /deliveries": "GET /api/v1/deliveries",
    "GET /deliveries/export": "GET /api/v1/deliveries/export",
    "GET /deliveries/{number}": "GET /api/v1/deliveries/{number}",
    "POST /deliveries/{number}/retry": "POST /api/v1/deliveries/{number}/retry",
    "POST /deliveries/retry": "POST /api/v1/deliveries/retry",
    "GET /channels": "GET /api/v1/channels",
    "GET /channels/new": "GET /api/v1/channels/types",
    "POST /channels/new": "POST /api/v1/channels",
    "GET /channels/{number}": "GET /api/v1/channels/{number}/settings",
    "POST /channels/{number}": "PATCH /api/v1/channels/{number}/settings",
    "POST /channels/{number}/pause": "POST /api/v1/channels/{number}/pause",
    "POST /channels/{number}/remove": "DELETE /api/v1/channels/{number}",
    "POST /channels/{number}/test": "POST /api/v1/channels/{number}/test",
    "POST /channels/{number}/enable": "POST /api/v1/channels/{number}/enable",
    "POST /channels/{number}/resubscribe": "DELETE /api/v1/channels/{number}/unsubscriptions",
    "GET /trends": "GET /api/v1/trends/chart",
    "GET /trends/export": "GET /api/v1/trends/export",
    "GET /trends/picture": "GET /api/v1/trends/picture",
    "GET /trends/one": "GET /api/v1/trends",
    "GET /trends/report": "GET /api/v1/report",
    "GET /trends/report/file": "GET /api/v1/report/file",
    "GET /status": "GET /api/v1/status",
    "POST /users/take-over": "POST /api/v1/private-lists/{number}/take-over",
    "GET /users": "GET /api/v1/users",
    "POST /users": "POST /api/v1/users",
    "POST /users/change": "PATCH /api/v1/users/{number}",
    "GET /sessions": "GET /api/v1/sessions",
    "POST /sessions/{number}/end": "DELETE /api/v1/sessions/{number}",
    "POST /sessions/end-others": "DELETE /api/v1/users/{number}/sessions",
    "GET /account/alerts": "GET /api/v1/subscriptions",
    "POST /account/alerts": "POST /api/v1/subscriptions",
    "POST /account/alerts/{number}/pause": "POST /api/v1/subscriptions/{number}/pause",
    "POST /account/alerts/{number}/end": "DELETE /api/v1/subscriptions/{number}",
    "GET /audit": "GET /api/v1/audit",
    "GET /audit/export": "GET /api/v1/audit/export",
    "GET /folders": "GET /api/v1/folders",
    "POST /folders": "POST /api/v1/folders",
    "GET /folders/{number}": "GET /api/v1/folders/{number}",
    "POST /folders/{number}": "PATCH /api/v1/folders/{number}",
    "GET /folders/{number}/archive": "GET /api/v1/folders/{number}/archive",
    "POST /folders/{number}/items": "POST /api/v1/folders/{number}/items",
    "POST /folders/items/{number}/remove": "DELETE /api/v1/folder-items/{number}",
    "POST /folders/{number}/notes": "POST /api/v1/folders/{number}/notes",
    "POST /folders/{number}/close": "POST /api/v1/folders/{number}/close",
    "POST /folders/{number}/reopen": "POST /api/v1/folders/{number}/reopen",
    "POST /folders/{number}/remove": "DELETE /api/v1/folders/{number}",
    "POST /alerts/{number}/file": "POST /api/v1/folders/{number}/items",
    "GET /reviews": "GET /api/v1/reviews",
    "GET /reviews/archive": "GET /api/v1/editions",
    "GET /reviews/new": "POST /api/v1/reviews",
    "POST /reviews/new": "POST /api/v1/reviews",
    "GET /reviews/{number}": "GET /api/v1/reviews/{number}",
    "POST /reviews/{number}": "PATCH /api/v1/reviews/{number}",
    "POST /reviews/{number}/copy": "POST /api/v1/reviews/{number}/copy",
    "POST /reviews/{number}/pause": "POST /api/v1/reviews/{number}/pause",
    "POST /reviews/{number}/resume": "POST /api/v1/reviews/{number}/resume",
    "POST /reviews/{number}/remove": "DELETE /api/v1/reviews/{number}",
    "GET /reviews/{number}/recipients": "GET /api/v1/reviews/{number}/recipients",
    "POST /reviews/{number}/recipients": "POST /api/v1/reviews/{number}/recipients",
    "POST /reviews/recipients/{number}": "PATCH /api/v1/review-recipients/{number}",
    "POST /reviews/recipients/{number}/again": "POST /api/v1/review-recipients/{number}/again",
    "POST /reviews/recipients/{number}/remove": "DELETE /api/v1/review-recipients/{number}",
    "POST /reviews/{number}/draft": "POST /api/v1/reviews/{number}/draft",
    "GET /reviews/editions/{number}": "GET /api/v1/editions/{number}",
    "GET /reviews/editions/{number}/preview": "GET /api/v1/editions/{number}/html",
    "GET /reviews/editions/{number}/file": "GET /api/v1/editions/{number}/file",
    "POST /reviews/editions/{number}/head": "PATCH /api/v1/editions/{number}",
    "POST /reviews/editions/{number}/approve": "POST /api/v1/editions/{number}/approve",
    "POST /reviews/editions/{number}/reopen": "POST /api/v1/editions/{number}/reopen",
    "POST /reviews/editions/{number}/correct": "POST /api/v1/editions/{number}/correct",
    "POST /reviews/editions/{number}/drop": "POST /api/v1/editions/{number}/drop",
    "POST /reviews/editions/{number}/add": "POST /api/v1/editions/{number}/items",
    "POST /reviews/items/{number}/words": "PATCH /api/v1/edition-items/{number}",
    "POST /reviews/items/{number}/move": "POST /api/v1/edition-items/{number}/move",
    "POST /reviews/items/{number}/remove": "DELETE /api/v1/edition-items/{number}",
    "GET /reviews/items/{number}/picture": "GET /api/v1/edition-items/{number}/picture",
    "POST /reviews/items/{number}/picture": "POST /api/v1/edition-items/{number}/picture",
    "POST /reviews/items/{number}/picture/remove": "DELETE /api/v1/edition-items/{number}/picture",
    "POST /reviews/items/{number}/restore": "POST /api/v1/edition-items/{number}/restore",
    "POST /tokens": "POST /api/v1/tokens",
    "POST /tokens/revoke": "DELETE /api/v1/tokens/{number}",
}
"""Each thing that a page shows or does, and the operation that does it (the one's own password and session aside)."""


def models() -> Iterator[type[BaseModel]]:
    for module in (
        alerts,
        catalogue,
        channels,
        cited,
        deliveries,
        folders,
        missed,
        outlets,
        people,
        review_recipients,
        reports,
        reviews,
        search,
        state,
        subscriptions,
        surveys,
        watch,
    ):
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, BaseModel)
                and value.__module__ == module.__name__
            ):
                yield value


EXAMPLES = [
    pytest.param(model, sample, id=model.__name__)
    for model in models()
    for sample in (model.model_config.get("json_schema_extra") or {}).get("examples", [])  # type: ignore[union-attr]
]


def test_api_does_everything_that_the_pages_do() -> None:
    actions = {
        f"{method} {route.path}" for page in PAGES for route in page.router.routes for method in route.methods
    }
    operations = {f"{method.upper()} {path}" for path, item in document()["paths"].items() for method in item}
    assert actions == set(OPERATION_OF)
    assert set(OPERATION_OF.values()) <= operations


@pytest.mark.parametrize(("model", "sample"), EXAMPLES)
def test_example_is_one(model: type[BaseModel], sample: dict[str, Any]) -> None:
    model.model_validate(sample)
    if not issubclass(model, ApiInput | Table):  # what is given is shown whole
        assert set(sample) == {field.alias or name for name, field in model.model_fields.items()}


def test_operations_that_tests_go_through_are_those_of_the_document() -> None:
    told = {(path, method) for path, item in document()["paths"].items() for method in item}
    assert {*OPERATIONS, (STREAM, "get")} == told


def test_operations_have_an_example_of_what_is_sent() -> None:
    sent = [
        (f"{method.upper()} {path} {part}", content["schema"])
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        for part, described in (
            ("request", operation.get("requestBody")),
            *((status, answer) for status, answer in operation["responses"].items() if status < "300"),
        )
        if described is not None
        for media, content in described.get("content", {}).items()
        if media in ("application/json", "application/octet-stream") and path.startswith("/api/v1/")
    ]
    assert len(sent) > 150
    assert [name for name, schema in sent if not _example(schema)] == [
        "GET /api/v1/schemas/webhook 200"  # a JSON Schema, with its own
    ]


def _example(schema: dict[str, Any]) -> bool:
    if reference := schema.get("$ref"):
        schema = shape_of(reference)
    if schema.get("type") == "array":
        return _example(schema["items"])
    if {"items", "next"} <= schema.get("properties", {}).keys():  # a page of a list
        return _example(schema["properties"]["items"])
    return bool(schema.get("examples"))
