"""The settings file: its keys, and reading it with every mistake named."""

from service.settings.load import Problem, SettingsError, load_settings
from service.settings.models import CrawlerSettings, OutletSettings, Settings, SmtpSettings
from service.settings.watch_file import load_watch_file
from service.settings.watch_models import WatchSettings

__all__ = [
    "CrawlerSettings",
    "OutletSettings",
    "Problem",
    "Settings",
    "SettingsError",
    "SmtpSettings",
    "WatchSettings",
    "load_settings",
    "load_watch_file",
]
