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
_IN_SENTENCES = frozenset({"button", "label"})
"""Unseen but within a sentence, where they are words that can be clicked."""
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
_DECLARATIONS = (
    (("display",), "none"),
    (("visibility",), "(?:hidden|collapse)"),
    (("font-size",), r"0(?:px|em|rem|%)?\s*END"),
    (("left", "right", "top", "text-indent", "margin-left"), r"-\d{3,}"),
    (("opacity",), r"0(?:\.0+)?\s*END"),
    (("clip",), r"rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]"),
    (("clip-path",), r"inset\(\s*(?:50|100)%"),
    (("max-height", "height"), r"[01](?:px)?\s*END"),
    (("content-visibility",), "hidden"),
    (("transform",), r"scale\(\s*0\s*\)"),
    (("color",), "transparent"),
)
"""Declarations that keep an element from being seen: a property, and the value that does."""


def _not_seen(end: str) -> re.Pattern[str]:
    """Return a pattern of the declarations, in small letters; `end` is what stands behind a value.

    Each alternative begins with a letter, which is quickly looked for; that a property begins there is asked behind it.
    """
    alternatives = (
        rf"{name[0]}(?<![\w-]{name[0]}){name[1:]}\s*:\s*{value.replace('END', end)}"
        for names, value in _DECLARATIONS
        for name in names
    )
    return re.compile("|".join(alternatives))


