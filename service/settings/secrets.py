"""Secrets by reference: `password_file = "/run/credentials/…"` in place of `password`, so that the settings file holds none."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SUFFIX = "_file"
_SECRETS = {"smtp": ("password",), "storage": ("password",), "channels": ("secret", "url")}
"""By table, the keys that may be given as a file; of channels, `url` where it is of type apprise."""
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What files gave: settings with the secrets in them, mistakes with their keys, and warnings."""

    data: dict[str, Any]
    problems: tuple[tuple[Keys, str], ...]
    warnings: tuple[str, ...]


def take_secrets(data: Mapping[str, Any]) -> Taken:
    """Reads the files that hold secrets. A secret is the file's first line. No message repeats one."""
    taken = dict(data)
    problems: list[tuple[Keys, str]] = []
    warnings: list[str] = []
    for section, names in _SECRETS.items():
        rows = taken.get(section)
        is_list = isinstance(rows, list)
        for number, row in enumerate(rows if isinstance(rows, list) else [rows]):
            if not isinstance(row, dict):
                continue
            filled = dict(row)
            for name in names:
                keys: Keys = (section, number, name + SUFFIX) if is_list else (section, name + SUFFIX)
                given = row.get(name + SUFFIX)
                if (
                    not isinstance(given, str)
                    or not given
                    or (name == "url" and row.get("type") != "apprise")
                ):
                    continue
                try:
                    secret = _read(Path(given))
                    if row.get(name):
                        raise ValueError(f"{name} is given too: only one of them may be")
                    _fill(filled, section, name, secret)
                except ValueError as error:
                    problems.append((keys, str(error)))
                    _fill_in(filled, section, name)
                else:
                    warnings += _open_to_others(Path(given))
            if is_list:
                taken[section] = [*taken[section][:number], filled, *taken[section][number + 1 :]]
            else:
                taken[section] = filled
    return Taken(taken, tuple(problems), tuple(warnings))


def holds_secrets(data: Mapping[str, Any]) -> bool:
    """Tells whether settings, as a file has them, hold a secret themselves."""
    smtp, storage = data.get("smtp"), data.get("storage")
    channels = data.get("channels")
    return (
        (isinstance(smtp, dict) and bool(smtp.get("password")))
        or (isinstance(storage, dict) and has_password(str(storage.get("url", ""))))
        or any(
            isinstance(channel, dict)
            and (bool(channel.get("secret") or channel.get("secrets")) or channel.get("type") == "apprise")
            and not channel.get("url_file")
            for channel in (channels if isinstance(channels, list) else ())
        )
    )


def has_password(url: str) -> bool:
    """Tells whether a database's URL holds a password."""
    try:
        return make_url(url).password is not None
    except ArgumentError:
        return False


def _read(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text in UTF-8") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    if not lines or not lines[0].strip():
        raise ValueError(f"{path} is empty: the secret stands in its first line")
    return lines[0].strip()


def _fill(row: dict[str, Any], section: str, name: str, secret: str) -> None:
    if section != "storage":
        row[name] = secret
        return
    try:
        url = make_url(str(row.get("url", "")))
    except ArgumentError:
        return  # said of the URL itself
    if url.password is not None:
        raise ValueError("the url holds a password too: only one of them may be given")
    row["url"] = url.set(password=secret).render_as_string(hide_password=False)


def _fill_in(row: dict[str, Any], section: str, name: str) -> None:
    """Keeps a missing file from being told of a second time, as a missing key."""
    if section == "channels" and not row.get(name):
        row[name] = "whsec_" + "A" * 32 if name == "secret" else "json://localhost"


def _open_to_others(path: Path) -> Iterator[str]:
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        yield f"{path} holds a secret and may be read or changed by others on this machine: chmod 600 {path}"
