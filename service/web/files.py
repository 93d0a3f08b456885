"""The stylesheet and scripts, held in memory under names that change with their content, so that a browser keeps them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request, Response

router = APIRouter(include_in_schema=False)

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    packed: bytes
    content_type: str
    digest: str


def _read() -> dict[str, _Asset]:
    assets = {}
    for file in files("service.web").joinpath("static").iterdir():
        kind = file.name.rpartition(".")[2]
        if kind in _TYPES:
            body = file.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:12]
            assets[file.name] = _Asset(body, gzip.compress(body, mtime=0), _TYPES[kind], digest)
    return assets


_ASSETS = _read()


def asset_url(name: str) -> str:
    """Return the address of a static file."""
    return f"/static/{_ASSETS[name].digest}/{name}"


@router.get("/static/{digest}/{name}")
async def static(request: Request, digest: str, name: str) -> Response:
    """Return a static file; only names that are known."""
    asset = _ASSETS.get(name)
    if asset is None or asset.digest != digest:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, media_type=asset.content_type, headers=headers)
    return Response(asset.body, media_type=asset.content_type, headers=headers)
