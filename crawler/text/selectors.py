"""Selectors that users write, in CSS or XPath."""

from __future__ import annotations

from functools import lru_cache

import lxml.etree
from cssselect import HTMLTranslator, SelectorError


@lru_cache(maxsize=1_000)
def xpath_of(selector: str, *, within: bool = False) -> str:
    """Return a selector as XPath, seen from the document's root, or with `within` from an element. Raises `ValueError`."""
    try:
        path = selector if _is_xpath(selector) else HTMLTranslator().css_to_xpath(selector)
        if within:
            path = f".{path}" if path.startswith("/") else path
        elif not path.startswith(("/", "(", "descendant")):
            path = f"//{path}"
        lxml.etree.XPath(path)
    except (SelectorError, lxml.etree.XPathError) as error:
        raise ValueError(f"{selector!r} is neither CSS nor XPath: {error}") from error
    return path


def _is_xpath(selector: str) -> bool:
    """Return whether a selector is a path; ".card" is a class."""
    return selector.startswith(("/", "(", "./", "@")) or "/@" in selector
