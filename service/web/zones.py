"""The time zone of who looks at a page: their browser's, which the page's script keeps in a cookie; UTC without one."""

from __future__ import annotations

from urllib.parse import unquote
from zoneinfo import ZoneInfo

from fastapi import Request

from service.actions.errors import InvalidError
from service.actions.triage import checked_zone

ZONE_COOKIE = "tocsin_zone"


def zone_of(request: Request) -> ZoneInfo:
    """Return the zone of who asks."""
    try:
        return checked_zone(unquote(request.cookies.get(ZONE_COOKIE, ""))[:100])
    except InvalidError:
        return checked_zone("")