_NOT_SEEN = _not_seen("(?:;|!|$)")
_NOT_SEEN_IN_SHEET = _not_seen("(?:;|!|}|$)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLOCK = re.compile(r"@[\w-]+[^{};]*\{")
_ON_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*\{", re.IGNORECASE)
_BRACE = re.compile("[{}]")
_NAMED = re.compile(
    r"\s*(?:(?:html|body|main|article|section|div|p|span)[\s>]+)*(?:p|div|span|section)?([.#]-?[_a-zA-Z][\w-]*)\s*"
)
"""A class or an id, within elements of any name: a class around it may be a state of the page that its scripts end."""
LONGEST_STYLE = 200_000
MOST_HIDDEN = 400
"""What is longer and hidden by a style is the page itself, kept back until its scripts run."""
SPEAKS = 16
"""So many letters around an inline element make it a part of their sentence, whatever its class says."""
SPEAKS_IN_PARAGRAPH = 5
"""The same in a paragraph, an item, a row or a heading: "Chair: somebody"."""
_PARAGRAPHS = frozenset({"blockquote", "dd", "h2", "h3", "h4", "li", "p", "tr"})
MOST_IN_A_ROW = 12
_LEAVES = frozenset({"blockquote", "dd", "dt", "h2", "h3", "li", "p", "pre", "tr"})
_WRAPPERS = frozenset({"div", "section"})
_GROUPS = frozenset({"blockquote", "ol", "table", "tbody", "ul"})
_SENTENCE_ENDS = frozenset('.!?…。！？؟۔।։።»"”’)')
_NO_ENDS = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff]\s*$")
"""Thai, Lao and Khmer have no sign for the end of a sentence."""
LEAST_WEIGHED = 25
"""Shorter lines tell nothing of where the article stands."""
LEAST_WEIGHED_DENSE = 10
"""The same in scripts where a letter is a word or a syllable."""
_WORD = re.compile(r"\w")
_LETTER = re.compile(r"[^\W\d_]")
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
        """Return whether it is one of h1 to h6."""
        return self.tag in HEADINGS

    @property
    def ends(self) -> bool:
        """Return whether it ends as a sentence does."""
        return self.text.rstrip()[-1:] in _SENTENCE_ENDS

    @property
    def is_solid(self) -> bool:
        """Return whether it is surely prose, by its length and end."""
        length = len(self.text)
        if length >= (150 if _NO_ENDS.search(self.text) is None else 60):
            return True
        return (
            length >= (60 if _DENSE.search(self.text) is None else 25) and self.ends and not self.is_heading
        )

    @property
    def is_link(self) -> bool:
        """Return whether it is nothing but a link."""
        return self.links >= 0.8 * len(self.text)

    def weight(self) -> float:
        """Return how much it speaks for the article standing where it stands."""
        length = len(self.text)
        if self.links >= length * LINK_SHARE or self.is_heading:
            return 0.0
        if length < LEAST_WEIGHED and (length < LEAST_WEIGHED_DENSE or _DENSE.search(self.text) is None):
            return 0.0
        kind = 1.0 if self.tag == "p" else 0.5 if self.tag in ("li", "tr", "dd", "dt") else 0.8
        kind *= TEASER_WEIGHT if self.teases else 1.0
        return (length - self.links) * kind * (1.0 if self.ends else 0.5)

    def container(self) -> lxml.html.HtmlElement:
        """Return the element whose prose the line is: what holds its paragraph, list or table."""
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
    """Return the lines under `root` in the order of the page."""
    lines = _Walk(root).lines()
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


class _Walk:
    """One walk over a page's elements, iterative: how deep a page is nested is the page's choice."""

    def __init__(self, root: lxml.html.HtmlElement) -> None:
        self._root = root
        self._words: list[str] = []
        self._links = self._inside_link = 0
        self._found: list[Line] = []
        self._blocks: list[lxml.html.HtmlElement] = [root]
        self._beside: list[lxml.html.HtmlElement] = []
        self._hidden_names = _hidden_names(root)

    def lines(self) -> list[Line]:
        """Return the lines in the order of the page."""
        walk = lxml.etree.iterwalk(self._root, events=("start", "end"))
        unseen: lxml.html.HtmlElement | None = None
        for event, element in walk:
            tag = element.tag
            if not isinstance(tag, str):
                if event == "end" and element.tail:
                    self._words.append(element.tail)
            elif event == "start":
                if self._is_unseen(element):
                    walk.skip_subtree()
                    unseen = element
                    if tag in _BLOCKS:
                        self._end_line()
                else:
                    self._enter(element, tag)
            elif unseen is not None and element is unseen:
                unseen = None
                if element is not self._root and element.tail:
                    self._add(element.tail)
            else:
                self._leave(element, tag)
        self._end_line()
        return self._found

    def _end_line(self) -> None:
        if self._words:
            raw = "".join(self._words)
            if not raw.isspace() and _WORD.search(text := clean(raw)):
                line = Line(text, min(self._links, len(text)), self._blocks[-1], tuple(self._beside))
                self._found.append(line)
            self._words.clear()
            self._links = 0

    def _enter(self, element: lxml.html.HtmlElement, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line()
            if tag != "br":
                self._blocks.append(element)
        elif tag == "a":
            self._inside_link += 1
        elif tag in ("td", "th"):
            self._words.append(" ")
        if element is not self._root and _stands_beside(element) and not self._is_in_sentence(element):
            self._end_line()
            self._beside.append(element)
        if text := element.text:
            self._add(text)

    def _leave(self, element: lxml.html.HtmlElement, tag: str) -> None:
        if self._beside and self._beside[-1] is element:
            self._end_line()
            self._beside.pop()
        if tag in _BLOCKS:
            self._end_line()
            if tag != "br":
                self._blocks.pop()
        elif tag == "a" and self._inside_link:
            self._inside_link -= 1
        if element is not self._root and (tail := element.tail):
            self._add(tail)

    def _add(self, text: str) -> None:
        self._words.append(text)
        if self._inside_link:
            self._links += len(text.strip())

    def _is_unseen(self, element: lxml.html.HtmlElement) -> bool:
        tag = element.tag
        if tag in UNSEEN:
            if tag == "template":
                return element.get("shadowrootmode") is None  # a declarative shadow root is shown
            if tag == "figcaption":
                return not _is_of_a_quotation(element)
            return not (tag in _IN_SENTENCES and self._is_in_sentence(element, both_sides=True))
        return element is not self._root and self._is_hidden(element)

    def _is_hidden(self, element: lxml.html.HtmlElement) -> bool:
        names = element.keys()  # to ask for one that isn't there takes as long as to ask for all
        if not names:
            return False
        if "hidden" in names:
            return True
        style = element.get("style") if "style" in names else None
        if style and (match := _NOT_SEEN.search(_lowered(style))) is not None:
            return match[0].startswith("display") or _is_short(element)
        if not self._hidden_names:
            return False
        is_named = (
            "class" in names and not self._hidden_names.isdisjoint((element.get("class") or "").split())
        ) or ("id" in names and f"#{element.get('id')}" in self._hidden_names)
        return is_named and _is_short(element)

    def _is_in_sentence(self, element: lxml.html.HtmlElement, *, both_sides: bool = False) -> bool:
        """An inline element with words around it is a part of their sentence: names that link to an outlet's own pages."""
        if element.tag in _BLOCKS:
            return False
        before, after = "".join(self._words), element.tail or ""
        if not both_sides:  # names in a row: the words between and behind them are the sentence's
            after += "".join(other.tail or "" for other in islice(element.itersiblings(), MOST_IN_A_ROW))
        outer = element
        while (outer := _parent(outer)).tag not in _BLOCKS and outer.getparent() is not None:
            after += outer.tail or ""
        letters = len(_LETTER.findall(before[-80:])), len(_LETTER.findall(after[:80]))
        if both_sides and not all(letters):
            return False
        around = sum(letters)
        enough = SPEAKS_IN_PARAGRAPH if outer.tag in _PARAGRAPHS and element.tag != "time" else SPEAKS
        return around >= enough or (around >= SPEAKS / 4 and _DENSE.search(before + after) is not None)


def _hidden_names(root: lxml.html.HtmlElement) -> frozenset[str]:
    """Give the classes ("a") and ids ("#b") that the page's own style sheets hide by a rule of their own."""
    found: set[str] = set()
    for sheet in root.getroottree().iter("style"):
        text = sheet.text or ""
        if len(text) > LONGEST_STYLE or _NOT_SEEN.search(_lowered(text)) is None:
            continue
        for selectors in _selectors_that_hide(_outside_of_blocks(text)):
            if "/*" in selectors:
                selectors = _COMMENT.sub(" ", selectors)
            matches = (_NAMED.fullmatch(selector) for selector in selectors.split(","))
            found.update(match[1].removeprefix(".") for match in matches if match is not None)
    return frozenset(found)


def _lowered(text: str) -> str:
    """Return a text in small letters, as long as it was: one letter alone becomes two."""
    return text.replace("\u0130", "i").lower()


def _selectors_that_hide(sheet: str) -> Iterator[str]:
    """Give the selectors of the rules that hide something. What hides is looked for first, then the rule that it stands in."""
    text = _lowered(sheet)
    last = -1
    for match in _NOT_SEEN_IN_SHEET.finditer(text):
        start = text.rfind("{", 0, match.start())
        end = text.find("}", match.start())
        if start == last or start < 0 or end < 0:
            continue
        if text.find("}", start, match.start()) >= 0 or text.find("{", start + 1, end) >= 0:
            continue  # it stands in no rule
        last = start
        yield sheet[1 + max(text.rfind(sign, 0, start) for sign in "{}@") : start]


def _outside_of_blocks(sheet: str) -> str:
    """Take out what counts for some media only: `@media print { … }` and the like, with the rules inside; a screen's stay."""
    kept: list[str] = []
    place = 0
    while (match := _BLOCK.search(sheet, place)) is not None:
        kept.append(sheet[place : match.start()])
        if _ON_SCREEN.fullmatch(match[0]):
            place = match.end()
            continue
        depth = 1
        for brace in _BRACE.finditer(sheet, match.end()):
            depth += 1 if brace[0] == "{" else -1
            if not depth:
                place = brace.end()
                break
        else:
            return "".join(kept)
    return "".join([*kept, sheet[place:]])


def _is_short(element: lxml.html.HtmlElement) -> bool:
    return sum(len(text) for text in islice(element.itertext(), 200)) <= MOST_HIDDEN


def _is_of_a_quotation(caption: lxml.html.HtmlElement) -> bool:
    """Tell whether a figure shows words, not a picture: its caption says whose they are."""
    figure = next(caption.iterancestors("figure"), None)
    return (
        figure is not None
        and next(figure.iter("blockquote", "q"), None) is not None
        and next(figure.iter("img", "picture", "video", "iframe"), None) is None
    )


def _stands_beside(element: lxml.html.HtmlElement) -> bool:
    tag, names = element.tag, element.keys()
    if tag in _BESIDE:
        return (
            tag != "footer" or next(element.iterancestors("blockquote"), None) is None
        )  # there it says whose words they are
    if not names:
        return False
    if "role" in names and element.get("role") in _ROLES:
        return True
    if "aria-hidden" in names and element.get("aria-hidden") == "true" and tag != "p":
        return not _is_plain_prose(element)
    if tag in _NEVER_BESIDE:
        return False
    if "class" in names and (name := element.get("class")) and stands_beside(name):
        return True
    return bool("id" in names and (name := element.get("id")) and stands_beside(name))


def _is_plain_prose(element: lxml.html.HtmlElement) -> bool:
    """Tell whether an element has paragraphs, and nothing that can be clicked or looked at."""
    return (
        element.find("p") is not None
        and next(element.iter("a", "button", "img", "svg", "input"), None) is None
    )


def names_of(element: lxml.html.HtmlElement) -> tuple[str | None, str | None]:
    """Return an element's class and id."""
    return element.get("class"), element.get("id")


def _parent(element: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    parent = element.getparent()
    return element if parent is None else parent
