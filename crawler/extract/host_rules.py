"""Rules as data: what to look for on the pages of one host, for hosts whose pages are read badly otherwise. One TOML file a host.

host = "gazette.example"
text = ["div.story p"]            # CSS, or XPath where it begins with "/" or "("
remove = [".promo", "//aside"]
title = "h1.headline"
authors = "span.writer"
published = "time/@datetime"      # an XPath may end in an attribute
photo_credit = ".photo .by"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html

from crawler.errors import CrawlerError
from crawler.extract.authors import clean_authors
from crawler.extract.credits import clean_credit
from crawler.extract.facts import Facts
from crawler.extract.moments import date_reader
from crawler.text.dropping import drop
from crawler.text.html_text import clean
from crawler.text.selectors import xpath_of


class HostRulesError(CrawlerError):
    """A file of rules that can't be used; the message names the file, the key and what is wrong."""


@dataclass(frozen=True, slots=True)
class HostRules:
    """The rules of one host, as XPath. What is empty is left to the other sources."""

    host: str
    text: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    photo_credit: tuple[str, ...] = ()
    photo_caption: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostRulesBook:
    """The rules of all hosts that have any."""

    by_host: Mapping[str, HostRules] = field(default_factory=dict)

    def of(self, host: str) -> HostRules | None:
        """Return the rules for a host: its own, or those of the domain that it belongs to."""
        name = host.partition(":")[0].lower()
        while name:
            if name in self.by_host:
                return self.by_host[name]
            name = name.partition(".")[2]
        return None


def load_rules(folder: Path) -> HostRulesBook:
    """Read every *.toml in a folder; none where there is no such folder. Raises `HostRulesError` for the first bad one."""
    found: dict[str, HostRules] = {}
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            rules = parse_rules(tomllib.loads(path.read_text(encoding="utf-8")), name=str(path))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise HostRulesError(f"{path}: {error}") from error
        if rules.host in found:
            raise HostRulesError(f"{path}: host: {rules.host} has rules in another file of {folder} already")
        found[rules.host] = rules
    return HostRulesBook(found)


def parse_rules(document: Mapping[str, Any], *, name: str) -> HostRules:
    """Return the rules that a document holds. Raises `HostRulesError`; `name` tells in its message where they stand."""
    host = document.get("host")
    if not isinstance(host, str) or not host.strip():
        raise HostRulesError(f'{name}: host is missing; for example: host = "gazette.example"')
    known = {item.name for item in fields(HostRules)} - {"host"}
    paths: dict[str, tuple[str, ...]] = {}
    for key, value in document.items():
        if key == "host":
            continue
        if key not in known:
            raise HostRulesError(f"{name}: {key}: no such key; there are host, {', '.join(sorted(known))}")
        selectors = [value] if isinstance(value, str) else value
        if not isinstance(selectors, list) or not all(isinstance(item, str) for item in selectors):
            raise HostRulesError(f"{name}: {key}: must be a selector or a list of selectors")
        try:
            paths[key] = tuple(map(xpath_of, selectors))
        except ValueError as error:
            raise HostRulesError(f"{name}: {key}: {error}") from error
    return HostRules(host=host.strip().lower(), **paths)


def read(page: lxml.html.HtmlElement, rules: HostRules | None, *, home: str = "") -> Facts:
    """Return what the rules find. Takes what they remove out of `page`, for the other sources too."""
    if rules is None:
        return Facts()
    for path in rules.remove:
        for element in page.xpath(path):
            if isinstance(element, lxml.etree._Element):
                drop(element)
    dates = map(date_reader(page, url=f"https://{rules.host}/", home=home), _texts(page, rules.published))
    return Facts(
        title=_first(page, rules.title),
        text="\n".join(_texts(page, rules.text)) or None,
        lead=_first(page, rules.lead),
        authors=clean_authors(_texts(page, rules.authors)),
        published=next(filter(None, dates), None),
        section=_first(page, rules.section),
        photo_credit=next(filter(None, map(clean_credit, _texts(page, rules.photo_credit))), None),
        photo_caption=_first(page, rules.photo_caption),
    )


def _first(page: lxml.html.HtmlElement, paths: tuple[str, ...]) -> str | None:
    return next(iter(_texts(page, paths)), None)


def _texts(page: lxml.html.HtmlElement, paths: tuple[str, ...]) -> list[str]:
    found = [item for path in paths for item in page.xpath(path)]
    texts = [clean(item if isinstance(item, str) else item.text_content()) for item in found]
    return [text for text in texts if text]
