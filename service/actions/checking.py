"""What people may write for names, addresses and codes: each rule once, for all actions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.urls import host_of
from service.actions.errors import InvalidError
from storage.addresses import masked
from storage.codes import country_code, language_code
from storage.language import N_, _

LONGEST_NAME = 200
LONGEST_ADDRESS = 2000
MOST_TAGS = 50


def checked_name(text: str, what: str, *, longest: int = LONGEST_NAME, key: str = "name") -> str:
    """Return a name without space around it. Raise `InvalidError` for an empty, overlong or unprintable one."""
    name = text.strip()
    if not name or len(name) > longest or not name.isprintable():
        raise InvalidError(
            _(
                "The {what} needs a name of 1 to {longest} printable characters.",
                what=_(what),
                longest=longest,
            ),
            key=key,
        )
    return name


def checked_address(text: str, key: str) -> str:
    """Return a web address without space around it. Raise `InvalidError`."""
    address = text.strip()
    try:
        host_of(address)
        if len(address) > LONGEST_ADDRESS or not address.isprintable() or " " in address:
            raise ValueError
    except ValueError:
        raise InvalidError(
            _(
                "{masked!r} is not a web address: it must begin with https:// or http://{address}",
                masked=masked(text),
                address=_if_mail(address),
            ),
            key=key,
        ) from None
    return address


def _if_mail(address: str) -> str:
    """Return what to do with a mail address, which newsletters come from; nothing for any other."""
    if not re.fullmatch(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", address):
        return ""
    return _(
        '. To follow newsletters, give the source {{ kind = "mail", from = "{address}" }}', address=address
    )


def checked_language(text: str | None) -> str | None:
    """Return a language's code, None where none is given. Raise `InvalidError`."""
    try:
        return language_code(text) if text and text.strip() else None
    except ValueError as error:
        raise InvalidError(str(error), key="language") from error


def checked_country(text: str | None) -> str | None:
    """Return a country's code, None where none is given. Raise `InvalidError`."""
    try:
        return country_code(text) if text and text.strip() else None
    except ValueError as error:
        raise InvalidError(str(error), key="country") from error


def checked_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return tags, each once. Raise `InvalidError`."""
    if len(tags) > MOST_TAGS:
        raise InvalidError(_("At most {most} tags, not {tags}.", most=MOST_TAGS, tags=len(tags)), key="tags")
    found = dict.fromkeys(checked_name(tag, N_("tag"), key="tags") for tag in tags)
    for tag in found:
        if "," in tag:
            raise InvalidError(_("The tag {tag!r} must not hold a comma.", tag=tag), key="tags")
    return tuple(found)
