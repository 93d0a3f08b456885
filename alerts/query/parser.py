"""The parser: recursive descent, one function a level of binding (NEAR binds tightest, then NOT, AND, OR)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

from alerts.errors import QueryError
from alerts.query.boolean import And, Not, Or
from alerts.query.lexer import Token, tokens
from alerts.query.operators.base import Infix, Node, OperatorCall, Prefix, Suffix
from alerts.query.operators.registry import operators
from alerts.query.phrase import Phrase
from alerts.text import fold_words
from storage.language import N_, _

LONGEST_QUERY = 20_000
DEEPEST = 50
MOST_TERMS = 2_000
SHORTEST_PREFIX = 3
_FOREIGN = dict.fromkeys(("raw", "case", "exact"), N_("=NATO (exact case and accents)"))
"""Fields of other query languages for what is no operator here."""
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
    """Return the tree. Raises `QueryError`, with the place and what was expected, for a query that can't be used."""
    if len(query) > LONGEST_QUERY:
        raise QueryError(
            _(
                "the query has {query} characters; {most} are allowed: split it",
                query=len(query),
                most=LONGEST_QUERY,
            ),
            query=query[:80],
            position=0,
        )
    parser = _Parser(query)
    node = parser.whole()
    if _is_too_deep(node):
        raise QueryError(
            _(
                "the query is more than {most} levels deep (NEAR in a row counts too): split it",
                most=DEEPEST,
            ),
            query=query,
            position=0,
        )
    if node.by_absence:
        raise QueryError(
            _("this query would match by absence alone: say also what must be there"), query=query, position=0
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
            self.warnings.append(
                _('{hidden} begins a comment; write "{hidden}" to look for it', hidden=hidden)
            )

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
            comment = _(" (# begins a comment)") if "#" in self.query else ""
            raise self.fail(
                _("the query is empty{comment}: give a word, or a phrase in quotation marks", comment=comment)
            )
        node = self.alternatives()
        if self.token.kind == "close":
            raise self.fail(_("this ) closes nothing: remove it, or add ( before"))
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
                _("OR beside AND without parentheses: AND binds first; add parentheses to say what is meant")
            )
        return Or(tuple(parts))

    def conjunction(self) -> Node:
        """Read what stands between ORs; `joined` tells whether these were several parts, in no parentheses."""
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
        while isinstance(infix := self.token.operator, Infix) and self.token.kind == "infix":
            call = _Call(self, self.next())
            node = infix.join(call, node, self.operand())
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
            case "prefix":
                return self.prefix(token)
            case "end":
                hint = (
                    _('; {token} begins a comment, write "{token}"', token=token.text) if token.text else ""
                )
                raise self.fail(
                    _("the query ends too early: a word, a phrase or ( was expected{hint}", hint=hint), token
                )
            case "close":
                raise self.fail(_("a word, a phrase or ( was expected before this )"), token)
            case "not" | "minus":
                raise self.fail(
                    _("NOT can't stand here: write it first, NOT title:a, NOT (a NEAR/5 b)"), token
                )
            case _:
                example = _("a AND NOT b") if self.token.kind == "not" else f"a {token.text} b"
                raise self.fail(
                    _(
                        "{token} needs something before it and after it: {example}",
                        token=token.text,
                        example=example,
                    ),
                    token,
                )

    def group(self, opening: Token) -> Node:
        self.deeper()
        if self.token.kind == "close":
            raise self.fail(_("there is nothing between these parentheses: remove them, or add a word"))
        node = self.alternatives()
        if self.next().kind != "close":
            raise self.fail(_("this ( is never closed: add )"), opening)
        self.depth -= 1
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail(
                _(
                    "more than {most} levels of parentheses, NOT and fields: split the query",
                    most=DEEPEST,
                )
            )

    def prefix(self, token: Token) -> Node:
        if isinstance(token.operator, Prefix):
            return token.operator.read(_Call(self, token))
        name, known = token.text.lower(), operators()
        instead = known.other_names.get(name) or _FOREIGN.get(name)
        if instead is not None:
            advice = _("write {instead}", instead=instead)
        elif close := difflib.get_close_matches(fold_words(name[:20]), known.fields, n=1):
            advice = _("did you mean {close}:?", close=close[0])
        else:
            advice = _("known are ") + ", ".join(f"{field}:" for field in known.fields)
        raise self.fail(
            _(
                "there is no field {token}: ({advice}); put the words in quotation marks to look for them",
                token=token.text,
                advice=advice,
            ),
            token,
        )

    def scope(self) -> Node:
        """Read what a field is put before, one level deeper; a group counts for itself."""
        if self.token.kind == "open":
            return self.group(self.next())
        self.deeper()
        node = self.operand()
        self.depth -= 1
        return node

    def value(self, owner: str) -> str:
        """Read the one word or phrase that belongs to `owner`, taken as it stands."""
        token = self.token
        if token.kind not in ("word", "phrase"):
            raise self.fail(
                _(
                    '{owner} needs a word, or a phrase in quotation marks, right after it: {owner}"…"',
                    owner=owner,
                )
            )
        self.next()
        text = " ".join(token.text.split())
        self.term(text, token)
        if token.exact or token.number is not None or "*" in (text[0], text[-1]):
            raise self.fail(_("{owner} takes whole words without =, * and ~", owner=owner), token)
        return text

    def term(self, text: str, token: Token) -> None:
        """Count a word or phrase, and refuses it if nothing in it can be found."""
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise self.fail(_("more than {most} words and phrases: split the query", most=MOST_TERMS), token)
        if not _has_letter(text):
            what = _("this phrase") if token.kind == "phrase" else repr(token.text)
            raise self.fail(_("there is no letter or digit in {what}: remove it", what=what), token)

    def word(self, token: Token) -> Node:
        text = token.text
        if not token.exact and (operator := _in_small_letters(text.lower())) is not None:
            self.warnings.append(
                _(
                    "{text!r} in small letters is a word to be found; write {operator} for the operator",
                    text=text,
                    operator=operator,
                )
            )
        if text[0] in "'‘" and _SINGLE_QUOTES.match(self.query, token.place):
            self.warnings.append(_('{text} …: single quotation marks make no phrase; write " … "', text=text))
        if "*" in text.rstrip("*") or "?" in text:
            raise self.fail(_("* can only stand at the end of a word, and ? not at all: autonom*"), token)
        return self.literal(text, token)

    def phrase(self, token: Token) -> Node:
        text = " ".join(token.text.split())
        if isinstance(token.operator, Suffix):
            return token.operator.read(_Call(self, token), text.split(" "))
        if "*" in text and _INNER_STAR.search(text):
            raise self.fail(
                _("in a phrase * can only stand after the last word: write autonom* ONEAR/0 plan"), token
            )
        return self.literal(text, token)

    def literal(self, text: str, token: Token) -> Phrase:
        """Return a word or words in a row; a * after the last may stand for any ending."""
        stem = text.rstrip("* ")
        self.term(stem, token)
        prefix = len(stem) < len(text)
        if prefix and not _LONG_ENOUGH.search(fold_words(stem)):
            raise self.fail(
                _(
                    "at least {least} letters must stand before * (2 in Chinese, Japanese, Korean, Thai)",
                    least=SHORTEST_PREFIX,
                ),
                token,
            )
        return Phrase(stem, token.exact, prefix)


