"""Where the elements of a page stand: in menus, asides, headings, hidden parts; and what they say, each read once. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice

import lxml.html

from crawler.sources.lists.naming import GIVEN, is_called_aside, is_called_menu, names_no_list
from crawler.sources.lists.wording import HEADINGS, joined, parts_of, told_of

FEWEST_BESIDE = 3
"""Elements beside each other, from which on they tell which class names are of all."""
_LISTS = frozenset({"ul", "ol", "dl", "div", "table", "section"})
_NAMING = frozenset({*HEADINGS, "div", "header", "p", "span", "strong", "b", "a"})
LONGEST_NAME = 40
_MENUS = frozenset({"nav", "footer", "menu", "dialog"})
_MENU_ROLES = frozenset({"navigation", "contentinfo", "menu", "menubar", "search"})
_USUAL = 0.5
"""A class that so many of the elements beside it have is of all of them, and not of one."""
_MAYBE_HIDDEN = lxml.etree.XPath("//*[@style or @hidden]")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")


class Places:
    """Where the elements of a page stand, each looked at once."""

    def __init__(self, tree: lxml.html.HtmlElement) -> None:
        links = len(list(tree.iter("a")))
        self._forms = {form for form in tree.iter("form") if 3 * len(list(form.iter("a"))) < links}
        """Forms to fill in; one around all of the page is none."""
        self._hidden = {
            each for outer in _MAYBE_HIDDEN(tree) if _is_unseen(outer) for each in outer.iter("a")
        }
        self._headed = {each for heading in tree.iter(*HEADINGS) for each in heading.iter("a")}
        self._whole = _wholes(tree)
        self._usual: dict[tuple[lxml.html.HtmlElement, str], Counter[str]] = {}
        self._passed: set[lxml.html.HtmlElement] = set()
        self._headings: dict[lxml.html.HtmlElement, lxml.html.HtmlElement] = {}
        self._steps: dict[lxml.html.HtmlElement, str] = {}
        self._parts: dict[lxml.html.HtmlElement, list[list[str]]] = {}
        self._lines: dict[lxml.html.HtmlElement, list[str]] = {}
        self.often: frozenset[str] = frozenset()
        """What the page says of so many articles that it is the title of none."""
        self._known: dict[Callable[[lxml.html.HtmlElement], bool], dict[lxml.html.HtmlElement, bool]] = {}

    def is_hidden(self, anchor: lxml.html.HtmlElement) -> bool:
        """Return whether an anchor, or an element that it stands in, is not shown."""
        return anchor in self._hidden

    def in_menu(self, element: lxml.html.HtmlElement) -> bool:
        """Return whether an element stands in a menu, a foot, promotion or the like."""
        return self._is_any(self._is_menu, element)

    def in_aside(self, element: lxml.html.HtmlElement) -> bool:
        """Return whether it stands in a sidebar, or in a list of what is most read, recommended or related."""
        return self._is_any(_is_aside, element)

    def in_heading(self, anchor: lxml.html.HtmlElement) -> bool:
        """Return whether an anchor stands in a heading."""
        return anchor in self._headed

    def parts(self, element: lxml.html.HtmlElement) -> list[list[str]]:
        """Return the texts of each line that an element shows."""
        found = self._parts.get(element)
        if found is None:
            found = self._parts[element] = parts_of(element)
        return found

    def lines(self, element: lxml.html.HtmlElement) -> list[str]:
        """Return the lines that an element shows."""
        found = self._lines.get(element)
        if found is None:
            found = self._lines[element] = list(filter(None, map(joined, self.parts(element))))
        return found

    def told(self, element: lxml.html.HtmlElement, but: str = "") -> list[str]:
        """Return the same without dates, and what is said often, in elements of their own.

        Lines with the words `but` are left out: "12 March | Continue".
        """
        lines = (parts for parts in self.parts(element) if not but or but not in joined(parts))
        found = [line for parts in lines if (line := told_of(parts, self.often))]
        return found or self.lines(element)

    def heading_before(self, element: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
        """Return the last heading, or term, beside an element and before it."""
        parent = element.getparent()
        if parent is None:
            return None
        if parent not in self._passed:
            self._passed.add(parent)
            heading = None
            for each in parent:
                if heading is not None:
                    self._headings[each] = heading
                if each.tag in HEADINGS or each.tag == "dt":
                    heading = each
        return self._headings.get(element)

    def of(self, item: lxml.html.HtmlElement) -> str:
        """Return where an item stands: tags, with the class names that are not its own alone."""
        own = ".".join([str(item.tag), *sorted(self._shared(item))])
        outer = [self._step(element) for element in islice(item.iterancestors(), 5)]
        return ">".join([*reversed(outer), own])

    def _step(self, element: lxml.html.HtmlElement) -> str:
        found = self._steps.get(element)
        if found is None:
            names = sorted(_plain_classes(element.get("class") or ""))
            found = self._steps[element] = ".".join([str(element.tag), *names])
        return found

    def _is_any(self, holds: Callable[[lxml.html.HtmlElement], bool], element: lxml.html.HtmlElement) -> bool:
        """Return whether something holds of an element, or of one that it stands in."""
        known = self._known.setdefault(holds, {})
        chain: list[lxml.html.HtmlElement] = []
        outer = element
        while outer is not None and outer not in known:
            chain.append(outer)
            outer = outer.getparent()
        found = outer is not None and known[outer]
        for each in reversed(chain):
            found = known[each] = found or holds(each)
        return found

    def _is_menu(self, element: lxml.html.HtmlElement) -> bool:
        if element.tag in ("body", "html") or element in self._whole:
            return False
        if element.tag == "header":
            return not any(each.tag in ("article", "main", "li") for each in element.iterancestors())
        if element in self._forms or element.tag in _MENUS or element.get("role") in _MENU_ROLES:
            return True
        classes, identity = element.get("class") or "", element.get("id") or ""
        if not classes and not identity:
            return False
        in_main = next(element.iterancestors("main"), None) is not None
        return is_called_menu(classes, identity, in_main=in_main)

    def _shared(self, item: lxml.html.HtmlElement) -> frozenset[str]:
        parent, own = item.getparent(), _plain_classes(item.get("class") or "")
        if parent is None or not own:
            return own
        usual = self._usual.get((parent, item.tag))
        if usual is None:
            beside = [each for each in parent if each.tag == item.tag]
            usual = Counter(name for each in beside for name in _plain_classes(each.get("class") or ""))
            usual["\0"] = len(beside)
            self._usual[parent, item.tag] = usual
        if usual["\0"] < FEWEST_BESIDE:
            return frozenset(name for name in own if not GIVEN.fullmatch(name))
        return frozenset(name for name in own if usual[name] >= _USUAL * usual["\0"])


def is_hidden(element: lxml.html.HtmlElement) -> bool:
    """Return whether an element, or one that it stands in, is not shown."""
    return any(_is_unseen(each) for each in (element, *element.iterancestors()))


def _is_unseen(element: lxml.html.HtmlElement) -> bool:
    return element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "") is not None


def _is_aside(element: lxml.html.HtmlElement) -> bool:
    if element.tag in ("body", "html"):
        return False
    return (
        element.tag == "aside"
        or element.get("role") == "complementary"
        or is_called_aside(element.get("class") or "", element.get("id") or "")
        or any(names_no_list(text) for text in _names_above(element))
    )


def _names_above(element: lxml.html.HtmlElement) -> Iterator[str]:
    """Yield what may be the name of a list: the short text that it begins with, or that stands before it."""
    for head in (
        element[0] if len(element) else None,
        element.getprevious() if element.tag in _LISTS else None,
    ):
        if head is not None and len(head) <= 2 and head.tag in _NAMING:
            text = " ".join("".join(islice(head.itertext(), 4)).split())
            if 0 < len(text) <= LONGEST_NAME:
                yield text


def _wholes(tree: lxml.html.HtmlElement) -> frozenset[lxml.html.HtmlElement]:
    """Return the elements that are, or hold, the main part of the page, whatever they are called."""
    found = {each for main in tree.iter("main") for each in (main, *main.iterancestors())}
    articles = Counter(
        each for article in tree.iter("article") for each in (article, *article.iterancestors())
    )
    found |= {each for each, number in articles.items() if number >= FEWEST_BESIDE}
    return frozenset(each for each in found if each.tag != "nav")


@lru_cache(maxsize=4_096)
def _plain_classes(names: str) -> frozenset[str]:
    """Return class names as people write them; what builders add (css-1x2y3, Card_title__aB3) is left out."""
    words = {re.split(r"__|--", name)[0] for name in names.split()}
    return frozenset(
        name for name in words if re.fullmatch(r"[a-z]+(?:[-_][a-z]+)*|[A-Z][a-z]+(?:[A-Z][a-z]+)*", name)
    )
