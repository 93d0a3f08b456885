"""Every key of the settings file, with its default and what it takes (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from importlib.metadata import version
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from alerts.delivery.rules import DIGEST_MAX, ChannelRules
from alerts.delivery.timing import Send
from service.settings.units import parse_duration
from service.settings.values import (
    AllowedNetwork,
    Country,
    Duration,
    Language,
    ListenAddress,
    MailAddress,
    Name,
    OptionalDuration,
    OptionalSize,
    OptionalUrl,
    PageRules,
    QuietHours,
    Sending,
    SigningSecret,
    Size,
    StorageUrl,
    Table,
    Url,
)
from service.settings.watch_models import TRACKS_NOTHING, WatchSettings

OUT_OF_BOUNDS = "interval must lie between min_interval and max_interval"
NO_ADDRESS = "name its feeds, or its site, from which the feed is then discovered"
NOT_SIGNED = 'needs secret = "whsec_…" (tocsin check --help says how to make one)'


class StorageSettings(Table):
    """`[storage]`."""

    url: StorageUrl = Field(default="sqlite:///tocsin.db", repr=False)
    password_file: str = ""
    keep_articles: OptionalDuration = None
    keep_alerts: OptionalDuration = None
    max_size: OptionalSize = None


class CrawlerSettings(Table):
    """`[crawler]`."""

    user_agent: Name = "Tocsin/{version} (+https://example.org/tocsin)"
    interval: Duration = timedelta(minutes=15)
    min_interval: Duration = timedelta(minutes=1)
    max_interval: Duration = timedelta(hours=6)
    concurrency: Annotated[int, Field(ge=1, le=2000)] = 64
    per_host_concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    per_host_delay: Duration = timedelta(seconds=1)
    obey_robots: bool = True
    allow_networks: tuple[AllowedNetwork, ...] = ()
    full_text: bool = True
    baseline_age: Duration = timedelta(hours=24)
    recheck: tuple[Duration, ...] = (
        timedelta(hours=1),
        timedelta(hours=6),
        timedelta(hours=24),
        timedelta(hours=72),
    )
    page_rules: PageRules = "page-rules"
    keep_pages: Literal["", "warc"] = ""
    keep_pages_in: Name = "pages"
    keep_pages_for: Duration = timedelta(days=30)
    proxy: OptionalUrl = Field(default="", repr=False)
    timeout: Duration = timedelta(seconds=20)
    max_body: Size = 10_000_000

    @model_validator(mode="after")
    def _bounds(self) -> CrawlerSettings:
        if not self.min_interval <= self.interval <= self.max_interval:
            raise ValueError(OUT_OF_BOUNDS)
        if self.min_interval < timedelta(milliseconds=100) or self.timeout < timedelta(milliseconds=100):
            raise ValueError("min_interval and timeout must be at least 100ms")
        return self

    @property
    def agent(self) -> str:
        """The User-Agent, with the version filled in."""
        return self.user_agent.replace("{version}", version("tocsin"))


class ServiceSettings(Table):
    """`[service]`: who is told when an outlet breaks, falls silent or moves."""

    notify: str = ""
    failures: Annotated[int, Field(ge=1, le=1000)] = 3
    remind: Duration = timedelta(hours=24)


class WebSettings(Table):
    """`[web]`."""

    listen: ListenAddress = "127.0.0.1:8080"
    public_url: OptionalUrl = ""
    """Where readers reach it: what links in mails begin with, and where hubs push to."""


class SmtpSettings(Table):
    """`[smtp]`."""

    host: Name = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    sender: MailAddress = "Tocsin <alerts@example.org>"


class DeliverySettings(Table):
    """`[delivery]`."""

    templates: str = ""
    """A folder of the user's own templates."""


class OutletSettings(Table):
    """`[[outlets]]`."""

    name: Name
    site: OptionalUrl = ""
    feeds: tuple[Url, ...] = ()
    language: Language | None = None
    country: Country | None = None

    @model_validator(mode="after")
    def _has_an_address(self) -> OutletSettings:
        if not self.feeds and not self.site:
            raise ValueError(NO_ADDRESS)
        return self


