"""The words for what a discovery found and tried, and for what to do next: made where they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from crawler.sources.discovery import Discovery, FoundFeed, NextStep, TriedAddress
from crawler.sources.listed import FoundSource
from service.clock import iso
from service.troubles import page_trouble_words
from storage.language import N_, _, ngettext

KINDS: Mapping[str, str] = {
    "rss": N_("RSS feed"),
    "atom": N_("Atom feed"),
    "rdf": N_("RDF feed"),
    "sitemap": "sitemap",
    "list": N_("page with a list"),
    "json": N_("API (JSON)"),
}
_PLACES: Mapping[str, str] = {
    "platform": N_("the platform's own feed"),
    "page": N_("the address itself"),
    "link": N_("feeds that the page names"),
    "robots-file": "robots.txt",
    "robots": N_("sitemaps that robots.txt names"),
    "path": N_("usual addresses of feeds"),
    "list": N_("pages that may list articles, and an API"),
}
_NEXT: Mapping[NextStep, str] = {
    NextStep.ADD: N_("Add it."),
    NextStep.FOLLOW: N_("No feed or news sitemap; {source}: follow it?"),
    NextStep.EMPTY: N_(
        "The feed has no entries yet: add it if it is the right one, or give the page that lists "
        "the articles."
    ),
    NextStep.ADDRESS: N_("Check the address: open it in a browser and paste the address that it then shows."),
    NextStep.LOGIN: (
        N_(
            "The site refuses programs or wants a login: give the address of its feed if it has one, "
            "or add it and give it your own access: headers, cookies, a login (tocsin outlets "
            "access)."
        )
    ),
    NextStep.LATER: N_("The host does not answer now or asks to come later: look at it again in an hour."),
    NextStep.NETWORK: N_(
        "The address is in a private network: if it is yours, add the network to [crawler] allow_networks."
    ),
    NextStep.SCRIPT: (
        N_(
            "The page shows its articles only with JavaScript: give the address of its feed or API "
            'if it has one, or add the page as a list (kind = "list") and turn the browser on '
            "(browser = true)."
        )
    ),
    NextStep.LIST: (
        N_(
            "No feed, no sitemap and no list was found: give the address of the page that lists its "
            'articles, or say with selectors where they stand (kind = "list").'
        )
    ),
}
_SHOWN = 3
"""Addresses of one sort that are named."""


def kind_words(kind: str, *, is_feed: bool) -> str:
    """Return what kind of source something is."""
    if is_feed and kind == "json":
        return "JSON Feed"
    return _(KINDS[kind]) if kind in KINDS else kind


def option_words(option: FoundFeed | FoundSource) -> str:
    """Return what can be followed: its kind, and how many entries it has."""
    kind = kind_words(option.kind, is_feed=isinstance(option, FoundFeed))
    if isinstance(option, FoundFeed) and option.source == "platform":
        kind = _("the platform's {kind}", kind=kind)
    like = _(" like {like}…", like=option.like) if isinstance(option, FoundSource) and option.like else ""
    return ngettext(
        "{kind}, {count} entry{like}", "{kind}, {count} entries{like}", option.entries, kind=kind, like=like
    )


def next_words(found: Discovery) -> str:
    """Return what to do now."""
    source = source_words(found.sources[0]) if found.sources else ""
    return _(_NEXT[found.next_step], source=source)


def source_words(source: FoundSource) -> str:
    """Return what a source is that is no feed."""
    if source.kind == "json":
        return _("its API lists {entries} articles", entries=source.entries)
    if source.kind == "sitemap":
        return _(
            "the sitemap {url} has {entries} pages like {like}…",
            url=source.keys["url"],
            entries=source.entries,
            like=source.like,
        )
    return _(
        "{url} lists {entries} articles like {like}…",
        url=source.keys["url"],
        entries=source.entries,
        like=source.like,
    )


def discovery_as_json(found: Discovery) -> dict[str, Any]:
    """Return a discovery as programs read it."""
    return {
        "site": found.site,
        "feeds": [asdict(feed) | {"newest": iso(feed.newest)} for feed in found.feeds],
        "sources": [asdict(source) | {"newest": iso(source.newest)} for source in found.sources],
        "problems": list(found.problems),
        "tried": tried_words(found),
        "next": found.next_step.value,
        "advice": next_words(found),
    }


def tried_words(found: Discovery) -> list[str]:
    """Return what was tried, a line for each sort of address, with what came of it."""
    order = list(_PLACES)
    tried = sorted(found.tried, key=lambda one: order.index(one.how) if one.how in order else len(order))
    lines = [_sort_words(how, list(ones)) for how, ones in groupby(tried, key=lambda one: one.how)]
    if found.is_cut_short:
        lines.append(_("not all was tried: the time for one address was over"))
    return lines


def _sort_words(how: str, tried: Sequence[TriedAddress]) -> str:
    place = _(_PLACES[how]) if how in _PLACES else how
    if how in ("page", "platform", "robots-file") and len(tried) == 1:
        return f"{place}: {_outcome(tried[0])}"
    hits = [one for one in tried if one.kind]
    paths = [_path(one.url) for one in tried[:_SHOWN]]
    more = (
        ngettext(" and {count} more", " and {count} more", len(tried) - _SHOWN) if len(tried) > _SHOWN else ""
    )
    if hits:
        told = ", ".join(f"{_path(one.url)} ({_outcome(one)})" for one in hits[:_SHOWN])
        return f"{place}: {told}"
    return _("{place}: nothing at {names}{more}", place=place, names=", ".join(paths), more=more)


def _outcome(one: TriedAddress) -> str:
    if one.trouble is not None:
        return page_trouble_words(one.trouble)
    if one.kind:
        return f"{kind_words(one.kind, is_feed=one.how != 'list')}, {one.entries} {'entry' if one.entries == 1 else 'entries'}"
    return "read" if one.how == "robots-file" else _("a page, not a feed")


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
