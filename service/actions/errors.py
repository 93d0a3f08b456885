"""Why an action was refused. Each surface shows it in its way: an exit code, a problem (RFC 9457), a message at a field."""

from __future__ import annotations


class ActionError(Exception):
    """What was asked was refused and nothing was changed; the message says why and what would work.

    `key` names the field at fault, as the settings file calls it (`min_score`, `channels`), where there is one. `at_field`
    says it beside that field, and needs no name of it.
    """

    def __init__(self, message: str, *, key: str | None = None, at_field: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.at_field = at_field or message


class NotFoundError(ActionError):
    """What the action is about does not exist."""


class InvalidError(ActionError):
    """A value can't be used."""


class UnknownNameError(InvalidError):
    """A value names something that does not exist, such as a channel."""


class ConflictError(ActionError):
    """The state of things stands against it: a name is taken, or something else must happen first."""


class ReadOnlyError(ActionError):
    """The settings file declares it: it is edited there."""


class NotAllowedError(ActionError):
    """Who asks may not do this; somebody with more rights may."""
