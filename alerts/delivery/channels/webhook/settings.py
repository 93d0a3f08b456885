"""The keys of a channel of type `webhook`."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from typing_extensions import override

from alerts.delivery.channels.base import FILE_ONLY, ChannelSettings, several
from alerts.delivery.rules import ChannelRules
from storage.language import N_
from storage.setting_types import AllowedNetwork, WebAddress


def _signing_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not text.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError(
            "no signing secret: it must be whsec_ and 24 to 64 random bytes in base64 (Standard Webhooks)"
        )
    return value


SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]


TriageEvent = Literal["alert.state", "alert.assigned", "alert.noted", "alert.tagged", "alert.due"]


class WebhookSettings(ChannelSettings):
    """While secrets change, `secrets` holds the new and the old one."""

    url: WebAddress = Field(
        repr=False, title=N_("Address"), description=N_("what is called with each alert: https://…")
    )
    secret: SigningSecret | None = Field(
        default=None,
        title=N_("Signing secret"),
        description=N_(
            "whsec_ and 24 to 64 random bytes in base64; the receiver checks the signature with it"
        ),
    )
    secrets: tuple[SigningSecret, ...] = Field(
        default=(),
        title=N_("Signing secrets, while they change"),
        description=N_("the new and the old one, in place of the one above; one a line"),
    )
    events: Annotated[tuple[TriageEvent, ...], BeforeValidator(several)] = Field(
        default=(),
        title=N_("Also told"),
        description=N_(
            "how alerts are dealt with: alert.state, alert.assigned, alert.noted, alert.tagged, alert.due; one a line"
        ),
    )
    allow_networks: tuple[AllowedNetwork, ...] = Field(default=(), json_schema_extra=FILE_ONLY)

    @property
    @override
    def rules(self) -> ChannelRules:
        """What delivery goes by."""
        return super().rules.model_copy(update={"events": self.events})

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where there is nothing to sign with."""
        if not any(data.get(key) for key in ("secret", "secret_file", "secrets")):
            yield 'needs secret = "whsec_…" (tocsin check --help says how to make one)'

    @property
    def all_secrets(self) -> tuple[str, ...]:
        """Every secret to sign with."""
        secrets = ((self.secret,) if self.secret is not None else ()) + self.secrets
        return tuple(secret.get_secret_value() for secret in secrets)
