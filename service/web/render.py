"""Pages from templates: every value escaped, text from outside cleaned of what reorders or hides other text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from alerts.delivery.characters import direction, one_line, shown, web_address
from alerts.delivery.markup import counted, in_context, marked, translated
from alerts.matching.rule_words import rule_words
from service.troubles import page_trouble_words, trouble_words
from service.web.access import Caller
from service.web.act_words import fact_words, subject_words, verb_words
from service.web.base_path import base_path, under
from service.web.browser_words import browser_words
from service.web.files import asset_url
from service.web.form_faults import short
from service.web.sending import sending_words
from service.web.site import site_of
from service.web.state_words import kind_words, stage_words, state_words
from storage import language
from storage.codes import country_name, language_name
from storage.language import N_, _, ngettext
from storage.stores.gauges import Glance

MENU = (
    ("/alerts", N_("Alerts")),
    ("/watch", N_("Watch lists")),
    ("/search", N_("Search")),
    ("/missed", N_("Missed")),
    ("/reviews", N_("Reviews")),
    ("/folders", N_("Folders")),
    ("/outlets", N_("Outlets")),
    ("/deliveries", N_("Deliveries")),
    ("/channels", N_("Channels")),
    ("/trends", N_("Trends")),
    ("/status", N_("Status")),
)


@dataclass(frozen=True, slots=True)
class Badge:
    """That something is wrong behind an entry of the menu: how much, and in words."""

    count: int
    words: str


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
    values["badges"] = badges_of(request, caller)
    values.setdefault("glance", getattr(request.state, "glance", None))
    page = _ENVIRONMENT.get_template(template).render(values)
    base = base_path(site_of(request).settings.web.public_url)
    return HTMLResponse(under(base, page), status_code=status)


def badges_of(request: Request, caller: Caller | None) -> dict[str, Badge]:
    """Return what is wrong behind each entry of the menu."""
    glance: Glance | None = getattr(request.state, "glance", None)
    if caller is None or glance is None:
        return {}
    found = {
        "/outlets": Badge(
            glance.failing_outlets,
            ngettext("{count} outlet is failing", "{count} outlets are failing", glance.failing_outlets),
        ),
        "/channels": Badge(
            glance.troubled_channels,
            ngettext("{count} channel is failing", "{count} channels are failing", glance.troubled_channels),
        ),
    }
    stuck = sum(not stage.well for stage in site_of(request).pulse.stages())
    found["/status"] = Badge(
        stuck,
        ngettext(
            "{count} part of the service is not working",
            "{count} parts of the service are not working",
            stuck,
        ),
    )
    return {address: badge for address, badge in found.items() if badge.count}


def moment(value: datetime | None, empty: str = "–") -> Markup:
    """Return a time as a page shows it: UTC, which a browser with JavaScript turns to its own zone."""
    if value is None:
        return Markup("{}").format(empty)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        _iso(value), language.moment(value), language.moment(value, length="medium")
    )


def ago(value: datetime | None, now: datetime, empty: str | None = None) -> Markup:
    """Return how long ago (or in how long) a time is."""
    if value is None:
        return escape(_("never") if empty is None else empty)
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(
        _iso(value), language.moment(value), since(now - value)
    )


def since(length: timedelta) -> str:
    """Return how long ago something was, from how long it is past."""
    seconds = length.total_seconds()
    return language.ago(seconds) if abs(seconds) >= JUST_NOW else _("just now")


def _ours() -> Markup:
    """Return the attributes of a part that is in the page's language, within an article in another one."""
    translator = language.speaker()
    return Markup('lang="{}" dir="{}"').format(translator.code, translator.direction)


def _iso(value: datetime) -> str:
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def number(value: float) -> str:
    """Return a number, one digit after the point where it is no whole one."""
    return language.number(value, 0 if isinstance(value, int) else 1)


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
        "duration": language.length_of,
        "shown": shown,
        "line": lambda text, limit=300: one_line(text or "", limit),
        "trouble": trouble_words,
        "page_trouble": page_trouble_words,
        "dir": direction,
        "address": web_address,
        "number": number,
        "translate": marked,
        "whole": language.number,
        "percent": language.percent,
        "listed": language.listed,
        "language": language_name,
        "country": country_name,
        "kind": kind_words,
        "stage": stage_words,
        "rule": rule_words,
        "sending": sending_words,
        "since": since,
        "day": lambda value: language.day(value, length="medium"),
        "state": state_words,
        "subject": subject_words,
        "verb": verb_words,
        "fact": fact_words,
        "browser": browser_words,
        "short": short,
    }
    environment.filters.update(filters)
    environment.globals |= {
        "_": translated,
        "ngettext": counted,
        "pgettext": in_context,
        "speaker": language.speaker,
        "ours": _ours,
    }
    environment.globals["asset"] = asset_url
    environment.globals["menu"] = MENU
    environment.globals["late"] = FOUND_LATE
    environment.globals["version"] = version("tocsin")
    return environment


_ENVIRONMENT = _environment()
