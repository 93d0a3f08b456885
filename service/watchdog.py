"""The service watches itself: a loop that lags, a stage that hangs or fails, a queue that falls behind, a clock that is moved.

What is wrong stands in the `Pulse`, for `/readyz` and the page. When something goes wrong, or comes right again, the log says so
once, and the channel that `[service] notify` names is told. systemd hears that we live only while every stage does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from alerts.delivery.service_alerts import notify_of_service
from service.metrics import Metrics
from service.pulse import Pulse, StageState
from service.systemd import tell_systemd, watchdog_interval
from storage.engine import Database
from storage.language import _, as_the_service
from storage.stores.clock import ahead_of, bring_forward
from storage.stores.gauges import Gauges, gauges

log = structlog.get_logger(__name__)

BEAT = timedelta(seconds=1)
LOOKS_EVERY = timedelta(seconds=30)
"""Between two looks at the queues."""
SUMS_UP_EVERY = timedelta(hours=1)
LAGS_FROM = timedelta(seconds=2)
"""A loop that comes round so late makes readers of the page and hosts wait."""
LATEST = {
    "polls": timedelta(minutes=15),
    "pages": timedelta(minutes=15),
    "matching": timedelta(minutes=10),
    "delivery": timedelta(minutes=10),
}
"""A queue whose oldest has waited for longer is not kept up with."""
HOPELESS_AFTER = timedelta(minutes=10)
"""A stage that hangs for so long will not come back by itself: systemd may start the service anew."""
CLOCK_JUMP = timedelta(seconds=30)


def queues_behind(gauges: Gauges, *, now: datetime) -> dict[str, str]:
    """Return the queues that are not kept up with, and how far they are behind."""
    behind = {}
    for name, since in gauges.oldest.items():
        waited = now - since
        if waited > LATEST[name]:
            minutes = waited.total_seconds() / 60
            behind[_("queue of {name}", name=name)] = _(
                "{name} wait, the oldest for {minutes:.0f} minutes", name=gauges.queues[name], minutes=minutes
            )
    return behind


def stages_unwell(stages: list[StageState]) -> dict[str, str]:
    """Return the stages that hang or fail, and how."""
    return {_("stage {name}", name=stage.name): stage.words for stage in stages if stage.words is not None}


def describe(began: Mapping[str, str], ended: list[str], *, still: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and text of a notification."""
    if not began:
        subject = (
            _("Tocsin works again") if not still else _("Tocsin: {names} works again", names=", ".join(ended))
        )
    else:
        subject = _("Tocsin has trouble: {names}", names=", ".join(began))
    lines = [f"{name}: {words}" for name, words in began.items()]
    lines += [_("{name}: works again", name=name) for name in ended]
    lines += [
        _("{name}, still: {words}", name=name, words=words)
        for name, words in still.items()
        if name not in began
    ]
    return subject, "\n\n".join([*lines, _("What to do: docs/operations.md. The state now: /readyz")])


def _tell_systemd(state: str) -> None:
    try:
        tell_systemd(state)
    except OSError as error:  # systemd then does what it does with one who is silent
        log.warning("systemd can't be told", state=state, error=str(error))


