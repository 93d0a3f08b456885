"""Every key of the settings file, with its default and what it takes (DESIGN section 5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from alerts.delivery.rules import DIGEST_MAX, ChannelRules
from alerts.delivery.timing import Send, parse_quiet, parse_send
from alerts.text import fold_words
from alerts.values import Actor, Alias, Topic, WatchList
from crawler.urls import host_of
from service.settings.units import parse_duration, parse_size
from storage.addresses import Network, masked
from storage.engine import parse_url
from storage.errors import StorageError


def _url(text: str) -> str:
    try:
        host_of(text)
    except ValueError:
        raise ValueError(
            f"{masked(text)!r} is no web address: it must begin with https:// or http:// and name a host"
        ) from None
    return text.strip()


def _optional_url(text: str) -> str:
    return _url(text) if text else text


def _storage_url(text: str) -> str:
    try:
        parse_url(text)
    except StorageError as error:
        raise ValueError(str(error)) from None
    return text


def _network(value: object) -> Network:
    try:
        return ip_network(str(value))
    except ValueError as error:
        raise ValueError(
            f'{value!r} is no network: {error}; write it like "127.0.0.0/8" or "fd00::/8"'
        ) from None


def _listen(text: str) -> str:
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f'{text!r} is no address to listen at: write host:port, such as "127.0.0.1:8080"')
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", text):
        raise ValueError(f'{text!r} is no language code: use two or three small letters, such as "en", "ar"')
    return text


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise ValueError(f'{text!r} is no country code: use two capital letters, such as "MA"')
    return text


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"(?:[^<>\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?", text.strip()):
        raise ValueError(
            f'{text!r} is no mail address: write it like "desk@example.org" or "Desk <desk@example.org>"'
        )
    return text.strip()


def _secret(value: SecretStr) -> SecretStr:
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


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _matchable(text: str) -> str:
    if not fold_words(text):
        raise ValueError(f"{text!r} has no letter and no digit: nothing can match it")
    return text


def _alias(value: object) -> object:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict | BaseModel):
        return value
    raise ValueError(
        f'{value!r} is no alias: write "a text", or a table such as {{text = "NATO", exact = true}}'
    )


def _send(value: object) -> Send:
    if isinstance(value, Send):
        return value
    return parse_send([str(part) for part in value] if isinstance(value, list | tuple) else str(value))


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _quiet(text: str) -> str:
    parse_quiet(text)
    return text.strip()


def _route(value: object) -> object:
    return {"channel": value} if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_size)]
Url = Annotated[str, AfterValidator(_url)]
OptionalUrl = Annotated[str, AfterValidator(_optional_url)]
Name = Annotated[str, AfterValidator(_filled)]
MatchedName = Annotated[str, AfterValidator(_filled), AfterValidator(_matchable)]
Language = Annotated[str, AfterValidator(_language)]


def _page_rules(folder: str) -> str:
    if not Path(folder).is_dir():
        return folder
    from crawler.extract import HostRulesError, load_rules  # half a second: only where there are rules

    try:
        load_rules(Path(folder))
    except HostRulesError as error:
        raise ValueError(str(error)) from error
    return folder


Country = Annotated[str, AfterValidator(_country)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
SigningSecret = Annotated[SecretStr, AfterValidator(_secret)]
Sending = Annotated[Send, BeforeValidator(_send)]
QuietHours = Annotated[tuple[Annotated[str, AfterValidator(_quiet)], ...], BeforeValidator(_several)]


OUT_OF_BOUNDS = "interval must lie between min_interval and max_interval"
NO_ADDRESS = "name its feeds, or its site, from which the feed is then discovered"
NOT_SIGNED = 'needs secret = "whsec_…" (tocsin check --help says how to make one)'
TRACKS_NOTHING = "tracks nothing: add [[watch.actors]] or [[watch.topics]]"


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )


class StorageSettings(_Table):
    """`[storage]`."""

    url: Annotated[str, AfterValidator(_storage_url)] = Field(default="sqlite:///tocsin.db", repr=False)
    password_file: str = ""
    keep_articles: Annotated[Duration | None, BeforeValidator(_none_if_empty)] = None
    keep_alerts: Annotated[Duration | None, BeforeValidator(_none_if_empty)] = None
    max_size: Annotated[Size | None, BeforeValidator(_none_if_empty)] = None


class CrawlerSettings(_Table):
    """`[crawler]`."""

    user_agent: Name = "Tocsin/{version} (+https://example.org/tocsin)"
    interval: Duration = timedelta(minutes=15)
    min_interval: Duration = timedelta(minutes=1)
    max_interval: Duration = timedelta(hours=6)
    concurrency: Annotated[int, Field(ge=1, le=2000)] = 64
    per_host_concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    per_host_delay: Duration = timedelta(seconds=1)
    obey_robots: bool = True
    allow_networks: tuple[Annotated[Network, BeforeValidator(_network)], ...] = ()
    full_text: bool = True
    baseline_age: Duration = timedelta(hours=24)
    recheck: tuple[Duration, ...] = (
        timedelta(hours=1),
        timedelta(hours=6),
        timedelta(hours=24),
        timedelta(hours=72),
    )
    page_rules: Annotated[str, AfterValidator(_page_rules)] = "page-rules"
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


class ServiceSettings(_Table):
    """`[service]`: who is told when an outlet breaks, falls silent or moves."""

    notify: str = ""
    failures: Annotated[int, Field(ge=1, le=1000)] = 3
    remind: Duration = timedelta(hours=24)


class WebSettings(_Table):
    """`[web]`."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8080"
    public_url: OptionalUrl = ""
    """Where readers reach it: what links in mails begin with, and where hubs push to."""


