"""A query operator: caps:NATO finds a word where it is written in capitals."""

from dataclasses import dataclass

from alerts.query.operators.base import (
    ArticleView,
    Compiler,
    Condition,
    LiteralCondition,
    Marks,
    Node,
    OperatorCall,
    Prefix,
    Scope,
    quoted,
)


class Caps(Prefix):
    doc = "caps:NATO: a word in capitals."
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
