"""Pages that are no article: walls, notices, "not found" under status 200, lists of other articles. And where a text goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

import lxml.html

from crawler.extract.phrases import phrases_in
from crawler.text.html_text import clean
from crawler.urls import canonical_url, resolve
from crawler.values import LONGEST_TITLE

LONGEST_WALL = 2_500
"""Characters of a page that is nothing but a wall."""
LONGEST_OF_ROBOTS = 800
LONGEST_OF_MISSING = 600
LONGEST_NOTICE = 500
"""Characters of a text that may be nothing but a notice."""
LEAST_PROSE = 200
LEAST_SENTENCES = 2
"""A text of so many characters and sentences is an article where it does not speak of consent itself."""
SHORTEST_ARTICLE = 60
LONGEST_SHELL = 400
"""Characters that stand on a page, title and all, whose text a script is to bring."""
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
WHOLE = 0.7
"""A phrase that news may hold as well must be so much of a heading."""
A_GOOD_PART = 0.4
"""And one that hardly stands in news so much."""
MOST_BUTTONS = 60
MOST_HEADINGS = 20
MOST_PAGES = 5
PROBLEMS = {
    "consent wall": "asks for consent first",
    "robot wall": "keeps programs out",
    "not found": "the page is gone",
    "not shown in this country": "the outlet does not show it in the country that this service runs in",
    "under maintenance": "the site is under maintenance",
    "login wall": "asks to sign in first",
    "out of order": "the server's own page stands in the site's place",
    "not an article": "a home or section page: the address leads elsewhere now",
    "no text": "its text comes only by JavaScript",
    "no text layer": "it has no text: a scan without a text layer, or an empty document",
}
"""Each with what it means, for people."""
_SEPARATOR = re.compile(r"\s[|–—·•-]\s|[|｜]")
_SENTENCE = re.compile(r"[.!?।۔؟։።]['\"”»’)]?(?:\s|$)|[。！？]")
_DENSE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{12}")

_NEXT = frozenset(
    {
        "next",
        "next page",
        "suivant",
        "page suivante",
        "siguiente",
        "página siguiente",
        "weiter",
        "nächste seite",
        "次へ",
        "下一页",
        "下一頁",
        "التالي",
    }
)
_PAGE_NAMES = frozenset({"p", "page", "pg", "seite", "pagina", "pag", "part", "paged"})
_SERIAL = re.compile(r"(?<!page)(?<!seite)(?<!part)(?<!-p)-\d{1,2}(?:/?|\.\w{2,5})$", re.IGNORECASE)
_PAGE_IN_PATH = re.compile(
    r"(?:[/_-](?:page|p|seite|part)?[/_-]?(?P<n>\d{1,2}))(?P<end>/?|\.\w{2,5})$", re.IGNORECASE
)


def what_is_wrong(
    page: lxml.html.HtmlElement, *, title: str, text: str, url: str, is_index: bool = False
) -> str | None:
    """Return what a page is that is no article: a key of `PROBLEMS`; None for all others.

    Only pages with little on them are looked at for phrases: an article on cookies is an article. `is_index` says that the text
    found is a list of other articles' summaries.
    """
    if is_index:
        return "not an article"
    if len(text) > LONGEST_WALL:
        return None
    headings = [
        clean(part)
        for word in (title, page.findtext(".//title") or "", *_headings(page))
        for part in _SEPARATOR.split((word or "")[:LONGEST_TITLE])
    ]
    names = " | ".join(filter(None, headings))
    short = text if len(text) < LONGEST_NOTICE else ""
    if len(text) < LONGEST_OF_ROBOTS and _keeps_robots_out(headings, short):
        return "robot wall"
    if len(text) < LONGEST_OF_MISSING and (_says("missing", names) or _is_all("missing_alone", headings)):
        return "not found"
    others = [line for line in short.split("\n") if next(phrases_in(line, "elsewhere"), None) is None]
    if _says("elsewhere", names) or (others != short.split("\n") and not _has_sentences(" ".join(others))):
        return "not shown in this country"
    if _says("maintenance", names, short) or (short and _is_all("maintenance_alone", headings)):
        return "under maintenance"
    if len(text) < LONGEST_NOTICE and (_says("broken", names, short) or _is_all("broken_alone", headings)):
        return "out of order"
    is_prose = len(text) >= LEAST_PROSE and len(_SENTENCE.findall(text)) >= LEAST_SENTENCES
    if not is_prose and _is_all("login_alone", headings) and _asks_for_password(page):
        return "login wall"
    parts = urlsplit(url)
    told = f"{parts.hostname or ''}/{parts.path}".lower()
    hits = set(phrases_in(f"{names}\n{text}\n{_clickable(page)}", "consent"))
    in_text = set(phrases_in(text, "consent"))
    is_article = (is_prose and len(in_text) < 2) or (
        not in_text and _has_sentences(text)
    )  # a banner lies over it
    if (len(hits) >= 3 and not is_article) or (hits and "consent" in told):
        return "consent wall"
    return None


def says_nothing(text: str) -> bool:
    """Tell whether a text is no more than a word or two ("Loading…"): scripts were to bring the article."""
    return 0 < len(text) < SHORTEST_ARTICLE and _SENTENCE.search(text) is None and _DENSE.search(text) is None


def comes_by_script(page: lxml.html.HtmlElement, text: str) -> bool:
    """Tell whether a page holds next to no words, and scripts that may bring them; `text` is what was found there."""
    if page.find(".//script") is None or len(text) > LONGEST_SHELL:
        return False
    told = " ".join(word for element in page.iter("noscript") for word in element.text_content().split())
    if " ".join(text.split()) not in told:  # no text is
        return False
    words = 0
    for element in page.iter():
        if element.tag not in _UNSEEN and isinstance(element.tag, str):
            words += len((element.text or "").strip())
        words += len((element.tail or "").strip())
        if words > LONGEST_SHELL:
            return False
    return True


def _has_sentences(text: str) -> bool:
    """Return whether a text may be all of a short article."""
    return len(text) >= SHORTEST_ARTICLE and _SENTENCE.search(text) is not None


def _keeps_robots_out(headings: list[str], text: str) -> bool:
    return (
        _says("robot", text)
        or _is_all("robot", headings, A_GOOD_PART)
        or _is_all("robot_heading", headings)
        or _is_all("robot_alone", headings)
    )


def _asks_for_password(page: lxml.html.HtmlElement) -> bool:
    return any((field.get("type") or "").lower() == "password" for field in page.iter("input"))


def _says(meaning: str, *texts: str) -> bool:
    return any(True for text in texts for _phrase in phrases_in(text, meaning))


def _is_all(meaning: str, headings: Iterable[str], share: float = WHOLE) -> bool:
    """Tell whether a phrase is a whole heading: "Fuel no longer available in the bay" is news."""
    return any(
        len(phrase) >= share * len(heading.strip(" .!"))
        for heading in headings
        for phrase in islice(phrases_in(heading, meaning), 1)
    )


def _headings(page: lxml.html.HtmlElement) -> Iterator[str]:
    return (heading.text_content() for heading in islice(page.iter("h1"), MOST_HEADINGS))


def _clickable(page: lxml.html.HtmlElement) -> str:
    words = (clean(item.text_content()) for item in islice(page.iter("button", "a"), MOST_BUTTONS))
    return " | ".join(word for word in words if 0 < len(word) <= 40)


def next_page(page: lxml.html.HtmlElement, *, url: str) -> str | None:
    """Return where the article goes on: a link to the following page of the same address; None where it ends here.

    Only a link that counts on from this address is one ("?page=2", "/2"): "next" alone may lead to the next article.
    """
    here = _place(url)
    for link in _next_links(page, str(here[1] + 1)):
        target = resolve(url, link)
        if target is None:
            continue
        there = _place(target)
        if there[0] == here[0] and there[1] == here[1] + 1 and not _is_serial(url, here[1]):
            return target
    return None


def _is_serial(url: str, number: int) -> bool:
    """Tell whether an address counts texts, not pages of one: press-release-41 is followed by press-release-42."""
    return number > 1 and _SERIAL.search(urlsplit(url).path) is not None


def _next_links(page: lxml.html.HtmlElement, number: str) -> Iterator[str]:
    """Give the links that may lead to the next page, whose `number` its address has."""
    is_last = re.compile(rf"{number}(?!\d)")
    for link in page.iter("link", "a"):
        href = link.get("href")
        if not href or (is_last.search(href) is None and "%" not in href and href.isascii()):
            continue
        if "next" in (link.get("rel") or "").lower().split():
            yield href
        elif link.tag == "a":
            words = clean(link.text_content()) if len(link) < 5 else ""
            if len(words) <= 16 and (words.casefold().strip(" »›>→") in _NEXT or words.isdigit()):
                yield href


def _place(url: str) -> tuple[str, int]:
    """Return an address without the number of its page, and that number."""
    try:
        parts = urlsplit(canonical_url(url))
    except ValueError:
        return url, 0
    number, fields = 1, []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in _PAGE_NAMES and value.isdigit() and len(value) <= 2:
            number = int(value)
        else:
            fields.append(f"{name}={value}")
    path = parts.path
    if number == 1 and (match := _PAGE_IN_PATH.search(path)) is not None and 1 < int(match["n"]) <= 20:
        number = int(match["n"])
        path = path[: match.start()] + match["end"].strip("/")
    return f"{parts.netloc}{path.rstrip('/')}?{'&'.join(fields)}", number
