"""What is wrong with a value, in words: one message for each kind of mistake that pydantic finds."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from storage.language import N_, _

_SAID = {
    "greater_than_equal": N_("Input should be greater than or equal to {ge}"),
    "less_than_equal": N_("Input should be less than or equal to {le}"),
    "greater_than": N_("Input should be greater than {gt}"),
    "less_than": N_("Input should be less than {lt}"),
    "int_parsing": N_("Input should be a valid integer, unable to parse string as an integer"),
    "int_type": N_("Input should be a valid integer"),
    "float_parsing": N_("Input should be a valid number, unable to parse string as a number"),
    "float_type": N_("Input should be a valid number"),
    "bool_parsing": N_("Input should be a valid boolean, unable to interpret input"),
    "bool_type": N_("Input should be a valid boolean"),
    "extra_forbidden": N_("Extra inputs are not permitted"),
    "list_type": N_("Input should be a valid list"),
    "dict_type": N_("Input should be a valid dictionary"),
    "json_invalid": N_("JSON decode error"),
}
"""pydantic's own words, as it has them in English."""


def message_of(details: ErrorDetails) -> str:
    """Return what is wrong and would be right."""
    match details["type"]:
        case "missing":
            return _("is missing")
        case "literal_error":
            return _("must be {expected}", expected=details["ctx"]["expected"])
        case "too_short":
            return _("must name at least one")
        case "model_type":
            return _("must be a table")
        case "string_type":
            return _("must be text, in quotes")
        case kind if kind in _SAID:
            return _(_SAID[kind], **details.get("ctx", {}))
        case _:
            return details["msg"].removeprefix("Value error, ")


def key_of(location: Sequence[str | int]) -> str:
    """Return `channels[0].min_score`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in location).lstrip(".")


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Return the key at fault and what is wrong with it."""
    details = error.errors()[0]
    return key_of(details["loc"]), message_of(details)
