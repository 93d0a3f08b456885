"""The cookie by which a browser is known again."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request, Response

COOKIE = "tocsin_session"


def with_session(request: Request, response: Response, secret: str, lasts: timedelta) -> Response:
    """Return an answer that signs the browser in."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(lasts.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def without_session(response: Response) -> Response:
    """Return an answer that makes the browser forget it."""
    response.delete_cookie(COOKIE, path="/")
    return response
