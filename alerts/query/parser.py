"""The parser: recursive descent, one function a level of binding (NEAR binds tightest, then NOT, AND, OR)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.errors import QueryError
from alerts.query.ast import (
    META_FIELDS,
    TEXT_FIELDS,
    And,
    AtLeast,
    First,
    InMeta,
    InText,
    MetaField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Reference,
    Stem,
    TextField,
    children,
)
from alerts.query.lexer import Token, tokens
from alerts.text import fold_words

LONGEST_QUERY = 20_000
DEEPEST = 50
MOST_TERMS = 2_000
LONGEST_DISTANCE = 100
WIDE_DISTANCE = 50
"""More words between than this are nearly the whole article: warned of."""
SHORTEST_PREFIX = 3
FEWEST, MOST_TIMES = 2, 1_000
MOST_WORDS = 10_000

_TEXT_FIELDS: dict[str, TextField] = {name: name for name in TEXT_FIELDS}
_META_FIELDS: dict[str, MetaField] = {name: name for name in META_FIELDS}
_FIELDS = (*TEXT_FIELDS, *META_FIELDS, "min", "first", "stem")
_FOREIGN = {
    **dict.fromkeys(("headline", "intitle", "allintitle", "subject"), "title:"),
    **dict.fromkeys(("body", "content", "fulltext", "intext"), "text:"),
    **dict.fromkeys(("ingress", "intro", "lede"), "lead:"),
    **dict.fromkeys(("site", "domain", "host"), "outlet: or url:"),
    **dict.fromkeys(("source", "publisher", "sourcename"), "outlet:"),
    **dict.fromkeys(("language", "locale"), "lang:"),
    **dict.fromkeys(("location", "sourcecountry", "region"), "country:"),
    **dict.fromkeys(("inurl", "link", "http", "https"), 'url:"…"'),
    **dict.fromkeys(("by", "byline"), "author:"),
    **dict.fromkeys(("raw", "case", "exact"), "=NATO (exact case and accents)"),
    **dict.fromkeys(("near", "onear"), "NEAR/10"),
    **dict.fromkeys(("atleast", "count"), "min:3( … )"),
    "actor": "@actor:",
    "list": "@list:",
}
"""Fields of other query languages, and what says the same here."""
_LETTER = re.compile(r"[0-9A-Za-zÀ-ÖØ-öø-ÿА-яء-غف-ي一-鿿]")
"""Letters that folding never takes away; for a text with one of them it needn't be asked."""
_UNSPACED = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff가-힣\U00020000-\U0003134f]"
_LONG_ENOUGH = re.compile(rf"\S{{{SHORTEST_PREFIX}}}$|{_UNSPACED} ?{_UNSPACED}$")
"""What may stand before * in a folded text: three letters, or two of a script written without spaces."""
_INNER_STAR = re.compile(r"\w\*+ ")
_SHORT = re.compile(r"[A-Za-zÀ-ɏ]{1,2}")
_SINGLE_QUOTES = re.compile(r"['‘][^'’\"]{1,100} [^'’\"]{0,100}['’](?=[\s)]|$)")


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
    if _is_too_deep(node):
        raise QueryError(
            f"the query is more than {DEEPEST} levels deep (NEAR in a row counts too): split it",
            query=query,
            position=0,
        )
    if _matches_by_absence(node):
        raise QueryError(
            "this query would match by absence alone: say also what must be there", query=query, position=0
        )
    return ParsedQuery(node, tuple(dict.fromkeys((*parser.warnings, *_short_words(node)))))


