"""An outlet's own access: headers, cookies, certificates, a name and password, a login. Shown with every secret left out.

It is one table, with the keys that the settings file has for an outlet. Where it is shown, `***` stands for each secret; where it
is given with `***`, the secret that is stored there stays.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlmodel import Session

from crawler.access.keys import FILE_END, AccessKeys, is_harmless
from crawler.urls import host_of
from service.actions.acting import act
from service.actions.errors import InvalidError
from service.actions.outlets import editable_outlet
from service.actions.reading import read_input
from service.settings import Settings
from storage.language import _
from storage.stores.articles.page_lessons import PageQuality, page_quality
from storage.stores.feeds.outlet_access import access_numbered, write_access
from storage.stores.feeds.outlets import ListedOutlet

KEPT = "***"
"""Stands for a secret that is stored."""
Table = Mapping[str, Any]


def access_shown(session: Session, which: str | int) -> dict[str, Any]:
    """Return an outlet's own access, its secrets left out. Raise `NotFoundError`, or `ReadOnlyError` for a declared one."""
    return masked(access_numbered(session, editable_outlet(session, which).id))


@act("outlet", "access", about="which", told=("wanted",))
def set_access(session: Session, which: str | int, wanted: Table, *, files_in: Path | None) -> dict[str, Any]:
    """Give an outlet its own access, in place of what it had; return it as it is shown. An empty table takes it away.

    `files_in` is the folder in which files must lie that it names; None: whoever asks has this machine's files anyway.
    Raise `NotFoundError`, `ReadOnlyError`, or `InvalidError` with the key at fault.
    """
    outlet = editable_outlet(session, which)
    stored = access_numbered(session, outlet.id)
    given = _given(wanted)
    _keep_login_at_home(given, stored)
    keys = _with_kept(given, stored)
    known = {(place, name): table[name] for place, table, name in _files(stored)}
    for place, table, name in _files(keys):
        if table[name] != known.get((place, name)):
            table[name] = str(allowed_file(Path(str(table[name])), name, files_in))
    read_input(AccessKeys, keys)
    write_access(session, outlet.id, keys)
    return masked(keys)


@act("outlet", "access", about="which", told=("on",))
def set_browser(session: Session, which: str | int, *, on: bool) -> dict[str, Any]:
    """Switch an outlet's browser on or off; the rest of its access stays. Return it as it is shown.

    Raise `NotFoundError`, or `ReadOnlyError`.
    """
    number = editable_outlet(session, which).id
    keys = {key: value for key, value in access_numbered(session, number).items() if key != "browser"}
    if on:
        keys["browser"] = True
    write_access(session, number, keys)
    return masked(keys)


def browser_proposal(session: Session, outlet: ListedOutlet, settings: Settings) -> PageQuality | None:
    """Return the pages for which an outlet's browser should be turned on; None where nothing speaks for it, or it is on."""
    declared = next((each for each in settings.outlets if each.name == outlet.name), None)
    is_on = declared.browser if declared is not None else access_numbered(session, outlet.id).get("browser")
    if is_on:
        return None
    return next((each for each in page_quality(session, outlet=outlet.id) if each.needs_browser), None)


def read_access_table(text: str) -> dict[str, Any]:
    """Return what a table says as the settings file would have it, such as `{ user_agent = "…" }`. Raise `InvalidError`."""
    try:
        found = tomllib.loads(f"access = {text.strip() or '{}'}")["access"]
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(_("not a TOML table: {error}", error=error), key="access") from error
    if not isinstance(found, dict):
        raise InvalidError(_('not a table, such as {{ user_agent = "Mozilla/5.0" }}'), key="access")
    return found


def masked(keys: Table) -> dict[str, Any]:
    """Return the keys of an access with `***` for each secret."""
    shown = dict(keys)
    if "headers" in shown:
        shown["headers"] = {
            name: value if is_harmless(name) else KEPT for name, value in shown["headers"].items()
        }
    if "cookies" in shown:
        shown["cookies"] = KEPT
    if "password" in shown.get("basic", {}):
        shown["basic"] = {**shown["basic"], "password": KEPT}
    if "login" in shown:
        form = {
            name: value if name.endswith(FILE_END) else KEPT for name, value in shown["login"]["form"].items()
        }
        shown["login"] = {**shown["login"], "form": form}
    return shown


def _given(wanted: Table) -> dict[str, Any]:
    """Return a table without its empty values, down to its inner tables."""
    kept: dict[str, Any] = {}
    for name, value in wanted.items():
        inner = _given(value) if isinstance(value, Mapping) else value
        if inner not in ("", None, {}) and inner is not False:
            kept[name] = inner
    return kept


def _with_kept(wanted: dict[str, Any], stored: Table, where: str = "") -> dict[str, Any]:
    """Return a table with the stored secrets in the places of `***`. Raise `InvalidError` where nothing is stored."""
    filled = dict(wanted)
    for name, value in wanted.items():
        before = stored.get(name)
        if isinstance(value, dict):
            filled[name] = _with_kept(value, before if isinstance(before, Mapping) else {}, f"{where}{name}.")
        elif value == KEPT:
            if not isinstance(before, str):
                raise InvalidError(
                    _(
                        "{where}{name}: {mark} keeps what is stored, and there is nothing: give the secret",
                        where=where,
                        name=name,
                        mark=KEPT,
                    ),
                    key=f"{where}{name}",
                )
            filled[name] = before
    return filled


def _keep_login_at_home(wanted: Table, stored: Table) -> None:
    """Raise `InvalidError` where a stored secret of a login would be filled in at another host than before."""
    before, now = stored.get("login"), wanted.get("login")
    if not isinstance(before, Mapping) or not isinstance(now, Mapping):
        return
    if _plain_host(before.get("url")) == _plain_host(now.get("url")):
        return
    known, form = before.get("form", {}), now.get("form", {})
    if any(value in (KEPT, known.get(name)) for name, value in form.items() if name in known):
        raise InvalidError(
            _(
                "login.url: it is on another host than before, where a stored secret would be filled in: "
                "type the fields again"
            ),
            key="login.url",
        )


def _plain_host(url: object) -> str:
    """Return the host of an address, with its port; nothing for what is none."""
    try:
        return host_of(str(url))
    except ValueError:
        return ""


def _files(keys: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Find the names of files: each with the table that it stands in, and what that is called."""
    login = keys.get("login")
    form = login.get("form") if isinstance(login, dict) else None
    for place, table in (("", keys), ("basic", keys.get("basic")), ("form", form)):
        if isinstance(table, dict):
            yield from ((place, table, name) for name in tuple(table) if name.endswith(FILE_END))


def allowed_file(path: Path, name: str, files_in: Path | None) -> Path:
    """Return the whole name of a file. Raise `InvalidError` for one that lies elsewhere: it would be read to whoever asks."""
    if files_in is None:
        return path.absolute()
    folder = files_in.resolve()
    found = (folder / path).resolve()
    if not found.is_relative_to(folder):
        raise InvalidError(
            _(
                "{name}: files that are named here must lie in {files_in} ([crawler] access_files): put "
                "it there, or type the secret",
                name=name,
                files_in=files_in,
            ),
            key=name,
        )
    return found
