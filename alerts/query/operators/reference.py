"""@actor:"Nasser Bourita", @list:"Sanctions" — what is tracked elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from typing_extensions import override

from alerts.query.operators.base import (
    ArticleView,
    Compiler,
    Condition,
    Marks,
    Need,
    Node,
    OperatorCall,
    Prefix,
    Scope,
    quoted,
)

ReferenceKind = Literal["actor", "list"]


class ReferenceOperator(Prefix):
    """`@actor:` and `@list:` before a name."""

    keywords = ("actor", "list")
    mark = "@"
    help = 'what is tracked elsewhere: @actor:"Nasser Bourita", @list:"Sanctions"'

    @override
    def read(self, call: OperatorCall) -> Node:
        return Reference("actor" if call.keyword == "actor" else "list", call.value(), call.position)


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """What is tracked elsewhere: an actor by its name, or any of a watch list by the list's name. `position` is its place."""

    kind: ReferenceKind
    name: str
    position: int = field(default=0, compare=False)

    @override
    def written(self) -> str:
        return f"@{self.kind}:{quoted(self.name)}"

    @override
    def compile(self, compiler: Compiler) -> ReferenceCondition:
        return ReferenceCondition(self, compiler.reference(self.kind, self.name))


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceCondition(Condition):
    """The actor, or any of the watch list, is mentioned. `number` is the reference's."""

    number: int

    @override
    def needs(self) -> Sequence[Need]:
        return (frozenset((-1 - self.number,)),)

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        return [
            (place, self) for place in article.tracked(self.number) if article.inside(place, scope)
        ] or None
