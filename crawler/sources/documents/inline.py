"""XHTML that stands unescaped in an Atom feed, as HTML."""

from __future__ import annotations

from xml.sax.saxutils import escape

import lxml.etree

from crawler.sources.documents.unsure import NotSureError
from crawler.sources.documents.vocabulary import Element

_OTHER_LANGUAGES = frozenset({"svg", "math"})


def inline_html(element: Element) -> str:
    """Return the markup in an element, without the `div` that Atom puts around it (RFC 4287 §3.1.1.3). Raises `NotSureError`."""
    inside = _inside(element).strip()
    children = list(element)
    alone = len(children) == 1 and not (element.text or "").strip() and not (children[0].tail or "").strip()
    if alone and lxml.etree.QName(children[0]).localname.lower() == "div":
        inside = _inside(children[0]).strip()
    return inside


def _inside(element: Element) -> str:
    parts = [escape(element.text or "")]
    for child in element:
        name = lxml.etree.QName(child).localname.lower()
        if name in _OTHER_LANGUAGES:
            raise NotSureError(f"{name} in XHTML")
        given = "".join(f' {_key(key)}="{_value(key, value)}"' for key, value in child.attrib.items())
        parts += (f"<{name}{given}>", _inside(child), f"</{name}>", escape(child.tail or ""))
    return "".join(parts)


def _key(key: str) -> str:
    if key.startswith("{http://www.w3.org/XML/1998/namespace}"):
        return f"xml:{key.rpartition('}')[2].lower()}"
    if key.startswith("{"):
        raise NotSureError("attributes of another namespace")
    return key.lower()


def _value(key: str, value: str) -> str:
    return escape(value.lower() if key.lower() in ("rel", "type") else value, {'"': "&quot;"})
