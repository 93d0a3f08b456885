"""AND, OR and NOT: the core that the parser knows by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from alerts.query.operators.base import (
    ArticleView,
    Binding,
    Compiler,
    Condition,
    Marks,
    Need,
    Node,
    Place,
    Scope,
    union,
)
from alerts.text.places import count_apart


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of them."""

    parts: tuple[Node, ...]
    binding: ClassVar[Binding] = Binding.LOOSE

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return self.parts

    @property
    @override
    def by_absence(self) -> bool:
        return all(part.by_absence for part in self.parts)

    @override
    def written(self) -> str:
        return " AND ".join(part.inside(Binding.NOT) for part in self.parts)

    @override
    def compile(self, compiler: Compiler) -> AndCondition:
        return AndCondition(self, tuple(map(compiler.condition, self.parts)))


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of them."""

    parts: tuple[Node, ...]
    binding: ClassVar[Binding] = Binding.LOOSE

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return self.parts

    @override
    def written(self) -> str:
        return " OR ".join(part.inside(Binding.NOT) for part in self.parts)

    @override
    def compile(self, compiler: Compiler) -> OrCondition:
        return OrCondition(self, tuple(map(compiler.condition, self.parts)))


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Not this."""

    part: Node
    binding: ClassVar[Binding] = Binding.NOT

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    @property
    @override
    def by_absence(self) -> bool:
        return True

    @override
    def has_place(self, *, fields: bool = False) -> bool:
        return False

    @override
    def written(self) -> str:
        return f"NOT {self.part.inside(Binding.NOT)}"

    @override
    def compile(self, compiler: Compiler) -> NotCondition:
        return NotCondition(self, compiler.condition(self.part))


@dataclass(frozen=True, slots=True, eq=False)
class AndCondition(Condition):
    """Each part is true."""

    clauses: tuple[Condition, ...]

    @property
    @override
    def holds_all(self) -> bool:
        return True

    @property
    @override
    def is_joined(self) -> bool:
        return True

    @property
    @override
    def parts(self) -> Sequence[Condition]:
        return self.clauses

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        found: Marks = []
        for clause in self.clauses:
            marks = clause.find(article, scope)
            if marks is None:
                return None
            found += marks
        return found

    @override
    def times(self, article: ArticleView, scope: Scope) -> int:
        return min(clause.times(article, scope) for clause in self.clauses)


@dataclass(frozen=True, slots=True, eq=False)
class OrCondition(Condition):
    """Some part is true."""

    clauses: tuple[Condition, ...]

    @property
    @override
    def holds_all(self) -> bool:
        return any(clause.holds_all for clause in self.clauses)

    @property
    @override
    def parts(self) -> Sequence[Condition]:
        return self.clauses

    @override
    def needs(self) -> Sequence[Need]:
        chosen = [min(clause.needs(), key=len, default=None) for clause in self.clauses]
        known = [need for need in chosen if need is not None]
        return [frozenset().union(*known)] if len(known) == len(chosen) else []

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        found: Marks | None = None
        for clause in self.clauses:
            marks = clause.find(article, scope)
            if marks is not None:
                found = marks if found is None else found + marks
        return found

    @override
    def edge(self, article: ArticleView, scope: Scope, *, last: bool) -> Marks | None:
        return union([clause.edge(article, scope, last=last) for clause in self.clauses])

    @override
    def times(self, article: ArticleView, scope: Scope) -> int:
        places: list[Place] = []
        others = 0
        for clause in self.clauses:
            if clause.is_joined:
                others += clause.times(article, scope)
            else:
                places += [place for place, _clause in clause.find(article, scope) or ()]
        return others + count_apart(places)


@dataclass(frozen=True, slots=True, eq=False)
class NotCondition(Condition):
    """The part is false."""

    part: Condition

    @property
    @override
    def parts(self) -> Sequence[Condition]:
        return (self.part,)

    @override
    def needs(self) -> Sequence[Need]:
        return ()

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        return [] if self.part.find(article, scope) is None else None
