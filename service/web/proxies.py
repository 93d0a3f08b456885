"""Whose word is believed on who asks: the connection's peer is known here alone, before headers say otherwise. Plain ASGI."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from storage.addresses import Network

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

REFUSED = b"A header that signs people in came from an address that is not in [web] trusted_proxies.\n"


class TrustedProxies:
    """Believes `X-Forwarded-For` and `X-Forwarded-Proto` of these networks, and refuses headers that sign in of any other.

    `identity` are those headers. Requests that have one and come from elsewhere, or have it twice, are answered 403: whoever
    sends them tries to be somebody else, or the proxy is not named in the settings.
    """

    def __init__(self, app: ASGIApp, networks: Sequence[Network], identity: Sequence[str] = ()) -> None:
        self._networks = networks
        self._identity = {name.lower().encode() for name in identity}
        inner: Any = app  # uvicorn and Starlette type the same protocol differently
        self._app: Any = ProxyHeadersMiddleware(inner, trusted_hosts=[str(network) for network in networks])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] == "http" and self._identity:
            names = [name for name, _value in scope["headers"] if name.lower() in self._identity]
            client = scope.get("client")
            peer = client[0] if client else ""
            if names and (len(names) != len(set(names)) or not self.is_trusted(peer)):
                log.warning("a header that signs in is refused", address=peer)
                headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
                await send({"type": "http.response.start", "status": 403, "headers": headers})
                await send({"type": "http.response.body", "body": REFUSED})
                return
        await self._app(scope, receive, send)

    def is_trusted(self, peer: str) -> bool:
        """Return whether a connection is a trusted proxy's."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)
