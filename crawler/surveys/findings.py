"""What was found at an address of a survey, as JSON holds it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from crawler.sources.discovery import Discovery


def findings_data(found: Discovery) -> dict[str, Any]:
    """Return a discovery as JSON holds it."""
    data: dict[str, Any] = _adapter().dump_python(found, mode="json")
    return data


def read_findings(data: Mapping[str, Any]) -> Discovery:
    """Return the discovery that `findings_data` gave."""
    return _adapter().validate_python(data)


@cache
def _adapter() -> TypeAdapter[Discovery]:
    return TypeAdapter(Discovery)
