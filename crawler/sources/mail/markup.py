"""The HTML of a newsletter without what is no part of its text: what is hidden, and the mail's own frame. Pure."""

from __future__ import annotations

import re

import lxml.etree
import lxml.html

from crawler.text.dropping import drop
from crawler.text.html_text import clean
from crawler.text.mail_frame import is_own_link

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|(?:max-)?height\s*:\s*0(?:px)?\s*(?:;|$)"
    r"|font-size\s*:\s*[01](?:px)?\s*(?:;|$)|opacity\s*:\s*0\s*(?:;|$)",
    re.IGNORECASE,
)
"""How the words are hidden that only a list of mails is to show."""
_UNSEEN = ("head", "style", "script")
_BLOCKS = ("p", "li", "tr", "td", "div", "table", "footer", "center", "section")
LONGEST_FOOTER = 400
"""Characters of a block around a link to unsubscribe that counts as a footer; a longer one is the newsletter itself."""


def read_markup(text: str) -> lxml.html.HtmlElement | None:
    """Return the elements of a message's HTML that a reader sees as its text; None where nothing can be read of it."""
    try:
        root = lxml.html.document_fromstring(
            _without_declaration(text), parser=lxml.html.HTMLParser(huge_tree=True, remove_comments=True)
        )
    except (lxml.etree.LxmlError, ValueError):
        return None
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag in _UNSEEN or _is_hidden(element):
            drop(element)
    _drop_frame(root)
    return root


def _is_hidden(element: lxml.html.HtmlElement) -> bool:
    return element.tag not in ("html", "body") and _HIDDEN.search(element.get("style") or "") is not None


def is_frame_link(element: lxml.html.HtmlElement) -> bool:
    """Return whether a link is the mail's own: to unsubscribe, to share, to see it in a browser."""
    words = " ".join([element.text_content(), *(str(img.get("alt") or "") for img in element.iter("img"))])
    return is_own_link(clean(words), str(element.get("href") or ""))


def _drop_frame(root: lxml.html.HtmlElement) -> None:
    """Take out the links of the frame, each with the block of few words that it stands in."""
    whole = len(root.text_content())
    for link in [element for element in root.iter("a") if is_frame_link(element)]:
        if not any(parent is root for parent in link.iterancestors()):
            continue  # it went with another
        around: lxml.html.HtmlElement | None = None
        for parent in link.iterancestors():
            if parent.tag in ("body", "html") or len(parent.text_content()) > min(LONGEST_FOOTER, whole / 2):
                break
            if parent.tag in _BLOCKS:
                if _other_links(parent):
                    break
                around = parent
        drop(link if around is None else around)


def _other_links(block: lxml.html.HtmlElement) -> bool:
    """Return whether a block has links to something else, with words of their own."""
    return any(
        len(clean(link.text_content()).split()) >= 3 and not is_frame_link(link) for link in block.iter("a")
    )


def _without_declaration(text: str) -> str:
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\x00", "") or " "
