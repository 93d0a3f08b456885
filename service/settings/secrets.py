"""Secrets by reference: `password_file = "/run/credentials/…"` in place of `password`, so that the settings file holds none.

A key is a secret where its model types it `SecretStr`, in a plugin's settings as in ours; what is in a list of several can't be
given as a file.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr

from alerts.delivery.channels import channel_plugins
from crawler.access.keys import is_harmless

SUFFIX = "_file"
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SecretsTaken:
    """What files gave: settings with the secrets in them, mistakes with their keys, and warnings."""

    data: dict[str, Any]
    problems: tuple[tuple[Keys, str], ...]
    warnings: tuple[str, ...]

    @property
    def unread(self) -> frozenset[Keys]:
        """The keys that lack a value because of a mistake that is named already."""
        files = frozenset(keys for keys, _ in self.problems)
        return files | {(*keys[:-1], str(keys[-1]).removesuffix(SUFFIX)) for keys in files}


def take_secrets(data: Mapping[str, Any]) -> SecretsTaken:
    """Read the files that hold secrets. A secret is the file's first line. No message repeats one."""
    filled = dict(data)
    problems: list[tuple[Keys, str]] = []
    warnings: list[str] = []
    for section in ("smtp", "imap", "storage"):
        if isinstance(row := filled.get(section), dict):
            filled[section] = _take(row, ("password",), (section,), problems, warnings)
    web = filled.get("web")
    if isinstance(web, dict) and isinstance(oidc := web.get("oidc"), dict):
        taken = _take(oidc, ("client_secret",), ("web", "oidc"), problems, warnings)
        filled["web"] = {**web, "oidc": taken}
    if isinstance(rows := filled.get("channels"), list):
        filled["channels"] = [
            _take(row, _from_files(row), ("channels", number), problems, warnings)
            if isinstance(row, dict)
            else row
            for number, row in enumerate(rows)
        ]
    for path in (*_files_of_outlets(data), *filter(None, [_table(data, "storage").get("key_file")])):
        with suppress(OSError):  # said of its key
            warnings += _open_to_others(Path(path))
    return SecretsTaken(filled, tuple(problems), tuple(warnings))


def holds_secrets(data: Mapping[str, Any]) -> bool:
    """Return whether settings, as a file has them, hold a secret themselves."""
    storage = data.get("storage")
    channels = data.get("channels")
    return (
        any(
            isinstance(row := data.get(name), dict) and bool(row.get("password")) for name in ("smtp", "imap")
        )
        or bool(_table(data, "web", "oidc").get("client_secret"))
        or (isinstance(storage, dict) and has_password(str(storage.get("url", ""))))
        or any(
            isinstance(row, dict) and any(row.get(name) for name in secret_keys(_model(row)))
            for row in (channels if isinstance(channels, list) else ())
        )
        or any(_outlet_holds_secrets(row) for row in _tables(data.get("outlets")))
    )


def channel_with_secrets(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return a channel's table with what its files hold. Raise `ValueError` with the key where one can't be read."""
    problems: list[tuple[Keys, str]] = []
    filled = _take(dict(keys), _from_files(keys), ("channels",), problems, [])
    for place, words in problems:
        raise ValueError(f"{place[-1]}: {words}")
    return filled


def secret_keys(model: type[BaseModel] | None) -> tuple[str, ...]:
    """Return the names of a model's keys that hold secrets."""
    fields = model.model_fields if model is not None else {}
    return tuple(name for name, field in fields.items() if _is_secret(field.annotation))


def has_password(url: str) -> bool:
    """Return whether a database's URL holds a password."""
    if "@" not in url:
        return False
    from sqlalchemy.engine import make_url  # a third of a second: only where it is needed
    from sqlalchemy.exc import ArgumentError

    from storage.postgres import with_hosts_apart

    try:
        return make_url(with_hosts_apart(url)).password is not None
    except ArgumentError:
        return False


def _model(channel: Mapping[str, Any]) -> type[BaseModel] | None:
    plugin = channel_plugins().get(str(channel.get("type")))
    return plugin.settings if plugin is not None else None


def _from_files(channel: Mapping[str, Any]) -> tuple[str, ...]:
    model = _model(channel)
    return tuple(
        name
        for name in secret_keys(model)
        if model is not None and not is_several(model.model_fields[name].annotation)
    )


def _tables(rows: object) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _table(row: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Return an inner table; an empty one where there is none."""
    for name in names:
        inner = row.get(name)
        row = inner if isinstance(inner, dict) else {}
    return row


def _outlet_holds_secrets(row: Mapping[str, Any]) -> bool:
    """Return whether an outlet's access, as a file has it, holds a secret itself."""
    return (
        bool(row.get("cookies") or _table(row, "basic").get("password"))
        or any(not is_harmless(name) for name in _table(row, "headers"))
        or any(not name.endswith(SUFFIX) for name in _table(row, "login", "form"))
    )


def _files_of_outlets(data: Mapping[str, Any]) -> Iterator[str]:
    """Find the files with secrets that outlets' access names; they are read when they are used."""
    for row in _tables(data.get("outlets")):
        named = [row.get("cookies_file"), _table(row, "basic").get("password_file")]
        named += [value for name, value in _table(row, "login", "form").items() if name.endswith(SUFFIX)]
        yield from (path for path in named if isinstance(path, str) and path)


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(_is_secret, get_args(annotation)))


def is_several(annotation: object) -> bool:
    """Return whether a key of this type takes several values."""
    return get_origin(annotation) in (tuple, list, dict) or any(map(is_several, get_args(annotation)))


def _take(
    row: dict[str, Any],
    names: tuple[str, ...],
    keys: Keys,
    problems: list[tuple[Keys, str]],
    warnings: list[str],
) -> dict[str, Any]:
    """Return the table with what its files hold; the mistakes and warnings are added to."""
    filled = dict(row)
    for name in names:
        given = row.get(name + SUFFIX)
        if given is None:
            continue
        try:
            if not isinstance(given, str):
                raise ValueError("must be text, in quotes")
            if given:
                secret = _read(Path(given))
                if filled.get(name):
                    raise ValueError(f"{name} is given too: only one of them may be")
                _fill(filled, keys[0] == "storage", name, secret)
                warnings += _open_to_others(Path(given))
        except ValueError as error:
            problems.append(((*keys, name + SUFFIX), str(error)))
        else:
            del filled[name + SUFFIX]
    return filled


def _read(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    if not lines or not lines[0].strip():
        raise ValueError(f"{path} is empty: the secret stands in its first line")
    return lines[0].strip()


def _fill(row: dict[str, Any], is_storage: bool, name: str, secret: str) -> None:
    if not is_storage:
        row[name] = secret
        return
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from storage.postgres import with_hosts_apart

    try:
        url = make_url(with_hosts_apart(str(row.get("url", ""))))
    except ArgumentError:
        return  # said of the URL itself
    if url.password is not None:
        raise ValueError("the url holds a password too: only one of them may be given")
    row["url"] = url.set(password=secret).render_as_string(hide_password=False)


def _open_to_others(path: Path) -> Iterator[str]:
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        yield f"{path} holds a secret and may be read or changed by others on this machine: chmod 600 {path}"
