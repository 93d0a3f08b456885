"""What is wrong with a form, at the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.actions.errors import ActionError


@dataclass(frozen=True, slots=True)
class FormFault:
    """A message, and the name of the field that it stands beside; an empty one: above the form."""

    message: str
    field: str = ""

    @classmethod
    def of(cls, error: ActionError | None, fields: Mapping[str, str] | None = None) -> FormFault | None:
        """Return the fault that an action was refused for. `fields` are those called otherwise than the error's key."""
        if error is None:
            return None
        key = (error.key or "").partition("[")[0].partition(".")[0]
        return cls(error.at_field, (fields or {}).get(key, key))

    def at(self, field: str) -> str:
        """Return the message where it is about this field, else nothing."""
        return self.message if field == self.field else ""
