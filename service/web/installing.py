"""What makes the page an application of its own on a phone: its manifest, its icons, and the worker that shows what is pushed."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.web.base_path import base_path
from service.web.files import asset_url
from service.web.site import site_of
from storage.language import _

router = APIRouter(include_in_schema=False)

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)
_WORKER = files("service.web").joinpath("static", "service-worker.js").read_bytes()


@router.get("/manifest.webmanifest")
async def manifest(request: Request) -> Response:
    """Return the manifest (W3C Web Application Manifest). Nothing in it is anybody's own: it is asked for without a cookie."""
    base = base_path(site_of(request).settings.web.public_url)
    icons = [
        {"src": f"{base}{asset_url(name)}", "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes, purpose in ICONS
    ]
    return JSONResponse(
        {
            "id": f"{base}/",
            "name": "Tocsin",
            "short_name": "Tocsin",
            "description": _("News that mentions whom you follow."),
            "start_url": f"{base}/alerts",
            "scope": f"{base}/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#9a3412",
            "icons": icons,
        },
        media_type="application/manifest+json",
        headers={"Cache-Control": "no-cache"},
    )


@router.get("/service-worker.js")
async def service_worker() -> Response:
    """Return the service worker, at the root: what it may show pages of is where it lies."""
    headers = {"Cache-Control": "no-cache"}
    return Response(_WORKER, media_type="text/javascript; charset=utf-8", headers=headers)
