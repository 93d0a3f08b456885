"""What is wrong with a form, at the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.delivery.characters import one_line
from service.actions.errors import ActionError

LONGEST = 500
"""Characters of a message: one may repeat what was typed."""


@dataclass(frozen=True, slots=True)
class FormFault:
    """A message, and the name of the field that it stands beside; an empty one: above the form."""

    message: str
    field: str = ""
    whole: str = ""
    """The message with the field's name before it, for a place that is not beside it."""

    @classmethod
    def of(cls, error: ActionError | None, fields: Mapping[str, str] | None = None) -> FormFault | None:
        """Return the fault that an action was refused for. `fields` are those called otherwise than the error's key."""
        if error is None:
            return None
        key = (error.key or "").partition("[")[0].partition(".")[0]
        return cls(short(error.at_field), (fields or {}).get(key, key), short(str(error)))

    @property
    def above(self) -> str:
        """The message as it stands above a form."""
        return self.whole or self.message

    def at(self, field: str) -> str:
        """Return the message where it is about this field, else nothing."""
        return self.message if field == self.field else ""


def short(message: str) -> str:
    """Return a message; the middle of one that repeats a long text is left out."""
    if len(message) <= LONGEST:
        return message
    return f"{one_line(message, LONGEST // 2)} {one_line(message[-LONGEST // 2 :], LONGEST)}"
