"""Where the page is reached, as other parties are told it."""

from __future__ import annotations

from fastapi import Request

from service.web.site import site_of


def own_address(request: Request, path: str) -> str:
    """Return the whole address of a path of ours: under `[web] public_url`, else as the request came."""
    base = site_of(request).settings.web.public_url or str(request.base_url)
    return base.rstrip("/") + path
