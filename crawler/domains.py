"""Whose a page is: addresses under one registered domain are of one publisher, whatever machine serves feeds or pages. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.urls import host_of

if TYPE_CHECKING:
    from tldextract import TLDExtract


@cache
def _suffixes() -> TLDExtract:
    """Return what knows the public suffixes, those of hosting services among them: it reads its own copy, and asks nobody."""
    from tldextract import TLDExtract  # here: its list takes a fifth of a second

    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


@lru_cache(maxsize=50_000)
def domain_of_host(host: str) -> str:
    """Return the domain that a host's name is registered under; an address in numbers is its own, with its port."""
    name = urlsplit(f"//{host}").hostname or host
    try:
        ip_address(name)
    except ValueError:
        found = _suffixes()(name).top_domain_under_public_suffix
        return found or ".".join(name.split(".")[-2:])
    return host


def domain_of(url: str) -> str:
    """Return the domain that an address is registered under. Raises `ValueError` for what is no http or https address."""
    return domain_of_host(host_of(url))


def own_domains(addresses: Iterable[str]) -> frozenset[str]:
    """Return the domains of an outlet's site and sources, as somebody named them; what is no web address has none."""
    found = set()
    for address in addresses:
        try:
            found.add(domain_of(address))
        except ValueError:
            continue
    return frozenset(found)
