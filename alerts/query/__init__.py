"""The query language (docs/watch-lists.md): text in, a tree of frozen values out, which compiles itself. Pure.

AND, OR, NOT and phrases are its core; everything else is an operator, one file each, found by entry point.
"""

from __future__ import annotations

from collections.abc import Iterator

from alerts.query.operators.base import Node
from alerts.query.operators.reference import Reference
from alerts.query.parser import ParsedQuery, parse

__all__ = ["Node", "ParsedQuery", "Reference", "format_query", "parse", "references"]


def format_query(node: Node) -> str:
    """Return a query's text, in one way: `parse(format_query(node)).node == node`."""
    return node.written()


def references(node: Node) -> Iterator[Reference]:
    """Yield every reference in a query."""
    if isinstance(node, Reference):
        yield node
    for child in node.children:
        yield from references(child)
