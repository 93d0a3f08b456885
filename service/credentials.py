"""Passwords, and the long random secrets of sessions, links and tokens: made, hashed, compared. Nothing is stored here."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.language import _

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1_000
TOKEN_PREFIX = "tocsin_"  # noqa: S105  (what every token begins with, so that scanners of leaked secrets know it)
SHOWN = 12
"""How many characters of a token are kept to know it again by."""

_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """Return a hash to compare with where there is none; made when first needed, since it takes 64 MB and a tenth of a second."""
    return _HASHER.hash("nobody")


def fault_of_password(password: str, name: str) -> str | None:
    """Return what is wrong with a new password, or None. Length is what counts (NIST SP 800-63B)."""
    if len(password) < SHORTEST_PASSWORD:
        return _(
            "The password must have {least} characters or more; a few words are good.",
            least=SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        return _(
            "The password must have {most} characters or fewer.",
            most=LONGEST_PASSWORD,
        )
    if password.casefold() == name.casefold() or len(set(password)) < 4:
        return _("That password is too easily guessed.")
    return None


def hash_password(password: str) -> str:
    """Return an argon2id hash. It takes about a tenth of a second of CPU: call it off the event loop."""
    return _HASHER.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Return whether it is the password. Without a hash as much time passes, so that names can't be found out by it."""
    try:
        fits = _HASHER.verify(password_hash or _nobody(), password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


def new_secret() -> str:
    """Return 256 random bits for a session or a link."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """Return a new API token."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return the SHA-256 by which a secret of 256 random bits is looked up; no slow hash is needed for those."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_of(session_secret: str) -> str:
    """Return what each form of this session carries, so that no other site can send one."""
    return hmac.new(session_secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_same(given: str, wanted: str) -> bool:
    """Compare in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())