class _Call(OperatorCall):
    def __init__(self, parser: _Parser, token: Token) -> None:
        self._parser = parser
        self._token = token
        self._mark = token.operator.mark if isinstance(token.operator, Prefix) else ""
        self.keyword = token.text.lower() if token.kind == "prefix" else token.text
        self.written = token.text
        self.number = token.number
        self.position = token.place

    @override
    def operand(self) -> Node:
        return self._parser.scope()

    @override
    def at_group(self) -> bool:
        return self._parser.token.kind == "open"

    @override
    def value(self) -> str:
        return self._parser.value(f"{self._mark}{self.keyword}:")

    @override
    def phrase(self, text: str) -> Node:
        return self._parser.literal(text, self._token)

    @override
    def fail(self, message: str, *, at_next: bool = False) -> QueryError:
        return self._parser.fail(message, None if at_next else self._token)

    @override
    def warn(self, message: str) -> None:
        self._parser.warnings.append(message)


def _in_small_letters(word: str) -> str | None:
    """Return the operator that a word looks like."""
    return word.upper() if word in ("and", "or", "not") else operators().in_small_letters.get(word)


def _has_letter(text: str) -> bool:
    return _LETTER.search(text) is not None or bool(fold_words(text))


def _is_too_deep(node: Node) -> bool:
    """Return whether something stands in more than `DEEPEST` others: what walks the tree may then use recursion."""
    level: list[Node] = [node]
    for _level in range(DEEPEST + 1):
        level = [child for parent in level for child in parent.children]
        if not level:
            return False
    return True


def _short_words(node: Node) -> Iterator[str]:
    """Warns of a word of one or two letters that is enough for a match."""
    for part in node.parts if isinstance(node, Or) else (node,):
        if isinstance(part, Phrase) and not part.exact and _SHORT.fullmatch(part.text):
            yield _(
                "{part!r} alone matches much, in any case: write ={part}, or add AND and another word",
                part=part.text,
            )
