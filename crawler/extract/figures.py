"""What stands under the pictures of a page: the caption, and who made or owns the picture. The article's own pictures only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

import lxml.html
from typing_extensions import override

from crawler.extract.base import Extractor, Page
from crawler.extract.credits import clean_credit, is_label, is_name, split_caption
from crawler.extract.facts import Facts
from crawler.extract.lines import UNSEEN
from crawler.extract.names import is_caption, is_credit, is_credit_in_figure
from crawler.text.html_text import clean
from storage.boilerplate import find_boilerplate

MOST_FIGURES = 12
LONGEST_CAPTION = 800
PICTURE_NEAR = 3
NEAR = 6
"""So many elements around a picture tell whose it is; those further out are the page's layout."""
_CREDIT_ITEMS = frozenset({"copyrightHolder", "copyrightNotice", "creditText", "credit"})
_CREDIT_ATTRIBUTES = (
    "data-credit",
    "data-credits",
    "data-copyright",
    "data-photographer",
    "data-author",
    "credit",
    "copyright",
)
_OF_TEXT = re.compile(r"(?:^|[\s_-])by-?lines?(?:$|[\s_-])", re.IGNORECASE)
_CAPTION_LABEL = re.compile(r"(?:image |media |photo )?caption\s*[,:]?$", re.IGNORECASE)
_PLACES = frozenset({"aside", "footer", "nav", "form"})
_BARE = frozenset({"div", "p", "small", "td", "span", "em", "center"})
_IMAGES = ("img", "picture")
_FRAMES = frozenset({"figure", "figcaption"})
_NO_CAPTIONS = frozenset({"a", "html", "body", "script", "style", "meta", "link"})
_INLINE = frozenset({"a", "b", "br", "cite", "em", "i", "img", "picture", "small", "span", "strong"})
MOST_BESIDE_PICTURE = 4
LONGEST_BARE = 160
_QUOTES = ('"', "“", "„", "«", "»", "‘", "「", "『", "”")
_LARGE = frozenset({"article", "body", "html", "main"})
_SHOWS_IMAGE = re.compile(r"^#|^javascript:|\.(?:avif|gif|jpe?g|png|webp)(?:$|\?)", re.IGNORECASE)
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:related|recommend\w*|teasers?|promos?|side-?bar|most-?(?:read|popular)|"
    r"newsletters?|comments?|author|avatar|more-\w+"
    r"|trending|outbrain|taboola|cards?|footer|menu|breadcrumbs?|list-?item|advert\w*|latest|"
    r"read-?(?:also|more))(?:$|[\s_-])",
    re.IGNORECASE,
)


def read(page: lxml.html.HtmlElement) -> Facts:
    """Return the caption and credit of the first picture that is credited, else the caption of the first that has one."""
    first_caption: str | None = None
    for count, figure in enumerate(_pictures(page)):
        if count == MOST_FIGURES:
            break
        caption, credit = _read(figure)
        if credit is not None:
            return Facts(photo_credit=credit, photo_caption=caption or first_caption)
        first_caption = first_caption or caption
    return Facts(photo_caption=first_caption)


