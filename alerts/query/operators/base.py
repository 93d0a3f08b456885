"""What a query operator is: its syntax, its node in the tree of a query, and the condition that is judged on an article.

An operator is a class of one of three shapes, named by an entry point of the group `tocsin.operators`:

    Prefix   caps:NATO   around:5(a b)   @actor:"Nasser Bourita"     keywords before a colon
    Infix    a NEAR/3 b                                               a sign between two operands
    Suffix   "a b"~3                                                  a sign and a number after a phrase

It reads its operands from an `OperatorCall` and returns a `Node`. A node writes itself out again and compiles itself to a
`Condition`, with the literals that the scan must look for. A condition is judged on an `ArticleView`. The smallest operator:

    class Caps(Prefix):                                  # [project.entry-points."tocsin.operators"]  caps = "our_caps:Caps"
        keywords = ("caps",)

        def read(self, call: OperatorCall) -> Node:
            return CapsNode(call.value())

    @dataclass(frozen=True, slots=True)
    class CapsNode(Node):
        word: str

        def written(self) -> str:
            return f"caps:{quoted(self.word)}"

        def compile(self, compiler: Compiler) -> Condition:
            return CapsCondition(self, compiler.literal(self.word))

    @dataclass(frozen=True, slots=True, eq=False)
    class CapsCondition(LiteralCondition):
        def find(self, article: ArticleView, scope: Scope) -> Marks | None:
            places = [place for place in article.places(self.literal) if article.inside(place, scope)]
            return [(place, self) for place in places if article.surface(place).isupper()] or None
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import ClassVar, Literal, Protocol

from alerts.errors import QueryError
from alerts.text.places import Place, Scope, count_apart
from alerts.values import Document
from storage.language import _

__all__ = [
    "GROUP",
    "NO_QUOTES",
    "ArticleView",
    "Binding",
    "Compiler",
    "Condition",
    "Infix",
    "LiteralCondition",
    "Mark",
    "Marks",
    "Narrowed",
    "Need",
    "Node",
    "Operator",
    "OperatorCall",
    "Place",
    "Prefix",
    "Scope",
    "Suffix",
    "count_apart",
    "quoted",
    "union",
]

GROUP = "tocsin.operators"
_QUOTES = '"“”„«»‟＂'
NO_QUOTES = str.maketrans(dict.fromkeys(_QUOTES, " "))
"""Quotation marks inside a phrase part words, no more."""

Need = frozenset[int]
"""Literals, one of which must stand in the article; a reference `n` counts as `-1 - n`."""


class Binding(IntEnum):
    """How firmly a node holds its parts: one that binds more loosely than what it stands in is written in parentheses."""

    LOOSE = 0
    """AND, OR."""
    NOT = 1
    INFIX = 2
    TIGHT = 3


@dataclass(frozen=True, slots=True)
class Node(ABC):
    """A part of a query, as parsed. Equal nodes mean the same; `parse(node.written())` gives it again."""

    binding: ClassVar[Binding] = Binding.TIGHT

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes that it is made of."""
        return ()

    @property
    def by_absence(self) -> bool:
        """Whether it may be true of an article that holds nothing of it."""
        return any(child.by_absence for child in self.children)

    def has_place(self, *, fields: bool = False) -> bool:
        """Return whether it stands at places in the text that can be counted; with `fields`, those of `title:` too."""
        return all(child.has_place(fields=fields) for child in self.children)

    @abstractmethod
    def written(self) -> str:
        """Return it as a query writes it, in one way."""

    def inside(self, binding: Binding) -> str:
        """Return it as written within another node, in parentheses where it binds more loosely than that."""
        return f"({self.written()})" if self.binding < binding else self.written()

    @abstractmethod
    def compile(self, compiler: Compiler) -> Condition:
        """Return what is judged, with what the scan must look for."""


class Compiler(Protocol):
    """What a node may ask for as it is compiled."""

    def literal(self, text: str, *, prefix: bool = False) -> int:
        """Return the number of the words that the scan looks for; with `prefix`, the last may go on."""

    def reference(self, kind: str, name: str) -> int:
        """Return the number of an `actor` or a `list` that is tracked elsewhere."""

    def condition(self, node: Node) -> Condition:
        """Return another node's condition."""