class _Parser:
    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens = tokens(query)
        self.at = 0
        self.depth = 0
        self.terms = 0
        self.joined = False
        self.warnings: list[str] = []
        if hidden := self.tokens[-1].text:
            self.warnings.append(f'{hidden} begins a comment; write "{hidden}" to look for it')

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def fail(self, message: str, token: Token | None = None) -> QueryError:
        return QueryError(message, query=self.query, position=(token or self.token).place)

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def whole(self) -> Node:
        if self.token.kind == "end":
            comment = " (# begins a comment)" if "#" in self.query else ""
            raise self.fail(f"the query is empty{comment}: give a word, or a phrase in quotation marks")
        node = self.alternatives()
        if self.token.kind == "close":
            raise self.fail("this ) closes nothing: remove it, or add ( before")
        return node

    def alternatives(self) -> Node:
        parts = [self.conjunction()]
        mixed = self.joined
        while self.token.kind == "or":
            self.next()
            parts.append(self.conjunction())
            mixed = mixed or self.joined
        if len(parts) == 1:
            return parts[0]
        if mixed:
            self.warnings.append(
                "OR beside AND without parentheses: AND binds first; add parentheses to say what is meant"
            )
        return Or(tuple(parts))

    def conjunction(self) -> Node:
        """Reads what stands between ORs; `joined` tells whether these were several parts, in no parentheses."""
        parts = [self.negation()]
        while self.token.kind not in ("or", "close", "end"):
            if self.token.kind == "and":
                self.next()
            parts.append(self.negation())
        self.joined = len(parts) > 1
        return And(tuple(parts)) if self.joined else parts[0]

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
            distance = self.distance(near)
            right = self.operand()
            for side in (node, right):
                if not _has_place(side):
                    raise self.fail(
                        f"{near.text} needs words or phrases on both sides, not NOT or a field: "
                        f"title:(a {near.text} b), NOT (a {near.text} b)",
                        near,
                    )
            node = Near(node, right, distance, near.ordered)
        return node

    def distance(self, token: Token) -> int:
        distance = token.number or 0
        name = f"~{distance}" if token.kind == "phrase" else token.text
        if distance > LONGEST_DISTANCE:
            raise self.fail(f"{name} is too far: at most {LONGEST_DISTANCE} words; write AND", token)
        if distance > WIDE_DISTANCE:
            self.warnings.append(f"{name} is nearly the whole article: AND says the same, NEAR/10 says more")
        return distance

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
            case "reference":
                return Reference(
                    "actor" if token.text == "actor" else "list", self.value(f"@{token.text}:"), token.place
                )
            case "end":
                hint = f'; {token.text} begins a comment, write "{token.text}"' if token.text else ""
                raise self.fail(f"the query ends too early: a word, a phrase or ( was expected{hint}", token)
            case "close":
                raise self.fail("a word, a phrase or ( was expected before this )", token)
            case "not" | "minus":
                raise self.fail("NOT can't stand here: write it first, NOT title:a, NOT (a NEAR/5 b)", token)
            case _:
                example = "a AND NOT b" if self.token.kind == "not" else f"a {token.text} b"
                raise self.fail(f"{token.text} needs something before it and after it: {example}", token)

    def group(self, opening: Token) -> Node:
        self.deeper()
        if self.token.kind == "close":
            raise self.fail("there is nothing between these parentheses: remove them, or add a word")
        node = self.alternatives()
        if self.next().kind != "close":
            raise self.fail("this ( is never closed: add )", opening)
        self.depth -= 1
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail(f"more than {DEEPEST} levels of parentheses, NOT and fields: split the query")

    def field(self, token: Token) -> Node:
        name = token.text.lower()
        if (text_field := _TEXT_FIELDS.get(name)) is not None:
            return InText(text_field, self.scope())
        if (meta_field := _META_FIELDS.get(name)) is not None:
            return self.meta(meta_field, token)
        match name:
            case "min":
                return AtLeast(*self.counted(token, "min:3", FEWEST, MOST_TIMES))
            case "first":
                return First(*self.counted(token, "first:100", 1, MOST_WORDS))
            case "stem":
                return self.stem()
        if name in _FOREIGN:
            advice = f"write {_FOREIGN[name]}"
        elif close := difflib.get_close_matches(fold_words(name[:20]), _FIELDS, n=1):
            advice = f"did you mean {close[0]}:?"
        else:
            advice = "known are " + ", ".join(f"{field}:" for field in _FIELDS)
        raise self.fail(
            f"there is no field {token.text}: ({advice}); put the words in quotation marks to look for them",
            token,
        )

    def scope(self) -> Node:
        """Reads what a field is put before, one level deeper; a group counts for itself."""
        if self.token.kind == "open":
            return self.group(self.next())
        self.deeper()
        node = self.operand()
        self.depth -= 1
        return node

    def counted(self, token: Token, example: str, lowest: int, highest: int) -> tuple[int, Node]:
        if token.number is None:
            raise self.fail(
                f"{token.text}: needs a number right after the colon, then ( … ): {example}( … )", token
            )
        if not lowest <= token.number <= highest:
            raise self.fail(f"{token.text}: takes a number from {lowest} to {highest}: {example}( … )", token)
        part = self.scope()
        if not _has_place(part, fields=True):
            raise self.fail(
                f"{token.text}:{token.number} looks at places in the text, and NOT, outlet:, lang: … "
                "have none: put them outside",
                token,
            )
        return token.number, part

    def stem(self) -> Node:
        token = self.token
        word = self.value("stem:")
        if " " in word or " " in fold_words(word):
            raise self.fail("stem: takes one word: stem:elections, (stem:general AND stem:elections)", token)
        return Stem(word)

    def meta(self, name: MetaField, token: Token) -> Node:
        if self.token.kind == "open":
            return _map_phrases(self.group(self.next()), name, self, token)
        return InMeta(name, self.value(f"{name}:"))

    def value(self, owner: str) -> str:
        """Reads the one word or phrase that belongs to `owner`, taken as it stands."""
        token = self.token
        if token.kind not in ("word", "phrase"):
            raise self.fail(
                f'{owner} needs a word, or a phrase in quotation marks, right after it: {owner}"…"'
            )
        self.next()
        text = " ".join(token.text.split())
        self.term(text, token)
        if token.exact or token.number is not None or "*" in (text[0], text[-1]):
            raise self.fail(f"{owner} takes whole words without =, * and ~", token)
        return text

    def term(self, text: str, token: Token) -> None:
        """Counts a word or phrase, and refuses it if nothing in it can be found."""
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise self.fail(f"more than {MOST_TERMS} words and phrases: split the query", token)
        if not _has_letter(text):
            what = "this phrase" if token.kind == "phrase" else repr(token.text)
            raise self.fail(f"there is no letter or digit in {what}: remove it", token)

    def word(self, token: Token) -> Node:
        text = token.text
        if not token.exact and text.lower() in ("and", "or", "not", "near"):
            operator = "NEAR/10" if text.lower() == "near" else text.upper()
            self.warnings.append(
                f"{text!r} in small letters is a word to be found; write {operator} for the operator"
            )
        if text[0] in "'‘" and _SINGLE_QUOTES.match(self.query, token.place):
            self.warnings.append(f'{text} …: single quotation marks make no phrase; write " … "')
        if "*" in text.rstrip("*") or "?" in text:
            raise self.fail("* can only stand at the end of a word, and ? not at all: autonom*", token)
        return self.literal(text, token)

    def phrase(self, token: Token) -> Node:
        text = " ".join(token.text.split())
        if token.number is not None:
            return self.loose(text, token)
        if "*" in text and _INNER_STAR.search(text):
            raise self.fail(
                "in a phrase * can only stand after the last word: write autonom* ONEAR/0 plan", token
            )
        return self.literal(text, token)

    def literal(self, text: str, token: Token) -> Phrase:
        """Gives a word or words in a row; a * after the last may stand for any ending."""
        stem = text.rstrip("* ")
        self.term(stem, token)
        prefix = len(stem) < len(text)
        if prefix and not _LONG_ENOUGH.search(fold_words(stem)):
            raise self.fail(
                f"at least {SHORTEST_PREFIX} letters must stand before * (2 in Chinese, Japanese, Korean, Thai)",
                token,
            )
        return Phrase(stem, token.exact, prefix)

    def loose(self, text: str, token: Token) -> Node:
        """Reads `"a b"~n`: each word at most n words from the one before it."""
        distance = self.distance(token)
        words = [word for word in text.split(" ") if _has_letter(word)]
        if len(words) < 2:
            raise self.fail(f'"a b"~{distance} needs two words or more', token)
        node: Node = self.literal(words[0], token)
        for word in words[1:]:
            node = Near(node, self.literal(word, token), distance)
        return node


