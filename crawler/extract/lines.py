"""A page as the lines that a reader sees, each with what tells whether it belongs to the article. One walk over the tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

import lxml.etree
import lxml.html

from crawler.extract.names import stands_beside
from crawler.text.html_text import clean

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
UNSEEN = frozenset(
    [
        "audio",
        "button",
        "canvas",
        "dialog",
        "embed",
        "figcaption",
        "head",
        "iframe",
        "img",
        "input",
        "label",
        "map",
        "math",
        "menu",
        "noscript",
        "object",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "video",
    ]
)
_BESIDE = frozenset({"aside", "footer", "form", "nav", "time"})
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_NEVER_BESIDE = frozenset({"article", "body", "h1", "h2", "html", "main", "p", "table", "tbody", "td", "tr"})
"""Classes say little on these: a row of a table may be a "player", a page's body "has-sidebar"."""
_ROLES = frozenset({"banner", "complementary", "contentinfo", "dialog", "navigation", "search"})
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none")
_LEAVES = frozenset({"blockquote", "dd", "dt", "h2", "h3", "li", "p", "pre", "tr"})
_WRAPPERS = frozenset({"div", "section"})
_GROUPS = frozenset({"blockquote", "ol", "table", "tbody", "ul"})
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।։።»\"”’)]\s*$")
_NO_ENDS = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff]\s*$")
"""Thai, Lao and Khmer have no sign for the end of a sentence."""
LEAST_WEIGHED = 25
"""Shorter lines tell nothing of where the article stands."""
LEAST_WEIGHED_DENSE = 10
"""The same in scripts where a letter is a word or a syllable."""
_WORD = re.compile(r"\w")
_DENSE = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MOST_WRAPPERS = 4
TEASER_WEIGHT = 0.25
LINK_SHARE = 0.5
"""A line with more of its letters in links is no prose."""


@dataclass(slots=True)
class Line:
    """One line: its text, how many of its letters are links, the block it stands in, and what around it stands beside."""

    text: str
    links: int
    block: lxml.html.HtmlElement
    beside: tuple[lxml.html.HtmlElement, ...]
    alone: bool = True
    """The block has no other line of its own."""
    wrappers: int = 0
    """So many elements around the block hold no other line: wrappers for one paragraph."""
    teases: bool = False
    """It stands between two links: the words under the title of another article, in a list of such."""

    @property
    def tag(self) -> str:
        """The block's name."""
        return str(self.block.tag)

    @property
    def is_heading(self) -> bool:
        """Tells whether it is one of h1 to h6."""
        return self.tag in HEADINGS

    @property
    def ends(self) -> bool:
        """Tells whether it ends as a sentence does."""
        return _SENTENCE_END.search(self.text) is not None

    @property
    def is_solid(self) -> bool:
        """Tells whether it is surely prose, by its length and end."""
        length = len(self.text)
        if length >= (150 if _NO_ENDS.search(self.text) is None else 60):
            return True
        return (
            length >= (60 if _DENSE.search(self.text) is None else 25) and self.ends and not self.is_heading
        )

    @property
    def is_link(self) -> bool:
        """Tells whether it is nothing but a link."""
        return self.links >= 0.8 * len(self.text)

    def weight(self) -> float:
        """Gives how much it speaks for the article standing where it stands."""
        length = len(self.text)
        if self.links >= length * LINK_SHARE or self.is_heading:
            return 0.0
        if length < LEAST_WEIGHED and (length < LEAST_WEIGHED_DENSE or _DENSE.search(self.text) is None):
            return 0.0
        kind = 1.0 if self.tag == "p" else 0.5 if self.tag in ("li", "tr", "dd", "dt") else 0.8
        kind *= TEASER_WEIGHT if self.teases else 1.0
        return (length - self.links) * kind * (1.0 if self.ends else 0.5)

    def container(self) -> lxml.html.HtmlElement:
        """Gives the element whose prose the line is: what holds its paragraph, list or table."""
        element = self.block
        outermost = (
            self.beside[-1] if self.beside else None
        )  # what stands beside the article is never its own
        if element.tag in _LEAVES or (self.alone and element.tag != "body"):
            for _ in range(1 + self.wrappers):
                if element is not outermost:
                    element = _parent(element)
        while element.tag in _GROUPS and element is not outermost and element.getparent() is not None:
            element = _parent(element)
        return element


