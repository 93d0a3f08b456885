"""What a page shows its readers: the headline, the byline, the time under it; and the date in its address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain, dropwhile, islice, takewhile

import lxml.html
from typing_extensions import override

from crawler.extract.authors import clean_authors, signed
from crawler.extract.base import Extractor, Page
from crawler.extract.facts import Facts
from crawler.extract.figures import is_bare_caption
from crawler.extract.moments import date_reader
from crawler.extract.names import is_byline, is_date, is_of_others
from crawler.text.dates import DateReader
from crawler.text.html_text import clean

LONGEST_BYLINE = 150
LONGEST_DATE = 80
HEADER_ELEMENTS = 100
"""The byline and the time stand among so many elements after the headline, and before the first long paragraph."""
LONG_PARAGRAPH = 200
SHORT_PARAGRAPH = 90
MOST_PARAGRAPHS = 2
"""After so many paragraphs that are not short the article has begun."""
MOST_STRINGS = 16
OUTER_ELEMENTS = 8
_UNSEEN = frozenset({"noscript", "script", "style", "svg", "template"})
_PLACES = frozenset({"aside", "footer", "header", "nav", "form", "iframe"})
_SHOWN = (
    "a",
    "abbr",
    "address",
    "cite",
    "dd",
    "div",
    "label",
    "li",
    "p",
    "small",
    "span",
    "strong",
    "time",
    "b",
    "em",
    "local-time",
    "relative-time",
    "time-ago",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
)
_TO_AUTHOR = re.compile(
    r"/(?:authors?|auteurs?|autor(?:es|en)?|autore|autori|byline|by|contributors?|journalists?|journalistes?|"
    r"people|profiles?|reporters?|"
    r"staff|writers?|redakt(?:eur|ion|or)e?|skribent|forfatter|toimittaja|autory|yazar(?:lar)?|muhabir|penulis|"
    r"firmas?|tag/author)"
    r"/[\w%.-]+/?(?:\.\w+)?$",
    re.IGNORECASE,
)
_NAME_WORD = r"(?:[^\W\d_a-zß-ÿа-я]\S*|d[aeiu]|del|la|van|von|der|den|bin|al|el)"
_NAME = re.compile(rf"{_NAME_WORD}(?: {_NAME_WORD}){{0,4}}")
"""One to five words that a name may have: with a capital, or of a script that has none."""
_REPORTED = re.compile(r"(?:additional )?(?:reporting|writing|written|reported) by ", re.IGNORECASE)
_TIME_ATTRIBUTES = (
    "datetime",
    "content",
    "data-datetime",
    "data-timestamp",
    "data-date",
    "data-time",
    "title",
)
_UPDATED = re.compile(
    r"updat|modif|edited|a[ck]?tuali[sz]|ενημέρω|mis(?:e)? à jour|zuletzt|aggiornat|bijgewerkt|uppdaterad|"
    r"oppdatert|opdateret|päivitetty|"
    r"aktualizac|обновлен|изменен|оновлен|güncelle|frissítve|actualizat|ενημερώ|آخر تحديث|تحديث|به.?روز|עודכן|更新|수정|"
    r"diperbarui|diperbaharui|cập nhật|अपडेट|revised|amended|geändert|gewijzigd|ändrad|endret|uuendatud|atjaunot|atnaujin|"
    r"ažurir|posodob|обновен|ажурир|përditës|yenilen|yenilən|განახლ|թարմաց|ویرایش|تعديل|修改|업데이트|แก้ไข|อัปเดต|ปรับปรุง|হালনাগাদ|আপডেট",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"publish|posted|created|publi[ée]|mis en ligne|publicad|publicat|creado|criado|pubblicat|creato|veröffentlicht|erstellt|"
    r"erschienen|gepubliceerd|geplaatst|publicer|publisert|offentliggjort|julkaist|opublik|publikacj|utworzon|dodano|zveřejn|"
    r"publikován|vydáno|uverejn|megjelen|közzét|objavlj|опублик|публикац|публікац|опубліков|публикув|објав|δημοσ|yayın|eklenme|"
    r"dərc|diterbitkan|terbit|tayang|đăng|xuất bản|เผยแพร่|प्रकाशित|প্রকাশ|نشر|انتشار|פורסם|公開|公开|掲載|配信|投稿|发布|發布|"
    r"发表|發表|刊登|입력|등록|게시|승인",
    re.IGNORECASE,
)
_LABELS = re.compile(rf"(?P<first>{_FIRST.pattern})|(?P<later>{_UPDATED.pattern})", re.IGNORECASE)
"""What stands at the day of publication, and at that of an edit."""
LONGEST_LABEL = 30
_TIMES = ("time", "local-time", "relative-time", "time-ago")
_DATE_SIGNS = re.compile(r"\d|ת[א-ת]*[\"״]|[〇零○一二三四五六七八九]年")
"""Figures, or a year in Hebrew or Chinese signs."""
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


def read(
    page: lxml.html.HtmlElement, *, url: str, authors: bool = True, times: bool = True, home: str = ""
) -> Facts:
    """Return the headline; where asked for, authors and time as the page shows them (the time may be the day in its address)."""
    shown = _Shown(page, url, home)
    return Facts(
        title=shown.title(),
        authors=shown.authors() if authors else (),
        published=_published(shown, url) if times else None,
    )


def date_in_address(url: str) -> datetime | None:
    """Return the day that an address names (/2026/03/02/…), at midnight UTC."""
    path = url.partition("://")[2].partition("/")[2]
    for pattern in _IN_ADDRESS:
        if (match := pattern.search(f"/{path}")) is not None:
            try:
                return datetime(int(match["y"]), int(match["m"]), int(match["d"]), tzinfo=UTC)
            except ValueError:
                continue
    return None


class _Shown:
    """A page as its readers see it, from the headline on."""

    def __init__(self, page: lxml.html.HtmlElement, url: str, home: str) -> None:
        self._page = page
        self._url = url
        self._locale = home
        self._headline = _headline(page)
        self._around = set() if self._headline is None else set(self._headline.iterancestors())
        """What holds the headline holds the article too, whatever it is called ("has-sidebar")."""
        self._home = next((outer for outer in self._ancestors() if outer.tag in ("article", "main")), page)
        """Where the article's own times stand, if the page says so much: elsewhere are comments, other articles, today's date."""

    def _ancestors(self) -> Iterator[lxml.html.HtmlElement]:
        return iter(()) if self._headline is None else self._headline.iterancestors()

    def title(self) -> str | None:
        """Return the headline's words."""
        for element in self._page.iterfind(".//*[@itemprop='headline']"):
            if element.tag != "meta" and (text := clean(element.text_content())):
                return text
        return None if self._headline is None else clean(self._headline.text_content())

    @cached_property
    def _head(self) -> list[lxml.html.HtmlElement]:
        """What stands between the headline and the article's first long paragraph, in the page's order."""
        elements = self._page.iter(lxml.etree.Element)
        following = dropwhile(lambda element: element is not self._headline, elements)
        head = []
        paragraphs = 0
        for element in islice(following, 1, HEADER_ELEMENTS):
            if element.tag == "p":
                length = len(element.text_content())
                paragraphs += length > SHORT_PARAGRAPH
                if length > LONG_PARAGRAPH or paragraphs > MOST_PARAGRAPHS:
                    break
            if element.tag in _SHOWN and self._is_own(element):
                head.append(element)
        return head

    def _is_own(self, element: lxml.html.HtmlElement) -> bool:
        """What stands in lists of other articles, among readers' words or in the page's foot is not the article's."""
        for outer in islice(chain((element,), element.iterancestors()), OUTER_ELEMENTS):
            if outer in self._around:
                return True
            if outer.tag in _PLACES and not _is_foot_of_article(outer):
                return False
            if any(name and is_of_others(name) for name in (outer.get("class"), outer.get("id"))):
                return False
        return True

    def authors(self) -> tuple[str, ...]:
        """Return who is named first: marked as the author, linked to as one, by the class, or in words as bylines have them."""
        everything = self._page.iter(lxml.etree.Element)
        return (
            _marked(element for element in everything if _marks_author(element) and self._is_own(element))
            or _linked(self._head)
            or _named(
                element
                for element in chain(self._head, self._page.iter(*_SHOWN))
                if self._names_author(element)
            )
            or next(filter(None, (signed(text) for text in map(_words, self._head) if text)), ())
            or _names_alone(self._head)
            or _names_alone(last := list(self._home.iter("p"))[-1:])
            or clean_authors(text for text in map(_words, last) if _REPORTED.match(text))
        )

    def _names_author(self, element: lxml.html.HtmlElement) -> bool:
        return _bears(element, is_byline) and self._is_own(element)

    def times(self) -> Iterator[datetime | None]:
        """Return the times on the page, the likeliest to be the article's first; None for what is none."""
        read_date = date_reader(self._page, url=self._url, home=self._locale)
        marked = self._home.iterfind(".//*[@itemprop='datePublished']")
        in_head = [element for element in self._head if element.tag in _TIMES]
        own = [element for element in self._home.iter(*_TIMES) if self._is_own(element)]
        first = [element for element in (*in_head, *own) if not _is_of_update(element)]
        named = [element for element in self._head if _is_dated(element)]
        named += [element for element in self._head if _DATE_SIGNS.search(_words(element))]
        dated = (
            element for element in self._home.iter(*_SHOWN) if _is_dated(element) and self._is_own(element)
        )
        day_of_edit = [element for element in named if element.tag not in _TIMES and _is_of_update(element)]
        published = [element for element in named if element not in day_of_edit]
        for element in chain(marked, first, in_head, own, published, islice(dated, 8)):
            if not _is_under_picture(element):
                yield _moment(read_date, element)
        for element in named:  # better the day of an edit than none
            if not _is_under_picture(element):
                yield _moment(read_date, element, edits=True)


