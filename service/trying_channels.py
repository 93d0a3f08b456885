"""A real test of one channel, step by step: the command line, the page and the API show what each gave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from alerts.delivery.channels import make_channel
from alerts.delivery.trying import Step, trial_message, try_channel
from service.channels import channel_configs
from service.settings import Settings


async def trial_steps(settings: Settings, name: str, *, now: datetime) -> AsyncIterator[Step]:
    """Gives the steps as they are done; ends with the first that fails. Of the settings' channels `name` must be one."""
    config = channel_configs(settings).get(name)
    if config is None:
        known = ", ".join(declared.name for declared in settings.channels) or "none"
        yield Step("settings", ok=False, words=f"there is no channel {name!r}; there are: {known}", seconds=0)
        return
    channel = make_channel(config)
    try:
        async for step in try_channel(config, channel, trial_message(name, now=now)):
            yield step
    finally:
        await channel.aclose()
