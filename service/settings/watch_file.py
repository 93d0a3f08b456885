"""Reads the `[[watch]]` tables of a TOML file alone, so that a watch list can be tried before it is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from service.settings.load import SettingsError, SettingsProblem, check_settings, read_toml
from service.settings.watch_models import WatchSettings


def load_watch_file(path: Path) -> tuple[WatchSettings, ...]:
    """Return the watch lists of a file; their channels may be left out, and need not exist. Raises `SettingsError`."""
    text, data = read_toml(path)
    tables = data.get("watch")
    if not isinstance(tables, list) or not tables:
        raise SettingsError([SettingsProblem(str(path), "it holds no watch list: write one under [[watch]]")])
    named: dict[str, Any] = {}
    for table in tables:
        if isinstance(table, dict):
            channels = table.setdefault("channels", ["console"])
            named |= {name: None for name in channels if isinstance(name, str)}
    channels = [{"name": name, "type": "console"} for name in named]
    settings, _warnings = check_settings(path, text, {"watch": tables, "channels": channels})
    return settings.watch
