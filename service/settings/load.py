"""Read the settings: file, then environment, then every mistake at once, each with its place and its remedy."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as EnvironmentSettingsError

from alerts.errors import QueryError
from alerts.query import parse
from service.settings import lines
from service.settings.faults import key_of, message_of
from service.settings.models import Settings, duplicates
from service.settings.secrets import holds_secrets, take_secrets
from storage.suggest import did_you_mean

PREFIX = "TOCSIN_"
NOT_SETTINGS = frozenset({"TOCSIN_DATA", "TOCSIN_SETTINGS"})
"""Variables of ours that are no keys of the file: the tests' data, and where the file is."""


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """One mistake: where it stands, and what is wrong and would be right."""

    where: str
    message: str


class SettingsError(Exception):
    """The settings can't be used; `problems` holds every mistake."""

    def __init__(self, problems: Sequence[SettingsProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{problem.where}: {problem.message}" for problem in problems))


def load_settings(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings (the file's, then `TOCSIN_…` variables) and warnings that stop nothing. Raise `SettingsError`."""
    text, file_data = read_toml(path)
    problems = list(_unknown_variables(os.environ))
    unknown = {problem.where for problem in problems}
    taken = take_secrets(_merge(file_data, _environment(problems, unknown)))
    places = _Places(path, lines.find_lines(text))
    problems += [SettingsProblem(places.where(keys), message) for keys, message in taken.problems]
    settings, warnings = check_settings(path, text, taken.data, problems, unread=taken.unread)
    return settings, (*warnings, *taken.warnings, *_exposed(path, file_data))


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return a file's text and what it says. Raise `SettingsError` where it can't be read."""
    text = _read(path)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([SettingsProblem(str(path), f"not valid TOML: {error}")]) from error


def check_settings(
    path: Path,
    text: str,
    data: dict[str, Any],
    known: Sequence[SettingsProblem] = (),
    *,
    unread: Set[lines.Path] = frozenset(),
) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings that `data` says, and warnings; `text` tells the lines. Raise `SettingsError`, `known` included.

    Of the keys in `unread` the mistake is among the known.
    """
    problems = list(known)
    places = _Places(path, lines.find_lines(text))
    settings: Settings | None = None
    try:
        settings = Settings(**data)
    except ValidationError as error:
        problems += [places.problem(details) for details in error.errors() if details["loc"] not in unread]
    problems += [problem for problem in places.across(data) if problem not in problems]
    queries, warnings = places.queries(data)
    problems += queries
    if settings is None or problems:
        raise SettingsError(problems)
    return settings, tuple(warnings)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"there is no such file: give one with --settings FILE, or write one to begin with: tocsin init {path}"
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8: {error}"
    except OSError as error:
        message = f"the file can't be read: {error.strerror}"
    raise SettingsError([SettingsProblem(str(path), message)])


def _environment(problems: list[SettingsProblem], unknown: Set[str]) -> dict[str, Any]:
    """Return what the variables say, without those in `unknown`; a value that can't be read joins the problems."""
    try:
        data = EnvSettingsSource(Settings, case_sensitive=False)()
    except EnvironmentSettingsError as error:
        problems.append(SettingsProblem("environment", f"{error}; lists are written as JSON"))
        return {}
    for name in unknown:
        *tables, key = _keys(name)
        table: Any = data
        for outer in tables:
            table = table.get(outer, {}) if isinstance(table, dict) else {}
        if isinstance(table, dict):
            table.pop(key, None)
    return data


def _keys(variable: str) -> list[str]:
    return variable[len(PREFIX) :].lower().split("__")


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[SettingsProblem]:
    for name in environ:
        if not name.upper().startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        model: Any = Settings
        for key in _keys(name):
            fields = getattr(model, "model_fields", None)
            if fields is None:
                break
            if key not in fields:
                yield SettingsProblem(
                    name, f"this environment variable names no setting{did_you_mean(key, list(fields))}"
                )
                break
            model = fields[key].annotation


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        merged[key] = _merge(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _exposed(path: Path, data: Mapping[str, Any]) -> Iterator[str]:
    """Warn of a file with secrets that everybody on the machine may read."""
    if holds_secrets(data) and path.stat().st_mode & 0o004:
        yield f"{path} holds secrets and may be read by everybody on this machine: chmod o-r {path}"


class _Places:
    """Turn mistakes into problems with their places in the file."""

    def __init__(self, path: Path, found: dict[lines.Path, int]) -> None:
        self._path = path
        self._lines = found

    def where(self, keys: Sequence[str | int]) -> str:
        """Return `settings.toml:12 channels[1].url`; the line of the nearest table where the key has none."""
        shown = key_of(keys)
        for length in range(len(keys), 0, -1):
            if (line := self._lines.get(tuple(keys[:length]))) is not None:
                return f"{self._path}:{line} {shown}"
        return f"{self._path} {shown}".rstrip()

    def problem(self, details: ErrorDetails) -> SettingsProblem:
        """Turn one of pydantic's errors into a problem."""
        return SettingsProblem(self.where(details["loc"]), message_of(details))

    def across(self, data: dict[str, Any]) -> Iterator[SettingsProblem]:
        """Find what only shows over several tables: names twice, channels that are not there."""
        for section in ("outlets", "channels", "watch", "reviews", "licences"):
            rows = _rows(data, section)
            for place, name in duplicates(str(row.get("name", "")) for row in rows):
                if name:
                    yield SettingsProblem(
                        self.where((section, place, "name")), f"the name {name!r} is taken: give another"
                    )
        channels = [str(row.get("name")) for row in _rows(data, "channels")]
        fallbacks = {str(row.get("name")): row.get("fallback") for row in _rows(data, "channels")}
        for number, row in enumerate(_rows(data, "channels")):
            where = self.where(("channels", number, "fallback"))
            name, fallback = str(row.get("name")), row.get("fallback")
            if not isinstance(fallback, str):
                continue
            if fallback not in fallbacks:
                yield SettingsProblem(
                    where, f"there is no channel {fallback!r}{did_you_mean(fallback, channels)}"
                )
            elif _leads_back(name, fallbacks):
                yield SettingsProblem(where, f"leads back to {name!r}: fallbacks must not go in a circle")
        yield from self._without_mailbox(data)
        yield from self._of_reviews(data, channels)
        service = data.get("service")
        notify = service.get("notify") if isinstance(service, dict) else None
        if isinstance(notify, str) and notify and notify not in channels:
            hint = did_you_mean(notify, channels) or "; add it under [[channels]]"
            yield SettingsProblem(self.where(("service", "notify")), f"there is no channel {notify!r}{hint}")
        for number, watch in enumerate(_rows(data, "watch")):
            wanted = watch.get("channels", [])
            for route in wanted if isinstance(wanted, list) else []:
                name = route.get("channel", "") if isinstance(route, dict) else route
                if name not in channels:
                    hint = did_you_mean(str(name), channels) or "; add it under [[channels]]"
                    yield SettingsProblem(
                        self.where(("watch", number, "channels")), f"there is no channel {name!r}{hint}"
                    )
            for kind in ("actors", "topics"):
                for place, name in duplicates(str(row.get("name", "")) for row in _rows(watch, kind)):
                    where = self.where(("watch", number, kind, place, "name"))
                    yield SettingsProblem(
                        where, f"the name {name!r} is taken in this watch list: give another"
                    )

    def _of_reviews(self, data: dict[str, Any], channels: list[str]) -> Iterator[SettingsProblem]:
        """Find channels and formats of reviews that are not there."""
        for number, review in enumerate(_rows(data, "reviews")):
            named = review.get("channels", [])
            for name in [named] if isinstance(named, str) else named if isinstance(named, list) else []:
                if name not in channels:
                    hint = did_you_mean(str(name), channels) or "; add it under [[channels]]"
                    yield SettingsProblem(
                        self.where(("reviews", number, "channels")), f"there is no channel {name!r}{hint}"
                    )

    def _without_mailbox(self, data: dict[str, Any]) -> Iterator[SettingsProblem]:
        imap = data.get("imap")
        if isinstance(imap, dict) and imap.get("host"):
            return
        for number, outlet in enumerate(_rows(data, "outlets")):
            if any(
                source.get("kind") == "mail" and not source.get("to") for source in _rows(outlet, "sources")
            ):
                yield SettingsProblem(
                    self.where(("outlets", number, "sources")),
                    "newsletters come to a mailbox: name its host, username and password_file under [imap]",
                )

    def queries(self, data: dict[str, Any]) -> tuple[list[SettingsProblem], list[str]]:
        """Try every topic's query."""
        problems, warnings = [], []
        for number, watch in enumerate(_rows(data, "watch")):
            for place, topic in enumerate(_rows(watch, "topics")):
                query = topic.get("query")
                where = self.where(("watch", number, "topics", place, "query"))
                if not isinstance(query, str) or not query.strip():
                    continue
                try:
                    warnings += [f"{where}: {warning}" for warning in parse(query).warnings]
                except QueryError as error:
                    problems.append(SettingsProblem(where, str(error)))
        return problems, warnings


def _leads_back(name: str, fallbacks: Mapping[str, Any]) -> bool:
    seen: set[str] = set()
    current = str(fallbacks.get(name))
    while current in fallbacks and current not in seen:
        if current == name:
            return True
        seen.add(current)
        current = str(fallbacks[current])
    return False


def _rows(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    rows = data.get(key, [])
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
