"""Whom a bad answer makes keep away from its host: all, or the outlet alone that was led there. In a transaction of the caller.

An outlet names its own addresses, and what is met there says something of its host. Where its redirects and links lead it chooses
as well: were all to keep away from a host for what is slow or throttled there, it could silence any other outlet.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from crawler.domains import domain_of, domain_of_host, own_domains
from crawler.polite.resting import BadAnswer, after_trouble, concerns_host
from crawler.urls import host_of
from storage.stores.feeds.entries import addresses_of_outlets
from storage.stores.feeds.hosts import HostRecord, hosts_by_name, hosts_for_outlets, write_hosts


def host_met(session: Session, url: str, outlet_id: int) -> HostRecord:
    """Return how the host of an address stands: for all where it is the outlet's own, else for this outlet's requests."""
    name = host_of(url)
    addresses = addresses_of_outlets(session, {outlet_id}).get(outlet_id, ())
    if domain_of_host(name) in own_domains(addresses):
        return hosts_by_name(session, {name})[name]
    return hosts_for_outlets(session, {(name, outlet_id)})[name, outlet_id]


def hosts_met(
    session: Session, wanted: Collection[tuple[str, int, frozenset[str]]]
) -> dict[tuple[str, int], HostRecord]:
    """Return the same for many hosts: each with the id of the outlet that met it, and that outlet's own domains."""
    own = {(name, outlet_id) for name, outlet_id, domains in wanted if domain_of_host(name) in domains}
    others = {(name, outlet_id) for name, outlet_id, _domains in wanted} - own
    of_all = hosts_by_name(session, sorted({name for name, _outlet in own})) if own else {}
    found = {(name, outlet_id): of_all[name] for name, outlet_id in own}
    return found | (hosts_for_outlets(session, others) if others else {})


def note_trouble(
    session: Session, bad: BadAnswer, *, asked: str, outlet_id: int | None, now: datetime
) -> None:
    """Let who must keep away from the host of a bad answer, if that asks for it. `asked` is the address that was asked first.

    Without an outlet (somebody looks at an address), the host of that address may rest, and none that a redirect led to.
    """
    if not concerns_host(bad):
        return
    if outlet_id is not None:
        host = host_met(session, bad.url, outlet_id)
    elif domain_of(bad.url) == domain_of(asked):
        name = host_of(bad.url)
        host = hosts_by_name(session, {name})[name]
    else:
        return
    write_hosts(session, [after_trouble(host, bad, now=now)])
