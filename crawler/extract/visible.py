"""What a page shows its readers: the headline, the byline, the time under it; and the date in its address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import lxml.html

from crawler.extract.authors import clean_authors
from crawler.extract.facts import Facts
from crawler.feeds.dates import parse_date
from crawler.feeds.text import clean

LONGEST_BYLINE = 150
LONGEST_DATE = 60
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:by-?line(?:-?(?:name|author|item))?s?|author(?:s|-?name|-?link|-?byline)?|"
    r"vcard|auteurs?|autor(?:es|en|name)?|signature|firma"
    r"|contributor(?:s|-?name)?|writer|reporter|journalist)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NO_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:bio|avatar|image|photo|comments?|related|social|share|footer|follow|"
    r"desc(?:ription)?|box)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:^|[\s_-])(?:date(?:line|time|-?published|-?pub)?|pub(?:lish(?:ed)?)?-?(?:date|time|on)?|"
    r"posted(?:-?on)?|time-?stamp|entry-?date|fecha|datum|data)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_IN_ADDRESS = (
    re.compile(
        r"/(?P<y>(?:19|20)\d\d)[/_-](?P<m>0?[1-9]|1[0-2])[/_-](?P<d>0?[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
    ),
    re.compile(
        r"[/_-](?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?=[/_.-]|\d{0,6}(?:[/_.-]|$)|$)"
    ),
    re.compile(r"/(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])/(?P<d>0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"),
    re.compile(r"/(?P<y>20\d\d)-(?P<m>0[1-9]|1[0-2])/(?P<d>0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"),
)
_PREFIX = re.compile(
    r"^(?:published|posted|updated|last updated|publié|mis à jour|publicado|actualizado|"
    r"veröffentlicht|stand|pubblicato|publikováno|dodano"
    r"|опубликовано|дата|نشر في|تاريخ النشر)(?:\s+(?:on|le|el|am|il|em|at))?\s*[:：]?\s*",
    re.IGNORECASE,
)


def read(page: lxml.html.HtmlElement, *, url: str, authors: bool = True, times: bool = True) -> Facts:
    """Gives the headline; where asked for, authors and time as the page shows them (the time may be the day in its address)."""
    return Facts(
        title=_headline(page),
        authors=_byline(page) if authors else (),
        published=_published(page, url) if times else None,
    )


def _published(page: lxml.html.HtmlElement, url: str) -> datetime | None:
    shown = next(filter(None, _times(page)), None)
    day = date_in_address(url)
    if shown is not None and day is not None and abs((shown - day).days) > 2:
        return day  # the first time on the page is not the article's
    return shown or day


def date_in_address(url: str) -> datetime | None:
    """Gives the day that an address names (/2026/03/02/…), at midnight UTC."""
    path = url.partition("://")[2].partition("/")[2]
    for pattern in _IN_ADDRESS:
        if (match := pattern.search(f"/{path}")) is not None:
            try:
                return datetime(int(match["y"]), int(match["m"]), int(match["d"]), tzinfo=UTC)
            except ValueError:
                continue
    return None


def _headline(page: lxml.html.HtmlElement) -> str | None:
    for element in page.iterfind(".//*[@itemprop='headline']"):
        if element.tag != "meta" and (text := clean(element.text_content())):
            return text
    headings = [text for heading in page.iter("h1") if (text := clean(heading.text_content()))]
    title = clean(page.findtext(".//title") or "")
    inside = [heading for heading in headings if heading in title]
    return next(iter(inside or headings), None)


def _byline(page: lxml.html.HtmlElement) -> tuple[str, ...]:
    """The first that names someone: what is marked as the author's name, then what bears such a class."""
    marked = [
        *page.iterfind(".//*[@itemprop='author']"),
        *(link for link in page.iter("a") if "author" in (link.get("rel") or "").split()),
    ]
    for element in marked:
        inner = element.find(".//*[@itemprop='name']")
        text = element.get("content") or (element if inner is None else inner).text_content()
        if len(text) <= LONGEST_BYLINE and (names := clean_authors([text])):
            same = [element.text_content() for element in marked[:8] if element.get("itemprop") is None]
            return clean_authors(same) if element.get("itemprop") is None else names
    for element in page.iter("a", "address", "div", "li", "p", "span"):
        name = element.get("class")
        if not name or not _BYLINE.search(name) or _NO_BYLINE.search(name):
            continue
        text = clean(" ".join(element.itertext()))
        if not text or len(text) > LONGEST_BYLINE:
            continue
        links = [text for link in element.iter("a") if (text := clean(link.text_content()))]
        if names := clean_authors(links or [text]):
            return names
    return ()


def _times(page: lxml.html.HtmlElement) -> Iterator[datetime | None]:
    for element in page.iterfind(".//*[@itemprop='datePublished']"):
        yield _moment(element.get("datetime"), element.get("content"), element.text_content())
    for element in page.iter("time"):
        yield _moment(element.get("datetime"), element.text_content())
    for count, element in enumerate(_dated(page)):
        if count == 5:
            return
        yield _moment(element.get("datetime"), element.get("data-datetime"), element.text_content())


def _dated(page: lxml.html.HtmlElement) -> Iterable[lxml.html.HtmlElement]:
    for element in page.iter("abbr", "div", "li", "p", "span"):
        name = element.get("class") or element.get("id")
        if name and _DATE.search(name) and 5 < len(element.text_content()) <= LONGEST_DATE:
            yield element


def _moment(*texts: str | None) -> datetime | None:
    for text in texts:
        shown = _PREFIX.sub("", clean(text or "")).replace("|", " ").strip(" -–,")
        is_date = 0 < len(shown) <= LONGEST_DATE and any(character.isdigit() for character in shown)
        if is_date and (moment := parse_date(shown)) is not None:
            return moment
    return None
