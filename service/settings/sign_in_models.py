"""`[web.oidc]` and `[web.proxy_header]`: people who sign in elsewhere, and which role their groups give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated, Any

from pydantic import Field, SecretStr
from typing_extensions import override

from service.settings.values import OptionalUrl
from storage.setting_types import Duration, Table

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
EVERYBODY = "*"


class RoleGroups(Table):
    """Which groups have which role; `"*"` is everybody who signs in there."""

    admin: tuple[str, ...] = ()
    editor: tuple[str, ...] = ()
    reader: tuple[str, ...] = ()


class OidcSettings(Table):
    """`[web.oidc]`: sign-in by OpenID Connect; off without an issuer."""

    issuer: OptionalUrl = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    """Empty: a public client, by PKCE alone."""
    client_secret_file: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    roles_claim: str = "groups"
    """With points for what is inside: `realm_access.roles`."""
    roles: RoleGroups = RoleGroups()
    label: str = ""
    """What the button is called."""
    session: Duration = timedelta(hours=12)
    adopt: bool = False
    """Whether a user of that name who has signed in otherwise is theirs."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say what lacks."""
        if not data.get("issuer"):
            if data:
                yield "issuer: give the address of the provider"
            return
        if not data.get("client_id"):
            yield "client_id: give the name under which the provider knows Tocsin"
        yield from without_roles(data)
        if find_spec("authlib") is None or find_spec("httpx") is None:
            yield "OpenID Connect needs more packages: pip install 'tocsin[oidc]'"


class ProxyHeaderSettings(Table):
    """`[web.proxy_header]`: sign-in by a header that a trusted proxy sets; off without one."""

    user: HeaderName | None = None
    groups: HeaderName = "Remote-Groups"
    separator: Annotated[str, Field(min_length=1, max_length=3)] = ","
    roles: RoleGroups = RoleGroups()
    logout_url: OptionalUrl = ""
    adopt: bool = False

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say what lacks."""
        if not data.get("user"):
            if data:
                yield 'user: give the header that names the user, such as "Remote-User"'
            return
        yield from without_roles(data)


def without_roles(data: Mapping[str, Any]) -> Iterator[str]:
    """Say where nobody would get in."""
    roles = data.get("roles")
    if roles is None or (isinstance(roles, Mapping) and not any(roles.values())):
        yield 'roles: say which groups may what: roles = { admin = ["tocsin-admins"], reader = ["*"] }'