class _Channel(Table):
    name: Name
    send: Sending = Send("immediate")
    group_wait: Duration = timedelta()
    quiet: QuietHours = ()
    max_per_hour: Annotated[int, Field(ge=1)] | None = None
    max_per_minute: Annotated[int, Field(ge=1)] | None = None
    digest_max: Annotated[int, Field(ge=1, le=1000)] = DIGEST_MAX
    send_empty: bool = False
    fallback: Name | None = None
    fallback_after: Duration = timedelta(minutes=15)

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


class EmailChannel(_Channel):
    """A channel of type `email`; the server stands in `[smtp]`."""

    type: Literal["email"]
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1)]


class WebhookChannel(_Channel):
    """A channel of type `webhook`. While secrets change, `secrets` holds the new and the old one."""

    type: Literal["webhook"]
    url: Url = Field(repr=False)
    secret: SigningSecret | None = None
    secret_file: str = ""
    secrets: tuple[SigningSecret, ...] = ()
    allow_networks: tuple[AllowedNetwork, ...] = ()

    @model_validator(mode="after")
    def _is_signed(self) -> WebhookChannel:
        if self.secret is None and not self.secrets:
            raise ValueError(NOT_SIGNED)
        return self

    @property
    def all_secrets(self) -> tuple[str, ...]:
        """Every secret to sign with."""
        secrets = ((self.secret,) if self.secret is not None else ()) + self.secrets
        return tuple(secret.get_secret_value() for secret in secrets)


class AppriseChannel(_Channel):
    """A channel of type `apprise`: any Apprise URL."""

    type: Literal["apprise"]
    url: SecretStr
    url_file: str = ""


class ConsoleChannel(_Channel):
    """A channel of type `console`: alerts are printed where the service runs."""

    type: Literal["console"]


ChannelSettings = Annotated[
    EmailChannel | WebhookChannel | AppriseChannel | ConsoleChannel, Field(discriminator="type")
]


class StoriesSettings(Table):
    """`[stories]`."""

    copies_window: Duration = timedelta(days=14)
    stories_window: Duration = timedelta(days=3)

    @model_validator(mode="after")
    def _bounds(self) -> StoriesSettings:
        if not timedelta(0) < self.stories_window <= self.copies_window:
            raise ValueError("stories_window must be longer than nothing and at most copies_window")
        return self


class Settings(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        case_sensitive=True,  # else [Crawler] counts as [crawler], and nothing says so
        env_prefix="TOCSIN_",
        env_nested_delimiter="__",
    )

    storage: StorageSettings = StorageSettings()
    crawler: CrawlerSettings = CrawlerSettings()
    service: ServiceSettings = ServiceSettings()
    web: WebSettings = WebSettings()
    stories: StoriesSettings = StoriesSettings()
    smtp: SmtpSettings = SmtpSettings()
    delivery: DeliverySettings = DeliverySettings()
    outlets: tuple[OutletSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    watch: tuple[WatchSettings, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Takes what it is given alone: `load` has merged the environment in already, to name each mistake's source."""
        return (init_settings,)


def duplicates(names: Iterable[str]) -> list[tuple[int, str]]:
    """Gives the names that stood before in the list, whatever their case, with their places."""
    seen: set[str] = set()
    found: list[tuple[int, str]] = []
    for place, name in enumerate(names):
        if name.casefold() in seen:
            found.append((place, name))
        seen.add(name.casefold())
    return found


def incomplete(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Finds in unchecked data the tables that are wrong as a whole: gives their keys and what is wrong.

    The models check the same, but only tables whose every key is good.
    """
    crawler = data.get("crawler")
    if isinstance(crawler, dict):
        try:
            shortest, start, longest = (
                parse_duration(crawler.get(key, CrawlerSettings.model_fields[key].default))
                for key in ("min_interval", "interval", "max_interval")
            )
        except ValueError:
            pass  # said of the key itself
        else:
            if not shortest <= start <= longest:
                yield ("crawler",), OUT_OF_BOUNDS
    for section, wanted, message in (
        ("outlets", ("feeds", "site"), NO_ADDRESS),
        ("watch", ("actors", "topics"), TRACKS_NOTHING),
    ):
        for number, row in _rows(data, section):
            if not any(row.get(key) for key in wanted):
                yield (section, number), message
    for number, row in _rows(data, "channels"):
        if row.get("type") == "webhook" and not any(
            row.get(key) for key in ("secret", "secret_file", "secrets")
        ):
            yield ("channels", number), NOT_SIGNED


def _rows(data: Mapping[str, Any], section: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = data.get(section)
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield number, row
