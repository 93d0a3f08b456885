"""Addresses of our own, to which newsletters are sent: which there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from crawler.sources.mail.recipients import recipient
from storage.stores.feeds.by_kind import sources_of_kind
from storage.stores.outbox.channels import signing_key


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """An address of our own, and the source that reads what is sent to it."""

    feed_id: int
    outlet: str
    name: str
    """The source's `to`."""
    address: str


def own_addresses(session: Session, domain: str, *, now: datetime) -> list[OwnAddress]:
    """Return the addresses of all sources that have one, in the order in which they were added; none without a domain."""
    sources = [each for each in sources_of_kind(session, kind="mail") if each.settings.get("to")]
    if not sources or not domain:
        return []
    key = signing_key(session, now=now)
    return [
        OwnAddress(
            each.feed_id,
            each.outlet,
            str(each.settings["to"]),
            recipient(key, str(each.settings["to"]), domain),
        )
        for each in sources
    ]
