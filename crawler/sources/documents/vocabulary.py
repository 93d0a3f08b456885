"""The names of elements, whatever prefixes a document gives them: `title`, `dc:creator`, `content:encoded`, all lower case."""

from __future__ import annotations

from typing import Any, TypeAlias

PLAIN = ""
"""Stands for RSS without namespace, RSS 1.0 and Atom alike: feedparser, our arbiter, reads them as one vocabulary."""
ATOM = "http://www.w3.org/2005/atom"

_NAMESPACES = {
    "http://backend.userland.com/rss": PLAIN,
    "http://backend.userland.com/rss2": PLAIN,
    "http://blogs.law.harvard.edu/tech/rss": PLAIN,
    "http://purl.org/rss/1.0/": PLAIN,
    "http://my.netscape.com/rdf/simple/0.9/": PLAIN,
    ATOM: PLAIN,
    "http://purl.org/rss/1.0/modules/rss091#": PLAIN,
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}
"""Namespaces, lower case, and the prefix that is ours for them."""

Element: TypeAlias = Any
"""An lxml element; its type has no public name."""


class Names:
    """Return elements' names for one document, each tag worked out once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, element: Element) -> str:
        """Return the element's name; one of a namespace that we don't know keeps the prefix that the document gives it."""
        tag = element.tag
        if not isinstance(tag, str):  # an entity reference
            return ""
        name = self._known.get(tag)
        if name is None:
            name = self._known[tag] = _name(element)
        return name


def attributes(element: Element) -> dict[str, str]:
    """Return the attributes by lower-case name; those of another namespace as `{namespace}name`."""
    return {str(key).lower(): str(value) for key, value in element.attrib.items()}


def _name(element: Element) -> str:
    namespace, _, local = element.tag.rpartition("}")
    prefix = _NAMESPACES.get(namespace[1:].lower(), element.prefix or PLAIN).lower()
    return f"{prefix}:{local}".lower() if prefix else local.lower()
