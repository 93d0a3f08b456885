"""What an extractor is: one source of facts about a page. Ours and a stranger's are found in the same way (`tocsin.extractors`).

A plugin is a class with `name` and `read`; docs/plugins.md has the smallest one. It runs in the pool's workers: it is given a
parsed page, returns `Facts`, and does no I/O. One that raises says nothing of that page, which is logged; the others still make
an article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import lxml.html

from crawler.extract.facts import Facts
from crawler.extract.host_rules import HostRules
from storage.entry_points import Installed, installed

GROUP = "tocsin.extractors"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as extractors are given it. `tree` is shared: what an extractor takes out of it is gone for those after it."""

    url: str
    tree: lxml.html.HtmlElement
    base: str
    """What the page's links are relative to: its URL, unless it declares another."""
    rules: HostRules | None = None
    """The user's own rules for the host, if there are any."""
    home: str = ""
    """The outlet's locale ("en-GB"; "" unknown): how its numeric dates are meant."""


class Extractor:
    """The base of every extractor. Subclasses set `name`, perhaps `rank` and `ranks`, and implement `read`."""

    name: ClassVar[str]
    """What `sources` of a page calls it; equal to the entry point's name."""
    doc: ClassVar[str] = ""
    """What it reads, in one line, for `tocsin plugins`."""
    rank: ClassVar[int] = 15
    """Extractors are asked from the lowest rank to the highest, and for each field the first that says something is believed.
    Ours: rules 10, figure 20, json-ld 30, meta 40, page 60. The default comes right after the user's own rules."""
    ranks: ClassVar[Mapping[str, int]] = {}
    """Other ranks for single fields of `Facts`, such as {"language": 25}."""

    def read(self, page: Page, known: frozenset[str]) -> Facts:
        """Return what this source says of the page. `known` are the fields that an earlier one has said something about."""
        raise NotImplementedError

    def rank_of(self, field: str) -> int:
        """Return how far down the list it stands for a field of `Facts`."""
        return self.ranks.get(field, self.rank)


@cache
def extractors() -> tuple[Extractor, ...]:
    """Return one of each installed extractor, in the order in which they are asked."""
    made = (value() for value in installed_extractors().by_name().values() if isinstance(value, type))
    return tuple(sorted((each for each in made if isinstance(each, Extractor)), key=lambda each: each.rank))


def installed_extractors() -> Installed:
    """Return what is installed, with what failed to load."""
    return installed(GROUP, check_extractor)


def check_extractor(value: object) -> None:
    """Raise `TypeError` unless `value` is an extractor's class."""
    if not (isinstance(value, type) and issubclass(value, Extractor)):
        raise TypeError("is not a subclass of crawler.extract.base.Extractor")
    if not isinstance(getattr(value, "name", None), str):
        raise TypeError("has no name")
