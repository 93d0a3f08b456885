"""A test message on a channel; that one was taken is noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from alerts.delivery.channels.base import TrialStep
from service.channels import trial_steps
from service.settings import Settings
from storage.engine import Database
from storage.stores.outbox.channels import note_test
from storage.stores.outbox.own_channels import own_channels


async def send_test(
    database: Database,
    settings: Settings,
    name: str,
    *,
    now: datetime,
    show: Callable[[TrialStep], None] = lambda step: None,
) -> list[TrialStep]:
    """Send a test message on a channel; return what each step gave, and `show` each as it is done."""
    stored = {each.name: each for each in await database.reading(own_channels)}
    steps = []
    async for step in trial_steps(settings, name, stored=stored.get(name), now=now):
        show(step)
        steps.append(step)
    if steps[-1].ok:
        await database.writing(note_test, name=name, now=now)
    return steps