class SmtpSettings(_Table):
    """`[smtp]`."""

    host: Name = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    sender: MailAddress = "Tocsin <alerts@example.org>"


class DeliverySettings(_Table):
    """`[delivery]`."""

    templates: str = ""
    """A folder of the user's own templates."""


class OutletSettings(_Table):
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


class _Channel(_Table):
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
    allow_networks: tuple[Annotated[Network, BeforeValidator(_network)], ...] = ()

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


class AliasSettings(_Table):
    """One of an actor's `aliases`: a text, or a table with options (`alerts.values.Alias`)."""

    text: MatchedName
    exact: bool = False
    title: bool = False
    weak: bool = False
    context: tuple[Name, ...] = ()
    exclude: tuple[Name, ...] = ()
    least: Annotated[int, Field(ge=1, le=1000)] = 1
    any_order: bool = False


class ActorSettings(_Table):
    """`[[watch.actors]]`."""

    name: MatchedName
    aliases: tuple[Annotated[AliasSettings, BeforeValidator(_alias)], ...] = ()
    surname: bool = False
    context: tuple[Name, ...] = ()
    exclude: tuple[Name, ...] = ()
    any_order: bool = False

    def value(self) -> Actor:
        """Gives what the matcher takes."""
        aliases = (Alias(**alias.model_dump()) for alias in self.aliases)
        return Actor(
            name=self.name,
            aliases=tuple(alias.text if alias == Alias(alias.text) else alias for alias in aliases),
            surname=self.surname,
            context=self.context,
            exclude=self.exclude,
            any_order=self.any_order,
        )


class TopicSettings(_Table):
    """`[[watch.topics]]`."""

    name: Name
    query: Name


class RouteSettings(_Table):
    """One of a watch list's `channels`: a name, or a table with conditions (`alerts.delivery.routing`)."""

    channel: Name
    languages: tuple[Language, ...] = ()
    outlets: tuple[Name, ...] = ()
    countries: tuple[Country, ...] = ()
    min_score: Annotated[float, Field(ge=0, le=100)] = 0.0
    actors: tuple[Name, ...] = ()

    @property
    def conditions(self) -> dict[str, Any]:
        """What is stored of them: only what is given."""
        return self.model_dump(mode="json", exclude={"channel"}, exclude_defaults=True)


class WatchSettings(_Table):
    """`[[watch]]`."""

    name: Name
    channels: Annotated[tuple[Annotated[RouteSettings, BeforeValidator(_route)], ...], Field(min_length=1)]
    languages: tuple[Language, ...] = ()
    alert: Literal["story", "article"] = "story"
    min_score: Annotated[float, Field(ge=0, le=100)] = 0.0
    update_interval: Duration = timedelta(hours=1)
    spikes: bool = False
    actors: tuple[ActorSettings, ...] = ()
    topics: tuple[TopicSettings, ...] = ()

    @model_validator(mode="after")
    def _tracks_something(self) -> WatchSettings:
        if not self.actors and not self.topics:
            raise ValueError(TRACKS_NOTHING)
        return self

    def value(self) -> WatchList:
        """Gives what the matcher takes."""
        return WatchList(
            name=self.name,
            actors=tuple(actor.value() for actor in self.actors),
            topics=tuple(Topic(**topic.model_dump()) for topic in self.topics),
            languages=self.languages,
        )


class StoriesSettings(_Table):
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
