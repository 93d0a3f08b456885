"""The stylesheets and scripts, held in memory under names that change with their content, so that a browser keeps them."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request, Response

router = APIRouter(include_in_schema=False)

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    packed: bytes
    content_type: str
    digest: str


_FOLDERS = (files("service.web").joinpath("static"), files("fastapi_swagger.resources"))
"""Our own, and Swagger UI as its package has it."""
_FILES = {
    file.name: file
    for folder in _FOLDERS
    for file in folder.iterdir()
    if file.name.rpartition(".")[2] in _TYPES
}


@cache
def _asset(name: str) -> _Asset:
    """Return a file of those that there are, read when first asked for: the description of the API is large, and seldom read."""
    body = _FILES[name].read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:12]
    return _Asset(body, gzip.compress(body, mtime=0), _TYPES[name.rpartition(".")[2]], digest)


def asset_url(name: str) -> str:
    """Return the address of a static file."""
    return f"/static/{_asset(name).digest}/{name}"


@router.get("/static/{digest}/{name}")
async def static(request: Request, digest: str, name: str) -> Response:
    """Return a static file; only names that are known."""
    asset = await asyncio.to_thread(_asset, name) if name in _FILES else None
    if asset is None or asset.digest != digest:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, media_type=asset.content_type, headers=headers)
    return Response(asset.body, media_type=asset.content_type, headers=headers)
