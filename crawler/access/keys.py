"""The keys of an outlet's own access, as the settings file, the page, the API and the command line write them.

A secret is typed, or a file is named that holds it in its first line. It is read when it is used, so that a changed file counts.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr
from typing_extensions import override

from storage.language import N_, _
from storage.setting_types import Name, Table, WebAddress

FILE_END = "_file"
"""What the name of a field ends with that is given by a file."""

_NOT_HEADERS = {
    "cookie": N_("use cookies_file"),
    "host": N_("it is the address's"),
    "connection": N_("it is the client's"),
    "transfer-encoding": N_("it is the client's"),
    "content-length": N_("it is the client's"),
    "accept-encoding": N_("it is the client's"),
    "if-none-match": N_("conditions are the schedule's"),
    "if-modified-since": N_("conditions are the schedule's"),
    "range": N_("a part of a feed is of no use"),
}
_HARMLESS = ("accept", "user-agent", "dnt")
"""Beginnings of the names of header fields that tell nobody a secret."""


class SecretFileError(ValueError):
    """A file that should hold a secret can't be read, or holds none. The message never repeats what is in it."""


def is_harmless(header: str) -> bool:
    """Return whether a header field tells nobody a secret: it may be shown, and sent to any host."""
    return header.lower().startswith(_HARMLESS)


def read_secret(path: Path) -> str:
    """Return the first line of a file. Raises `SecretFileError`."""
    try:
        with path.open(encoding="utf-8") as file:
            line = file.readline(10_000).strip()
    except UnicodeDecodeError:
        raise SecretFileError(_("{path} is not UTF-8 text", path=path)) from None
    except (OSError, ValueError) as error:
        raise SecretFileError(
            _("{path} can't be read: {error}", path=path, error=getattr(error, "strerror", None) or error)
        ) from error
    if not line:
        raise SecretFileError(_("{path} is empty: the secret stands in its first line", path=path))
    return line


def _headers(fields: dict[str, str]) -> dict[str, str]:
    for name, value in fields.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise ValueError(_("{name!r} is not the name of a header field", name=name))
        if any(character in value for character in "\r\n\0"):
            raise ValueError(_("the value of {name} must be one line", name=name))
        if (reason := _NOT_HEADERS.get(name.lower())) is not None:
            raise ValueError(_("{name} can't be set: {reason}", name=name, reason=reason))
    return fields


def _one_line(text: str) -> str:
    if any(character in text for character in "\r\n\0"):
        raise ValueError(_("must be one line"))
    return text.strip()


def _cookies_file(path: Path) -> Path:
    from crawler.fetch.cookies import read_cookies

    try:
        read_cookies(path)
    except OSError as error:
        raise ValueError(_("{path} can't be read: {strerror}", path=path, strerror=error.strerror)) from error
    except ValueError as error:
        raise ValueError(_("{path} is {error}", path=path, error=error)) from error
    return path


def _cookies(text: SecretStr) -> SecretStr:
    from crawler.fetch.cookies import parse_cookies

    if text.get_secret_value().strip():
        parse_cookies(text.get_secret_value())
    return text


def _certificate_file(path: Path) -> Path:
    try:
        ssl.create_default_context().load_verify_locations(path)
    except ssl.SSLError as error:
        raise ValueError(_("{path} holds no certificates (PEM)", path=path)) from error
    except OSError as error:
        raise ValueError(_("{path} can't be read: {strerror}", path=path, strerror=error.strerror)) from error
    return path


def _certificates(text: str) -> str:
    if text.strip():
        try:
            ssl.create_default_context().load_verify_locations(cadata=text)
        except (ssl.SSLError, ValueError) as error:
            raise ValueError(_("these are not certificates (PEM)")) from error
    return text.strip()


def _secret_file(path: str) -> str:
    if path:
        read_secret(Path(path))
    return path


HeaderFields = Annotated[dict[str, str], AfterValidator(_headers)]
CookiesFile = Annotated[Path, AfterValidator(_cookies_file)]
CertificateFile = Annotated[Path, AfterValidator(_certificate_file)]
SecretFile = Annotated[str, AfterValidator(_secret_file)]
OneLine = Annotated[str, AfterValidator(_one_line)]


class BasicKeys(Table):
    """`basic`: a name and password that are sent with each request (RFC 7617)."""

    user: Annotated[Name, AfterValidator(_one_line)]
    password: SecretStr = SecretStr("")
    password_file: SecretFile = ""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where the password is given twice, or not at all."""
        if bool(data.get("password")) == bool(data.get("password_file")):
            yield _("give password or password_file, and only one of them")
        if ":" in str(data.get("user", "")):
            yield _("a user name can't hold a colon")

    def secret(self) -> str:
        """Return the password. Raises `SecretFileError`."""
        return (
            read_secret(Path(self.password_file)) if self.password_file else self.password.get_secret_value()
        )


class LoginKeys(Table):
    """`login`: a page with a form, what is filled in there, and what shows that it was right."""

    url: WebAddress
    form: dict[str, SecretStr] = Field(repr=False)
    """By the names of the form's fields. `NAME_file` names the file that holds the value of NAME."""
    success: OneLine = ""
    """What stands in a page's source only for somebody who is logged in, such as "Log out"."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where no field is given, or one twice, or by a file that can't be read."""
        form = data.get("form")
        if not isinstance(form, Mapping):
            return
        if not form:
            yield _('form: give its fields, such as {{ user = "desk", password_file = "…" }}')
        for name, value in form.items():
            if not name.endswith(FILE_END) or not isinstance(value, str):
                continue
            if name.removesuffix(FILE_END) in form:
                yield _(
                    "form: {other} is given too: only one of them may be",
                    other=name.removesuffix(FILE_END),
                )
            try:
                read_secret(Path(value))
            except SecretFileError as error:
                yield _("form.{name}: {error}", name=name, error=error)

    @property
    def names(self) -> frozenset[str]:
        """The names of the form's fields that are filled in."""
        return frozenset(name.removesuffix(FILE_END) for name in self.form)

    def values(self) -> dict[str, str]:
        """Return what is filled in, by the fields' names. Raises `SecretFileError`."""
        return {
            name.removesuffix(FILE_END): read_secret(Path(value.get_secret_value()))
            if name.endswith(FILE_END)
            else value.get_secret_value()
            for name, value in self.form.items()
        }


class AccessKeys(Table):
    """An outlet's own access."""

    headers: HeaderFields = Field(default_factory=dict, repr=False)
    user_agent: OneLine = ""
    cookies_file: CookiesFile | None = None
    cookies: Annotated[SecretStr, AfterValidator(_cookies)] = SecretStr("")
    """In Netscape's format, as a file would hold them."""
    ca_file: CertificateFile | None = None
    certificates: Annotated[str, AfterValidator(_certificates)] = Field(default="", repr=False)
    """PEM, as a file would hold them."""
    basic: BasicKeys | None = None
    login: LoginKeys | None = None
    browser: bool = False
    """Its pages are opened in a real browser, since their text needs JavaScript."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where one thing is given in two ways."""
        for first, second in (("cookies", "cookies_file"), ("certificates", "ca_file")):
            if data.get(first) and data.get(second):
                yield _("give {first} or {second}, and only one of them", first=first, second=second)
        headers = data.get("headers")
        given = {str(name).lower() for name in headers} if isinstance(headers, Mapping) else set()
        if data.get("user_agent") and "user-agent" in given:
            yield _("user_agent is given as a header too: only one of them may be")
        if data.get("basic") and "authorization" in given:
            yield _("Authorization is given as a header too: only one of it and basic may be")
