"""Input of a form or a command line, read as the settings file and the API are: by the same models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from service.actions.errors import InvalidError
from service.settings.faults import first_fault
from storage.language import _

M = TypeVar("M", bound=BaseModel)


def read_day(text: str, key: str) -> date | None:
    """Return a day that was typed; None for an empty text. Raise `InvalidError`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        words = _("{text!r} is not a date: write it like 2026-11-30", text=text)
        raise InvalidError(words, key=key) from error


def read_input(model: type[M], values: Mapping[str, object]) -> M:
    """Return the values as the model has them; None: not given. Raises `InvalidError` with the key."""
    try:
        return model.model_validate({key: value for key, value in values.items() if value is not None})
    except ValidationError as error:
        key, message = first_fault(error)
        raise InvalidError(f"{key}: {message}", key=key, at_field=message) from error
