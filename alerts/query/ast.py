"""The tree of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

TextField = Literal["title", "text", "lead"]
MetaField = Literal["outlet", "lang", "country", "url", "author", "credit"]
ReferenceKind = Literal["actor", "list"]
TEXT_FIELDS: tuple[TextField, ...] = ("title", "text", "lead")
META_FIELDS: tuple[MetaField, ...] = ("outlet", "lang", "country", "url", "author", "credit")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word, or words in a row. `prefix`: the last word may go on; `exact`: case and accents count."""

    text: str
    exact: bool = False
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: Node


@dataclass(frozen=True, slots=True)
class Near:
    """Both, with at most `distance` words between them; in this order if `ordered`. Never across title and text."""

    left: Node
    right: Node
    distance: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class InText:
    """The part, looked for in one field of the text only."""

    field: TextField
    part: Node


@dataclass(frozen=True, slots=True)
class InMeta:
    """What is known of the article: `value` stands in the field as whole words (`lang` and `country`: is the field)."""

    field: MetaField
    value: str


@dataclass(frozen=True, slots=True)
class Stem:
    """Any form of a word: words of the article that the stemmer of its language makes equal to it."""

    word: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The part, standing at `count` different places or more."""

    count: int
    part: Node


@dataclass(frozen=True, slots=True)
class First:
    """The part, looked for among the first `words` words of the title and of the text only."""

    words: int
    part: Node


@dataclass(frozen=True, slots=True)
class Reference:
    """What is tracked elsewhere: an actor by its name, or any of a watch list by the list's name. `position` is its place."""

    kind: ReferenceKind
    name: str
    position: int = field(default=0, compare=False)


Node = Phrase | Stem | And | Or | Not | Near | InText | InMeta | AtLeast | First | Reference


def children(node: Node) -> tuple[Node, ...]:
    """Gives the parts of a node."""
    match node:
        case And() | Or():
            return node.parts
        case Near():
            return node.left, node.right
        case Not() | InText() | AtLeast() | First():
            return (node.part,)
        case _:
            return ()


def references(node: Node) -> Iterator[Reference]:
    """Gives every reference in a query."""
    if isinstance(node, Reference):
        yield node
    for part in children(node):
        yield from references(part)
