"""Users and tokens, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from service.web.api.shapes.common import ApiInput, Line, example

_MOMENT = "2026-03-02T12:00:00Z"
_TOKEN: dict[str, Any] = {
    "id": 3,
    "name": "desk",
    "start": "tocsin_Q4fh3",
    "scopes": ["read"],
    "created_at": _MOMENT,
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
    "user": None,
}


class TokenIn(ApiInput):
    """A token to make."""

    model_config = example(name="desk", scopes=["read"])
    name: Line
    scopes: Annotated[list[Literal["read", "write", "admin"]], Field(min_length=1, max_length=3)]
    user: Annotated[
        Line | Literal[""],
        Field(
            description="Whose it is: it sees the lists that they see, and may do no more than they. Empty: it sees the team's."
        ),
    ] = ""
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class TokenOut(BaseModel):
    """A token; never its secret."""

    model_config = example(**_TOKEN)

    id: int
    name: str
    start: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    user: str | None = None


class NewToken(TokenOut):
    """A token that was made now, with the secret, shown this once."""

    model_config = example(**_TOKEN, token="tocsin_Q4fh3…")  # noqa: S106  (no secret: an example of one)

    token: str


class UserOut(BaseModel):
    """Who may sign in to the page."""

    model_config = example(
        id=1,
        name="leila",
        role="editor",
        has_password=True,
        last_sign_in_at=_MOMENT,
        origin="",
        has_factor=True,
    )
    id: int
    name: str
    role: Literal["reader", "editor", "admin"]
    has_password: bool
    last_sign_in_at: datetime | None
    origin: Literal["", "oidc", "proxy"]
    has_factor: bool
    """Whether a code is asked for beside the password."""


class UserIn(ApiInput):
    """A user to add."""

    model_config = example(name="leila", role="editor")
    name: Annotated[Line, Field(max_length=100)]
    role: Literal["reader", "editor", "admin"] = "reader"


class RoleIn(ApiInput):
    """Another role."""

    model_config = example(role="admin")
    role: Literal["reader", "editor", "admin"]


class LinkOut(BaseModel):
    """A one-time link to set a password, good for 24 hours, shown this once."""

    model_config = example(name="leila", link="https://tocsin.example/password/…")
    name: str
    link: str


class SessionOut(BaseModel):
    """A browser that is signed in."""

    model_config = example(
        id=7,
        user="leila",
        created_at=_MOMENT,
        expires_at="2026-04-01T12:00:00Z",
        address="192.0.2.7",
        browser="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        seen_at=_MOMENT,
        seen_from="192.0.2.7",
        origin="",
    )
    id: int
    user: str
    created_at: datetime
    expires_at: datetime
    address: str
    browser: str
    seen_at: datetime
    seen_from: str
    origin: Literal["", "oidc", "proxy"]


class EndedOut(BaseModel):
    """How many sessions ended."""

    model_config = example(ended=2)
    ended: int


class AuditLine(BaseModel):
    """What a person did. `facts` is what it was set to; of tables that may hold secrets, the keys alone."""

    model_config = example(
        id=41,
        at=_MOMENT,
        who="leila",
        via="page",
        address="192.0.2.7",
        subject="watch list",
        verb="rename",
        about="Press desk",
        facts={"name": "Rabat desk"},
    )
    id: int
    at: datetime
    who: str
    via: Literal["page", "api", "cli", "link"]
    address: str
    subject: str
    verb: str
    about: str
    facts: dict[str, Any]