class ArticleView(Protocol):
    """One article as a condition sees it. Places are in the folded text; `surface` and `document` are as stored."""

    @property
    def document(self) -> Document:
        """What is known of the article."""

    @property
    def whole(self) -> Scope:
        """All of it."""

    def places(self, literal: int, /) -> list[Place]:
        """Return where a literal stands and counts, in order."""

    def refused(self, literal: int, /) -> list[tuple[Place, str]]:
        """Return where a literal stands and does not count, each with the reason."""

    def tracked(self, reference: int, /) -> list[Place]:
        """Return where a reference is mentioned."""

    def inside(self, place: Place, scope: Scope, /) -> bool:
        """Return whether a place is in a part of the article."""

    def words(self, place: Place, /) -> tuple[int, int]:
        """Return the numbers of a place's first and last word. Those of one field are far from those of another."""

    def surface(self, place: Place, /) -> str:
        """Return a place's words as stored."""

    def following(self, place: Place, /) -> str:
        """Return the few characters right after a place, as stored."""

    def first_words(self, count: int, /) -> Scope:
        """Return the scope of the first words of each field."""

    def field(self, name: Literal["title", "text", "lead"], /) -> Scope:
        """Return the scope of the titles, of all below them, or of the leads and the text's first paragraph."""


Mark = tuple[Place, "Condition"]
"""A place, and the condition that it stands for."""
Marks = list[Mark]