def _pictures(page: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """Figures, and elsewhere what bears the name of a caption or credit, in the page's order; not those of other articles."""
    seen: set[lxml.html.HtmlElement] = set()
    near = _near_pictures(page)
    for element in page.iter(lxml.etree.Element):
        tag = element.tag
        if tag in _NO_CAPTIONS:
            continue
        if tag in _FRAMES:
            wanted = True
        elif tag in _BARE and element in near and is_bare_caption(element):
            if _is_own(element) and not any(outer in seen for outer in element.iterancestors()):
                seen.add(element)
                yield element
            continue
        else:
            name = element.get("class")
            wanted = bool(name and is_caption(name)) or _names_credit(element)
        if wanted and tag not in _FRAMES:
            wanted = _is_by_a_picture(element) and not _is_of_the_text(element)
        if not wanted or any(outer in seen for outer in element.iterancestors()) or not _is_own(element):
            continue
        seen.add(element)
        yield element


def _near_pictures(page: lxml.html.HtmlElement) -> set[lxml.html.HtmlElement]:
    """Return the elements that hold a picture, and those right after a picture or after what holds one."""
    holders: set[lxml.html.HtmlElement] = set()
    for image in page.iter(*_IMAGES):
        for outer in (image, *image.iterancestors()):
            if outer in holders:
                break
            holders.add(outer)
    near = set(holders)
    for holder in holders:
        after = holder.getnext()
        if after is not None and after.tag == "br":
            after = after.getnext()
        if after is not None:
            near.add(after)
    return near


def is_bare_caption(element: lxml.html.HtmlElement) -> bool:
    """Tell whether an element is the only text beside a picture that no figure holds: `<div><img><p>The port</p></div>`."""
    parent = element.getparent()
    if _holds_picture_first(element):
        is_inline = all(child.tag in _INLINE and not (child.tail or "").strip() for child in element)
        if not is_inline or (element.text or "").strip():
            return False
        text = _plain(element)
        if not 0 < len(text) <= LONGEST_CAPTION:
            return False
        return (element.tag == "div" and len(text) <= LONGEST_BARE) or split_caption(text)[1] is not None
    before = element.getprevious()
    if before is None or parent is None or parent.tag in _LARGE or len(parent) > MOST_BESIDE_PICTURE:
        return False
    if before.tag == "br":
        before = before.getprevious()
    if before is None or not (before.tag in _IMAGES or (_holds_picture_first(before) and not _plain(before))):
        return False
    text = _plain(element)
    if not text or len(text) > LONGEST_CAPTION or len(_plain(parent)) > len(text) + 2:
        return False
    return (len(text) <= LONGEST_BARE and not text.startswith(_QUOTES)) or split_caption(text)[1] is not None


def _holds_picture_first(element: lxml.html.HtmlElement) -> bool:
    return element.tag not in _LARGE and next(element.iter(*_IMAGES), None) is not None


def _plain(element: lxml.html.HtmlElement) -> str:
    return clean("".join(islice(element.itertext(), 60)))


def _is_by_a_picture(element: lxml.html.HtmlElement) -> bool:
    """A "credit" far from any picture is the byline; a "copyright" there is the outlet's own."""
    before = element.getprevious()
    outer = (holder for holder in islice(element.iterancestors(), PICTURE_NEAR) if holder.tag not in _LARGE)
    places = outer if before is None else chain((before,), outer)
    return any(
        place.tag == "img" or next(place.iter("img", "picture", "video"), None) is not None
        for place in places
    )


def _is_of_the_text(element: lxml.html.HtmlElement) -> bool:
    """Who made the text is no credit, and what holds the headline is no caption, whatever their classes say."""
    names = (
        outer.get("class") or "" for outer in islice(chain((element,), element.iterancestors()), PICTURE_NEAR)
    )
    return any(map(_OF_TEXT.search, names)) or next(element.iter("h1", "time"), None) is not None


def _is_own(element: lxml.html.HtmlElement) -> bool:
    for depth, outer in enumerate(element.iterancestors()):
        if outer.tag in _PLACES or (outer.tag == "a" and not _SHOWS_IMAGE.search(outer.get("href") or "#")):
            return False
        if outer.tag in _LARGE:
            continue
        names = f"{outer.get('class') or ''} {outer.get('id') or ''}"
        if depth < NEAR and len(names) > 1 and _OTHERS.search(names):
            return False
    return True


def _read(figure: lxml.html.HtmlElement) -> tuple[str | None, str | None]:
    """Return a picture's caption and credit."""
    if figure.tag != "figure" and _names_credit(figure) and not is_caption(figure.get("class") or ""):
        return None, _credit_in(clean(" ".join(_words(figure, None))))
    told, credit = _told(figure)
    under = _caption_of(figure)
    pieces = _pieces(under, told)
    if credit is None:  # a part of its own: "<p>The port.</p><small>Reuters</small>"
        credit = _take_credit(pieces)
    if credit is None and under is not figure:
        credit = _take_credit(_pieces(figure, told))
    caption = clean(" ".join(pieces))[:LONGEST_CAPTION]
    if credit is None and caption:
        caption, credit = _split(caption)
    image = next(figure.iter("img"), None)
    if credit is None and image is not None:
        attributes = (image.get(name) for name in _CREDIT_ATTRIBUTES)
        credit = next((clean_credit(text) for text in attributes if text), None)
        credit = credit or _marked(image.get("alt") or "") or _marked(image.get("title") or "")
    return caption or None, credit


def _pieces(element: lxml.html.HtmlElement | None, without: lxml.html.HtmlElement | None) -> list[str]:
    """Return what stands in the parts of a caption, labels ("Photo:") with what they announce."""
    pieces: list[str] = []
    label = ""
    for words in _words(element, without):
        piece = clean(words)
        if not piece or _CAPTION_LABEL.match(piece):
            continue
        if is_label(piece):
            label = f"{piece.rstrip(' ,:：')}: "
            continue
        pieces.append(label + piece)
        label = ""
    return pieces


def _take_credit(pieces: list[str]) -> str | None:
    """Take the credit out of the parts of a caption, where one of them is nothing else."""
    for place in range(len(pieces) - 1, -1, -1):
        bare, credit = split_caption(pieces[place])
        is_last = place == len(pieces) - 1 and place > 0 and pieces[place - 1].endswith((".", "!", "?", "…"))
        if credit is None and is_last and is_name(pieces[place]):
            bare, credit = "", pieces[place]
        if credit is not None and not bare:
            del pieces[place]
            return credit
    return None


def _told(figure: lxml.html.HtmlElement) -> tuple[lxml.html.HtmlElement | None, str | None]:
    """Return the element in a picture's frame that is marked as its credit, and that credit."""
    is_frame = figure.tag in ("figure", "figcaption")
    for element in figure.iterdescendants():
        if not isinstance(element.tag, str):
            continue
        if _names_credit(element) or (is_frame and _names_maker(element)):
            credit = _credit_in(clean(element.text_content() or element.get("content") or ""))
            if credit is not None:
                return element, credit
    return None, None


def _names_credit(element: lxml.html.HtmlElement) -> bool:
    names = element.keys()
    if "class" in names and (name := element.get("class")) and is_credit(name):
        return True
    if "data-testid" in names and (name := element.get("data-testid")) and is_credit(name):
        return True
    return "itemprop" in names and element.get("itemprop") in _CREDIT_ITEMS


def _names_maker(element: lxml.html.HtmlElement) -> bool:
    return is_credit_in_figure(element.get("class") or "") or element.get("itemprop") in ("author", "creator")


def _caption_of(figure: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    if figure.tag != "figure":
        return figure
    caption = figure.find(".//figcaption")
    if caption is not None:
        return caption
    named = (
        item
        for item in figure.iterdescendants()
        if isinstance(item.tag, str) and is_caption(item.get("class") or "")
    )
    return next(named, None)


def _split(caption: str) -> tuple[str, str | None]:
    """Parts a caption from the credit in it, at its start ("PHOTO/AFP - The king") or end."""
    bare, credit = split_caption(caption)
    if credit is not None:
        return bare, credit
    found = next((item.credit for item in find_boilerplate(caption) if item.credit), None)
    if found is None:
        return caption, None
    return caption.replace(found, "", 1).strip(" -–—|"), clean_credit(found)


def _credit_in(text: str) -> str | None:
    """Return the credit in words that are marked as one: they may hold the caption too."""
    return _split(text)[1] or clean_credit(text) if text else None


def _words(element: lxml.html.HtmlElement | None, without: lxml.html.HtmlElement | None) -> Iterator[str]:
    if element is None:
        return
    unseen: lxml.html.HtmlElement | None = None
    for event, item in lxml.etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if unseen is not None:
                continue
            if (
                item is without
                or not isinstance(item.tag, str)
                or (item is not element and item.tag in UNSEEN)
            ):
                unseen = item
                continue
            if item is not element:
                yield " "
            yield item.text or ""
            continue
        if item is unseen:
            unseen = None
        if unseen is None and item is not element:
            yield item.tail or ""


def _marked(text: str) -> str | None:
    """Return the credit in an image's own text, where it is marked as one without doubt."""
    return (
        split_caption(text)[1]
        if "©" in text or re.search(r"\b(?:photo|foto|credit|image|bild)\s*[:/]", text, re.IGNORECASE)
        else None
    )


class Figures(Extractor):
    """The pictures' captions and credits."""

    name = "figure"
    doc = "captions and credits under the article's pictures"
    rank = 20

    @override
    def read(self, page: Page, known: frozenset[str]) -> Facts:
        return read(page.tree)
