"""OpenID Connect, as a relying party: the code flow with PKCE, state and nonce (Core 1.0 §3.1, RFC 7636, RFC 9700).

What the provider says of itself is discovered, and its keys are fetched, once an hour or where a signature names another key.
Secrets, codes and tokens are in no message and no log.
"""

from __future__ import annotations

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service.actions.outsiders import Outsider
from service.credentials import is_same
from service.settings.sign_in_models import OidcSettings

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures by a key that the provider alone has: none that is made with a shared secret, and not `none`."""
KNOWN_FOR = 3600.0
"""Seconds that the provider's word on itself is kept."""
REFETCHED_AFTER = 30.0
"""Keys are fetched anew for an unknown one, so often at most."""
LEEWAY = 60
"""Seconds by which its clock may differ."""
WITHIN = 15.0
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_WITHIN = 600
"""Seconds after which a logout token is not taken any more, whatever it says of itself."""


class ProviderError(Exception):
    """The provider can't be used, or what it answered is not to be believed. The message holds no secret."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What the browser keeps while it is at the provider: it proves that the answer is to this browser's own request."""

    state: str
    nonce: str
    verifier: str
    onward: str

    def packed(self) -> str:
        """Return it as a cookie holds it."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def unpacked(cls, text: str) -> Flow | None:
        """Read a cookie; None where it is none of ours."""
        try:
            values = json.loads(urlsafe_b64decode(text.encode()))
            flow = cls(**values)
        except (ValueError, TypeError):
            return None
        return flow if all(isinstance(value, str) and value for value in values.values()) else None


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """Who signed out at the provider: a person by their subject, one session there, or both. Not both are empty."""

    subject: str
    session: str


class Provider:
    """The provider of the settings."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._said: dict[str, Any] = {}
        self._said_at = 0.0
        self._keys: KeySet | None = None
        self._keys_at = 0.0

    async def begin(self, redirect_uri: str, onward: str) -> tuple[str, Flow]:
        """Return where to send the browser, and what it is to keep. Raise `ProviderError`."""
        said = await self._metadata()
        flow = Flow(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            onward=onward,
        )
        question = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(dict.fromkeys(("openid", *self._settings.scopes))),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": create_s256_code_challenge(flow.verifier),
            "code_challenge_method": "S256",
        }
        address = said["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(question)}", flow

    async def finish(
        self, flow: Flow, answer: Mapping[str, str], redirect_uri: str, *, now: datetime
    ) -> Outsider:
        """Return who the provider says that it is, by what the browser brought back. Raise `ProviderError`."""
        said = await self._metadata()
        if not is_same(answer.get("state", ""), flow.state):
            raise ProviderError("the answer is to another request")
        if answer.get("iss", said["issuer"]) != said["issuer"]:  # RFC 9207
            raise ProviderError("the answer is another provider's")
        if "code" not in answer:
            raise ProviderError(f"the provider answered {_word(answer.get('error', 'nothing'))}")
        token = await self._exchange(said, answer["code"], flow.verifier, redirect_uri)
        claims = await self._checked(said, token, flow.nonce, now)
        if self._lacks(claims) and "userinfo_endpoint" in said and token.get("access_token"):
            claims = {**await self._userinfo(said, str(token["access_token"]), claims["sub"]), **claims}
        return self._outsider(claims)

    async def end_url(self, back: str) -> str | None:
        """Return where one signs out at the provider (RP-Initiated Logout 1.0); None where it has no such place."""
        try:
            said = await self._metadata()
        except ProviderError:
            return None
        address = said.get("end_session_endpoint")
        if not isinstance(address, str) or urlsplit(address).scheme not in ("https", "http"):
            return None
        question = urlencode({"client_id": self._settings.client_id, "post_logout_redirect_uri": back})
        return f"{address}{'&' if '?' in address else '?'}{question}"

    async def signed_out(self, token: str, *, now: datetime) -> LogoutNotice:
        """Return who signed out at the provider, by its logout token (Back-Channel Logout 1.0 §2.6). Raise `ProviderError`."""
        said = await self._metadata()
        try:
            decoded = await self._decoded(said, token)
            claims = decoded.claims
            jwt.JWTClaimsRegistry(
                int(now.timestamp()),
                LEEWAY,
                iss={"essential": True, "value": said["issuer"]},
                aud={"essential": True, "value": self._settings.client_id},
                iat={"essential": True},
            ).validate(claims)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as error:
            raise ProviderError(f"the logout token is not to be believed: {_why(error)}") from None
        if decoded.header.get("typ", "logout+jwt").lower() not in ("logout+jwt", "jwt"):
            raise ProviderError("the logout token is a token of another type")
        if now.timestamp() - float(claims["iat"]) > LOGOUT_WITHIN + LEEWAY:
            raise ProviderError("the logout token is too old")
        events = claims.get("events")
        if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT_EVENT), Mapping):
            raise ProviderError("the logout token is of another event")
        if "nonce" in claims:  # an ID token must not pass for one
            raise ProviderError("the logout token has a nonce")
        subject, session = _text(claims.get("sub")), _text(claims.get("sid"))
        if not subject and not session:
            raise ProviderError("the logout token names neither a person nor a session")
        return LogoutNotice(f"{self._settings.issuer} {subject}" if subject else "", session)

    async def _decoded(self, said: Mapping[str, Any], text: str) -> jwt.Token:
        """Return what a token says that one of the provider's keys signed."""
        header = jws.extract_compact(text.encode()).headers()
        keys = await self._keys_with(said, header.get("kid"))
        return jwt.decode(text, keys, algorithms=list(ALGORITHMS))

    async def _metadata(self) -> dict[str, Any]:
        if self._said and time.monotonic() - self._said_at < KNOWN_FOR:
            return self._said
        said = await self._get(get_well_known_url(self._settings.issuer, external=True))
        if said.get("issuer") != self._settings.issuer:
            raise ProviderError(
                f"the provider calls itself {_word(said.get('issuer'))}, and [web.oidc] issuer is another"
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(said.get(name, ""))).scheme not in ("https", "http"):
                raise ProviderError(f"the provider does not say its {name}")
        self._said, self._said_at = said, time.monotonic()
        return said

    async def _exchange(
        self, said: Mapping[str, Any], code: str, verifier: str, redirect_uri: str
    ) -> Mapping[str, Any]:
        secret = self._settings.client_secret.get_secret_value()
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        how = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        client = AsyncOAuth2Client(
            self._settings.client_id,
            secret or None,
            token_endpoint_auth_method=how if secret else "none",
            timeout=WITHIN,
        )
        async with client:
            try:
                token = await client.fetch_token(
                    said["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=redirect_uri,
                )
            except AuthlibBaseError as error:
                raise ProviderError(f"the provider refused the code: {_word(error.error)}") from None
            except (httpx.HTTPError, ValueError) as error:
                raise ProviderError(f"the provider does not answer: {type(error).__name__}") from None
        if not isinstance(token.get("id_token"), str):
            raise ProviderError("the provider sent no ID token")
        return dict(token)

    async def _checked(
        self, said: Mapping[str, Any], token: Mapping[str, Any], nonce: str, now: datetime
    ) -> dict[str, Any]:
        """Return the claims of an ID token: signed by the provider, for us, for this request, not over (Core §3.1.3.7)."""
        text = str(token["id_token"])
        try:
            decoded = await self._decoded(said, text)
            options = {
                "iss": {"essential": True, "value": said["issuer"]},
                "aud": {"essential": True, "value": self._settings.client_id},
            }
            params = {
                "nonce": nonce,
                "client_id": self._settings.client_id,
                "access_token": token.get("access_token"),
            }
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderError(f"the ID token is not to be believed: {_why(error)}") from None
        return dict(claims)

    async def _keys_with(self, said: Mapping[str, Any], kid: object) -> KeySet:
        age = time.monotonic() - self._keys_at
        known = self._keys is not None and any(kid is None or key.kid == kid for key in self._keys.keys)
        if self._keys is None or age > KNOWN_FOR or (not known and age > REFETCHED_AFTER):
            self._keys = KeySet.import_key_set(await self._get(said["jwks_uri"]))  # type: ignore[arg-type]
            self._keys_at = time.monotonic()
        return self._keys

    async def _userinfo(self, said: Mapping[str, Any], access_token: str, subject: str) -> dict[str, Any]:
        found = await self._get(said["userinfo_endpoint"], {"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != subject:  # Core §5.3.2
            raise ProviderError("the provider described another person")
        return found

    async def _get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=WITHIN) as client:
                answer = await client.get(address, headers=headers)
                answer.raise_for_status()
                found = answer.json()
        except httpx.HTTPStatusError as error:
            raise ProviderError(f"{address} answers {error.response.status_code}") from None
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderError(f"{address} can't be read: {type(error).__name__}") from None
        if not isinstance(found, dict):
            raise ProviderError(f"{address} holds no JSON object")
        return found

    def _lacks(self, claims: Mapping[str, Any]) -> bool:
        wanted = (self._settings.name_claim, self._settings.roles_claim)
        return any(claim_at(claims, path) is None for path in wanted)

    def _outsider(self, claims: Mapping[str, Any]) -> Outsider:
        names = (self._settings.name_claim, "preferred_username", "email", "sub")
        name = next(found for path in names if isinstance(found := claim_at(claims, path), str) and found)
        groups = claim_at(claims, self._settings.roles_claim)
        several = groups if isinstance(groups, list) else [groups]
        return Outsider(
            "oidc",
            f"{self._settings.issuer} {claims['sub']}",
            name,
            frozenset(group for group in several if isinstance(group, str)),
            session=_text(claims.get("sid")),
        )


def claim_at(claims: Mapping[str, Any], path: str) -> object:
    """Return a claim by its name, or by names with points for what is inside; None where there is none. Pure."""
    if path in claims:  # a claim may be called by a URL, which has points of its own
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: object) -> str:
    return repr(str(value)[:100])


def _why(error: Exception) -> str:
    """Return what is wrong with a token, without what it holds."""
    claim = getattr(error, "claim", None) or getattr(error, "claim_name", None)
    return f"{type(error).__name__}{f' ({claim})' if isinstance(claim, str) else ''}"
