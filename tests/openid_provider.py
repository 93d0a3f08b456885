"""A small OpenID provider on loopback: discovery, the code flow with PKCE, real signatures, JWKS, userinfo, logout.

It keeps to OpenID Connect Core 1.0, RFC 6749 and RFC 7636, refuses what they refuse, and can be told to lie.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
CLIENT, SECRET = "tocsin", "a secret of the client"


@dataclass(slots=True)
class Grant:
    """A code that was given out."""

    redirect_uri: str
    nonce: str
    challenge: str


@dataclass(slots=True)
class OpenIdProvider:
    """What it knows, and what it was asked."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "7", "preferred_username": "leila"})
    in_userinfo: frozenset[str] = frozenset()
    """Claims that stand there alone."""
    refuses: str = ""
    """The error that it answers sign-ins with."""
    forge: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda claims: claims)
    """Changes the claims of ID tokens."""
    sign: str = "own"
    """With its `own` key, a `stranger`'s, `none`, or the client's `secret`."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    calls_itself: str = ""
    grants: dict[str, Grant] = field(default_factory=dict)
    access_tokens: set[str] = field(default_factory=set)
    given_out: list[str] = field(default_factory=list)
    """Codes, tokens and verifiers: what no log may hold."""
    asked: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/.well-known/openid-configuration")(self.describe)
        app.get("/authorize")(self.authorize)
        app.post("/token")(self.token)
        app.get("/userinfo")(self.userinfo)
        app.get("/jwks")(self.jwks)
        return app

    async def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.calls_itself or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    async def authorize(self, request: Request) -> Response:
        given = request.query_params
        self.asked.append("authorize")
        if (given.get("client_id"), given.get("response_type")) != (CLIENT, "code"):
            return Response("not our client", status_code=400)
        if "openid" not in given.get("scope", "").split() or given.get("code_challenge_method") != "S256":
            return Response("no openid, or no PKCE", status_code=400)
        answer = {"state": given["state"], "iss": self.url}
        if self.refuses:
            answer["error"] = self.refuses
        else:
            answer["code"] = secrets.token_urlsafe(16)
            self.grants[answer["code"]] = Grant(
                given["redirect_uri"], given["nonce"], given["code_challenge"]
            )
            self.given_out.append(answer["code"])
        return RedirectResponse(f"{given['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        self.asked.append("token")
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        kind, _, said = request.headers.get("authorization", "").partition(" ")
        name, _, secret = b64decode(said).decode().partition(":")
        if (kind, unquote(name), unquote(secret)) != ("Basic", CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        grant = self.grants.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        self.given_out.append(verifier)
        if (
            grant is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != grant.redirect_uri
            or create_s256_code_challenge(verifier) != grant.challenge
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access, now = secrets.token_urlsafe(16), int(time.time())
        self.access_tokens.add(access)
        own = {name: value for name, value in self.person.items() if name not in self.in_userinfo}
        claims = {"iss": self.url, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": grant.nonce, **own}
        signed = self.signed(self.forge(claims))
        self.given_out += [access, signed]
        return JSONResponse({"access_token": access, "token_type": "Bearer", "id_token": signed})

    def signed(self, claims: dict[str, Any]) -> str:
        match self.sign:
            case "own":
                return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
            case "stranger":
                stranger = RSAKey.generate_key(2048, {"kid": self.key.kid or ""})
                return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, stranger)
            case "secret":
                return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET.encode() * 2))
            case _:
                import json

                parts = ({"alg": "none"}, claims)
                return (
                    ".".join(
                        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
                    )
                    + "."
                )

    def logout_token(self, **changes: object) -> str:
        """Return a logout token for the person; claims that are changed to None are left out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            **{"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_urlsafe(8)},
            **{"sub": self.person["sub"], "events": {LOGOUT: {}}, **changes},
        }
        return self.signed({name: value for name, value in claims.items() if value is not None})

    async def userinfo(self, request: Request) -> Response:
        self.asked.append("userinfo")
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.access_tokens:
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse(self.person)

    async def jwks(self) -> dict[str, Any]:
        self.asked.append("jwks")
        return {"keys": [self.key.as_dict(private=False)]}


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    """Run a provider while the context is open."""
    provider = OpenIdProvider()
    config = uvicorn.Config(provider.app(), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    sock = config.bind_socket()
    provider.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    sock.listen()  # who knocks before it serves waits
    worker = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])), daemon=True)
    worker.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        worker.join(60)
