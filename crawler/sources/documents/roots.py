"""What a document's first bytes say that it is."""

from __future__ import annotations

import re

_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)[\s/>]")


def root_name(head: bytes) -> str:
    """Return root element's name, without prefix, of a document's first bytes in lower case; nothing where they don't tell."""
    place = 0
    while (skipped := _PROLOG.match(head, place)) is not None:
        place = skipped.end()
    root = _ROOT.match(head, place)
    return root[1].decode("ascii", errors="replace") if root is not None else ""
