"""An outlet's own access: shown without its secrets, and changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions.errors import InvalidError
from service.actions.outlet_access import access_shown, set_access, set_browser
from service.web.access import Caller, Editor, EditorForm, Form
from service.web.render import render
from service.web.site import site_of
from storage.language import _

router = APIRouter(include_in_schema=False)

_PLAIN = ("user_agent", "cookies_file", "cookies", "ca_file", "certificates")


@router.get("/outlets/access")
async def show(request: Request, caller: Editor, name: str = "") -> Response:
    """An outlet's own access."""
    shown = await site_of(request).database.reading(access_shown, which=name)
    return _page(request, caller, name, _fields(shown))


@router.post("/outlets/access")
async def change(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Give an outlet its own access."""
    site = site_of(request)
    name = form.text("name")
    try:
        await site.database.writing(
            set_access, which=name, wanted=_typed(form), files_in=Path(site.settings.crawler.access_files)
        )
    except InvalidError as error:
        return _page(request, caller, name, _sent(form), error=error)
    return RedirectResponse(f"/outlets/one?{urlencode({'name': name})}", 303)


@router.post("/outlets/browser")
async def turn_browser_on(request: Request, form: EditorForm) -> Response:
    """Switch an outlet's browser on."""
    name = form.text("name")
    await site_of(request).database.writing(set_browser, which=name, on=True)
    return RedirectResponse(f"/outlets/one?{urlencode({'name': name})}", 303)


def _page(
    request: Request,
    caller: Caller,
    name: str,
    fields: Mapping[str, str],
    *,
    error: InvalidError | None = None,
) -> Response:
    faults = {} if error is None else {_field_of(error.key or ""): str(error)}
    return render(
        request,
        "outlet_access.html",
        caller,
        status=200 if error is None else 422,
        name=name,
        fields=fields,
        faults=faults,
        folder=site_of(request).settings.crawler.access_files,
    )


def _fields(keys: Mapping[str, Any]) -> dict[str, str]:
    """Return what stands in the form's fields."""
    basic, login = keys.get("basic", {}), keys.get("login", {})
    return {
        **{name: keys.get(name, "") for name in _PLAIN},
        "browser": "1" if keys.get("browser") else "",
        "headers": "\n".join(f"{name}: {value}" for name, value in keys.get("headers", {}).items()),
        "basic_user": basic.get("user", ""),
        "basic_password": basic.get("password", ""),
        "basic_password_file": basic.get("password_file", ""),
        "login_url": login.get("url", ""),
        "login_form": "\n".join(f"{name} = {value}" for name, value in login.get("form", {}).items()),
        "login_success": login.get("success", ""),
    }


def _sent(form: Form) -> dict[str, str]:
    """Return the fields as they were sent; what may be a secret is to be typed again."""
    fields = {name: form.text(name) for name in _fields({})}
    return {**fields, "basic_password": "", "cookies": ""}


def _typed(form: Form) -> dict[str, Any]:
    """Return what a form says. Raise `InvalidError` for a line without its sign."""
    basic = {key: form.text(f"basic_{key}") for key in ("user", "password", "password_file")}
    login = {key: form.text(f"login_{key}") for key in ("url", "success")}
    return {
        **{name: form.text(name) for name in _PLAIN},
        "headers": _pairs(form, "headers", ":"),
        "browser": form.flag("browser"),
        "basic": basic,
        "login": {**login, "form": _pairs(form, "login_form", "=")},
    }


def _pairs(form: Form, field: str, sign: str) -> dict[str, str]:
    found = {}
    for line in form.lines(field):
        name, given, value = line.partition(sign)
        if not given or not name.strip():
            raise InvalidError(_("each line needs a name, {sign} and a value", sign=sign), key=field)
        found[name.strip()] = value.strip()
    return found


def _field_of(key: str) -> str:
    """Return the field that a key is typed in."""
    table, _, name = key.partition(".")
    if table == "login":
        name = name.partition(".")[0]
        return f"login_{name}" if name in ("url", "success") else "login_form"
    if table == "basic":
        return f"basic_{name}" if name in ("password", "password_file") else "basic_user"
    return table
