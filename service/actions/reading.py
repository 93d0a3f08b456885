"""Input of a form or a command line, read as the settings file and the API are: by the same models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from service.actions.errors import InvalidError
from service.settings.faults import first_fault

M = TypeVar("M", bound=BaseModel)


def read_input(model: type[M], values: Mapping[str, object]) -> M:
    """Return the values as the model has them; None: not given. Raises `InvalidError` with the key."""
    try:
        return model.model_validate({key: value for key, value in values.items() if value is not None})
    except ValidationError as error:
        key, message = first_fault(error)
        raise InvalidError(f"{key}: {message}", key=key) from error