def read_lines(root: lxml.html.HtmlElement) -> list[Line]:
    """Gives the lines under `root` in the order of the page."""
    lines = list(_walk(root))
    times = Counter(line.block for line in lines)
    held = Counter(line.block for line in lines)
    held.update(holder for line in lines for holder in islice(line.block.iterancestors(), MOST_WRAPPERS))
    for number, line in enumerate(lines):
        line.alone = times[line.block] == 1
        holders = islice(line.block.iterancestors(), MOST_WRAPPERS)
        sole = takewhile(lambda holder: held[holder] == 1 and holder.tag in _WRAPPERS, holders)
        line.wrappers = sum(1 for _ in sole) if line.alone else 0
        around = (*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2])
        line.teases = len(around) == 2 and all(other.is_link for other in around)
    return lines


def _walk(root: lxml.html.HtmlElement) -> Iterator[Line]:
    """Iterative: how deep a page is nested is the page's choice."""
    words: list[str] = []
    links = inside_link = unseen = 0
    blocks: list[lxml.html.HtmlElement] = [root]
    beside: list[lxml.html.HtmlElement] = []

    def line() -> Iterator[Line]:
        nonlocal links
        if words:
            text = clean("".join(words))
            if _WORD.search(text):
                yield Line(text, min(links, len(text)), blocks[-1], tuple(beside))
            words.clear()
            links = 0

    for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            if event == "end" and not unseen and element.tail:
                words.append(element.tail)
            continue
        if event == "start":
            if unseen:
                unseen += 1
                continue
            if tag in UNSEEN or (element is not root and _is_hidden(element)):
                if tag in _BLOCKS:
                    yield from line()
                unseen = 1
                continue
            if tag in _BLOCKS:
                yield from line()
                if tag != "br":
                    blocks.append(element)
            elif tag == "a":
                inside_link += 1
            elif tag in ("td", "th"):
                words.append(" ")
            if element is not root and _stands_beside(element):
                yield from line()
                beside.append(element)
            if element.text:
                words.append(element.text)
                links += len(element.text.strip()) if inside_link else 0
            continue
        if unseen:
            unseen -= 1
            if unseen:
                continue
            if tag in _BLOCKS:
                yield from line()
        else:
            if beside and beside[-1] is element:
                yield from line()
                beside.pop()
            if tag in _BLOCKS:
                yield from line()
                if tag != "br":
                    blocks.pop()
            elif tag == "a" and inside_link:
                inside_link -= 1
        if element is not root and element.tail:
            words.append(element.tail)
            links += len(element.tail.strip()) if inside_link else 0
    yield from line()


def _is_hidden(element: lxml.html.HtmlElement) -> bool:
    style = element.get("style")
    return bool(
        (style and "none" in style and _NOT_DISPLAYED.search(style)) or element.get("hidden") is not None
    )


def _stands_beside(element: lxml.html.HtmlElement) -> bool:
    if element.tag in _BESIDE or element.get("role") in _ROLES or element.get("aria-hidden") == "true":
        return True
    if element.tag in _NEVER_BESIDE:
        return False
    return any(name and stands_beside(name) for name in names_of(element))


def names_of(element: lxml.html.HtmlElement) -> tuple[str | None, str | None]:
    """Gives an element's class and id."""
    return element.get("class"), element.get("id")


def _parent(element: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    parent = element.getparent()
    return element if parent is None else parent