def _is_under_picture(element: lxml.html.HtmlElement) -> bool:
    """A caption's day is the picture's."""
    around = (element, *islice(element.iterancestors(), OUTER_ELEMENTS))
    return any(outer.tag in ("figure", "figcaption") or is_bare_caption(outer) for outer in around)


def _is_foot_of_article(element: lxml.html.HtmlElement) -> bool:
    return element.tag == "footer" and next(element.iterancestors("article"), None) is not None


def _headline(page: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    """The first heading that stands in the document's title too, else the first h1 with words."""
    headings = [
        heading for heading in page.iter("h1") if clean(heading.text_content()) and not _is_logo(heading)
    ]
    title = clean(page.findtext(".//title") or "")
    for heading in chain(headings, page.iter("h2"), page.iter("h3")):
        words = clean(heading.text_content())
        if words and words in title:
            return heading
    return next(chain(headings, _own_h2(page)), None)


def _own_h2(page: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """Where no h1 says it: the one h2 of the page's only article."""
    for tag in ("article", "main"):
        places = list(islice(page.iter(tag), 2))
        headings = list(islice(places[0].iter("h2"), 2)) if len(places) == 1 else []
        if len(headings) == 1 and clean(headings[0].text_content()) and not _is_logo(headings[0]):
            yield headings[0]


def _is_logo(heading: lxml.html.HtmlElement) -> bool:
    """Tell whether a heading is a link to the home page."""
    link = heading.find(".//a")
    href = "" if link is None else (link.get("href") or "").partition("?")[0]
    return re.fullmatch(r"(?:https?://[^/]+)?/?", href) is not None and link is not None


def _marks_author(element: lxml.html.HtmlElement) -> bool:
    return "author" in (element.get("itemprop") or "").split() or (
        element.tag == "a" and "author" in (element.get("rel") or "").split()
    )


def _marked(elements: Iterable[lxml.html.HtmlElement]) -> tuple[str, ...]:
    """Names of elements that are marked as the author (microdata, rel); those of one kind that stand close together."""
    found: list[str] = []
    kind: str | None = None
    for element in islice(elements, 8):
        inner = element.find(".//*[@itemprop='name']")
        told = element if inner is None else inner
        text = told.get("content") or element.get("content") or " ".join(told.itertext())
        if len(text) <= LONGEST_BYLINE and kind in (None, element.get("itemprop")) and clean_authors([text]):
            found.append(text)
            kind = element.get("itemprop")
    return clean_authors(found)


def _linked(header: list[lxml.html.HtmlElement]) -> tuple[str, ...]:
    """Links under the headline that lead to an author's page."""
    links = (link for link in header if link.tag == "a" and _TO_AUTHOR.search(link.get("href") or ""))
    return clean_authors(text for link in links if _NAME.fullmatch(text := _words(link)))


def _named(elements: Iterable[lxml.html.HtmlElement]) -> tuple[str, ...]:
    """Names in the first element that bears such a class and names someone, and in those of its kind right after it."""
    for element in elements:
        if not (names := _names_in(element)):
            continue
        kind = (element.tag, element.get("class"))
        alike = takewhile(lambda other: (other.tag, other.get("class")) == kind, element.itersiblings())  # noqa: B023
        return tuple(dict.fromkeys([*names, *(name for other in alike for name in _names_in(other))]))
    return ()


def _names_alone(elements: Iterable[lxml.html.HtmlElement]) -> tuple[str, ...]:
    """Names in the first paragraph that is nothing but a name in bold or set apart, as some sign their articles."""
    for element in elements:
        inner = element.find(".//*")
        is_apart = "right" in (element.get("style") or "") or element.get("align") == "right"
        if element.tag != "p" or not (
            is_apart or (inner is not None and inner.tag in ("b", "strong", "em", "i"))
        ):
            continue
        text = _words(element)
        is_whole = is_apart or (inner is not None and clean(inner.text_content()) == text)
        if is_whole and len(text.split()) >= 2 and _NAME.fullmatch(text):
            return clean_authors([text])
    return ()


def _names_in(element: lxml.html.HtmlElement) -> tuple[str, ...]:
    text = _words(element)
    if not text:
        return ()
    alike = {(child.tag, child.get("class")) for child in element}
    if (
        len(element) >= 2
        and len(alike) == 1
        and element[0].get("class")
        and all(_NAME.fullmatch(_words(child)) for child in element)
    ):
        return clean_authors(_words(child) for child in element)
    links = [text for link in element.iter("a") if (text := _words(link))]
    lines = [line for item in _strings(element) if (line := clean(item))]
    marked = next(filter(None, map(signed, lines)), ())
    if lines and " " not in lines[0] and lines[0].islower():  # a brand before the name
        lines = [line for line in lines if " " in line and _NAME.fullmatch(line)] or lines
    return clean_authors(links) or marked or clean_authors(lines[:1]) or clean_authors([text])


def _words(element: lxml.html.HtmlElement) -> str:
    """Return the words of a small element; "" for one with much text."""
    text = clean(" ".join(islice(filter(str.strip, _strings(element)), MOST_STRINGS)))
    return text if len(text) <= LONGEST_BYLINE else ""


def _strings(element: lxml.html.HtmlElement) -> Iterator[str]:
    """Give what is seen of an element. Iterative: how deep a page is nested is the page's choice."""
    unseen: lxml.html.HtmlElement | None = None
    for event, item in lxml.etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if unseen is None and (not isinstance(item.tag, str) or item.tag in _UNSEEN):
                unseen = item
            elif unseen is None:
                yield item.text or ""
            continue
        if item is unseen:
            unseen = None
        if unseen is None and item is not element:
            yield item.tail or ""


def _published(shown: _Shown, url: str) -> datetime | None:
    moment = next(filter(None, shown.times()), None)
    day = date_in_address(url)
    if moment is not None and day is not None and abs((moment - day).days) > 2:
        return day  # the first time on the page is not the article's
    return moment or day


def _bears(element: lxml.html.HtmlElement, is_meant: Callable[[str], bool]) -> bool:
    names = (element.get("class"), element.get("data-testid"), element.get("id"))
    return any(name and is_meant(name) for name in names)


def _is_of_update(element: lxml.html.HtmlElement) -> bool:
    if _UPDATED.search(element.get("title") or element.get("aria-label") or "") is not None:
        return True
    if element.get("itemprop") == "dateModified" or _UPDATED.search(element.get("class") or "") is not None:
        return True
    before = element.getprevious()
    parent = element.getparent()
    label = (before.tail if before is not None else parent.text if parent is not None else "") or ""
    if before is not None and not label.strip(" :") and len(words := _words(before)) <= LONGEST_LABEL:
        label = "" if before.tag in _TIMES else words
    return _UPDATED.search(label) is not None


def _is_dated(element: lxml.html.HtmlElement) -> bool:
    if not _bears(element, is_date):
        return False
    words = len(_words(element))
    return 5 < words <= LONGEST_DATE or (not words and any(map(element.get, _TIME_ATTRIBUTES)))


def _moment(read_date: DateReader, element: lxml.html.HtmlElement, *, edits: bool = False) -> datetime | None:
    values = [element.get(name) for name in _TIME_ATTRIBUTES]
    shown_text = _words(element)
    for text in (*values, shown_text if edits else _of_publication(shown_text)):
        shown = clean(text or "")
        if (
            0 < len(shown) <= LONGEST_DATE
            and _DATE_SIGNS.search(shown)
            and (moment := read_date(shown)) is not None
        ):
            return moment
    return None


def _of_publication(text: str) -> str:
    """Return what a line says of the publication, without what it says of a later edit.

    "2 March 2026, updated 9 March", "Updated 9 March, published 2 March", and with the words behind the days.
    """
    labels = list(_LABELS.finditer(text))
    later = next((label.start() for label in labels if label["later"]), None)
    if later is None:
        return text
    ends = [0, *(label.end() for label in labels)]
    starts = [*(label.start() for label in labels), len(text)]
    is_behind = not _DATE_SIGNS.search(text[ends[-1] :]) and _DATE_SIGNS.search(text[: starts[0]]) is not None
    for number, label in enumerate(labels):
        if label["first"]:
            part = (
                text[ends[number] : starts[number]]
                if is_behind
                else text[ends[number + 1] : starts[number + 1]]
            )
            if _DATE_SIGNS.search(part):
                return part
    return text[:later]


class Visible(Extractor):
    """What readers see; asked for authors and times only where the page does not declare them."""

    name = "page"
    doc = "the headline, the byline and the time as the page shows them"
    rank = 60

    @override
    def read(self, page: Page, known: frozenset[str]) -> Facts:
        return read(
            page.tree,
            url=page.url,
            authors="authors" not in known,
            times="published" not in known,
            home=page.home,
        )
