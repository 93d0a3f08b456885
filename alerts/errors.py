"""What can go wrong in the alert stages. Each message says what happened and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from alerts.delivery.failures import failure_words
from storage.troubles import Trouble, note


class AlertsError(Exception):
    """Base of the errors of `alerts/`."""


class QueryError(AlertsError):
    """A query that can't be used. `str()` shows the query with a caret under `position` (in code points)."""

    def __init__(self, message: str, *, query: str, position: int) -> None:
        self.message = message
        self.query = query
        self.position = position
        super().__init__(f"{message}\n{self.caret()}")

    def __reduce__(self) -> tuple[Callable[[], QueryError], tuple[()]]:
        """Let it pass from a worker process: an exception is made anew of its words alone, unless it says otherwise."""
        return partial(QueryError, self.message, query=self.query, position=self.position), ()

    def caret(self) -> str:
        """Return the line of the query at fault and, below it, a caret under the place."""
        before = self.query[: self.position]
        line_start = before.rfind("\n") + 1
        line = self.query[line_start:].split("\n", 1)[0]
        return f"    {line}\n    {' ' * (self.position - line_start)}^"


class DeliveryError(AlertsError):
    """A notification could not be handed over: why is a trouble of `alerts.delivery.failures`, or words where it has no kind.

    `recoverable` tells a passing failure (try again) from a permanent one (dead letter). `retry_after` is what the
    receiver asked for; `disable` asks that the channel be switched off (HTTP 410). `status` is the receiver's code, if any.
    `recipients` holds code and words for each recipient that the receiver answered for: some may have it.
    """

    def __init__(
        self,
        why: Trouble | str,
        *,
        recoverable: bool,
        status: int | None = None,
        response: str = "",
        retry_after: timedelta | None = None,
        disable: bool = False,
        recipients: Mapping[str, tuple[int, str]] | None = None,
    ) -> None:
        self.trouble = why if isinstance(why, Trouble) else note(why)
        super().__init__(failure_words(self.trouble))
        self.recoverable = recoverable
        self.status = status
        self.response = response
        self.retry_after = retry_after
        self.disable = disable
        self.recipients = dict(recipients or {})
