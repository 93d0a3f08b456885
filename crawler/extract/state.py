"""The text in a page's scripts: what Next, Nuxt, Arc and others hand their JavaScript, where the page itself shows a spinner.

Read as text, not run: the longest HTML among the strings, or the paragraphs that stand together under one key.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import lxml.html

from crawler.text.html_text import clean, html_to_text

LONGEST_SCRIPT = 3_000_000
SHORTEST_STRING = 60
SHORTEST_TEXT = 120
SHORTEST_ATTRIBUTE = 400
"""Some hand their state over in an attribute: data-page, data-props."""
MOST_STRINGS = 5_000
MOST_PIECES = 6
"""Bold words in a link in a paragraph: so deep at the most."""
_STATE = re.compile(
    r"__NEXT_DATA__|__next_f|__next_s|__NUXT|__INITIAL_|__PRELOADED_|__sveltekit|__APOLLO_|__DATA__|__STATE__|globalContent|window\.__|"
    r"content_elements|articleBody"
)
_HANDED_OVER = re.compile(
    r"""\b(?:var|let|const|window\.|self\.)\s*\w*(?:article|story|post|page|content|news|entry)\w*\s*=\s*[{[]""",
    re.IGNORECASE,
)
"""A variable by a name of its own, which pages with next to no text are searched for."""
_STRING = re.compile(
    r"(?:(?P<key>\"?[\w$-]{1,40}\"?)\s*:\s*)?"
    r"(?P<string>\"(?:[^\"\\]|\\.){60,}\"|`(?:[^`\\]|\\.){60,}`|(?<=[:=(,\[\s])'(?:[^'\\]|\\.){60,}')",
    re.DOTALL,
)
_FLIGHT = re.compile(r"__next_f\.push\(\[1,\s*(\"(?:[^\"\\]|\\.)*\")\]\)", re.DOTALL)
_ANGULAR = (("&q;", '"'), ("&s;", "'"), ("&l;", "<"), ("&g;", ">"), ("&a;", "&"))
"""How Angular writes signs that end a script."""
_PARAGRAPH = re.compile(r"<(?:p|br|div|h\d|li)\b[^>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-z/][^>]*>", re.IGNORECASE)
_PROSE = re.compile(r"[.!?…。！？؟۔।]['\"”»’)]?\s*$")
_KEYS = frozenset(
    [
        "content",
        "text",
        "body",
        "html",
        "paragraph",
        "value",
        "articlebody",
        "contenthtml",
        "bodyhtml",
        "richtext",
        "markup",
        "markdown",
        "plaintext",
        "fulltext",
        "copy",
        "children",
    ]
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\n", "b": "", "f": "", "v": ""}
_HOLDERS = frozenset({"div", "main", "article", "section", "body"})
NESTED = 3
"""Strings within strings: what is pushed to Next is JSON in a string, and may hold JSON in a string again."""


def find_state_text(page: lxml.html.HtmlElement, *, has_text: bool = True) -> str:
    """Return the article's text, paragraphs parted by one newline; "" where no script has one.

    A page that `has_text` of its own is searched only for what is surely a state.
    """
    best = ""
    for source in _sources(page, has_text):
        strings = list(_strings(source, NESTED))
        for text in (_longest_markup(strings), _paragraphs(strings), _prose(_rich_text(source))):
            if len(text) > len(best):
                best = text
    return best if len(best) >= SHORTEST_TEXT else ""


def _sources(page: lxml.html.HtmlElement, has_text: bool) -> Iterator[str]:
    pushed: list[str] = []
    for script in page.iter("script"):
        source = script.text or ""
        kind = (script.get("type") or "").partition(";")[0].strip().lower()
        if len(source) < SHORTEST_TEXT or len(source) > LONGEST_SCRIPT or kind == "application/ld+json":
            continue
        is_data = kind.endswith("json") or script.get("id") == "__NEXT_DATA__" or _STATE.search(source)
        if is_data or (not has_text and _HANDED_OVER.search(source)):
            pushed += _FLIGHT.findall(source)
            yield _plain_signs(source) if "&q;" in source else source
            if "decodeURIComponent" in source:
                yield unquote(source)
    if len(pushed) > 1:  # what is pushed to Next is one stream, cut anywhere
        yield "".join(map(_pushed, pushed))
    for element in page.iter():
        if element.tag in _HOLDERS or (isinstance(element.tag, str) and "-" in element.tag):
            yield from (
                value for value in element.values() if len(value) > SHORTEST_ATTRIBUTE and value[:1] in "{["
            )


def _plain_signs(source: str) -> str:
    for written, sign in _ANGULAR:
        source = source.replace(written, sign)
    return source


def _pushed(string: str) -> str:
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return ""


def _strings(source: str, nested: int) -> Iterator[tuple[str, str]]:
    """Give the long strings in a script with the keys that they stand under."""
    found = 0
    for match in _STRING.finditer(source):
        if (found := found + 1) > MOST_STRINGS:
            return
        key, text = (match["key"] or "").strip('"').casefold(), _unescaped(match["string"][1:-1])
        if nested and '"' in text and re.search(r'[\[{,:]\s*"', text):
            yield from _strings(text, nested - 1)
        yield key, text


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        pass  # a string of JavaScript, which knows more escapes

    def plain(match: re.Match[str]) -> str:
        if code := match[1] or match[2]:
            return chr(int(code, 16))
        return _ESCAPED.get(match[3], match[3])

    return _ESCAPE.sub(plain, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _longest_markup(strings: list[tuple[str, str]]) -> str:
    """Return the text of the string with most HTML in it, but not of one that is a whole page's or a list's."""
    texts = (text for _key, text in strings if len(_PARAGRAPH.findall(text)) >= 2 and not _is_code(text))
    longest = max(texts, key=len, default="")
    return _prose(html_to_text(longest).split("\n"))


def _paragraphs(strings: list[tuple[str, str]]) -> str:
    """Return the sentences that stand under one key, in their order."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for key, text in strings:
        if key in _KEYS and len(text) >= SHORTEST_STRING and not _is_code(text):
            line = html_to_text(text) if _MARKUP.search(text) else text.strip()
            if line not in by_key[key]:
                by_key[key].append(line)
    return max(map(_prose, by_key.values()), key=len, default="")


def _rich_text(source: str) -> list[str]:
    """Return the longest list of paragraphs whose words stand in pieces ({"children": [{"text": …}]})."""
    start = source.find("{")
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(source, max(start, 0))
    except (ValueError, RecursionError):
        return []
    longest: list[str] = []
    waiting = [value]
    while waiting:
        value = waiting.pop()
        inner = list(value.values()) if isinstance(value, dict) else value
        waiting += [item for item in inner if isinstance(item, (dict, list))]
        if isinstance(value, list):
            lines = [line for item in value if (line := clean("".join(_pieces(item, MOST_PIECES))))]
            if sum(map(len, lines)) > sum(map(len, longest)):
                longest = lines
    return longest if len(longest) > 1 else []


def _pieces(node: Any, depth: int) -> Iterator[str]:  # noqa: ANN401  (anything may stand in JSON)
    """Give the words of one paragraph: a node with pieces, not one whose text stands whole."""
    if not isinstance(node, dict) or not depth:
        return
    held = next((node[key] for key in ("children", "content") if isinstance(node.get(key), list)), None)
    if held is None:
        own = node.get("text", node.get("value"))
        yield own if isinstance(own, str) and depth < MOST_PIECES else ""
    for piece in held or ():
        yield from _pieces(piece, depth - 1)


def _prose(lines: list[str]) -> str:
    kept = [line for text in lines for line in text.split("\n") if line]
    return "\n".join(kept) if any(_PROSE.search(line) for line in kept) else ""


def _is_code(text: str) -> bool:
    return text.startswith(("{", "[", "function", "(", "http", "data:")) or (
        "$" in text[:3] and ":" in text[:8]
    )
