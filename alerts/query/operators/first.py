"""first:100(…) — the part stands among the first words."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from alerts.query.operators.base import ArticleView, Compiler, Narrowed, Node, OperatorCall, Prefix, Scope

MOST_WORDS = 10_000


class FirstOperator(Prefix):
    """`first:n` before what must stand among the first n words."""

    keywords = ("first",)
    takes_number = True
    help = "among the first words of the headline, of the text or of what leads in to it: first:100(Rabat NEAR/5 Madrid)"

    @override
    def read(self, call: OperatorCall) -> Node:
        return First(call.number_between(1, MOST_WORDS, "first:100"), call.placed_operand())


@dataclass(frozen=True, slots=True)
class First(Node):
    """The part, looked for among the first `words` words of each part only."""

    words: int
    part: Node

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    @override
    def written(self) -> str:
        return f"first:{self.words}({self.part.written()})"

    @override
    def compile(self, compiler: Compiler) -> FirstCondition:
        return FirstCondition(self, compiler.condition(self.part), self.words)


@dataclass(frozen=True, slots=True, eq=False)
class FirstCondition(Narrowed):
    """The part is true within the first words."""

    words: int

    @override
    def narrowed(self, article: ArticleView, scope: Scope) -> Scope:
        return scope.within(article.first_words(self.words))
