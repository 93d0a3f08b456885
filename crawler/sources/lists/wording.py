"""What the elements of a list say: their lines, which of them is a title, and which a date. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from itertools import pairwise

import lxml.html

from crawler.sources.lists.ago import AGO, LONGEST_AGO
from crawler.text.dates import parse_date
from crawler.text.html_text import clean

LONGEST_TITLE = 300
SHORTEST_TITLE = 12
"""Letters."""
_TEASER = re.compile(
    r"(?:[^.?!]{20}(?:[.…]|\.\.\.|\[…\])|[^\W\d_]{2}[.?!]\s.*[^\W\d_]{2}[.…]|[।。።])[\s\"'”»]*$", re.DOTALL
)
"""A line that ends as a sentence does, or as two, is what stands below a title."""
_BLOCKS = frozenset({
    *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2"),
    *("h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "picture", "section", "table", "td", "th", "tr"),
    "ul",
})  # fmt: skip
_STRESSES = frozenset({"em", "b", "strong", "i", "u", "mark", "sup", "sub", "abbr", "wbr", "font", "bdi"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
MORE = re.compile(
    r"(?:read|see|view|show|learn|load)\s+(?:more|all)\b.{0,30}|more(?:\s+\w+){0,3}|continue reading|next|previous|older|newer|"
    r"lire la suite|en savoir plus|voir (?:plus|tout)|leer más|ver (?:más|todo\w?)|mehr(?: lesen)?|weiterlesen|leggi(?: tutto)?|"
    r"saiba mais|подробнее|читать (?:далее|полностью)|ещё|devamı|المزيد|اقرأ المزيد|更多|もっと見る|더보기|\d+|[«»‹›<>→←…]+",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"\s*[(\[][^()\[\]]{0,12}\b(?:pdf|docx?|odt|rtf|xlsx?)\b[^()\[\]]{0,30}[)\]]$|\s+[–—-]\s+pdf$|(?<=\w{12})\.pdf$",
    re.IGNORECASE,
)
"""What a link to a document says of its file, after the title."""
_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Letters of scripts that say in two what others say in a word."""
_TERSE = re.compile(r"[\u0590-\u06ff\u0900-\u0dff\u1200-\u137f]")
"""Letters of scripts that write no vowels, as signs beside them, or within them."""


@lru_cache(maxsize=1_024)
def letters(title: str) -> int:
    """Return how much a title says: its letters; those of scripts without spaces thrice, without letters for vowels half more."""
    said = sum(map(str.isalnum, title))
    if title.isascii():
        return said
    return said + 2 * len(_WIDE.findall(title)) + len(_TERSE.findall(title)) // 2


def lines_of(element: lxml.html.HtmlElement) -> list[str]:
    """Return the lines that an element shows."""
    return [line for parts in parts_of(element) if (line := joined(parts))]


def parts_of(element: lxml.html.HtmlElement) -> list[list[str]]:
    """Return the texts of each line that an element shows; what is only stressed in a text is a part of it."""
    lines: list[list[str]] = [[]]
    _walk(element, lines)
    return [parts for parts in lines if parts]


def joined(parts: Sequence[str]) -> str:
    """Return a line of such texts."""
    return clean("".join(parts))


def told_of(parts: Sequence[str], often: Collection[str] = ()) -> str:
    """Return a line without dates in elements of their own and what a page says often: "Press | 12 March | Talks resume".

    "" where nothing else is in it.
    """
    if len(parts) == 1:
        return joined(parts)
    kept = [part for part in parts if not (text := bare(part)) or not (text in often or is_like_date(text))]
    return joined(kept).strip(_BETWEEN) if len(kept) < len(parts) else joined(parts)


def bare(part: str) -> str:
    """Return a text of a line without what stands between it and others."""
    return " ".join(part.split()).strip(_BETWEEN)


def says_nothing(text: str, often: Collection[str] = ()) -> bool:
    """Return whether a text is no title: a date, a number, "Read more", or what a page says `often`, of many articles."""
    return (
        text in often
        or not any(map(str.isalpha, text))
        or MORE.fullmatch(text) is not None
        or is_like_date(text)
    )


def completed(title: str, elsewhere: str | None) -> str:
    """Return a title as it is given in full elsewhere, where it is cut; without what it says of its file."""
    start = title.rstrip(" .…")
    if elsewhere and title.endswith(("…", "...")) and len(start) >= SHORTEST_TITLE:
        full = clean(" ".join(elsewhere.split()))
        title = full[:LONGEST_TITLE] if full.startswith(start) else title
    return _FILE.sub("", title) or title


def is_teaser(text: str) -> bool:
    """Return whether a text ends as a sentence does."""
    return _TEASER.search(text) is not None


def title_in(
    element: lxml.html.HtmlElement,
    lines_in: Callable[[lxml.html.HtmlElement], list[str]] = lines_of,
    often: Collection[str] = (),
) -> tuple[str, bool]:
    """Return what an element calls its article, and whether as a heading: the first heading in it, else its longest line.

    What a page says `often` is one only where there is nothing else.
    """
    for heading in element.iter(*HEADINGS):
        if (text := " ".join(lines_in(heading))) and text not in often:
            return text[:LONGEST_TITLE], True
    lines = [line for line in lines_in(element) if len(line) <= LONGEST_TITLE]
    titles = [line for line in lines if not is_like_date(line)]
    titles = [line for line in titles if line not in often] or titles
    short = [line for line in titles if letters(line) >= SHORTEST_TITLE and not is_teaser(line)]
    return max(short or titles, key=letters, default=max(lines, default="")), False


