"""min:3(…) — the part stands there several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from alerts.query.operators.base import (
    ArticleView,
    Compiler,
    Condition,
    Marks,
    Node,
    OperatorCall,
    Prefix,
    Scope,
)
from storage.language import _

FEWEST, MOST_TIMES = 2, 1_000


class AtLeastOperator(Prefix):
    """`min:n` before what must stand at n places."""

    keywords = ("min",)
    takes_number = True
    help = "at so many places or more: min:3(Rabat)"
    other_names = dict.fromkeys(("atleast", "count"), "min:3( … )")
    misread = r"^(?i: atleast ) /? \d+ $"

    @override
    def instead(self, word: str, number: str) -> str:
        return _("write min:{number}( … )", number=number)

    @override
    def read(self, call: OperatorCall) -> Node:
        return AtLeast(call.number_between(FEWEST, MOST_TIMES, "min:3"), call.placed_operand())


@dataclass(frozen=True, slots=True)
class AtLeast(Node):
    """The part, standing at `count` different places or more."""

    count: int
    part: Node

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    @override
    def written(self) -> str:
        return f"min:{self.count}({self.part.written()})"

    @override
    def compile(self, compiler: Compiler) -> AtLeastCondition:
        return AtLeastCondition(self, compiler.condition(self.part), self.count)


@dataclass(frozen=True, slots=True, eq=False)
class AtLeastCondition(Condition):
    """The part is true, often enough."""

    part: Condition
    count: int

    @property
    @override
    def parts(self) -> Sequence[Condition]:
        return (self.part,)

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        marks = self.part.find(article, scope)
        return marks if marks and self.part.times(article, scope) >= self.count else None

    @override
    def notes(self, article: ArticleView, scope: Scope) -> tuple[str, ...]:
        return (_("stands there {times} times", times=self.part.times(article, scope)),)
