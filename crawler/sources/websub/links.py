"""What a feed says about its hub: HTTP Link headers (RFC 8288), which win over the document (WebSub §4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crawler.urls import host_of, resolve
from crawler.values import ParsedFeed

LONGEST_URL = 2000
_LONGEST_HEADER = 16_000
_LINK = re.compile(r"""<([^<>]*)>((?:[^",<>]|"(?:[^"\\]|\\.)*")*)""")
"""A target and all its parameters, up to the comma before the next."""
_PARAMETER = re.compile(r""";\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))""")


@dataclass(frozen=True, slots=True)
class Advertised:
    """The hubs that a feed names, best first, and its own name for itself: the topic to subscribe to."""

    hubs: tuple[str, ...]
    topic: str


def advertised(headers: Mapping[str, str], url: str, feed: ParsedFeed) -> Advertised:
    """Return what a response from `url` advertises. Addresses that can't be asked are left out.

    A feed whose own name for itself is at another site is a copy of that site's (filtered, or joined of several), and what the
    original's hub pushes is not what the copy holds: it names no hub for itself.
    """
    links = list(_links(headers.get("link", "")[:_LONGEST_HEADER]))
    hubs = _usable(url, (target for target, relations in links if "hub" in relations))
    topics = _usable(url, (target for target, relations in links if "self" in relations))
    if feed.self_url is not None:
        topics += _usable(url, [feed.self_url])
    topic = topics[0] if topics else url
    found = tuple(dict.fromkeys(hubs or _usable(url, feed.hubs)))
    return Advertised(found if _site(topic) == _site(url) else (), topic)


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.")


def _links(header: str) -> Iterator[tuple[str, list[str]]]:
    """Return each target with its relation types."""
    for target, parameters in _LINK.findall(header):
        for name, quoted, token in _PARAMETER.findall(parameters):
            if name.lower() == "rel":
                yield target, (quoted or token).lower().split()
                break  # a second one is ignored (RFC 8288 §3.3)


def _usable(base: str, links: Iterable[str]) -> list[str]:
    resolved = (resolve(base, link) for link in links)
    return [url for url in resolved if url is not None and len(url) <= LONGEST_URL]
