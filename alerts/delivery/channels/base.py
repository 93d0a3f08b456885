"""What a channel is: the surface that channel plugins, ours and strangers', are written against (docs/plugins.md).

A plugin is a `ChannelPlugin` under an entry point of the group `tocsin.channels`; the entry point's name is the channel's `type`
in the settings. Retry, pace, quiet hours, digests, logging and storage wrap every channel from outside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Generic, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from alerts.delivery.rules import DIGEST_MAX, ChannelRules
from alerts.delivery.timing import Send, parse_quiet, parse_send, zone_name
from storage.addresses import Network
from storage.language import N_, Spoken
from storage.setting_types import Duration, Name, Table

if TYPE_CHECKING:  # templates take a while to import, and whoever only reads settings needs none
    from alerts.delivery.links import Links
    from alerts.delivery.payload import Message
    from alerts.delivery.render import Renderer

RESPONSE_CHARS = 500
"""How much of a receiver's answer is kept."""
FILE_ONLY: dict[str, JsonValue] = {"file_only": True}
"""A field's `json_schema_extra`: the key can be set in the settings file alone, by whoever runs the service."""


def _send(value: object) -> Send:
    if isinstance(value, Send):
        return value
    return parse_send([str(part) for part in value] if isinstance(value, list | tuple) else str(value))


def _quiet(text: str) -> str:
    parse_quiet(text)
    return text.strip()


def several(value: object) -> object:
    """Take one text as a list of one."""
    return (value,) if isinstance(value, str) else value


Sending = Annotated[Send, BeforeValidator(_send)]
QuietHours = Annotated[tuple[Annotated[str, AfterValidator(_quiet)], ...], BeforeValidator(several)]


class ChannelSettings(Table):
    """The keys of every `[[channels]]` table. A plugin's model derives from it and adds its own.

    A key of type `SecretStr` is a secret: it may be given as `KEY_file` and is never shown; nor is one with `repr=False`. The
    page makes its form of the fields: `title` is a field's label, `description` the hint beside it.
    """

    name: Name
    type: str
    send: Sending = Field(
        default=Send("immediate"),
        title=N_("When to send"),
        description=N_(
            "immediate, hourly, or times with a zone: 08:00 Africa/Casablanca, mon-fri 07:30,17:00 Europe/Paris"
        ),
    )
    quiet: QuietHours = Field(
        default=(),
        title=N_("Quiet hours"),
        description=N_(
            "nothing is sent then, and what waits comes as one message: 22:00-07:00 Africa/Casablanca"
        ),
    )
    zone: Annotated[str, AfterValidator(zone_name)] | None = Field(
        default=None,
        title=N_("Time zone of the messages"),
        description=N_("such as Africa/Casablanca; empty: that of the times above, else UTC"),
    )
    language: Spoken | None = Field(
        default=None,
        title=N_("Language of the messages"),
        description=N_("empty: that of the service"),
    )
    group_wait: Duration = Field(
        default=timedelta(),
        title=N_("Wait for more alerts"),
        description=N_("such as 2m: a burst of alerts is then one message"),
    )
    max_per_hour: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        title=N_("Most alerts an hour"),
        description=N_("what is over that comes as a digest at the next full hour"),
    )
    max_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        default=None, title=N_("Most messages a minute")
    )
    digest_max: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=DIGEST_MAX,
        title=N_("Most alerts in a digest"),
        description=N_("of further ones it says how many there are"),
    )
    send_empty: bool = Field(default=False, title=N_("Send a digest even where there is nothing to tell"))
    fallback: Name | None = Field(
        default=None,
        title=N_("Fallback channel"),
        description=N_("is sent the alerts where this channel fails"),
    )
    fallback_after: Duration = Field(
        default=timedelta(minutes=15),
        title=N_("Use the fallback after"),
        description=N_("how long the channel must have failed, such as 15m"),
    )

    @property
    def time_zone(self) -> str:
        """The zone in which its messages tell times: its own, else that of the times it sends at or is quiet, else UTC."""
        quiet = [parse_quiet(text).zone for text in self.quiet]
        return self.zone or next(iter([*(slot.zone for slot in self.send.slots), *quiet]), "UTC")

    @property
    def rules(self) -> ChannelRules:
        """What delivery goes by."""
        return ChannelRules(
            group_wait=self.group_wait.total_seconds(),
            quiet=self.quiet,
            max_per_hour=self.max_per_hour,
            max_per_minute=self.max_per_minute,
            digest_max=self.digest_max,
            send_empty=self.send_empty,
            fallback_after=self.fallback_after.total_seconds(),
        )


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The mail server of `[smtp]`."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    username: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True)
class BounceMarks:
    """How mails to a review's own recipients are marked, so that one that comes back is known as theirs.

    `domain`: where the envelope sender is, to which it comes back; empty: as any other's.
    """

    key: bytes = field(repr=False)
    domain: str = ""


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What of the service a channel may use, beside its own settings."""

    smtp: SmtpServer
    renderer: Renderer
    """Puts a message into words: `renderer.text(message)`, `renderer.html(message)`."""
    links: Links | None
    """Makes the links to unsubscribe and to dismiss; None where the service has no public address."""
    allow_networks: tuple[Network, ...]
    """Private networks that may be connected to (`[crawler] allow_networks`); `storage.addresses` refuses all others."""
    clock: Callable[[], datetime]
    push_key: bytes | None = field(default=None, repr=False)
    """What our key for push services is drawn from."""
    bounces: BounceMarks | None = None
    """Marks mails that may come back; None where nobody reads those."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver took the message. `status` is its code where it gave one, `response` what it answered.

    `recipients` holds code and words for each recipient, where there are several: some may have refused it for good.
    """

    status: int | None = None
    response: str = ""
    recipients: Mapping[str, tuple[int, str]] = field(default_factory=dict)


class Channel(ABC):
    """Somewhere to send messages. Instances may send several at once; between messages they keep connections at most."""

    at_once: ClassVar[int] = 8
    """How many messages may be under way at the same time."""

    @abstractmethod
    async def send(self, message: Message) -> Receipt:
        """Send one message.

        Raises `alerts.errors.DeliveryError`, which says whether trying again can help. Anything else that is raised counts as a
        fault of this message alone, which is then given up.
        """

    async def aclose(self) -> None:  # noqa: B027  (most keep nothing open)
        """Close what is kept open. A channel that is used again afterwards opens it anew."""


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One step of `tocsin channels test`: what it was, whether it went well, and what was seen."""

    name: str
    ok: bool
    words: str
    seconds: float


