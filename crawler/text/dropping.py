"""Elements taken out of a page, the words around them kept."""

from __future__ import annotations

import re

import lxml.html

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML does not have: the parser of HTML lets them in (`&#1;`), and lxml refuses to put them together anew."""


def drop(element: lxml.html.HtmlElement) -> None:
    """Take an element out with all that it holds; what follows it stays. A root stays as it is."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail:
        element.tail = _UNWRITABLE.sub("", element.tail)
    if before is None and parent.text:
        parent.text = _UNWRITABLE.sub("", parent.text)
    elif before is not None and before.tail:
        before.tail = _UNWRITABLE.sub("", before.tail)
    element.drop_tree()
