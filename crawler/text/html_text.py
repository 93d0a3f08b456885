"""HTML to plain text: paragraphs parted by one newline."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import lxml.etree
import lxml.html

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog"),
        *("div", "dl", "dt", "fieldset", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"),
        *("main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th"),
        *("thead", "tr", "ul"),
    }
)
_UNSEEN = frozenset(
    {
        *("script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "head"),
        *("title", "button", "input", "select", "textarea", "form", "figure", "figcaption"),
    }
)
_VOID_UNSEEN = frozenset({"embed", "input"})
"""Unseen elements that have no end tag."""
_LEFT = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|(?!(?:lt|gt);)[A-Za-z][A-Za-z0-9]{1,31});")
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TAG = re.compile(r"<([^<>]*+)>")
_TAG_NAME = re.compile(r"(/?)([a-zA-Z][\w:.-]*)(?=[\s/]|$)", re.ASCII)
_COMMENT = re.compile(r"<!--(?!-?>).*?-->", re.DOTALL)
_HIDDEN = re.compile(r"\shidden(?:[\s=/]|$)", re.IGNORECASE)


_EDGE = "\r"
"""Stands at every edge of a block while a text is put together."""
_BREAK = "\v"
"""Stands for a <br> while a text is put together."""
_SPACES = "".join(code for code in map(chr, range(0x3001)) if code.isspace() and code not in "\r\v")
_ENDS = frozenset(".!?…:;»”。！？")
"""Behind one of these a <br> ends a paragraph."""
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u2010][ \t]*[\v\n]\s*(?=[^\W\d_])")
_ODD = "<"
"""Stands for a tag that only a parser can read."""
_HIDES = "<hides"
"""Stands for the start of an element that nobody sees."""
_LONG = 30
_MOST_FORMS = 8192


def clean(text: str) -> str:
    """Return the text on one line, composed (NFC): spaces run together, control characters and lone surrogates gone."""
    line = " ".join(text.split())
    if not line.isprintable():  # a third of the time that the search takes
        line = " ".join(_UNWANTED.sub("", line).split())
    return line if line.isascii() else unicodedata.normalize("NFC", line)


def resolved(text: str) -> str:
    """Return a text without the entities that were escaped twice: nobody means "O&#39;Brien". `&lt;` and `&gt;` stay."""
    for _round in range(2):
        if "&" not in text or _LEFT.search(text) is None:
            break
        text = _LEFT.sub(lambda match: html.unescape(match[0]), text)
    return text


def storable(text: str) -> str:
    """Return the text as it stands, but for control characters and lone surrogates, which no database takes."""
    return text if text.isprintable() else _UNWANTED.sub("", text)


def html_to_text(markup: str) -> str:
    """Return what a reader of the HTML sees, paragraph by paragraph; pictures with their captions and credits are left out.

    Ordinary markup is read by its tags alone, in a third of the time that a parser takes; where a tag is odd (cut off, quotes
    that don't match, an element that hides others) lxml parses it, to the same end.
    """
    text = resolved(_seen(markup))
    if _BREAK in text:
        text = _with_running_lines(text)
    return "\n".join(filter(None, map(clean, text.split(_EDGE))))


def _with_running_lines(text: str) -> str:
    """Return a text in which a <br> in the midst of a sentence is a space, and any other an edge."""
    pieces = text.split(_BREAK)
    joined = [pieces[0]]
    for before, after in pairwise(pieces):
        left, right = before.rstrip(_SPACES), after.lstrip(_SPACES)[:1]
        if left and right and not left[-1].isspace() and left[-1] not in _ENDS and not right.isspace():
            joined[-1] = left
            joined.append(" ")
        else:
            joined.append(_EDGE)
        joined.append(after)
    return "".join(joined)


def on_one_line(text: str) -> str:
    """Return a text that is clean, as `html_to_text` gives it, on one line."""
    return text.replace("\n", " ")


def html_to_line(markup: str) -> str:
    """Return what a reader of the HTML sees, on one line."""
    return clean(_seen(markup))


def _seen(markup: str) -> str:
    """Return the words of the HTML with an edge between paragraphs, spaces as they stand; a hyphen at a line's end is none."""
    text = _as_written(markup)
    ends = (
        "-\n" in text or "-\v" in text or "\u2010" in text
    )  # looked for in C: a tenth of the time that the search takes
    return _HYPHENATED.sub(_joined, text) if ends else text


def _lines(text: str) -> str:
    """Return words without markup, whose every line is a paragraph."""
    if "\n" not in text and "\v" not in text and _EDGE not in text:
        return text
    return _HYPHENATED.sub(_joined, text.replace(_EDGE, "\n")).replace("\n", _EDGE)


def _joined(match: re.Match[str]) -> str:
    return "" if match.string[match.end()].islower() else match[0]


def _as_written(markup: str) -> str:
    if "<" not in markup:
        return _lines(html.unescape(markup))
    if _EDGE in markup:
        markup = markup.replace(_EDGE, " ")
    text = _between_tags(markup)
    return _parsed(_UNWANTED.sub("", markup)) if text is None else html.unescape(text)


def _between_tags(markup: str) -> str | None:
    """Return the text between the tags, entities as they are, with an edge for every block; None where a parser must look."""
    if "<!--" in markup:
        markup = _COMMENT.sub("", markup)
    parts = _TAG.split(markup)  # text, tag, text, tag, ... text
    tags = parts[1::2]
    parts[1::2] = map(_MARKS.__getitem__, tags)
    text = "".join(parts)
    if "<" not in text:
        return text
    if _HIDES not in text or not _hide(parts, tags):
        return None
    text = "".join(parts)
    return None if "<" in text else text


def _hide(parts: list[str], tags: list[str]) -> bool:
    """Empties the elements that nobody sees; tells whether all of them end."""
    end = -1
    for start, tag in enumerate(tags):
        if start <= end or parts[2 * start + 1] != _HIDES:
            continue
        name, _ends = _tag_name(tag)
        depth, end = 1, start
        while depth:
            end += 1
            if end == len(tags):
                return False
            other, ends = _tag_name(tags[end])
            if other == name:
                depth += -1 if ends else 1
        hidden = slice(2 * start + 1, 2 * end + 2)
        parts[hidden] = [_EDGE] * (hidden.stop - hidden.start)
    return True


class _Marks(dict[str, str]):
    """What stands for each tag, as it is written, in a text: looked up in C, since nearly every tag was seen before."""

    def __missing__(self, tag: str) -> str:
        name, _space, attributes = tag.partition(" ")
        if len(attributes) > _LONG and not _is_odd(attributes):  # an address, most likely, and seen once
            return self[name]
        if len(self) >= _MOST_FORMS:
            self.clear()
        mark = self[tag] = _mark(tag)
        return mark


_MARKS = _Marks()


def _mark(tag: str) -> str:
    name, ends = _tag_name(tag)
    if not name or _is_odd(tag):
        return _ODD
    if name in _BLOCKS:
        return _EDGE
    if name == "br":
        return _BREAK
    if name in _UNSEEN:
        return "" if ends else _EDGE if name in _VOID_UNSEEN else _HIDES
    return ""


def _is_odd(attributes: str) -> bool:
    """Return whether attributes have cut their tag (an odd number of quotes: a > stands within), or may hide the element."""
    if attributes.count('"') % 2 or ("='" in attributes and attributes.count("'") % 2):
        return True
    return "hidden" in attributes and _HIDDEN.search(f" {attributes}") is not None


def _tag_name(tag: str) -> tuple[str, bool]:
    """Return the element's name, nothing where it is no plain tag, and whether the element ends."""
    match = _TAG_NAME.match(tag)
    return (match[2].lower(), bool(match[1])) if match else ("", False)


def _parsed(markup: str) -> str:
    try:
        # not fragment_fromstring, which asserts that there is one body
        root = lxml.html.document_fromstring(f"<body>{markup}")
    except (lxml.etree.LxmlError, ValueError):
        return html.unescape(re.sub(r"<[^>]*>", " ", markup)).replace(_EDGE, " ").replace("\n", _EDGE)
    return "".join(_walk(root))


def _walk(root: lxml.html.HtmlElement) -> Iterator[str]:
    """Return the text in document order, with an edge at every border of a block. Iterative: depth is the page's to choose."""
    unseen = 0
    for event, element in lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if not unseen and element.tail:
                yield element.tail
            continue
        hidden = element.tag in _UNSEEN or element.get("hidden") is not None
        if event == "start":
            unseen += hidden
            if not unseen:
                if element.tag in _BLOCKS or element.tag == "br":
                    yield _EDGE if element.tag in _BLOCKS else _BREAK
                yield element.text or ""
        else:
            unseen -= hidden
            if not unseen:
                if element.tag in _BLOCKS or hidden:
                    yield _EDGE
                if element is not root:
                    yield element.tail or ""