S = TypeVar("S", bound=ChannelSettings)


async def _no_steps(_settings: ChannelSettings, _context: ChannelContext) -> AsyncIterator[TrialStep]:
    none: tuple[TrialStep, ...] = ()
    for step in none:
        yield step


def _no_weak_points(_settings: ChannelSettings, _context: ChannelContext) -> Iterable[str]:
    return ()


def _nowhere_said(_settings: ChannelSettings) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class ChannelPlugin(Generic[S]):
    """A kind of channel."""

    doc: str
    """One line on what it sends to, for `tocsin plugins`."""
    settings: type[S]
    """The keys of its `[[channels]]` tables."""
    make: Callable[[S, ChannelContext], Channel]
    """Makes the channel of checked settings. Raises `ValueError` for what in them can't be used. Import what is slow in here."""
    trial_steps: Callable[[S, ChannelContext], AsyncIterator[TrialStep]] = _no_steps
    """What `tocsin channels test` tries, one after the other, before it sends a message (`channels.trial_steps` helps)."""
    weak_points: Callable[[S, ChannelContext], Iterable[str]] = _no_weak_points
    """What `tocsin check` warns of: settings that work, but let somebody read or do what they should not."""
    takes_service_alerts: bool = False
    """Whether it is told what is wrong with the service itself, where `[service] notify` names no channel."""
    goes_to: Callable[[S], str] = _nowhere_said
    """Says where it sends to, for lists of channels: the recipients, a host. Never a secret."""
    made_by: Literal["editor", "admin", "file"] = "admin"
    """Who may make one elsewhere than in the settings file. `editor`: all that it can reach is guarded; `file`: nobody."""
    title: str = ""
    """What people call it, such as Slack; empty: its type."""
    ends_after_days: bool = True
    """Whether it is switched off once it took nothing for days. Not for what is shared by many, such as a mail server."""
    takes_story_events: bool = False
    """Whether it hears that stories whose alerts it has became one, or two: for programs that keep them."""
