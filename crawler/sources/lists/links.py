"""The links of a page, each address once: its title, the shape of its address, where it stands, the date beside it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, takewhile
from urllib.parse import urljoin, urlsplit

import lxml.html

from crawler.sources.lists.addresses import is_same_site, is_section, shape_of
from crawler.sources.lists.naming import (
    is_called_promotion,
)
from crawler.sources.lists.places import Places
from crawler.sources.lists.wording import (
    HEADINGS,
    LONGEST_TITLE,
    bare,
    completed,
    date_in,
    is_like_date,
    is_teaser,
    joined,
    letters,
    says_nothing,
    title_in,
)
from crawler.text.charset import decode, is_utf8, likely_utf8
from crawler.text.html_text import clean
from crawler.urls import ABSOLUTE, canonical_url, resolve

MOST_IN_ROW = 6
"""Addresses in a row of a table; one with more lays out a page."""
OFTEN = 3
"""Articles that a page says the same of, from which on it is the title of none: "Read more", "Press release"."""
MOST_ANCHORS = 2_000
"""That are looked at: a page of any length costs a worker seconds at most."""
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "button", "select"})
_FILES = frozenset({
    *("jpg", "jpeg", "png", "gif", "webp", "svg", "avif", "ico", "css", "js", "json", "xml", "rss", "zip", "gz", "exe", "apk"),
    *("dmg", "ics", "vcf", "mp3", "mp4", "m4a", "m4v", "webm", "mov", "avi", "wav"),
})  # fmt: skip
_TWINS = re.compile(
    r"/(?:print(?:er|able)?|drucken|imprimir|imprimer|stampa|print-?version|sendmail|tip-?a-?friend|send-?to-?friend)(?:/|\.\w+)?(?:\?|$)"
    r"|[?&](?:print(?:able)?|format|output|tmpl)=(?:1|yes|print|pdf|component)(?:&|$)",
)
"""Addresses of an article as it is printed or sent to a friend, in small letters."""
_OF_TWINS = re.compile("print|drucken|impri|stampa|sendmail|friend|format=|output=|tmpl=")
"""What stands in each of them: quicker to look for."""
_TITLES = ("data-title", "data-headline", "data-name")
"""Attributes in which pages keep a title for their scripts."""
_ALL_ALIKE = lxml.etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement)
"""Every element is of one class, which lxml knows without asking Python for each."""


@dataclass(frozen=True, slots=True)
class PageLink:
    """One address that a page links to."""

    url: str
    key: str
    """Its canonical form."""
    title: str
    place: str
    """Where it stands: the elements down to it, by tags and the class names that its neighbours have too; equal in a list.

    "" for what is no article.
    """
    shape: str
    """What its path looks like: "L/L/S" for /news/politics/talks-resume-in-rabat."""
    in_menu: bool
    """It stands in a menu, a foot, promotion, or in the midst of a sentence."""
    in_aside: bool
    """It stands in a sidebar, or in a list of what is most read, recommended or related; and in no menu."""
    heading: bool
    is_section: bool = False
    """Its address is that of a section, a tag, an author, a page of results, an archive or a service."""
    container: int = 0
    """The number of the element that holds it and others of its place; 0 where it stands alone."""
    date: str = ""
    """The text or the attribute beside it that may be its date."""
    summary: str = ""


@dataclass(slots=True)
class _Anchors:
    """The anchors of one address."""

    url: str
    key: str
    elements: list[lxml.html.HtmlElement]
    in_menu: bool = False
    shape: str = ""
    is_section: bool = False

    @property
    def may_be_article(self) -> bool:
        """Return whether they stand in no menu, and their address is that of no section."""
        return not self.in_menu and not self.is_section


def parse_page(body: bytes, url: str, content_type: str | None) -> lxml.html.HtmlElement | None:
    """Return a page's tree, without what is never seen; None where it is no page."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ALL_ALIKE)
    try:
        tree = lxml.html.document_fromstring(_in_utf8(body, content_type), parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        return None
    lxml.etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    return tree


def _in_utf8(body: bytes, content_type: str | None) -> bytes:
    likely = likely_utf8(body, content_type=content_type)
    if likely is not None and is_utf8(likely):
        return likely
    return decode(body, content_type=content_type).encode()


def base_of(tree: lxml.html.HtmlElement, url: str) -> str:
    """Return what a page's links are relative to."""
    declared = next((element.get("href") for element in tree.iter("base") if element.get("href")), None)
    return (resolve(url, declared) if declared else None) or url


def is_long(tree: lxml.html.HtmlElement) -> bool:
    """Return whether a page has more links than are looked at."""
    return next(islice(tree.iter("a"), MOST_ANCHORS, None), None) is not None


def links_of(
    tree: lxml.html.HtmlElement, url: str, *, wanted: Callable[[str, str, str], bool] | None = None
) -> list[PageLink]:
    """Return the links to pages of the same site, in their order.

    Where a rule is known, those alone that may be articles, without their containers: it asks for no more. Those whose place,
    shape and address are not `wanted` come without dates and summaries.
    """
    places = Places(tree)
    by_key = _anchors_of(tree, url, places)
    spans, ours = _spans(by_key.values()), urlsplit(url).path.lower().split("/")
    for anchors in by_key.values():
        anchors.in_menu = all(
            places.in_menu(anchor) or _stands_in_sentence(anchor, places) for anchor in anchors.elements
        )
        if wanted is None or not anchors.in_menu:
            anchors.shape = shape_of(anchors.url)
            anchors.is_section = is_section(anchors.url, ours)
    _hear([each for each in by_key.values() if each.may_be_article], spans, places)
    if wanted is not None:
        return [_link(each, spans, places, wanted)[0] for each in by_key.values() if each.may_be_article]
    found = [
        _link(each, spans, places) if each.may_be_article else (_other(each), each.elements[0])
        for each in by_key.values()
    ]
    containers = _containers([(link.place, item) for link, item in found])
    return [replace(link, container=number) for (link, _item), number in zip(found, containers, strict=True)]


def _anchors_of(tree: lxml.html.HtmlElement, url: str, places: Places) -> dict[str, _Anchors]:
    """Return the anchors of each address that may be an article's, by its key."""
    base, own = base_of(tree, url), canonical_url(url)
    root, hosts = urljoin(base, "/")[:-1], dict[str, bool]()
    by_key: dict[str, _Anchors] = {}
    by_href: dict[str, _Anchors | None] = {}
    for anchor in islice(tree.iter("a"), MOST_ANCHORS):
        href = anchor.get("href") or ""
        if "sponsored" in (anchor.get("rel") or ""):
            continue
        if href not in by_href:
            address = _address(base, root, href)
            anchors = None
            if address is not None and _is_ours(address, url, hosts) and not _is_no_page(address):
                key = canonical_url(address)
                if key != own:
                    anchors = by_key.get(key) or _Anchors(address, key, [])
            by_href[href] = anchors
        anchors = by_href[href]
        if anchors is not None and not places.is_hidden(anchor):
            by_key.setdefault(anchors.key, anchors).elements.append(anchor)
    return by_key


def _hear(
    candidates: Sequence[_Anchors],
    spans: dict[lxml.html.HtmlElement, tuple[int, int]],
    places: Places,
) -> None:
    """Learn what the page says of many articles, which is the title of none; and which of them it calls promotion."""
    said: Counter[str] = Counter()
    promotion = []
    for anchors in candidates:
        elements = {*anchors.elements, *(_item(anchor, spans) for anchor in anchors.elements)}
        own = set()
        for parts in (parts for element in elements for parts in places.parts(element)):
            own.add(joined(parts))
            if len(parts) > 1:
                own.update(map(bare, parts))
        said.update(own)
        if any(map(is_called_promotion, own)):
            promotion.append(anchors)
    if 2 * len(promotion) < len(candidates):  # else it is what they are about
        for anchors in promotion:
            anchors.in_menu = True
    places.often = frozenset(text for text, times in said.items() if text and times >= OFTEN)


def _address(base: str, root: str, href: str) -> str | None:
    """Return where a link leads; `root` is what begins with a slash is relative to."""
    if not href or href.strip().startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return None
    if href[0] == "/" and href[1:2] != "/" and "/." not in href and ABSOLUTE.match(root + href):
        return root + href
    return resolve(base, href)


def _is_ours(address: str, url: str, hosts: dict[str, bool]) -> bool:
    """Return whether an address is of the page's site; `hosts` keeps the answers."""
    host = address[: address.find("/", len("https://")) + 1] or address
    found = hosts.get(host)
    if found is None:
        found = hosts[host] = is_same_site(address, url)
    return found


def _is_no_page(address: str) -> bool:
    lower = address.lower()
    if lower.partition("#")[0].partition("?")[0].rpartition(".")[2] in _FILES:
        return True
    return _OF_TWINS.search(lower) is not None and _TWINS.search(lower) is not None


def _spans(addresses: Iterable[_Anchors]) -> dict[lxml.html.HtmlElement, tuple[int, int]]:
    """Return for each element that holds anchors the least and the greatest number of an address in it."""
    numbered = list(enumerate(addresses))
    least, greatest = _first_in(numbered), _first_in(reversed(numbered))
    return {element: (number, greatest[element]) for element, number in least.items()}


def _first_in(numbered: Iterable[tuple[int, _Anchors]]) -> dict[lxml.html.HtmlElement, int]:
    """Return for each element that holds anchors the number of the first address that it holds."""
    found: dict[lxml.html.HtmlElement, int] = {}
    for number, each in numbered:
        for anchor in each.elements:
            element = anchor
            while element is not None and element not in found:  # else all around it is found too
                found[element] = number
                element = element.getparent()
    return found


def _containers(items: Sequence[tuple[str, lxml.html.HtmlElement]]) -> list[int]:
    """Return for each item the number of the nearest element that holds another of its place; 0 where none does."""
    held: Counter[tuple[str, lxml.html.HtmlElement]] = Counter(
        (place, outer) for place, item in items for outer in item.iterancestors()
    )
    numbers: dict[lxml.html.HtmlElement, int] = {}
    return [
        numbers.setdefault(outer, len(numbers) + 1) if outer is not None else 0
        for place, item in items
        for outer in [next((each for each in item.iterancestors() if held[place, each] > 1), None)]
    ]


def _other(anchors: _Anchors) -> PageLink:
    """Return a link that is no article's."""
    anchor = anchors.elements[0]
    title = " ".join(str(anchor.text_content()).split())[:LONGEST_TITLE]
    return PageLink(
        anchors.url,
        anchors.key,
        title or clean(_in_attributes(anchor, anchor)),
        "",
        anchors.shape,
        anchors.in_menu,
        in_aside=False,
        heading=False,
        is_section=anchors.is_section,
    )


def _link(
    anchors: _Anchors,
    spans: dict[lxml.html.HtmlElement, tuple[int, int]],
    places: Places,
    wanted: Callable[[str, str, str], bool] | None = None,
) -> tuple[PageLink, lxml.html.HtmlElement]:
    title, heading, best = _title_of(anchors, places)
    item = _item(best, spans)
    if not heading and item is not best:
        in_item, is_heading = title_in(item, partial(places.told, but=title), places.often)
        if (is_heading and not _outweighs(title, in_item)) or says_nothing(title, places.often):
            title, heading = in_item, is_heading or heading
    place, date, summary = places.of(item), "", ""
    if wanted is None or wanted(place, anchors.shape, anchors.url):
        around, date = _date_of(anchors, item, spans, places)
        summary = _summary(places.lines(around), title, date)
    link = PageLink(
        anchors.url,
        anchors.key,
        completed(title, best.get("title") or best.get("aria-label")) or clean(_in_attributes(best, item)),
        place,
        anchors.shape,
        in_menu=False,
        in_aside=all(places.in_aside(anchor) for anchor in anchors.elements),
        heading=heading,
        date=date,
        summary=summary,
    )
    return link, item


def _date_of(
    anchors: _Anchors,
    item: lxml.html.HtmlElement,
    spans: dict[lxml.html.HtmlElement, tuple[int, int]],
    places: Places,
) -> tuple[lxml.html.HtmlElement, str]:
    """Return the date of an item, and the element that says it: itself, what is around it, its other anchors, or its group."""
    if date := date_in(item, places.lines):
        return item, date
    around = _around(item, spans)
    if around is not None and (date := date_in(around, places.lines)):
        return around, date
    for other in (_item(anchor, spans) for anchor in anchors.elements):
        if other is not item and (date := date_in(other, places.lines)):
            return other, date
    return (item if around is None else around), _date_above(item, places)


def _date_above(item: lxml.html.HtmlElement, places: Places) -> str:
    """Return the day that the nearest heading above an item names; "" where it is none."""
    for element in (item, *islice(item.iterancestors(), 3)):
        heading = places.heading_before(element)
        if heading is not None:
            text = " ".join(places.lines(heading))
            return text if is_like_date(text) and any(map(str.isdigit, text)) else ""
    return ""


def _outweighs(title: str, heading: str) -> bool:
    """Return whether what is linked is the title, and the heading above it that of its group: a ministry with one release."""
    return letters(title) > 1.5 * letters(heading) and not is_teaser(title)


def _title_of(anchors: _Anchors, places: Places) -> tuple[str, bool, lxml.html.HtmlElement]:
    """Return the best title that the anchors of an address give, whether it is a heading, and the anchor that it is of."""
    title, heading, best = "", False, anchors.elements[0]
    for anchor in anchors.elements:
        text, is_heading = title_in(anchor, places.told, places.often)
        if not text:
            text, is_heading = _title_beside(anchor, places)
        is_heading = is_heading or places.in_heading(anchor)
        if title and is_heading == heading and is_teaser(text) and not says_nothing(title, places.often):
            continue  # what stands below the title
        if _rank(text, is_heading, places.often) > _rank(title, heading, places.often):
            title, heading, best = text, is_heading, anchor
    return title, heading, best


def _rank(text: str, is_heading: bool, often: Collection[str]) -> tuple[bool, bool, int]:
    return is_heading, not says_nothing(text, often), letters(text)


def _title_beside(anchor: lxml.html.HtmlElement, places: Places) -> tuple[str, bool]:
    """Return the title of an anchor that lies over its card and has no word: what it is labelled by, or the card's heading."""
    named = anchor.get("aria-labelledby")
    card = anchor.getparent()
    if card is None:
        return "", False
    for heading in card.iter(*HEADINGS):
        if (named and heading.get("id") == named) or _has_one_heading(card):
            text = " ".join(places.lines(heading))[:LONGEST_TITLE]
            return text, bool(text)
    return "", False


def _item(
    anchor: lxml.html.HtmlElement, spans: dict[lxml.html.HtmlElement, tuple[int, int]]
) -> lxml.html.HtmlElement:
    """Return the greatest element around an anchor that links to nothing else: its item in a list."""
    item, span = anchor, spans[anchor]
    for outer in anchor.iterancestors():
        if outer.tag in ("body", "html", "main") or spans.get(outer) != span:
            break
        item = outer
    return item


def _around(
    item: lxml.html.HtmlElement, spans: dict[lxml.html.HtmlElement, tuple[int, int]]
) -> lxml.html.HtmlElement | None:
    """Return what may hold an item's date besides itself: its row, its term, or an element of this article alone."""
    row = next((each for each in (item, *item.iterancestors("tr")) if each.tag == "tr"), None)
    if row is not None and spans[row][1] - spans[row][0] < MOST_IN_ROW:
        return row
    if item.tag == "dd":
        return next(item.itersiblings("dt", preceding=True), None)
    parent = item.getparent()
    return parent if parent is not None and _has_one_heading(parent) else None


def _has_one_heading(element: lxml.html.HtmlElement) -> bool:
    """Return whether an element is of one article: its other links are tags and authors."""
    return sum(1 for _heading in element.iter(*HEADINGS)) == 1


def _summary(shown: Sequence[str], title: str, date: str) -> str:
    lines = [line for line in shown if line not in (title, date) and not is_like_date(line)]
    longest = max(lines, key=letters, default="")
    return longest if letters(longest) >= 40 else ""


def _in_attributes(anchor: lxml.html.HtmlElement, item: lxml.html.HtmlElement) -> str:
    """Return the title of an anchor that shows no word: an attribute of it, of its image, or of its item."""
    named = anchor.get("title") or anchor.get("aria-label")
    pictured = next((image.get("alt") for image in anchor.iter("img") if image.get("alt")), None)
    if found := named or pictured:
        return str(found)
    elements = (anchor, *takewhile(lambda each: each is not item.getparent(), anchor.iterancestors()))
    return str(next((each.get(name) for each in elements for name in _TITLES if each.get(name)), ""))


def _stands_in_sentence(anchor: lxml.html.HtmlElement, places: Places) -> bool:
    """Return whether an anchor is a part of a paragraph that says more than it does, and no line of it by itself."""
    paragraph = next(anchor.iterancestors("p"), None)
    if paragraph is None:
        return False
    own = str(anchor.text_content())
    return letters(paragraph.text_content()) > 60 + 1.5 * letters(own) and (
        next(paragraph.iter("br"), None) is None
        or " ".join(own.split()) not in map(" ".join, map(str.split, places.lines(paragraph)))
    )
