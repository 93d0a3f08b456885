"""The channels of the settings, made ready to send."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from service.channels import build_channels
from service.settings import load_settings
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.samples import message
from tests.alerts.delivery.smtp_server import Mailbox, mail_server


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        pytest.param('zone = "Asia/Dubai"', "15:40 Dubai", id="its own"),
        pytest.param('send = "08:00 Asia/Kolkata"', "17:10 Kolkata", id="that of its times"),
        pytest.param('quiet = "22:00-07:00 Asia/Tokyo"', "20:40 Tokyo", id="that of its quiet hours"),
        pytest.param("", "11:40 UTC", id="none"),
    ],
)
async def test_channel_tells_times_in_its_zone(tmp_path: Path, keys: str, told: str) -> None:
    file = tmp_path / "settings.toml"
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        file.write_text(
            '[crawler]\nallow_networks = ["127.0.0.0/8"]\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "alerts@tocsin.example"\n'
            f'[[channels]]\nname = "desk"\ntype = "email"\nto = "desk@example.org"\n{keys}\n'
        )
        settings, _warnings = load_settings(file)
        channel = opened(build_channels(settings)["desk"])
        await channel.send(message())
        await channel.aclose()
    mail = message_from_bytes(mailbox.received[0], policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    assert f"2 March 2026, {told}" in text.get_content()
