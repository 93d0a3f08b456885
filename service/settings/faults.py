"""What is wrong with a value, in words: one message for each kind of mistake that pydantic finds."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def message_of(details: ErrorDetails) -> str:
    """Return what is wrong and would be right."""
    match details["type"]:
        case "missing":
            return "is missing"
        case "literal_error":
            return f"must be {details['ctx']['expected']}"
        case "too_short":
            return "must name at least one"
        case "model_type":
            return "must be a table"
        case "string_type":
            return "must be text, in quotes"
        case _:
            return details["msg"].removeprefix("Value error, ")


def key_of(location: Sequence[str | int]) -> str:
    """Return `channels[0].min_score`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in location).lstrip(".")


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Return the key at fault and what is wrong with it."""
    details = error.errors()[0]
    return key_of(details["loc"]), message_of(details)