@dataclass(frozen=True, slots=True, eq=False)
class Condition(ABC):
    """A part of a query, compiled. `node` is it as parsed."""

    node: Node

    @property
    def text(self) -> str:
        """It in the query's words."""
        return self.node.written()

    @property
    def signs(self) -> str:
        """What stands right after each of its places, and belongs to it: C++."""
        return ""

    @property
    def parts(self) -> Sequence[Condition]:
        """The conditions that it is made of."""
        return ()

    @property
    def literals(self) -> tuple[int, ...]:
        """The literals that it asks for itself; its parts' are theirs."""
        return ()

    def needs(self) -> Sequence[Need]:
        """Return what must stand in every article that it is true of; nothing where no word is sure."""
        return [
            *(frozenset((literal,)) for literal in self.literals),
            *(need for part in self.parts for need in part.needs()),
        ]

    @property
    def holds_all(self) -> bool:
        """Whether an AND stands in it that NEAR must be near to part by part."""
        return False

    @property
    def is_joined(self) -> bool:
        """Whether several places make it true together, so that it is counted as one beside others."""
        return False

    @abstractmethod
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        """Return the marks that make it true within a part of the article; None where it is false.

        There are none where it is true by what is known of the article.
        """

    def narrowed(self, article: ArticleView, scope: Scope) -> Scope:
        """Return the part of the article in which its parts are looked for."""
        return scope

    def edge(self, article: ArticleView, scope: Scope, *, last: bool) -> Marks | None:
        """Return the marks with which it ends (`last`) or begins, for what must stand after or before it."""
        return self.find(article, scope)

    def times(self, article: ArticleView, scope: Scope) -> int:
        """Return how often it stands there, overlapping places counting once."""
        return count_apart(place for place, _condition in self.find(article, scope) or ())

    def notes(self, article: ArticleView, scope: Scope) -> tuple[str, ...]:
        """Return why places where it seems to stand don't count."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class LiteralCondition(Condition):
    """A condition on the places of one literal."""

    literal: int

    @property
    def literals(self) -> tuple[int, ...]:
        """Its literal."""
        return (self.literal,)


@dataclass(frozen=True, slots=True, eq=False)
class Narrowed(Condition):
    """A condition that is looked for in a part of the article only: override `narrowed`."""

    part: Condition

    @property
    def parts(self) -> Sequence[Condition]:
        """The one that is looked for."""
        return (self.part,)

    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        """Return its marks within the part."""
        return self.part.find(article, self.narrowed(article, scope))

    def edge(self, article: ArticleView, scope: Scope, *, last: bool) -> Marks | None:
        """Return its first or last marks within the part."""
        return self.part.edge(article, self.narrowed(article, scope), last=last)

    def times(self, article: ArticleView, scope: Scope) -> int:
        """Return how often it stands within the part."""
        return self.part.times(article, self.narrowed(article, scope))


class OperatorCall(ABC):
    """One use of an operator in a query: what was written of it, and a way to read what belongs to it."""

    keyword: str
    """As the operator declares it."""
    written: str
    """As the query has it."""
    number: int | None
    """The number after the colon, in the sign or after it."""
    position: int
    """Where it begins in the query, in code points."""

    @abstractmethod
    def operand(self) -> Node:
        """Read the word, phrase, group or operator that comes next. Raises `QueryError`."""

    @abstractmethod
    def at_group(self) -> bool:
        """Return whether a ( comes next."""

    @abstractmethod
    def value(self) -> str:
        """Read one word or phrase, taken as it stands. Raises `QueryError`."""

    @abstractmethod
    def phrase(self, text: str) -> Node:
        """Return the node of words in a row, as if they stood in the query; a * after the last is any ending."""

    @abstractmethod
    def fail(self, message: str, *, at_next: bool = False) -> QueryError:
        """Return the error to raise: the caret stands under the operator, or under what comes next."""

    @abstractmethod
    def warn(self, message: str) -> None:
        """Tell the query's author of what may not be meant."""

    def number_between(self, lowest: int, highest: int, example: str) -> int:
        """Return the number right after the colon. Raises `QueryError`, with the example, where there is none or another."""
        if self.number is None:
            raise self.fail(
                _(
                    "{written}: needs a number right after the colon, then ( … ): {example}( … )",
                    written=self.written,
                    example=example,
                )
            )
        if not lowest <= self.number <= highest:
            raise self.fail(
                _(
                    "{written}: takes a number from {lowest} to {highest}: {example}( … )",
                    written=self.written,
                    lowest=lowest,
                    highest=highest,
                    example=example,
                )
            )
        return self.number

    def placed_operand(self) -> Node:
        """Read an operand whose places in the text can be counted. Raises `QueryError`."""
        part = self.operand()
        if not part.has_place(fields=True):
            sign = f"{self.written}:" if self.number is None else f"{self.written}:{self.number}"
            raise self.fail(
                _(
                    "{sign} looks at places in the text, and NOT, outlet:, lang: … have none: put them "
                    "outside",
                    sign=sign,
                )
            )
        return part


class Operator:
    """What all shapes have. An operator has no state; one of each is made when queries are first read."""

    help: ClassVar[str] = ""
    """What it is for, in a line, with an example."""
    other_names: ClassVar[Mapping[str, str]] = {}
    """Keywords before a colon in other query languages, each with what to write here."""
    misread: ClassVar[str] = ""
    """A regular expression (verbose) of words that other query languages write for it, which are refused with `instead`."""

    def instead(self, word: str, number: str) -> str:
        """Return what to write instead of a `misread` word; `number` is the one beside it."""
        raise NotImplementedError(word)


class Prefix(Operator, ABC):
    """`keyword:` before an operand, or with a number: `keyword:3( … )`."""

    keywords: ClassVar[tuple[str, ...]]
    mark: ClassVar[Literal["", "@"]] = ""
    """What stands before the keyword."""
    takes_number: ClassVar[bool] = False
    """Whether a number stands right after the colon."""

    @abstractmethod
    def read(self, call: OperatorCall) -> Node:
        """Read what belongs to it. Raises `QueryError` by `call.fail`."""


class Infix(Operator, ABC):
    """A sign between two operands, with spaces around it."""

    pattern: ClassVar[str]
    """A regular expression of the whole sign; its group `number` is the number in it."""
    example: ClassVar[str]
    """As it is written: NEAR/10."""
    in_small_letters: ClassVar[Mapping[str, str]] = {}
    """Words that look like it and are words to be found, each with what to write: they are warned of."""

    @abstractmethod
    def join(self, call: OperatorCall, left: Node, right: Node) -> Node:
        """Return the node of both operands. Raises `QueryError` by `call.fail`."""


class Suffix(Operator, ABC):
    """A sign and a number right after a phrase: `"a b"~3`."""

    sign: ClassVar[str]

    @abstractmethod
    def read(self, call: OperatorCall, words: Sequence[str]) -> Node:
        """Return the node of the phrase's words. Raises `QueryError` by `call.fail`."""


def quoted(text: str) -> str:
    """Return a text in quotation marks; those in it become spaces, as the parser reads them."""
    return f'"{text.translate(NO_QUOTES)}"'


def union(found: Sequence[Marks | None]) -> Marks | None:
    """Return the marks of all that are true; None where none is."""
    known = [marks for marks in found if marks is not None]
    return list(chain.from_iterable(known)) if known else None
