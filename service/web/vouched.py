"""Whom a trusted proxy names in its headers. That they are the proxy's was checked where they came in (`service.web.proxies`)."""

from __future__ import annotations

from fastapi import Request

from service.actions.outsiders import Outsider
from service.web.site import site_of


def vouched_for(request: Request) -> Outsider | None:
    """Return whom the proxy's header names; None where it names nobody, or no such header is set up."""
    wanted = site_of(request).settings.web.proxy_header
    name = _text(request, wanted.user) if wanted.user is not None else ""
    if not name:
        return None
    groups = _text(request, wanted.groups).split(wanted.separator)
    return Outsider(
        "proxy", f"proxy {name}", name, frozenset(group.strip() for group in groups if group.strip())
    )


def _text(request: Request, name: str) -> str:
    """Return a header's text: servers read it as Latin-1, and proxies write UTF-8."""
    raw = request.headers.get(name, "").encode("latin-1")
    return raw.decode("utf-8", "replace").strip()
