"""The parser: recursive descent, one function a level of binding (NEAR binds tightest, then NOT, AND, OR)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alerts.errors import QueryError
from alerts.query.ast import (
    META_FIELDS,
    TEXT_FIELDS,
    And,
    InMeta,
    InText,
    MetaField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
)
from alerts.query.lexer import Token, tokens
from alerts.text import fold_words

LONGEST_QUERY = 20_000
DEEPEST = 50
LONGEST_DISTANCE = 100
SHORTEST_PREFIX = 3
_LATER = {"min", "first", "stem"}
"""Fields of the language that this version does not know yet: refused, never misread."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query that can be used, and what its author may not have meant."""

    node: Node
    warnings: tuple[str, ...]


def parse(query: str) -> ParsedQuery:
    """Gives the tree. Raises `QueryError`, with the place and what was expected, for a query that can't be used."""
    if len(query) > LONGEST_QUERY:
        raise QueryError(
            f"the query has {len(query)} characters; {LONGEST_QUERY} are allowed: split it",
            query=query[:80],
            position=0,
        )
    parser = _Parser(query)
    node = parser.whole()
    if _matches_by_absence(node):
        raise QueryError(
            "this query would match by absence alone: say also what must be there", query=query, position=0
        )
    return ParsedQuery(node, tuple(dict.fromkeys(parser.warnings)))


