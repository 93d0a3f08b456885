"""Where one may be sent on to: pages of ours alone."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from fastapi import Request

HOME = "/"


def own_path(target: str) -> str:
    """Return the path to go on to: only ever one of ours."""
    parts = urlsplit(target.replace("\\", "/"))
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return HOME
    if not target.isprintable():
        return HOME
    return parts.path + (f"?{parts.query}" if parts.query else "")


def login_url(request: Request) -> str:
    """Return where to sign in, from where one then comes back."""
    onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/login" if onward == "/" else f"/login?{urlencode({'next': onward})}"
