"""One try at sending a notification: what the channel made of it, and what follows. Every failure is a value here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from pydantic import ValidationError

from alerts.delivery.channels.base import Channel, Receipt
from alerts.delivery.characters import storable, storable_trouble
from alerts.delivery.journal import Journal, ReceiptNote
from alerts.delivery.links import Links
from alerts.delivery.payload import Kind, Message, ReviewData, ReviewFiles, parse_data, with_addresses
from alerts.delivery.retry import SCHEDULE, next_try
from alerts.errors import DeliveryError
from storage.stores.outbox.attempts import Tried
from storage.stores.outbox.notifications import NotificationClaim
from storage.tables import AttemptOutcome
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

TIMEOUT = timedelta(minutes=2)
"""For one attempt, whatever the channel's own timeouts are."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a claim: what is stored of the try, and the error where it failed."""

    claim: NotificationClaim
    tried: Tried
    error: DeliveryError | None


@dataclass(frozen=True, slots=True)
class Attempter:
    """Makes attempts. `schedule`: the pauses between them; `jitter` gives a number in [0, 1).

    What a receiver took is noted in `journal` before anything else is done.
    """

    clock: Callable[[], datetime]
    jitter: Callable[[], float] = random.random
    schedule: Sequence[timedelta] = SCHEDULE
    timeout: timedelta = TIMEOUT
    journal: Journal | None = None
    links: Links | None = None
    """Makes the addresses of alerts; None where the service has no public address."""
    files_of: Callable[[ReviewData], Awaitable[ReviewFiles]] | None = None
    """Reads what goes with a press review."""

    async def attempt(self, channel: Channel, claim: NotificationClaim) -> Result:
        """Send one notification and tells what came of it."""
        loop = asyncio.get_running_loop()
        started, begin = self.clock(), loop.time()
        outcome = await self._send(channel, claim, started)
        tried = self._tried(claim, outcome, started, timedelta(seconds=loop.time() - begin))
        if isinstance(outcome, DeliveryError):
            return Result(claim, tried, outcome)
        self._note(claim, tried)
        return Result(claim, tried, None)

    def _note(self, claim: NotificationClaim, tried: Tried) -> None:
        if self.journal is not None:
            self.journal.add(
                ReceiptNote(
                    claim.notification_id,
                    claim.uid,
                    tried.started_at,
                    tried.ended_at,
                    tried.duration,
                    tried.status,
                    tried.response,
                    tried.recipients,
                )
            )

    async def _send(
        self, channel: Channel, claim: NotificationClaim, started: datetime
    ) -> Receipt | DeliveryError:
        said: dict[
            str, tuple[int, str]
        ] = {}  # whoever has it when the attempt breaks off is not sent it again
        try:
            message = self._message(claim, started, said)
            if isinstance(message.data, ReviewData) and self.files_of is not None:
                files = await self.files_of(message.data)
                message = replace(message, attachments=files.attachments, pictures=files.pictures)
            async with asyncio.timeout(self.timeout.total_seconds()):
                return await channel.send(message)
        except DeliveryError as error:
            return error
        except TimeoutError:
            why = Trouble("attempt-timeout", {"seconds": self.timeout.total_seconds()})
            return DeliveryError(why, recoverable=True, recipients=said)
        except (
            Exception
        ) as error:  # the border to templates and foreign libraries: a poisonous message stops only itself
            log.exception("notification could not be sent", notification=claim.notification_id, uid=claim.uid)
            why = Trouble("attempt-broke", {"error": type(error).__name__, "detail": str(error)})
            return DeliveryError(why, recoverable=False, recipients=said)

    def _message(
        self, claim: NotificationClaim, started: datetime, so_far: dict[str, tuple[int, str]]
    ) -> Message:
        kind: Kind = claim.kind.value
        try:
            data = parse_data(kind, claim.payload)
        except ValidationError as error:
            raise DeliveryError(Trouble("unreadable", {"detail": str(error)}), recoverable=False) from error
        if self.links is not None:
            data = with_addresses(data, self.links.alert)

        def taken(recipient: str, said: tuple[int, str]) -> None:
            so_far[recipient] = said
            if self.journal is not None:
                line = ReceiptNote(claim.notification_id, claim.uid, started, recipients={recipient: said})
                self.journal.add(line)

        return Message(claim.uid, kind, claim.created_at, claim.channel, data, claim.skip, taken=taken)

    def _tried(
        self,
        claim: NotificationClaim,
        outcome: Receipt | DeliveryError,
        started: datetime,
        duration: timedelta,
    ) -> Tried:
        now = self.clock()
        if isinstance(outcome, Receipt):
            return Tried(
                started,
                now,
                duration,
                AttemptOutcome.SENT,
                outcome.status,
                storable(outcome.response),
                recipients=outcome.recipients,
            )
        next_due = None
        if outcome.recoverable:
            number = claim.attempts - claim.attempts_before + 1
            next_due = next_try(number, now, outcome.retry_after, self.jitter(), self.schedule)
        return Tried(
            started,
            now,
            duration,
            AttemptOutcome.RETRY if outcome.recoverable else AttemptOutcome.FAILED,
            outcome.status,
            storable(outcome.response),
            storable_trouble(outcome.trouble),
            next_due,
            outcome.recipients,
        )


def log_result(result: Result) -> None:
    """Logs what came of an attempt."""
    claim, tried = result.claim, result.tried
    bound = log.bind(
        notification=claim.notification_id,
        uid=claim.uid,
        channel=claim.channel,
        attempt=claim.attempts + 1,
        status=tried.status,
        ms=round(tried.duration / timedelta(milliseconds=1)),
    )
    if tried.outcome is AttemptOutcome.SENT:
        bound.debug("notification sent")
    elif tried.next_due is not None:
        bound.warning(
            "notification not sent; it is tried again",
            error=str(result.error),
            due=tried.next_due.isoformat(),
        )
    else:
        bound.error("notification given up", error=str(result.error))
