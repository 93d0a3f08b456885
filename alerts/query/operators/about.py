"""about:… — the article is about it, and does not only mention it."""

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

EARLY_WORDS = 100
OFTEN, WORDS_FOR_ONE = 3, 150
"""So often, and at least once in so many words, is enough wherever it stands."""


class AboutOperator(Prefix):
    """`about:` before what the article must be about."""

    keywords = ("about",)
    help = 'in the headline, early and again, or often: about:"Nasser Bourita"'

    @override
    def read(self, call: OperatorCall) -> Node:
        return About(call.placed_operand())


@dataclass(frozen=True, slots=True)
class About(Node):
    """The part, where the article is about it."""

    part: Node

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    @override
    def written(self) -> str:
        return f"about:({self.part.written()})"

    @override
    def compile(self, compiler: Compiler) -> AboutCondition:
        return AboutCondition(self, compiler.condition(self.part))


@dataclass(frozen=True, slots=True, eq=False)
class AboutCondition(Condition):
    """The part is true in the headline, among the first words and again, or often for the article's length."""

    part: Condition

    @property
    @override
    def parts(self) -> Sequence[Condition]:
        return (self.part,)

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        marks = self.part.find(article, scope)
        return marks if marks and self._is_about(article, scope, marks) else None

    @override
    def notes(self, article: ArticleView, scope: Scope) -> tuple[str, ...]:
        marks = self.part.find(article, scope)
        if not marks or self._is_about(article, scope, marks):
            return ()
        times = self.part.times(article, scope)
        return (
            _(
                "only mentioned: not in the headline, not early and again, and {times} times in all",
                times=times,
            ),
        )

    def _is_about(self, article: ArticleView, scope: Scope, marks: Marks) -> bool:
        places = [place for place, _condition in marks]
        if any(article.inside(place, article.field("title")) for place in places):
            return True
        times = self.part.times(article, scope)
        early = article.first_words(EARLY_WORDS)
        if times > 1 and any(article.inside(place, early) for place in places):
            return True
        return (
            times >= OFTEN
            and article.first_words(times * WORDS_FOR_ONE).ends[-1] >= article.whole.ends[-1] - 1
        )