def _has_letter(text: str) -> bool:
    return _LETTER.search(text) is not None or bool(fold_words(text))


def _map_phrases(node: Node, field: MetaField, parser: _Parser, token: Token) -> Node:
    """Turns the phrases of a group after a metadata field into conditions on that field."""
    match node:
        case Phrase(exact=False, prefix=False):
            return InMeta(field, node.text)
        case And():
            return And(tuple(_map_phrases(part, field, parser, token) for part in node.parts))
        case Or():
            return Or(tuple(_map_phrases(part, field, parser, token) for part in node.parts))
        case Not():
            return Not(_map_phrases(node.part, field, parser, token))
        case _:
            raise parser.fail(
                f"{field}:( … ) takes words, phrases, AND, OR and NOT only: put the rest outside", token
            )


def _has_place(node: Node, *, fields: bool = False) -> bool:
    """Tells whether a node stands at places in the text that can be counted; with `fields`, title: and its like may be in it."""
    match node:
        case Phrase() | Stem() | Reference() | Near():
            return True
        case And() | Or():
            return all(_has_place(part, fields=fields) for part in node.parts)
        case AtLeast() | First():
            return _has_place(node.part, fields=fields)
        case InText():
            return fields and _has_place(node.part, fields=True)
        case _:
            return False


def _is_too_deep(node: Node) -> bool:
    """Tells whether something stands in more than `DEEPEST` others: what walks the tree may then use recursion."""
    level: list[Node] = [node]
    for _ in range(DEEPEST + 1):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return False
    return True


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


def _short_words(node: Node) -> Iterator[str]:
    """Warns of a word of one or two letters that is enough for a match."""
    for part in node.parts if isinstance(node, Or) else (node,):
        if isinstance(part, Phrase) and not part.exact and _SHORT.fullmatch(part.text):
            yield f"{part.text!r} alone matches much, in any case: write ={part.text}, or add AND and another word"