def date_in(
    element: lxml.html.HtmlElement, lines_in: Callable[[lxml.html.HtmlElement], list[str]] = lines_of
) -> str:
    """Return what may be the date in an element: a <time>'s, or a short text with a date's signs; else an attribute's."""
    for time in element.iter("time"):
        if text := (time.get("datetime") or "").strip() or " ".join(lines_in(time)):
            return text
    pieces = [piece for text in element.itertext() if (piece := bare(text))]
    apart = (f"{one} {other}" for one, other in pairwise(pieces) if len(one) <= 2 and one.isdigit())
    texts = (text for several in (apart, lines_in(element), pieces) for text in several if len(text) <= 60)
    return next((text for text in texts if is_like_date(text)), "") or _in_attributes(element)


def _in_attributes(element: lxml.html.HtmlElement) -> str:
    """Return the date that an attribute of an element in it has, for scripts or as its title."""
    for each in element.iter("*"):
        if not (given := each.attrib):
            continue
        for name in _DATES if each.tag in _TITLED else _DATES[:-1]:
            if (value := given.get(name)) and is_like_date(text := " ".join(value.split())):
                return text
    return ""


_DATES = ("data-date", "data-datetime", "data-published", "title")
_TITLED = frozenset({"span", "abbr", "small", "time"})
_BETWEEN = " ·•|,;–—"
"""What stands between a date and what is said beside it."""
_DATE_SIGNS = re.compile(r"\d")


@lru_cache(maxsize=4_096)
def is_like_date(line: str) -> bool:
    """Return whether a short line is a date, or a time that has passed."""
    if not 2 < len(line) <= 60 or len(line.split()) > 9:
        return False
    if AGO.search(line):
        return len(line) <= LONGEST_AGO
    if _DATE_SIGNS.search(line) is None:
        return False
    return parse_date(in_usual_order(line)) is not None or _is_day(line)


def in_usual_order(text: str) -> str:
    """Return a date with its year behind: Latvian has it before ("2026. gada 21. novembris")."""
    return _YEAR_BEFORE.sub(r"\2. \3 \1", text)


def _is_day(line: str) -> bool:
    """Return whether a line is a day without its year: "12 March", "Mon, 29.11. 07:17"."""
    day = _TIME.sub("", line)
    if _NUMBERS.fullmatch(day):
        return True
    return _DAY.fullmatch(day) is not None and parse_date(f"{day.rstrip(',')} {_ANY_YEAR}") is not None


_YEAR_BEFORE = re.compile(r"\b((?:19|20)\d\d)\. gada (\d{1,2})\. (\w+)")
_TIME = re.compile(
    r",?\s+(?:at\s+|um\s+|à\s+|kl\.?\s+)?\d{1,2}[:.h]\d{2}(?:\s*[ap]\.?m\.?|\s*Uhr)?$", re.IGNORECASE
)
_NUMBERS = re.compile(
    r"(?:[^\W\d]{2,10}\.?,?\s+)?(?:[0-3]?\d[./][0-3]?\d\.?|\d{1,2}月\d{1,2}日|\d{1,2}월\s?\d{1,2}일)"
    r"(?:\s*\([^\W\d]\))?"
)
_MONTH = r"(?:de |d['’])?[^\s\d,:;|()•@]{2,14}(?: \d\d?)?"
_DAY = re.compile(rf"(?:[^\s\d,.]{{2,12}}\.?,? )?(?:\d{{1,2}}\.? {_MONTH}|{_MONTH} \d{{1,2}}),?")
"""As long as its month is one: "Mon 12 March", "March 12", "12 tháng 3"."""
_ANY_YEAR = 2024
"""One with every day that there is."""


def _walk(element: lxml.html.HtmlElement, lines: list[list[str]]) -> None:
    """Collect texts, a new line at each block. No depth of a page is too much."""
    _begin(element, lines)
    outer = [element]
    inside = [iter(element)]
    while inside:
        for each in inside[-1]:
            _begin(each, lines)
            if len(each):
                outer.append(each)
                inside.append(iter(each))
                break
            _end(each, lines)
        else:
            inside.pop()
            each = outer.pop()
            if each is not element:
                _end(each, lines)


def _begin(element: lxml.html.HtmlElement, lines: list[list[str]]) -> None:
    tag = element.tag
    if tag in _BLOCKS and lines[-1]:
        lines.append([])
    if (text := element.text) and isinstance(tag, str):
        _add(text, lines[-1], is_stressed=tag in _STRESSES)


def _end(element: lxml.html.HtmlElement, lines: list[list[str]]) -> None:
    tag = element.tag
    if tag in _BLOCKS and lines[-1]:
        lines.append([])
    if text := element.tail:
        _add(text, lines[-1], is_stressed=tag in _STRESSES)


def _add(text: str, line: list[str], *, is_stressed: bool) -> None:
    if text.isspace():
        if line:
            line[-1] += text
    elif line and is_stressed and not is_like_date(bare(text)):
        line[-1] += text
    else:
        line.append(text)
