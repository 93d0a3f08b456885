"""Every key of the settings file, with its default and what it takes (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from importlib.metadata import version
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from alerts.delivery.channels import channel_plugins, installed_channels
from alerts.delivery.channels.base import ChannelSettings
from crawler.access.keys import AccessKeys, CertificateFile
from crawler.read.shelves import is_bucket
from service.settings.review_models import LicenceSettings, ReviewSettings
from service.settings.sign_in_models import OidcSettings, ProxyHeaderSettings
from service.settings.source_tables import SourceTable
from service.settings.values import (
    Country,
    Language,
    ListenAddress,
    MailDomain,
    OptionalListenAddress,
    OptionalUrl,
    PageRules,
    ScrapySettings,
    StorageUrl,
    Url,
)
from service.settings.watch_models import WatchSettings
from storage.addresses import Network
from storage.language import Spoken
from storage.setting_types import (
    AllowedNetwork,
    CheckedTable,
    Duration,
    MailAddress,
    Name,
    OptionalDuration,
    OptionalSize,
    Size,
    Table,
    WebAddress,
)
from storage.units import parse_duration


def _channel(value: object) -> object:
    """Read a `[[channels]]` table as the plugin of its type says."""
    if not isinstance(value, dict):
        return value
    installed = installed_channels()
    plugin = channel_plugins().get(str(value.get("type")))
    if plugin is not None:
        return plugin.settings.model_validate(value)
    for failed in installed.failed:
        if failed.name == value.get("type"):
            raise ValueError(
                f"type {failed.name!r} of the package {failed.package} does not load: {failed.error}"
            )
    names = ", ".join(f'"{name}"' for name in channel_plugins())
    raise ValueError(
        f"type must be one of {names}" if names else "no channel types are installed: install Tocsin again"
    )


ChannelTable = Annotated[ChannelSettings, BeforeValidator(_channel)]


class StorageSettings(Table):
    """`[storage]`."""

    url: StorageUrl = Field(default="sqlite:///tocsin.db", repr=False)
    password_file: str = ""
    key_file: str = ""
    """Of the keys by which secrets are sealed in the database."""
    keep_articles: OptionalDuration = None
    keep_alerts: OptionalDuration = None
    keep_audit: OptionalDuration = timedelta(days=365)
    max_size: OptionalSize = None

    @property
    def address(self) -> str:
        """Return what the database is opened by: its URL, with the file of the keys."""
        from storage.engine import parse_url, with_key_file  # here: SQLAlchemy takes a while to load

        return with_key_file(parse_url(self.url), self.key_file) if self.key_file else self.url

    @field_validator("key_file")
    @classmethod
    def _used(cls, file: str) -> str:
        """Refuse what holds no keys."""
        if file:
            from pathlib import Path

            from storage.errors import StorageError
            from storage.sealing import Sealer

            try:
                Sealer(Path(file))
            except StorageError as error:
                raise ValueError(str(error).removeprefix("key_file ")) from None
        return file


class BrowserSettings(Table):
    """`[crawler.browser]`: the browser of outlets with `browser = true`."""

    executable: str = ""
    """Left out: the system's Chromium or Chrome."""
    url: Annotated[str, Field(pattern=r"^(?:(?:ws|http)s?://.+)?$", repr=False)] = ""
    """The DevTools of a remote one."""
    pages: Annotated[int, Field(ge=1, le=32)] = 2
    memory: Size = 1_000_000_000
    timeout: Duration = timedelta(seconds=60)
    sandbox: bool = True


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
    max_articles_a_day: Annotated[int, Field(ge=1)] = 10_000
    """Of one outlet."""
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
    access_files: Name = "access-files"
    """The folder of the files that the page and the API may name in an outlet's access."""
    browser: BrowserSettings = BrowserSettings()
    scrapy: ScrapySettings = Field(default_factory=dict)
    """Scrapy's own settings, for every request (docs/scrapy.md)."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where `interval` lies outside its bounds."""
        try:
            shortest, start, longest = (
                parse_duration(data.get(key, cls.model_fields[key].default))
                for key in ("min_interval", "interval", "max_interval")
            )
        except ValueError:
            return  # said of the key itself
        if not shortest <= start <= longest:
            yield "interval must lie between min_interval and max_interval"

    @field_validator("keep_pages_in")
    @classmethod
    def _opened(cls, place: str) -> str:
        """Refuse a bucket that nothing installed can open."""
        if is_bucket(place):
            protocol = place.partition("://")[0]
            try:
                from fsspec import get_filesystem_class  # here: an extra
            except ImportError:
                raise ValueError("a bucket needs fsspec: pip install 'tocsin[cluster]'") from None
            try:
                get_filesystem_class(protocol)
            except (ImportError, ValueError) as error:
                raise ValueError(f"{protocol}:// can't be opened: {error}") from None
        return place

    @model_validator(mode="after")
    def _bounds(self) -> CrawlerSettings:
        if self.min_interval < timedelta(milliseconds=100) or self.timeout < timedelta(milliseconds=100):
            raise ValueError("min_interval and timeout must be at least 100ms")
        return self

    @property
    def agent(self) -> str:
        """The User-Agent, with the version filled in."""
        return self.user_agent.replace("{version}", version("tocsin"))


class ServiceSettings(Table):
    """`[service]`: who is told when an outlet breaks, falls silent or moves; whom the service asks about names."""

    notify: str = ""
    failures: Annotated[int, Field(ge=1, le=1000)] = 3
    remind: Duration = timedelta(hours=24)
    language: Spoken = "en"
    """In which mails are written, and pages where the browser asks for no language that there is."""
    wikidata: OptionalUrl = "https://www.wikidata.org/w/api.php"
    """Where `tocsin watch suggest` asks for a name's spellings; empty: it does not."""


LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class WebSettings(Table):
    """`[web]`."""

    listen: ListenAddress = "127.0.0.1:8080"
    public_url: OptionalUrl = ""
    """Where readers reach it: what links in mails begin with, and where hubs push to."""
    trusted_proxies: tuple[AllowedNetwork, ...] = LOOPBACK
    """Whose word on the reader's address and on HTTPS is believed (`X-Forwarded-For`, `X-Forwarded-Proto`)."""
    passwords: bool = True
    """Whether one signs in by name and password, too."""
    require_second_factor: bool = False
    """Whether who signs in by a password needs a second factor: who has none is led to set one up, and can do nothing else."""
    oidc: OidcSettings = OidcSettings()
    proxy_header: ProxyHeaderSettings = ProxyHeaderSettings()

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where nobody could sign in."""
        if data.get("passwords") is False and not data.get("oidc") and not data.get("proxy_header"):
            yield "passwords: nobody could sign in: set [web.oidc] or [web.proxy_header] first"


class SmtpSettings(Table):
    """`[smtp]`."""

    host: Name = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    sender: MailAddress = "Tocsin <alerts@example.org>"


class ImapSettings(Table):
    """`[imap]`: the mailbox that newsletters come to."""

    host: str = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0: the usual one, 993 with `tls`, else 143."""
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    folder: Name = "INBOX"
    ca_file: CertificateFile | None = None
    mark_seen: bool = False
    """Messages that were read are marked as seen."""
    bounces: bool = False
    """Reviews' mails that come back come to this mailbox: its reports are read."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where there is an account and no host."""
        if data and not data.get("host"):
            yield "name the host of the mailbox"


class InboundSettings(Table):
    """`[inbound]`: newsletters that are sent to addresses of our own, by SMTP; off without `listen`."""

    listen: OptionalListenAddress = ""
    domain: MailDomain = ""
    """What comes after the @ of these addresses."""
    bounces: bool = False
    """Reviews' mails have an envelope sender at this domain, to which they come back."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where it lacks the domain."""
        if data.get("bounces") and not data.get("listen"):
            yield "bounces: set listen and domain, too"
        if data.get("listen") and not data.get("domain"):
            yield "name the domain of its addresses, whose mail your DNS (MX) or your mail server sends here"


class DeliverySettings(Table):
    """`[delivery]`."""

    templates: str = ""
    """A folder of the user's own templates."""
    bounces: Annotated[int, Field(ge=1, le=100)] = 3
    """So many mails to a review's recipient come back in a row before they are paused."""


class OutletSettings(AccessKeys):
    """`[[outlets]]`."""

    name: Name
    site: OptionalUrl = ""
    feeds: tuple[Url, ...] = ()
    sources: tuple[SourceTable, ...] = ()
    """Of any installed kind; `feeds` is the short form of the kind `feed`."""
    language: Language | None = None
    country: Country | None = None
    tags: tuple[Name, ...] = ()
    control: bool = False
    """It is polled to see what we miss: what it has is compared with what we found, and never alerts (docs/missed.md)."""
    scrapy: ScrapySettings = Field(default_factory=dict)
    """Scrapy's own settings, for this outlet's requests."""
    editable: bool = False
    """It is put into the database at the first start, and edited on the page from then on."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where it has no address, or what of its access is given twice."""
        yield from super().mistakes(data)
        if not data.get("feeds") and not data.get("sources") and not data.get("site"):
            yield "name its feeds, or its site, from which the feed is then discovered"


class StoriesSettings(Table):
    """`[stories]`."""

    copies_window: Duration = timedelta(days=14)
    stories_window: Duration = timedelta(days=3)
    join_languages_by: str = ""
    """The enricher (docs/plugins.md) by whose vectors stories of two languages are one; left out: they are related at most."""
    join_languages_from: Annotated[float, Field(gt=0, le=1)] = 0.85
    """The least cosine of two vectors."""

    @field_validator("join_languages_by")
    @classmethod
    def _is_installed(cls, name: str) -> str:
        if name:
            from alerts.enrich.base import installed_enrichers  # here: few name one

            names = sorted(installed_enrichers().by_name())
            if name not in names:
                raise ValueError(
                    f"no enricher {name!r} is installed; there are: {', '.join(names) or 'none'}"
                )
        return name

    @model_validator(mode="after")
    def _bounds(self) -> StoriesSettings:
        if not timedelta(0) < self.stories_window <= self.copies_window:
            raise ValueError("stories_window must be longer than nothing and at most copies_window")
        return self


class FoldersSettings(Table):
    """`[folders]`: what belongs to one matter (docs/folders.md)."""

    time_stamp: WebAddress | Literal[""] = ""
    """An authority (RFC 3161) that stamps the manifest of each archive; needs `tocsin[stamp]`."""


class Settings(CheckedTable, BaseSettings):
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
    imap: ImapSettings = ImapSettings()
    inbound: InboundSettings = InboundSettings()
    delivery: DeliverySettings = DeliverySettings()
    outlets: tuple[OutletSettings, ...] = ()
    channels: tuple[ChannelTable, ...] = ()
    watch: tuple[WatchSettings, ...] = ()
    reviews: tuple[ReviewSettings, ...] = ()
    licences: tuple[LicenceSettings, ...] = ()
    folders: FoldersSettings = FoldersSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what it is given alone: `load` has merged the environment in already, to name each mistake's source."""
        return (init_settings,)


def duplicates(names: Iterable[str]) -> list[tuple[int, str]]:
    """Return the names that stood before in the list, whatever their case, with their places."""
    seen: set[str] = set()
    found: list[tuple[int, str]] = []
    for place, name in enumerate(names):
        if name.casefold() in seen:
            found.append((place, name))
        seen.add(name.casefold())
    return found
