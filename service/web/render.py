"""Pages from templates: every value escaped, text from outside cleaned of what reorders or hides other text."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from alerts.delivery.characters import direction, one_line, shown, web_address
from service.troubles import page_trouble_words, trouble_words
from service.web.access import Caller
from service.web.files import asset_url
from service.web.site import site_of

MENU = (
    ("/alerts", "Alerts"),
    ("/watch", "Watch lists"),
    ("/search", "Search"),
    ("/missed", "Missed"),
    ("/outlets", "Outlets"),
    ("/deliveries", "Deliveries"),
    ("/channels", "Channels"),
    ("/trends", "Trends"),
    ("/status", "Status"),
)


FOUND_LATE = timedelta(hours=1)
"""An article that was found so long after it came out is shown with both times."""
JUST_NOW = 5
"""Seconds."""


def render(
    request: Request, template: str, caller: Caller | None, *, status: int = 200, **values: object
) -> HTMLResponse:
    """Return a page."""
    values["path"] = request.url.path
    values["caller"] = caller
    values["csrf"] = caller.csrf if caller is not None else ""
    values["now"] = site_of(request).now()
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(values), status_code=status)


def moment(value: datetime | None, empty: str = "–") -> Markup:
    """Return a time as a page shows it: UTC, which a browser with JavaScript turns to its own zone."""
    if value is None:
        return Markup("{}").format(empty)
    iso = value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup(
        '<time datetime="{}" title="{:%Y-%m-%d %H:%M:%S} UTC">{:%d %b %Y, %H:%M} UTC</time>'
    ).format(iso, value, value)


def ago(value: datetime | None, now: datetime, empty: str = "never") -> Markup:
    """Return how long ago (or in how long) a time is."""
    if value is None:
        return Markup("{}").format(empty)
    seconds = (now - value).total_seconds()
    text = f"in {_length(-seconds)}" if seconds < 0 else f"{_length(seconds)} ago"
    text = text if abs(seconds) >= JUST_NOW else "just now"
    iso = value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}" title="{:%Y-%m-%d %H:%M} UTC" data-ago>{}</time>').format(
        iso, value, text
    )


def _length(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def duration(seconds: float) -> str:
    """Return a length of time in words."""
    return _length(seconds)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("service.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "moment": moment,
        "ago": ago,
        "duration": duration,
        "shown": shown,
        "line": lambda text, limit=300: one_line(text or "", limit),
        "trouble": trouble_words,
        "page_trouble": page_trouble_words,
        "dir": direction,
        "address": web_address,
        "number": lambda value: f"{value:,}" if isinstance(value, int) else f"{value:,.1f}",
    }
    environment.filters.update(filters)
    environment.globals["asset"] = asset_url
    environment.globals["menu"] = MENU
    environment.globals["late"] = FOUND_LATE
    environment.globals["version"] = version("tocsin")
    return environment


_ENVIRONMENT = _environment()
