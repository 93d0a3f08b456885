"""What pages mark as picture credits and captions: taken out of the tree before the text is looked for, and kept apart."""

from __future__ import annotations

import re

import lxml.html

from crawler.extract.facts import Facts
from crawler.feeds.text import clean
from storage.furniture import find_furniture

_CREDIT_CLASS = re.compile(
    r"(?:^|[\s_-])(?:photo-?)?(?:credits?|copyright|photographer|attribution)(?:$|[\s_-])", re.IGNORECASE
)
_CAPTION_CLASS = re.compile(r"(?:^|[\s_-])(?:wp-)?caption(?:-text)?(?:$|[\s_-])", re.IGNORECASE)
_CREDIT_ITEMS = frozenset({"copyrightHolder", "creditText", "copyrightNotice"})
_LONGEST = 300


def take_credits(page: lxml.html.HtmlElement) -> Facts:
    """Removes captions and credits from `page` and gives the first credit."""
    credit: str | None = None
    for element in list(page.iter(lxml.html.etree.Element)):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"
        is_credit = element.get("itemprop") in _CREDIT_ITEMS or bool(_CREDIT_CLASS.search(marks))
        is_caption = element.tag == "figcaption" or bool(_CAPTION_CLASS.search(marks))
        if not (is_credit or is_caption):
            continue
        words = clean(element.text_content())
        if len(words) > _LONGEST or (element.find(".//p/..//p") is not None and not is_caption):
            continue  # a whole section that only bears the name
        found = next((item.credit for item in find_furniture(words) if item.credit), None)
        credit = credit or found or (words if is_credit else None)
        element.drop_tree()
    return Facts(photo_credit=credit or None)
