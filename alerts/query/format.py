"""Writes a query out again, in one way: `parse(format_query(node)).node == node`."""

from __future__ import annotations

from alerts.query.ast import And, AtLeast, First, InMeta, InText, Near, Node, Not, Or, Phrase, Reference, Stem
from alerts.query.lexer import NO_QUOTES, is_word


def format_query(node: Node) -> str:
    """Gives the query's text. Quotation marks inside a text become spaces, as the parser reads them."""
    match node:
        case Phrase():
            return ("=" if node.exact else "") + _text(node.text, "*" if node.prefix else "")
        case Stem():
            return f"stem:{_text(node.word)}"
        case Reference():
            return f"@{node.kind}:{_quoted(node.name)}"
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
            return f"{node.field}:{_quoted(node.value)}"
        case AtLeast():
            return f"min:{node.count}({format_query(node.part)})"
        case First():
            return f"first:{node.words}({format_query(node.part)})"


def _text(text: str, end: str = "") -> str:
    return text + end if is_word(text) else _quoted(text + end)


def _quoted(text: str) -> str:
    return f'"{text.translate(NO_QUOTES)}"'


def _inside(node: Node, *kinds: type[Node]) -> str:
    text = format_query(node)
    return f"({text})" if isinstance(node, kinds) else text