class _Parser:
    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens = tokens(query)
        self.at = 0
        self.depth = 0
        self.warnings: list[str] = []

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def fail(self, message: str, token: Token | None = None) -> QueryError:
        return QueryError(message, query=self.query, position=(token or self.token).place)

    def next(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def whole(self) -> Node:
        if self.token.kind == "end":
            raise self.fail("the query is empty: give a word, or a phrase in quotation marks")
        node = self.alternatives()
        if self.token.kind == "close":
            raise self.fail("this ) closes nothing: remove it, or add ( before")
        return node

    def alternatives(self) -> Node:
        first = self.token
        parts = [self.conjunction()]
        mixed = isinstance(parts[0], And)
        while self.token.kind == "or":
            self.next()
            opening = self.token
            parts.append(self.conjunction())
            mixed = mixed or (isinstance(parts[-1], And) and opening.kind != "open")
        if len(parts) > 1 and mixed and first.kind != "open":
            self.warnings.append(
                "OR beside AND without parentheses: AND binds first; add parentheses to say what is meant"
            )
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Node:
        parts = [self.negation()]
        while self.token.kind not in ("or", "close", "end"):
            if self.token.kind == "and":
                self.next()
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Node:
        if self.token.kind in ("not", "minus"):
            self.next()
            self.deeper()
            node = Not(self.negation())
            self.depth -= 1
            return node
        return self.proximity()

    def proximity(self) -> Node:
        node = self.operand()
        while self.token.kind == "near":
            near = self.next()
            distance = near.number or 0
            if distance > LONGEST_DISTANCE:
                raise self.fail(f"{near.text} is too far: at most {LONGEST_DISTANCE} words", near)
            right = self.operand()
            for side in (node, right):
                if not _has_place(side):
                    raise self.fail(
                        f"{near.text} needs words or phrases on both sides, not NOT or a field", near
                    )
            node = Near(node, right, distance, near.ordered)
        return node

    def operand(self) -> Node:
        token = self.next()
        match token.kind:
            case "word":
                return self.word(token)
            case "phrase":
                return self.phrase(token)
            case "open":
                return self.group(token)
            case "field":
                return self.field(token)
            case "end":
                raise self.fail("the query ends too early: a word, a phrase or ( was expected", token)
            case "close":
                raise self.fail("a word, a phrase or ( was expected before this )", token)
            case "not" | "minus":
                raise self.fail("NOT can't stand here: put it in parentheses", token)
            case _:
                raise self.fail(f"{token.text} needs something before it and after it", token)

    def group(self, opening: Token) -> Node:
        self.deeper()
        if self.token.kind == "close":
            raise self.fail("there is nothing between these parentheses")
        node = self.alternatives()
        if self.next().kind != "close":
            raise self.fail("this ( is never closed: add )", opening)
        self.depth -= 1
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail(f"more than {DEEPEST} levels of parentheses")

    def field(self, token: Token) -> Node:
        name = token.text.lower()
        if name in _LATER:
            raise self.fail(f"{name}: is not available in this version", token)
        for text_field in TEXT_FIELDS:
            if name == text_field:
                self.deeper()
                node = InText(text_field, self.operand())
                self.depth -= 1
                return node
        for meta_field in META_FIELDS:
            if name == meta_field:
                return self.meta(meta_field, token)
        known = ", ".join(f"{field}:" for field in (*TEXT_FIELDS, *META_FIELDS))
        raise self.fail(
            f"there is no field {token.text}: (known are {known}); put the words in quotation marks", token
        )

    def meta(self, name: MetaField, token: Token) -> Node:
        if self.token.kind == "open":
            return _map_phrases(self.group(self.next()), name, self, token)
        if self.token.kind not in ("word", "phrase"):
            raise self.fail(f"{name}: needs a word, a phrase or a group right after it")
        return InMeta(name, self.next().text)

    def word(self, token: Token) -> Node:
        text = token.text
        if text.startswith("@"):
            raise self.fail(
                "references to actors and lists (@actor:, @list:) are not available in this version", token
            )
        if not token.exact and text in ("and", "or", "not", "near"):
            self.warnings.append(
                f"{text!r} in small letters is a word to be found; write {text.upper()} for the operator"
            )
        prefix = text.endswith("*")
        stem = text.rstrip("*")
        if "*" in stem or "?" in stem:
            raise self.fail("* can only stand at the end of a word: autonom*", token)
        if prefix and len(fold_words(stem).replace(" ", "")) < SHORTEST_PREFIX:
            raise self.fail(f"at least {SHORTEST_PREFIX} letters must stand before *", token)
        if not fold_words(stem):
            raise self.fail(f"there is no letter or digit in {text!r}", token)
        return Phrase(stem, token.exact, prefix)

    def phrase(self, token: Token) -> Node:
        text = " ".join(token.text.split())
        prefix = text.endswith("*") and not token.exact
        stem = text.rstrip("*").rstrip() if prefix else text
        if not fold_words(stem):
            raise self.fail("there is no letter or digit in this phrase", token)
        if prefix and len(fold_words(stem).split()[-1]) < SHORTEST_PREFIX:
            raise self.fail(f"at least {SHORTEST_PREFIX} letters must stand before *", token)
        if token.number is None:
            return Phrase(stem, token.exact, prefix)
        words = stem.split(" ")
        if len(words) < 2 or token.number > LONGEST_DISTANCE:
            raise self.fail(f'"a b"~n needs two words or more and n up to {LONGEST_DISTANCE}', token)
        node: Node = Phrase(words[0], token.exact)
        for word in words[1:]:
            node = Near(node, Phrase(word, token.exact), token.number)
        return node


def _map_phrases(node: Node, field: MetaField, parser: _Parser, token: Token) -> Node:
    """Turns the phrases of a group after a metadata field into conditions on that field."""
    match node:
        case Phrase():
            return InMeta(field, node.text)
        case And():
            return And(tuple(_map_phrases(part, field, parser, token) for part in node.parts))
        case Or():
            return Or(tuple(_map_phrases(part, field, parser, token) for part in node.parts))
        case Not():
            return Not(_map_phrases(node.part, field, parser, token))
        case _:
            raise parser.fail(f"{field}:( … ) takes words, phrases, AND, OR and NOT only", token)


def _has_place(node: Node) -> bool:
    """Tells whether a node stands at places in the text, so that a distance can be counted from it."""
    match node:
        case Phrase():
            return True
        case And() | Or():
            return all(_has_place(part) for part in node.parts)
        case Near():
            return True
        case _:
            return False


def _matches_by_absence(node: Node) -> bool:
    match node:
        case Not():
            return True
        case And():
            return all(_matches_by_absence(part) for part in node.parts)
        case Or():
            return any(_matches_by_absence(part) for part in node.parts)
        case InText():
            return _matches_by_absence(node.part)
        case _:
            return False


WORD = re.compile(r"[^\s()\"“”„«»＂:#=~*?@-][^\s()\"“”„«»＂:*?]*$")
"""What needs no quotation marks when a query is written out."""
