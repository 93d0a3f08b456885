"""Mail, by the SMTP server of `[smtp]`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, TrialStep
from alerts.delivery.channels.email.settings import EmailSettings
from storage.addresses import is_loopback
from storage.language import N_


def _make(settings: EmailSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig

    smtp = context.smtp
    return EmailChannel(
        EmailConfig(
            to=settings.to,
            sender=smtp.sender,
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            username=smtp.username,
            password=smtp.password,
            renderer=context.renderer,
            links=context.links,
            buttons=settings.buttons,
            bounces=context.bounces,
        )
    )


async def _steps(_settings: EmailSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.email.trial import smtp_steps

    async for step in smtp_steps(context.smtp):
        yield step


def _weak_points(_settings: EmailSettings, context: ChannelContext) -> Iterator[str]:
    smtp = context.smtp
    if smtp.security == "none" and not is_loopback(smtp.host):
        what = "the password and every mail" if smtp.username else "every mail"
        yield f'smtp.security is "none": {what} can be read on the way to {smtp.host}'


plugin = ChannelPlugin(
    doc=N_("Mail to each recipient, by the server of [smtp]."),
    settings=EmailSettings,
    make=_make,
    trial_steps=_steps,
    weak_points=_weak_points,
    takes_service_alerts=True,
    goes_to=lambda settings: ", ".join(settings.to),
    made_by="editor",
    title=N_("Email"),
    ends_after_days=False,
)
