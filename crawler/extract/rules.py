"""The user's own rules for a host as an extractor: they are believed before all else."""

from __future__ import annotations

from typing_extensions import override

from crawler.extract import host_rules
from crawler.extract.base import Extractor, Page
from crawler.extract.facts import Facts


class Rules(Extractor):
    """What the rules of the page's host find. What they remove is gone for the others."""

    name = "rules"
    doc = "selectors that the user wrote for the pages of one host ([crawler] page_rules)"
    rank = 10

    @override
    def read(self, page: Page, known: frozenset[str]) -> Facts:
        return host_rules.read(page.tree, page.rules, home=page.home)
