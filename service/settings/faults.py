"""What is wrong with a value, in words: one message for each kind of mistake that pydantic finds."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from storage.language import N_, _

_SAID = {
    "greater_than_equal": N_("must be {ge} or more"),
    "less_than_equal": N_("must be {le} or less"),
    "greater_than": N_("must be more than {gt}"),
    "less_than": N_("must be less than {lt}"),
    "int_parsing": N_("must be a whole number"),
    "int_type": N_("must be a whole number"),
    "int_from_float": N_("must be a whole number"),
    "float_parsing": N_("must be a number"),
    "float_type": N_("must be a number"),
    "bool_parsing": N_("must be true or false"),
    "bool_type": N_("must be true or false"),
    "extra_forbidden": N_("is not a known key"),
    "list_type": N_("must be a list, in brackets: [...]"),
    "tuple_type": N_("must be a list, in brackets: [...]"),
    "dict_type": N_("must be a table"),
    "json_invalid": N_("is not valid JSON"),
    "timezone_aware": N_("needs its time zone: write it like 2026-11-30T08:00:00Z"),
    "datetime_parsing": N_("is not a time: write it like 2026-11-30T08:00:00Z"),
    "datetime_from_date_parsing": N_("is not a time: write it like 2026-11-30T08:00:00Z"),
    "date_parsing": N_("is not a date: write it like 2026-11-30"),
    "date_from_datetime_parsing": N_("is not a date: write it like 2026-11-30"),
    "string_too_long": N_("must have at most {max_length} characters"),
}
"""What is said instead of pydantic's own words, which are for programmers ("Input should be a valid tuple")."""


def message_of(details: ErrorDetails) -> str:
    """Return what is wrong and would be right."""
    match details["type"]:
        case "missing":
            return _("is missing")
        case "literal_error":
            return _("must be {expected}", expected=details["ctx"]["expected"])
        case "too_short":
            return _("must name at least one")
        case "too_long" if details["ctx"]["field_type"] == "Value":  # a text that a validator of ours made
            return _(_SAID["string_too_long"], max_length=details["ctx"]["max_length"])
        case "too_long":
            return _("must name at most {max_length}", max_length=details["ctx"]["max_length"])
        case "model_type":
            return _("must be a table")
        case "string_type":
            return _("must be text, in quotes")
        case kind if kind in _SAID:
            return _(_SAID[kind], **{key: _number(value) for key, value in details.get("ctx", {}).items()})
        case _:
            return details["msg"].removeprefix("Value error, ")


def _number(value: object) -> object:
    """Return 100 for 100.0, as nobody wrote the limit."""
    return f"{value:g}" if isinstance(value, float) else value


def key_of(location: Sequence[str | int]) -> str:
    """Return `channels[0].min_score`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in location).lstrip(".")


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Return the key at fault and what is wrong with it: of a value that may be true, false or text, as text."""
    faults = error.errors()
    details = next((each for each in faults if not each["type"].startswith("bool_")), faults[0])
    return key_of(details["loc"]), message_of(details)
