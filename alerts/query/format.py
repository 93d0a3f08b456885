"""Writes a query out again, in one way: `parse(format_query(node)).node == node`."""

from __future__ import annotations

from alerts.query.ast import And, InMeta, InText, Near, Node, Not, Or, Phrase
from alerts.query.parser import WORD

_OPERATORS = frozenset({"AND", "OR", "NOT", "NEAR", "ONEAR"})


def format_query(node: Node) -> str:
    """Gives the query's text."""
    match node:
        case Phrase():
            bare = (
                WORD.match(node.text)
                and node.text not in _OPERATORS
                and not node.text.startswith(("NEAR/", "ONEAR/"))
            )
            text = node.text + ("*" if node.prefix else "")
            return ("=" if node.exact else "") + (text if bare else f'"{text}"')
        case And():
            return " AND ".join(_inside(part, And, Or) for part in node.parts)
        case Or():
            return " OR ".join(_inside(part, And, Or) for part in node.parts)
        case Not():
            return f"NOT {_inside(node.part, And, Or)}"
        case Near():
            sign = f"{'O' if node.ordered else ''}NEAR/{node.distance}"
            return f"{_inside(node.left, And, Or, Not)} {sign} {_inside(node.right, And, Or, Not, Near)}"
        case InText():
            return f"{node.field}:{_inside(node.part, And, Or, Not, Near)}"
        case InMeta():
            return f'{node.field}:"{node.value}"'


def _inside(node: Node, *kinds: type[Node]) -> str:
    text = format_query(node)
    return f"({text})" if isinstance(node, kinds) else text