class Watchdog:
    """Beats once a second, by a clock that nobody moves."""

    def __init__(
        self,
        database: Database,
        pulse: Pulse,
        metrics: Metrics,
        *,
        clock: Callable[[], datetime],
        notify: str = "",
    ) -> None:
        self._database = database
        self._pulse = pulse
        self._metrics = metrics
        self._clock = clock
        self._notify = notify
        self._ahead = clock() - timedelta(seconds=time.monotonic())
        self._seen: dict[str, str] = {}
        self._told: set[str] = set()
        self._lag = timedelta(0)
        self._sent: int | None = None

    def ticked(self) -> None:
        """Notes that the service's tick came."""

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set."""
        beating = asyncio.create_task(self._beat(stop))
        await self._mind_the_past()
        looked_at = summed_at = time.monotonic()
        while not stop.is_set():
            await asyncio.sleep(BEAT.total_seconds())
            now = time.monotonic()
            try:
                await self._mind_the_clock()
                if now - looked_at >= LOOKS_EVERY.total_seconds():
                    looked_at = now
                    await self.look()
                if now - summed_at >= SUMS_UP_EVERY.total_seconds():
                    summed_at = now
                    await self.sum_up()
            except SQLAlchemyError as error:  # the stages say it; here it only must not end the watch
                log.debug("the watchdog can't use the database", error=str(error).splitlines()[0])
        await beating

    async def _beat(self, stop: asyncio.Event) -> None:
        """What needs no database, and so never waits for one."""
        _tell_systemd("READY=1")
        interval = watchdog_interval()
        alive_at = time.monotonic()
        while not stop.is_set():
            before = time.monotonic()
            await asyncio.sleep(BEAT.total_seconds())
            now = time.monotonic()
            self._note_lag(timedelta(seconds=max(0.0, now - before - BEAT.total_seconds())))
            if interval is not None and now - alive_at >= interval.total_seconds() and self._is_alive():
                alive_at = now
                _tell_systemd("WATCHDOG=1")
        _tell_systemd("STOPPING=1")

    async def look(self) -> None:
        """Look at the loop, the stages and the queues, and tells of what changed."""
        with as_the_service():
            await self._look(self._clock())

    async def _look(self, now: datetime) -> None:
        troubles = stages_unwell(self._pulse.stages())
        if self._lag >= LAGS_FROM:
            troubles[_("event loop")] = _(
                "came round {seconds:.1f} s late", seconds=self._lag.total_seconds()
            )
        self._lag = timedelta(0)
        try:
            counted = await self._database.reading(gauges, now=now)
            troubles |= queues_behind(counted, now=now)
        finally:
            self._pulse.troubles = troubles
            await self._tell(troubles, now)

    async def sum_up(self) -> None:
        """Says in one line what was done since the last time."""
        counted = await self._database.reading(gauges, now=self._clock())
        sent = counted.notifications["sent"]
        log.info(
            "the last hour",
            **self._metrics.since_last(),
            sent=None if self._sent is None else sent - self._sent,
            feeds_failing=counted.feeds["failing"],
        )
        self._sent = sent

    def _note_lag(self, lag: timedelta) -> None:
        self._metrics.lagged(lag.total_seconds())
        self._lag = max(self._lag, lag)

    def _is_alive(self) -> bool:
        return all(stage.silent_for < HOPELESS_AFTER for stage in self._pulse.stages())

    async def _tell(self, troubles: dict[str, str], now: datetime) -> None:
        """Tells of what stands for the second look, and of what is away for the second: what comes and goes is no news."""
        began = {
            name: words for name, words in troubles.items() if name in self._seen and name not in self._told
        }
        ended = sorted(self._told - troubles.keys() - self._seen.keys())
        self._seen = troubles
        self._told = (self._told | began.keys()) - set(ended)
        for name, words in began.items():
            log.warning("the service has trouble", what=name, trouble=words)
        for name in ended:
            log.info("the trouble is over", what=name)
        if self._notify and (began or ended):
            still = {name: words for name, words in troubles.items() if name in self._told}
            subject, text = describe(began, ended, still=still)
            await self._database.writing(
                lambda session: notify_of_service(session, subject=subject, text=text, now=now)
            )

    async def _mind_the_past(self) -> None:
        """Before a restart the clock may have been ahead."""
        try:
            await self._bring_forward(await self._database.reading(ahead_of, now=self._clock()))
        except SQLAlchemyError as error:
            log.debug("the watchdog can't use the database", error=str(error).splitlines()[0])

    async def _mind_the_clock(self) -> None:
        ahead = self._clock() - timedelta(seconds=time.monotonic())
        jump = ahead - self._ahead
        if abs(jump) < CLOCK_JUMP:
            self._ahead = ahead  # it is only being adjusted
            return
        await self._bring_forward(-jump)
        self._ahead = ahead
        if jump > CLOCK_JUMP:
            log.info("the clock went ahead", seconds=round(jump.total_seconds()))

    async def _bring_forward(self, by: timedelta) -> None:
        if by < CLOCK_JUMP:
            return

        def run(session: Session) -> int:
            return bring_forward(session, by=by, now=self._clock())

        moved = await self._database.writing(run)
        log.warning(
            "the clock was set back; what it had planned is brought forward",
            seconds=round(by.total_seconds()),
            rows=moved,
        )
