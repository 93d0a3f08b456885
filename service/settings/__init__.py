"""The settings file: its keys, and reading it with every mistake named."""

from service.settings.load import SettingsError, SettingsProblem, load_settings
from service.settings.models import CrawlerSettings, OutletSettings, Settings, SmtpSettings
from service.settings.watch_file import load_watch_file
from service.settings.watch_models import WatchSettings

__all__ = [
    "CrawlerSettings",
    "OutletSettings",
    "Settings",
    "SettingsError",
    "SettingsProblem",
    "SmtpSettings",
    "WatchSettings",
    "load_settings",
    "load_watch_file",
]
