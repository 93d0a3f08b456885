"""Whatever is sent to the API, it answers as its OpenAPI document says: what is drawn once is sent to it on each database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.service.web.document import OPERATIONS, document
from tests.service.web.served import Served, served_ferries

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
]


pytestmark = pytest.mark.thorough  # two minutes; what is usually sent and answered: test_api.py


@pytest.fixture(scope="module")
def apis(all_storage_urls: dict[str, str]) -> Iterator[dict[str, Served]]:
    """A service on each kind of database."""
    with ExitStack() as stack:
        yield {kind: stack.enter_context(served_ferries(url)) for kind, url in all_storage_urls.items()}


@cache
def schema() -> schemathesis.schemas.BaseSchema:
    return schemathesis.openapi.from_dict(document())


def client(token: str) -> requests.Session:
    """Return what asks with this token, over one connection."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {token}"
    return session


@pytest.mark.parametrize(
    ("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS]
)
def test_every_answer_is_documented(apis: dict[str, Served], path: str, method: str) -> None:
    # tokens of their own: the operation may be the one that ends tokens
    asked = {kind: (api.url, client(api.new_token())) for kind, api in apis.items()}

    @settings(max_examples=4, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=schema()[path][method].as_strategy())
    def answers(case: schemathesis.Case[Any]) -> None:
        for kind, (url, session) in asked.items():
            try:
                response = case.call(base_url=url, session=session, timeout=60)
                case.validate_response(response, checks=CHECKS)
            except Exception as error:
                error.add_note(f"on {kind}")
                raise

    try:
        answers()
    finally:
        for _url, session in asked.values():
            session.close()
